//! A relayer that is killed again and again: nothing is lost, and nothing runs twice.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod common;

use common::{Node, command, init};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;
use tempfile::tempdir;

/// A relayer as a process of its own, killed when it is dropped.
struct Relay {
    child: Child,
    addr: SocketAddr,
}

impl Relay {
    fn start(directory: &Path) -> Self {
        let config = directory.join("relay.toml");
        let mut child = command(["relay", "--config", config.to_str().unwrap()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let addr = line.trim().strip_prefix("http://").expect("it starts").parse().unwrap();
        Relay { child, addr }
    }

    /// The status and the body of an answer; none if the relayer is gone.
    fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Option<(u16, Value)> {
        let mut stream = TcpStream::connect(self.addr).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n{headers}\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, serde_json::from_str(body).ok()?))
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // SIGKILL: it has no chance to tidy up.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The API key of the app, whose hash is in the configuration.
const KEY: &str = "keyway_for-tests-only";

/// Writes the configuration of a relayer whose account is the node's validator.
fn configure(directory: &Path, node: &Node, key_file: &Path) {
    let hash = keyway_relay::config::KeyHash::of(KEY);
    let config = format!(
        r#"
        listen = "127.0.0.1:0"
        store = "relay.redb"
        policy = "policy.toml"
        [chain]
        endpoints = ["http://{}"]
        [account]
        id = "test.near"
        signer = {{ key_file = "{}" }}
        lease_ms = 1000
        [apps.game]
        key_hashes = ["{hash}"]
        requests_per_second = 10000
        "#,
        node.addr,
        key_file.display(),
    );
    fs::write(directory.join("relay.toml"), config).unwrap();
    fs::write(directory.join("policy.toml"), POLICY).unwrap();
}

const POLICY: &str = r#"
[budget]
per_day = "1000 NEAR"
total = "1000 NEAR"
[apps.game]
per_call = "1 NEAR"
per_user_per_day = "1000 NEAR"
per_day = "1000 NEAR"
[[apps.game.rules]]
name = "gifts"
ways = ["intent"]
users = "any"
keys = "any"
receivers = "any"
max_actions = 1
[[apps.game.rules.allow]]
action = "transfer"
max_deposit = "1 NEAR"
"#;

/// Posts a gift until an instance accepts it, with a new one for each that is dead. Returns its id.
fn give(relay: &mut Relay, directory: &Path, number: u128) -> String {
    let body = json!({"receiver": "near", "user": "near", "actions": [{"Transfer": {"deposit": gift(number).to_string()}}]});
    let headers = format!("Idempotency-Key: gift-{number}\r\n");
    for _ in 0..100 {
        match relay.ask("POST", "/v1/intents", &headers, &body.to_string()) {
            Some((200 | 202, answer)) => return answer["id"].as_str().unwrap().to_owned(),
            Some((503, _)) => std::thread::sleep(Duration::from_millis(100)),
            Some(other) => panic!("{other:?}"),
            None => *relay = Relay::start(directory),
        }
    }
    panic!("gift {number} is not accepted");
}

/// Each gift has its own bit or amount, so that a sum shows which ones arrived how often.
fn gift(number: u128) -> u128 {
    1_000_000 + number
}

fn balance(node: &Node) -> u128 {
    let params = json!({"request_type": "view_account", "account_id": "near", "finality": "final"});
    node.call("query", params)["amount"].as_str().unwrap().parse().unwrap()
}

#[test]
fn killed_at_any_moment_it_loses_nothing_and_doubles_nothing() {
    let directory = tempdir().unwrap();
    let home = directory.path().join("home");
    init(&home);
    let node = Node::start(["--home", home.to_str().unwrap(), "run"]);
    configure(directory.path(), &node, &home.join("validator_key.json"));
    let before = balance(&node);
    let mut relay = Relay::start(directory.path());
    let mut ids = Vec::new();
    // Moments that differ from kill to kill, and are the same in each run of the test.
    let mut chance = 7_u64;
    for number in 0..GIFTS {
        ids.push(give(&mut relay, directory.path(), number));
        if number % 12 == 11 {
            chance = chance
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            std::thread::sleep(Duration::from_millis((chance >> 33) % 120));
            relay = kill_and_start(relay, directory.path());
        }
    }
    let mut expected = before;
    for (number, id) in (0..).zip(&ids) {
        let path = format!("/v1/requests/{id}?wait=30s");
        let (status, answer) = relay.ask("GET", &path, "", "").expect("it answers");
        assert_eq!((status, &answer["state"]), (200, &json!("succeeded")), "{number}: {answer}");
        // The chain says so, too.
        let hash = &answer["transaction_hash"];
        let params =
            json!({"tx_hash": hash, "sender_account_id": "test.near", "wait_until": "FINAL"});
        let outcome = node.call("tx", params);
        let deposit = &outcome["transaction"]["actions"][0]["Transfer"]["deposit"];
        assert_eq!(deposit, &json!(gift(number).to_string()), "{number}");
        expected += gift(number);
        // The same key is still the same request.
        assert_eq!(&give(&mut relay, directory.path(), number), id);
    }
    assert_eq!(balance(&node), expected, "each gift arrived once");
}

fn kill_and_start(relay: Relay, directory: &Path) -> Relay {
    drop(relay);
    Relay::start(directory)
}

/// How many gifts are given. There is a kill for each dozen.
const GIFTS: u128 = 240;

#[test]
fn a_key_is_printed_once_with_its_hash() {
    let made = command(["relay", "key", "new", "chess", "--json"]).output().unwrap();
    assert!(made.status.success());
    let answer: Value = serde_json::from_slice(&made.stdout).unwrap();
    let key = answer["key"].as_str().unwrap();
    assert_eq!(key.len(), "keyway_".len() + 64);
    let hash = keyway_relay::config::KeyHash::of(key).to_string();
    assert_eq!(answer["key_hash"].as_str(), Some(hash.as_str()));
    let refused = command(["relay", "key", "new", "Chess!"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
}
