//! Everything that the relayer needs: a node with accounts, a database, a proxy, a policy, instances.

use super::Plan;
use super::proxy::Proxy;
use super::trouble::LONG_RUN;
use crate::http::Connection;
use crate::instance::{Common, Instance};
use crate::place::Place;
use crate::server::{Server, Setup, free_address};
use keyway::KeyPair;
use keyway_bench::Problem;
use keyway_test_kit::postgres::Postgres;
use near_crypto::{KeyType, SecretKey};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use tempfile::TempDir;

/// What runs. It ends with this value.
#[derive(Debug)]
pub(crate) struct World<'b> {
    /// Before the others, so that they end first.
    pub(crate) instances: Vec<Instance>,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) users: Vec<User>,
    pub(crate) node: Option<Server>,
    pub(crate) setup: Setup<'b>,
    pub(crate) proxy: Proxy,
    pub(crate) database: Postgres,
    _directory: TempDir,
}

/// An account that has no NEAR to pay for gas.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) key: SecretKey,
}

impl<'b> World<'b> {
    /// Starts everything.
    ///
    /// # Errors
    /// What does not start.
    pub(crate) fn build(binary: &'b Path, plan: Plan) -> Result<Self, Problem> {
        let directory = tempfile::Builder::new().prefix("keyway-relay-").tempdir()?;
        let database = Postgres::start(true).map_err(|why| format!("no database: {why:?}"))?;
        let setup = Setup::new(binary, Place::Home)?;
        let node = setup.start()?;
        let keys: Vec<_> = (0..lanes(plan)).map(|_| KeyPair::random_ed25519()).collect();
        let users: Vec<_> = (0..users(plan))
            .map(|number| {
                let id = format!("user-{number}.near");
                User { key: SecretKey::from_seed(KeyType::ED25519, &id), id }
            })
            .collect();
        create_accounts(node.addr, &keys, &users)?;
        let (answers, requests) = if plan.calm { (0, 0) } else { (33, 5) };
        let proxy = Proxy::start(answers, requests, plan.seed)?;
        proxy.point_at(Some(node.addr));
        let config = Common {
            store: &database.url(),
            node: proxy.addr,
            account: RELAYER,
            keys: &keys,
            // Otherwise the first instance would lease them all.
            lanes: lanes(plan) / INSTANCES,
            lease_ms: 5_000,
            // It does not suffice for all of it, so that its edge is met.
            total: &format!("{} yoctoNEAR", budget(plan)),
        }
        .write(directory.path())?;
        let mut instances = Vec::new();
        for number in 0..INSTANCES {
            let log = directory.path().join(format!("relay-{number}.log"));
            let mut instance = Instance::new(binary, &config, log, free_address()?);
            instance.start()?;
            instances.push(instance);
        }
        for instance in &mut instances {
            instance.wait_until_ready()?;
        }
        let addresses = instances.iter().map(|instance| instance.addr).collect();
        let (node, _directory) = (Some(node), directory);
        Ok(Self { instances, addresses, users, node, setup, proxy, database, _directory })
    }

    /// A connection to the node itself, past the proxy.
    ///
    /// # Errors
    /// If it does not run.
    pub(crate) fn node(&self) -> Result<Connection, Problem> {
        let node = self.node.as_ref().ok_or("the node does not run")?;
        Connection::open(node.addr)
    }
}

/// Accounts that are made out of nothing.
fn create_accounts(node: SocketAddr, keys: &[KeyPair], users: &[User]) -> Result<(), Problem> {
    let mut connection = Connection::open(node)?;
    let access_key = json!({ "nonce": 0, "permission": "FullAccess" });
    let account = |id: &str, near: u64, keys: usize| {
        json!({ "Account": { "account_id": id, "account": {
            "amount": format!("{near}000000000000000000000000"), "locked": "0",
            "code_hash": "11111111111111111111111111111111", "storage_usage": 100 + 82 * keys,
        } } })
    };
    let key = |id: &str, key: Value| json!({ "AccessKey": { "account_id": id, "public_key": key, "access_key": access_key } });
    let mut records = vec![account(RELAYER, 1_000_000, keys.len()), account(RECEIVER, 1, 0)];
    records.extend(keys.iter().map(|pair| key(RELAYER, json!(pair.public_key()))));
    for user in users {
        records.push(account(&user.id, 0, 1));
        records.push(key(&user.id, json!(user.key.public_key())));
    }
    connection.call("sandbox_patch_state", &json!({ "records": records }))?;
    Ok(())
}

/// The budget, yoctoNEAR.
pub(crate) fn budget(plan: Plan) -> u128 {
    u128::from(plan.transactions) * YOCTO_FOR_ONE + u128::from(users(plan)) * YOCTO_FOR_A_USER
}

/// How many users there are. Each has one request under way.
fn users(plan: Plan) -> u32 {
    (plan.transactions / 32).clamp(24, 1_024)
}

/// How many keys the relayer has. A lost answer costs a lane seconds, and no processor time.
fn lanes(plan: Plan) -> usize {
    if plan.transactions < LONG_RUN { 96 } else { 720 }
}

/// The account that pays.
pub(crate) const RELAYER: &str = "relay.near";
/// The account that gets one gift of each request, each of its own size.
pub(crate) const RECEIVER: &str = "box.near";

const INSTANCES: usize = 3;
/// In the budget for each request: a little less than most of them cost.
const YOCTO_FOR_ONE: u128 = 60_000_000_000_000_000_000;
/// And for each user, whose request is reserved meanwhile.
const YOCTO_FOR_A_USER: u128 = 83_000_000_000_000_000_000;
