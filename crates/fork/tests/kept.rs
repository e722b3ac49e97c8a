//! What a home keeps of its network, and what its next start does with it.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{
    RECORDING, account, amount, fork, honest, network, node, node_with, read, reads_the_truth,
};
use keyway_fork::{
    Event, Fork, ForkError, ForkGas, ForkMissing, ForkOptions, HomeForkOptions, Progress,
};
use keyway_test_kit::recording::error;
use keyway_test_kit::upstream::{Reply, Upstream};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// The files of a home that is a fork of `node`.
fn home_of(node: &Upstream) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fork(&[node]).unwrap().begin_home(dir.path()).unwrap();
    dir
}

fn opened(dir: &Path) -> Result<Fork, ForkError> {
    Fork::of_home(dir, HomeForkOptions::default())
}

fn offline() -> HomeForkOptions {
    HomeForkOptions { offline: true, ..HomeForkOptions::default() }
}

/// A home, and a node that answers one method otherwise than the one that the home is a fork of.
fn changed(
    method: &'static str,
    change: impl Fn(&mut Value) + Send + Sync + 'static,
) -> (TempDir, Upstream) {
    let other = node_with(move |asked| {
        (asked.method == method).then(|| {
            let mut answer = honest(asked);
            change(&mut answer);
            Reply::Say(answer)
        })
    });
    (home_of(&node()), other)
}

/// A home, and a node that has the blocks from `oldest` to `newest`, but not that of the home's fork.
fn without_block(oldest: u64, newest: u64) -> (TempDir, Upstream) {
    let other = node_with(move |asked| match asked.method.as_str() {
        "block" => Some(Reply::Say(error("UNKNOWN_BLOCK", json!({}), "unknown"))),
        "status" => {
            let mut answer = honest(asked);
            let range = &mut answer["result"]["sync_info"];
            range["earliest_block_height"] = json!(oldest);
            range["latest_block_height"] = json!(newest);
            Some(Reply::Say(answer))
        }
        _ => None,
    });
    (home_of(&node()), other)
}

fn opened_at(home: &TempDir, node: &Upstream) -> Result<Fork, ForkError> {
    let network = Some(network(&[node]));
    Fork::of_home(home.path(), HomeForkOptions { network, ..HomeForkOptions::default() })
}

#[test]
fn what_was_read_is_there_after_a_restart_without_a_network() {
    let node = node();
    let home = home_of(&node);
    reads_the_truth(&opened(home.path()).unwrap());
    let asked = node.count();
    reads_the_truth(&opened(home.path()).unwrap());
    assert_eq!(node.count(), asked + 2, "only which network it is was asked");
    drop(node);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hear = {
        let heard = heard.clone();
        move |event: &Event| heard.lock().unwrap().push(event.clone())
    };
    let progress = Progress::new(hear);
    let gone = Fork::of_home(home.path(), HomeForkOptions { progress, ..Default::default() });
    reads_the_truth(&gone.unwrap());
    assert!(matches!(&heard.lock().unwrap()[..], [Event::Silent { .. }]));
    let fork = Fork::of_home(home.path(), offline()).unwrap();
    reads_the_truth(&fork);
    let said = read(&fork, &account("unread.root")).unwrap_err();
    assert!(said.contains("has not read account unread.root"), "{said}");
}

#[test]
fn a_home_that_began_with_a_fork_file_needs_that_file_no_more() {
    let node = node();
    let first = fork(&[&node]).unwrap();
    reads_the_truth(&first);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ref.fork");
    first.save(&file).unwrap();
    let how = ForkOptions { offline: true, ..ForkOptions::default() };
    let home = dir.path().join("home");
    Fork::from_file(&file, None, &how).unwrap().begin_home(&home).unwrap();
    fs::remove_file(&file).unwrap();
    let fork = opened(&home).unwrap();
    assert!(fork.status().endpoints.is_empty());
    reads_the_truth(&fork);
}

#[cfg(unix)]
#[test]
fn an_api_key_is_in_a_file_for_the_owner_and_nowhere_else() {
    use std::os::unix::fs::PermissionsExt;
    let node = node();
    let home = home_of(&node);
    let path = home.path().join("fork.json");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    for (network, what) in [
        ("http://127.0.0.1:1/api-key", "http://127.0.0.1:1"),
        ("api-key", "\"network\" names no network"),
    ] {
        let mut settings: Value = serde_json::from_str(&text).unwrap();
        settings["network"] = json!(network);
        fs::write(&path, settings.to_string()).unwrap();
        let said = match opened(home.path()) {
            Ok(fork) => format!("{fork:?} {:?}", fork.status()),
            Err(error) => format!("{error} {error:?}"),
        };
        assert!(said.contains(what) && !said.contains("api-key"), "{said}");
    }
    for damaged in [r#"{"version": 1, "network": "api-key"#, r#"{"version": 1, "api-key": 2}"#] {
        fs::write(&path, damaged).unwrap();
        let error = opened(home.path()).unwrap_err();
        assert!(matches!(error, ForkError::BadSettings { .. }), "{error}");
        assert!(!format!("{error} {error:?}").contains("api-key"), "{error}");
    }
    fs::write(&path, text.replace("\"version\": 1", "\"version\": 7")).unwrap();
    let error = opened(home.path()).unwrap_err().to_string();
    assert!(error.contains("version 7, and this Keyway reads version 1"), "{error}");
}

