//! A relayer as a process, with a gas key of its own.

use super::{Options, RELAYER, relayer};
use keyway::keys::KeyPair;
use keyway::{Client, Intent, NearLiteral, Signer, add_full_access_gas_key, fund_gas_key};
use keyway_bench::Problem;
use near_crypto::{KeyType, SecretKey};
use near_primitives::action::delegate::SignedDelegateAction;
use near_primitives::serialize::to_base64;
use serde_json::json;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A relayer that runs; it ends with this value.
pub(super) struct Service {
    process: Child,
    pub(super) addr: SocketAddr,
    _directory: TempDir,
}

impl Service {
    pub(super) fn start(
        binary: &Path,
        node: SocketAddr,
        options: Options,
    ) -> Result<Self, Problem> {
        let key: KeyPair = SecretKey::from_seed(KeyType::ED25519, "relay").to_string().parse()?;
        prepare(node, &key, options.rows)?;
        let directory = tempfile::Builder::new().prefix("keyway-bench-").tempdir()?;
        let config = directory.path().join("relay.toml");
        let lanes = options.rows;
        let text = format!(
            r#"
            listen = "127.0.0.1:0"
            store = "relay.redb"
            policy = "policy.toml"
            [chain]
            endpoints = ["http://{node}"]
            [account]
            id = "{RELAYER}"
            signer = {{ env = "RELAY_KEY" }}
            lanes = {lanes}
            [apps.bench]
            key_hashes = ["{KEY_HASH}"]
            requests_per_second = 100000
            "#
        );
        fs::write(&config, text)?;
        fs::write(directory.path().join("policy.toml"), POLICY)?;
        let mut process = Command::new(binary)
            .args(["relay", "--config"])
            .arg(&config)
            .args(["--quiet"])
            .env("RELAY_KEY", key.expose_secret_text().as_str())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(std::env::temp_dir().join("keyway-bench-relay.log"))?)
            .spawn()?;
        let stdout = process.stdout.take().ok_or("a relayer without an output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let addr =
            line.trim().strip_prefix("http://").ok_or("the relayer did not start")?.parse()?;
        Ok(Service { process, addr, _directory: directory })
    }

    /// The bytes that ask for one delegate action.
    pub(super) fn request(&self, signed: &SignedDelegateAction) -> Result<Vec<u8>, Problem> {
        let body = json!({"delegate": to_base64(&borsh::to_vec(signed)?)}).to_string();
        let length = body.len();
        Ok(format!(
            "POST /v1/relay?wait=30s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
        .into_bytes())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ended_already = self.process.kill();
        let _gone = self.process.wait();
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

const KEY: &str = "keyway_bench";
/// SHA-256 of [`KEY`].
const KEY_HASH: &str = "sha256:027743d7c99d1975a9ab81ad64dfad5673b1e73d3705b3bcf1876cabdff847a1";

const POLICY: &str = r#"
[budget]
per_day = "100000 NEAR"
total = "100000 NEAR"
[apps.bench]
per_call = "1 NEAR"
per_user_per_day = "10000 NEAR"
per_day = "100000 NEAR"
[[apps.bench.rules]]
name = "all transfers"
ways = ["delegate"]
users = "any"
keys = "any"
receivers = "any"
max_actions = 1
max_lifetime_blocks = 10000000
[[apps.bench.rules.allow]]
action = "transfer"
max_deposit = "1 NEAR"
"#;
