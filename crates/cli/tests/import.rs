//! Genesis files with so many records that they are imported directly into the store.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod common;

use common::{Node, at, command, init, read_json, stderr};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// More records than are loaded into memory at each start.
const MANY: u32 = 21_000;

/// A home whose `near` has many rows of data.
fn large_home() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path());
    let path = dir.path().join("genesis.json");
    let mut genesis = read_json(&path);
    let records = genesis["records"].as_array_mut().unwrap();
    records.extend((0..MANY).map(|number| {
        let (key, value) = (format!("{number:08}"), "xxxx".repeat(number as usize % 15 + 1));
        json!({ "Data": { "account_id": "near", "data_key": key, "value": value } })
    }));
    fs::write(&path, genesis.to_string()).unwrap();
    dir
}

/// A digest of the first state, and the storage usage of `near`.
fn first_state(node: &Node) -> (Value, Value) {
    let block = node.call("block", json!({ "block_id": 0 }));
    let account = node.call(
        "query",
        json!({ "request_type": "view_account", "account_id": "near", "block_id": 0 }),
    );
    (block["header"]["prev_state_root"].clone(), account["storage_usage"].clone())
}

#[test]
fn many_records_are_imported_once_and_found_again() {
    let dir = large_home();
    let imported = first_state(&Node::on(dir.path()));
    let store = dir.path().join("data/store");
    assert!(store.exists() && dir.path().join("data/genesis.seen").exists());
    assert_eq!(first_state(&Node::on(dir.path())), imported);
    // A file with the same bytes and a new date is read again and recognised.
    let genesis = fs::read(dir.path().join("genesis.json")).unwrap();
    fs::write(dir.path().join("genesis.json"), genesis).unwrap();
    assert_eq!(first_state(&Node::on(dir.path())), imported);
    fs::remove_file(store).unwrap();
    assert_eq!(first_state(&Node::on(dir.path())), imported);
    let again = at(dir.path(), ["init"]);
    assert!(again.status.success(), "{}", stderr(&again));
    let edited = fs::read_to_string(dir.path().join("genesis.json")).unwrap();
    fs::write(dir.path().join("genesis.json"), edited.replacen("xxxx", "yyyy", 1)).unwrap();
    let refused = at(dir.path(), ["run", "--rpc-addr", "127.0.0.1:0"]);
    assert_eq!(refused.status.code(), Some(5), "{}", stderr(&refused));
}

#[test]
fn records_in_a_file_of_their_own_make_the_same_state() {
    let (dir, other) = (large_home(), large_home());
    let path = other.path().join("genesis.json");
    let mut genesis = read_json(&path);
    let records = genesis.as_object_mut().unwrap().remove("records").unwrap();
    fs::write(&path, genesis.to_string()).unwrap();
    fs::write(other.path().join("records.json"), records.to_string()).unwrap();
    let config = other.path().join("config.json");
    let mut settings = read_json(&config);
    settings["genesis_records_file"] = json!("records.json");
    fs::write(&config, settings.to_string()).unwrap();
    assert_eq!(first_state(&Node::on(other.path())), first_state(&Node::on(dir.path())));
}

#[test]
fn a_large_state_is_dumped_and_starts_another_chain() {
    let (dir, temp) = (large_home(), tempfile::tempdir().unwrap());
    let node = Node::on(dir.path());
    node.seal();
    let mut dump = command(["--home", dir.path().to_str().unwrap(), "view-state", "dump-state"]);
    let dumped = dump.arg("--stream").env("TMPDIR", temp.path()).output().unwrap();
    assert!(dumped.status.success(), "{}", stderr(&dumped));
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
    let again = Node::on(&dir.path().join("output"));
    assert_eq!(again.height(), node.height() + 1);
    let near = json!({ "request_type": "view_account", "finality": "final", "account_id": "near" });
    let [dumped, written] = [&again, &node].map(|node| node.call("query", near.clone()));
    assert_eq!(dumped["storage_usage"], written["storage_usage"]);
    let records = read_json(&dir.path().join("output/records.json"));
    assert!(records.as_array().unwrap().len() > MANY as usize);
}

#[test]
fn an_import_that_was_killed_begins_again() {
    let (killed, whole) = (large_home(), large_home());
    for tenths in 0..8 {
        kill_after(killed.path(), Duration::from_millis(tenths * 25));
    }
    assert_eq!(first_state(&Node::on(killed.path())), first_state(&Node::on(whole.path())));
    let mut left: Vec<_> = fs::read_dir(killed.path()).unwrap().map(|file| file.unwrap()).collect();
    left.retain(|file| file.file_name().to_string_lossy().starts_with(".tmp"));
    assert!(left.is_empty(), "{left:?}");
}

fn kill_after(dir: &Path, time: Duration) {
    let run = ["--home", dir.to_str().unwrap(), "run", "--rpc-addr", "127.0.0.1:0", "--no-ticks"];
    let mut child = command(run).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(time);
    child.kill().unwrap();
    child.wait().unwrap();
}