#[track_caller]
fn refused(home: &TempDir, node: &Upstream, values: [&str; 2]) {
    let error = opened_at(home, node).unwrap_err();
    assert!(matches!(error, ForkError::OtherNetwork { .. }), "{error}");
    let words = error.to_string();
    assert!(values.iter().all(|value| words.contains(value)), "{words}");
    Fork::of_home(home.path(), offline()).unwrap();
}

#[test]
fn an_endpoint_of_another_network_is_refused_with_both_values() {
    let ours = "test-chain-4J6mm";
    let (home, other) = changed("status", |status| status["result"]["chain_id"] = json!("testnet"));
    refused(&home, &other, ["chain testnet", ours]);
    let hash = "11111111111111111111111111111112";
    let (home, other) =
        changed("status", move |status| status["result"]["genesis_hash"] = json!(hash));
    refused(&home, &other, [hash, "HgqBcGcfK7zVToCZfj2eZnyAr4qK9NxDFpkgeCMv5ciq"]);
    let (home, other) =
        changed("block", move |block| block["result"]["header"]["hash"] = json!(hash));
    refused(&home, &other, [hash, RECORDING.block_hash()]);
    let (home, other) = without_block(6, 200);
    refused(&home, &other, ["up to height 200", RECORDING.block_hash()]);
    let (home, other) = without_block(6, 338);
    refused(&home, &other, ["blocks 6 to 338", RECORDING.block_hash()]);
}

/// A node forgets blocks after two days; the home must not end then.
#[test]
fn a_node_that_has_forgotten_the_block_is_no_other_network() {
    let (home, other) = without_block(400, 500);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hear = {
        let heard = heard.clone();
        move |event: &Event| heard.lock().unwrap().push(event.to_string())
    };
    let options = HomeForkOptions {
        network: Some(network(&[&other])),
        progress: Progress::new(hear),
        ..HomeForkOptions::default()
    };
    reads_the_truth(&Fork::of_home(home.path(), options).unwrap());
    let said = heard.lock().unwrap().join("\n");
    assert!(said.contains("has forgotten block 336"), "{said}");
}

/// What happened because an account counted as absent would not happen again when the inputs are
/// replayed, if a node knew the account by then.
#[test]
fn what_counted_as_absent_stays_so_in_a_home() {
    let ignorant = node_with(|asked| {
        (asked.params["account_id"] == "root")
            .then(|| Reply::Say(error("NOT_RECORDED", json!({}), "not recorded")))
    });
    let home = home_of(&ignorant);
    let missing = Some(ForkMissing::Absent);
    let lenient = HomeForkOptions { missing, ..HomeForkOptions::default() };
    let first = Fork::of_home(home.path(), lenient).unwrap();
    assert_eq!(amount(&first, "root"), Ok(None));
    let node = node();
    let second = opened_at(&home, &node).unwrap();
    assert_eq!(second.status().missing, ForkMissing::Error);
    assert_eq!(second.status().assumed_absent, 1);
    assert_eq!(amount(&second, "root"), Ok(None));
}

#[test]
fn what_cannot_be_kept_is_not_used() {
    let node = node();
    let home = home_of(&node);
    let fork = opened(home.path()).unwrap();
    let rows = fork.status().cache.unwrap();
    // Another process that never lets go.
    let held = fs::File::options().write(true).open(rows).unwrap();
    held.lock().unwrap();
    let said = amount(&fork, "root").unwrap_err();
    assert!(said.contains("cannot keep what is read of the network"), "{said}");
    held.unlock().unwrap();
    drop(fork);
    let rows = home.path().join("data/fork").join(format!("{}.rows", RECORDING.block_hash()));
    let good = fs::read(&rows).unwrap();
    fs::write(&rows, [&[b'x'; 16], &good[16..]].concat()).unwrap();
    let error = opened(home.path()).unwrap_err();
    assert!(matches!(error, ForkError::File { .. }), "{error}");
    fs::write(&rows, good).unwrap();
    let fork = opened(home.path()).unwrap();
    assert!(amount(&fork, "root").unwrap().is_some());
}

#[test]
fn a_home_needs_what_it_began_with() {
    let node = node();
    let how = ForkOptions { gas: ForkGas::Proof, ..ForkOptions::default() };
    let exact = Fork::of(&network(&[&node]), &how).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let error = exact.begin_home(dir.path()).unwrap_err();
    assert!(matches!(error, ForkError::GasInHome), "{error}");
    let home = home_of(&node);
    let settings = home.path().join("fork.json");
    let text = fs::read_to_string(&settings).unwrap();
    let hash = "11111111111111111111111111111112";
    fs::write(&settings, text.replace(RECORDING.block_hash(), hash)).unwrap();
    let error = opened(home.path()).unwrap_err();
    assert!(matches!(error, ForkError::OtherStart { .. }), "{error}");
    let words = error.to_string();
    assert!(words.contains(hash) && words.contains(RECORDING.block_hash()), "{words}");
    fs::write(&settings, text).unwrap();
    let start = home.path().join("start.fork");
    let mut bytes = fs::read(&start).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(start, bytes).unwrap();
    let error = opened(home.path()).unwrap_err();
    assert!(matches!(error, ForkError::BadFile { .. }), "{error}");
}
