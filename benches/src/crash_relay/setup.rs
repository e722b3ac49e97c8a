//! Everything that the relayer needs: a node with accounts, a database, a proxy, a policy, instances.

use super::Plan;
use super::instance::Instance;
use super::proxy::Proxy;
use crate::http::Connection;
use crate::place::Place;
use crate::server::{Server, Setup, free_address};
use keyway::KeyPair;
use keyway::keys::FileKeys;
use keyway_bench::Problem;
use keyway_test_kit::postgres::Postgres;
use near_crypto::{KeyType, SecretKey};
use serde_json::{Value, json};
use std::fs;
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
        let keys = relayer_keys(directory.path())?;
        let users: Vec<_> = (0..USERS)
            .map(|number| {
                let id = format!("user-{number}.near");
                User { key: SecretKey::from_seed(KeyType::ED25519, &id), id }
            })
            .collect();
        create_accounts(node.addr, &keys, &users)?;
        let (answers, requests) = if plan.calm { (0, 0) } else { (33, 5) };
        let proxy = Proxy::start(answers, requests, plan.seed)?;
        proxy.point_at(Some(node.addr));
        fs::write(directory.path().join("policy.toml"), policy(plan))?;
        let config = directory.path().join("relay.toml");
        fs::write(&config, configuration(&database.url(), proxy.addr)?)?;
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

/// Writes the relayer's key files.
fn relayer_keys(directory: &Path) -> Result<Vec<KeyPair>, Problem> {
    let files = FileKeys::new(directory.join("keys"), "localnet")?;
    let keys: Vec<_> = (0..LANES).map(|_| KeyPair::random_ed25519()).collect();
    for key in &keys {
        files.save(&RELAYER.parse()?, key)?;
    }
    Ok(keys)
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

/// A budget that does not suffice for all of it, so that its edge is met.
fn policy(plan: Plan) -> String {
    let total = budget(plan);
    format!(
        r#"
[budget]
per_day = "1000000 NEAR"
total = "{total} yoctoNEAR"

[apps.game]
per_call = "0.1 NEAR"
per_user_per_day = "1000000 NEAR"
per_day = "1000000 NEAR"

[[apps.game.rules]]
name = "gifts"
ways = ["delegate", "intent"]
users = "any"
keys = "any"
receivers = ["{RECEIVER}"]
max_actions = 1
max_lifetime_blocks = 1000000

[[apps.game.rules.allow]]
action = "transfer"
max_deposit = "0.001 NEAR"
"#
    )
}

/// The budget, yoctoNEAR.
pub(crate) fn budget(plan: Plan) -> u128 {
    u128::from(plan.transactions) * YOCTO_FOR_ONE + YOCTO_IN_FLIGHT
}

fn configuration(database: &str, node: SocketAddr) -> Result<String, Problem> {
    let digest = keyway_relay::config::KeyHash::of(API_KEY);
    // Otherwise the first instance would lease them all.
    let lanes = LANES / INSTANCES;
    Ok(format!(
        r#"
listen = "127.0.0.1:0"
store = "{database}"
policy = "policy.toml"

[chain]
endpoints = ["http://{node}"]

[account]
id = "{RELAYER}"
signer = {{ key_files = {{ directory = "keys", network = "localnet" }} }}
lanes = {lanes}
lease_ms = 5000

[apps.game]
key_hashes = ["{digest}"]
requests_per_second = 100000
"#
    ))
}

/// The account that pays.
pub(crate) const RELAYER: &str = "relay.near";
/// The account that gets one gift of each request, each of its own size.
pub(crate) const RECEIVER: &str = "box.near";
/// The app's secret.
pub(crate) const API_KEY: &str = "an-api-key-of-a-game-that-nobody-else-plays";

const INSTANCES: usize = 3;
const LANES: usize = 24;
const USERS: usize = 24;
/// In the budget for each request: a little less than most of them cost.
const YOCTO_FOR_ONE: u128 = 60_000_000_000_000_000_000;
/// And for what is reserved meanwhile.
const YOCTO_IN_FLIGHT: u128 = 2_000_000_000_000_000_000_000;
