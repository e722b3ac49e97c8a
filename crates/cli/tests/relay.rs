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
        Self::serve(&["relay"], &directory.join("relay.toml"))
    }

    /// Starts a command that prints its address.
    fn serve(args: &[&str], config: &Path) -> Self {
        let mut child = command([args, &["--config", config.to_str().unwrap()]].concat())
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

impl Relay {
    /// The status of `/ready`.
    fn is_ready(&self) -> u16 {
        let mut stream = TcpStream::connect(self.addr).unwrap();
        write!(stream, "GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
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
fn configure(directory: &Path, node: &Node, signer: &str) {
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
        signer = {signer}
        lease_ms = 1000
        [apps.game]
        key_hashes = ["{hash}"]
        requests_per_second = 10000
        "#,
        node.addr,
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
    let key_file = home.join("validator_key.json");
    configure(directory.path(), &node, &format!("{{ key_file = \"{}\" }}", key_file.display()));
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

/// A node, and the only key of the relayer's account as `keys/localnet/test.near.json`.
fn with_key_directory(directory: &Path) -> Node {
    let home = directory.join("home");
    init(&home);
    let keys = directory.join("keys/localnet");
    fs::create_dir_all(&keys).unwrap();
    fs::copy(home.join("validator_key.json"), keys.join("test.near.json")).unwrap();
    Node::start(["--home", home.to_str().unwrap(), "run"])
}

const KEY_FILES: &str = r#"{ key_files = { directory = "keys", network = "localnet" } }"#;

fn keys_of(node: &Node, account: &str) -> Vec<String> {
    let params =
        json!({"request_type": "view_access_key_list", "account_id": account, "finality": "final"});
    let answer = node.call("query", params);
    let keys = answer["keys"].as_array().unwrap();
    keys.iter().map(|key| key["public_key"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_key_is_replaced_while_gifts_are_given_though_the_command_is_killed() {
    let directory = tempdir().unwrap();
    let node = with_key_directory(directory.path());
    configure(directory.path(), &node, KEY_FILES);
    let mut relay = Relay::start(directory.path());
    let url = format!("http://{}", relay.addr);
    let config = directory.path().join("relay.toml");
    let rotate = |args: &[&str]| {
        let all = [&["relay", "rotate"], args, &["--config", config.to_str().unwrap()]].concat();
        let mut command = command(all);
        command.args(["--instance", &url, "--json"]).stdin(Stdio::null());
        command
    };
    let before = balance(&node);
    let [old] = <[String; 1]>::try_from(keys_of(&node, "test.near")).unwrap();
    let progress = directory.path().join("test.near.rotation.json");
    let done = std::sync::atomic::AtomicBool::new(false);
    let (given, ended) = std::thread::scope(|scope| {
        let gifts = scope.spawn(|| {
            let mut ids = Vec::new();
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                let number = ids.len() as u128;
                let id = give(&mut relay, directory.path(), number);
                let path = format!("/v1/requests/{id}?wait=30s");
                let (status, answer) = relay.ask("GET", &path, "", "").expect("it answers");
                let state = answer["state"].as_str().unwrap_or_default().to_owned();
                assert_eq!((status, state.as_str()), (200, "succeeded"), "{answer}");
                ids.push(id);
            }
            ids.len() as u128
        });
        // Killed as soon as it has begun, and a moment after it was resumed.
        for (args, moment) in [(&[old.as_str()][..], 0), (&["--resume"], 300)] {
            let mut child = rotate(args).stdout(Stdio::null()).spawn().unwrap();
            while !progress.exists() && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(5));
            }
            std::thread::sleep(Duration::from_millis(moment));
            let _ended_already = child.kill();
            child.wait().unwrap();
        }
        let ended = rotate(&["--resume"]).output().unwrap();
        std::thread::sleep(Duration::from_millis(500));
        done.store(true, std::sync::atomic::Ordering::SeqCst);
        (gifts.join().unwrap(), ended)
    });
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success(), "{said}");
    let report: Value = serde_json::from_slice(&ended.stdout).unwrap();
    let new = report["new_key"].as_str().unwrap();
    assert_eq!(
        (report["old_key"].as_str(), keys_of(&node, "test.near")),
        (Some(old.as_str()), vec![new.to_owned()])
    );
    assert!(!progress.exists());
    assert_eq!(balance(&node), before + (0..given).map(gift).sum::<u128>(), "each gift once");
    let again = rotate(&["--resume"]).output().unwrap();
    assert_eq!(again.status.code(), Some(9), "{}", String::from_utf8_lossy(&again.stderr));
    drop(relay);
    let nobody = rotate(&[new]).output().unwrap();
    assert_eq!(nobody.status.code(), Some(8));
    let why = String::from_utf8_lossy(&nobody.stderr).into_owned();
    assert!(why.contains("no relayer answers at") && why.contains("keyway key rotate"), "{why}");
}

#[test]
fn the_keys_stay_with_a_signing_service() {
    let directory = tempdir().unwrap();
    let node = with_key_directory(directory.path());
    let hash = keyway_relay::config::KeyHash::of(KEY);
    let config = format!(
        "listen = \"127.0.0.1:0\"\npolicy = \"policy.toml\"\nkey_hashes = [\"{hash}\"]\n\
         [account]\nid = \"test.near\"\nsigner = {KEY_FILES}\n"
    );
    let signer_toml = directory.path().join("signer.toml");
    fs::write(&signer_toml, config).unwrap();
    fs::write(directory.path().join("policy.toml"), POLICY).unwrap();
    fs::write(directory.path().join("token"), format!("{KEY}\n")).unwrap();
    let service = Relay::serve(&["relay", "signer"], &signer_toml);
    let http = format!(
        "{{ http = {{ url = \"http://{}\", token = {{ file = \"token\" }} }} }}",
        service.addr
    );
    configure(directory.path(), &node, &http);
    let mut relay = Relay::start(directory.path());
    let before = balance(&node);
    let id = give(&mut relay, directory.path(), 1);
    let path = format!("/v1/requests/{id}?wait=30s");
    let (_, answer) = relay.ask("GET", &path, "", "").unwrap();
    assert_eq!(answer["state"], "succeeded", "{answer}");
    assert_eq!(balance(&node), before + gift(1));
    let url = format!("http://{}", relay.addr);
    let config = directory.path().join("relay.toml");
    let audit = ["relay", "audit", "--config", config.to_str().unwrap(), "--instance", &url];
    let audited = command(audit).arg("--json").output().unwrap();
    let report: Value = serde_json::from_slice(&audited.stdout).unwrap();
    let lane = &report["lanes"][0];
    let figure = |name: &str| lane[name].as_u64().unwrap_or_else(|| panic!("{name} in {report}"));
    // A gift costs less than the most that the policy allows.
    assert!(figure("pays_for_likely") > figure("pays_for_at_least"), "{report}");
    assert!(figure("lasts_seconds") > 0 && lane["mean_cost"].is_string(), "{report}");
    let audited = command(audit).output().unwrap();
    let table = String::from_utf8_lossy(&audited.stdout).into_owned();
    assert!(table.contains("likely"), "{table}");
    // Without the service nothing is signed, and readiness says so.
    drop(service);
    for _ in 0..200 {
        if relay.is_ready() == 503 {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("it is ready without a signer");
}
