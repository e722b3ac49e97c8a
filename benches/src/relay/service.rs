//! A relayer of one instance or several, with a gas key of its own.

use super::{Options, RELAYER, relayer};
use crate::instance::{Common, Instance, post};
use crate::processor::Processor;
use crate::server::{Server, free_address};
use keyway::KeyPair;
use keyway::{Client, Intent, NearLiteral, Signer, add_full_access_gas_key, fund_gas_key};
use keyway_bench::Problem;
use keyway_test_kit::postgres::Postgres;
use near_crypto::{KeyType, SecretKey};
use near_primitives::action::delegate::SignedDelegateAction;
use near_primitives::serialize::to_base64;
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use tempfile::TempDir;

/// A relayer that runs; it ends with this value.
pub(super) struct Service {
    /// Before the others, so that they end first.
    instances: Vec<Instance>,
    pub(super) addresses: Vec<SocketAddr>,
    database: Option<Postgres>,
    _directory: TempDir,
}

impl Service {
    /// Starts the instances, and waits until each can accept requests.
    pub(super) fn start(
        binary: &Path,
        node: SocketAddr,
        options: Options,
    ) -> Result<Self, Problem> {
        let key: KeyPair = SecretKey::from_seed(KeyType::ED25519, "relay").to_string().parse()?;
        prepare(node, &key, options.rows)?;
        let directory = tempfile::Builder::new().prefix("keyway-bench-").tempdir()?;
        let (database, count) = match options.postgres {
            true => {
                let started = Postgres::start(true);
                let database = started.map_err(|why| format!("no database: {why:?}"))?;
                (Some(database), usize::from(options.instances))
            }
            false => (None, 1),
        };
        let store = database.as_ref().map_or_else(|| "relay.redb".to_owned(), Postgres::url);
        let config = Common {
            store: &store,
            node,
            account: RELAYER,
            keys: &[key],
            lanes: usize::from(options.rows).div_ceil(count),
            lease_ms: 15_000,
            total: "100000 NEAR",
        }
        .write(directory.path())?;
        let mut instances = Vec::new();
        for number in 0..count {
            let log = directory.path().join(format!("relay-{number}.log"));
            let mut instance = Instance::new(binary, &config, log, free_address()?);
            instance.start()?;
            instance.wait_until_ready()?;
            instances.push(instance);
        }
        let addresses = instances.iter().map(|instance| instance.addr).collect();
        Ok(Service { instances, addresses, database, _directory: directory })
    }

    /// Who takes processor time, by name.
    pub(super) fn parts(&self, node: &Server) -> Processor {
        let instances = self.instances.iter().filter_map(Instance::pid).collect();
        let database = self.database.as_ref().and_then(Postgres::pid).into_iter().collect();
        let generator = vec![std::process::id()];
        Processor::start([
            ("node", vec![node.pid()]),
            ("relayer", instances),
            ("database", database),
            ("generator", generator),
        ])
    }

    /// The bytes that ask for one delegate action.
    pub(super) fn request(&self, signed: &SignedDelegateAction) -> Result<Vec<u8>, Problem> {
        let body = json!({"delegate": to_base64(&borsh::to_vec(signed)?)}).to_string();
        Ok(post("/v1/relay?wait=30s", &body, None).into_bytes())
    }
}

/// Gives the relayer's account a gas key with so many rows.
fn prepare(node: SocketAddr, key: &KeyPair, rows: u16) -> Result<(), Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = Client::http(&format!("http://{node}"))?;
        let first = SecretKey::from_seed(KeyType::ED25519, RELAYER).to_string();
        let signer = Signer::new(client, relayer()?.id, first.parse::<KeyPair>()?)?;
        let public_key = key.public_key();
        let intent = Intent::to(RELAYER).then(add_full_access_gas_key(public_key, rows));
        signer.execute(intent.then(fund_gas_key(public_key, 1_000.near()))).await?;
        Ok(())
    })
}
