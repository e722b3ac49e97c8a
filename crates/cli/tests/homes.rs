//! Home directories: what `init` writes, what a restart restores, and what is refused.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod common;

use common::{Node, at, init, post, read_json, stderr};
use near_crypto::{InMemorySigner, KeyType};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{
    Action, SignedTransaction, Transaction, TransactionV0, TransferAction,
};
use near_primitives::types::{AccountId, Balance};
use serde_json::{Value, json};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use tempfile::{TempDir, tempdir};

fn home() -> TempDir {
    let dir = tempdir().unwrap();
    init(dir.path());
    dir
}

/// Changes a JSON file of a home.
fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut value = read_json(path);
    change(&mut value);
    fs::write(path, value.to_string()).unwrap();
}

/// A run that must fail: its exit code and stderr.
#[track_caller]
fn refused(dir: &Path) -> (i32, String) {
    let output = at(dir, ["run", "--rpc-addr", "127.0.0.1:0"]);
    (output.status.code().unwrap(), stderr(&output))
}

#[test]
fn init_writes_neards_files_once() {
    let dir = home();
    let names = ["genesis.json", "config.json", "node_key.json", "validator_key.json"];
    let before = names.map(|name| fs::read(dir.path().join(name)).unwrap());
    let output = at(dir.path(), ["init", "--fast", "--chain-id", "another"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(before, names.map(|name| fs::read(dir.path().join(name)).unwrap()));
    let genesis = read_json(&dir.path().join("genesis.json"));
    assert_eq!(genesis["chain_id"], "localnet");
    assert_eq!(genesis["records"].as_array().unwrap().len(), 4);
    for field in ["account_id", "public_key", "secret_key"] {
        assert!(read_json(&dir.path().join("validator_key.json"))[field].is_string());
    }
}

#[cfg(unix)]
#[test]
fn keys_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = home();
    for name in ["node_key.json", "validator_key.json"] {
        let mode = fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

fn transfer(node: &Node, nonce: u64, amount: Balance) -> Value {
    let id: AccountId = "test.near".parse().unwrap();
    let signer = InMemorySigner::from_seed(id.clone(), KeyType::ED25519, id.as_str());
    let block = node.call("block", json!({ "finality": "final" }));
    let hash: CryptoHash = block["header"]["hash"].as_str().unwrap().parse().unwrap();
    let action = Action::Transfer(TransferAction { deposit: amount });
    let receiver = "near".parse().unwrap();
    let tx = Transaction::V0(TransactionV0 {
        signer_id: id,
        public_key: signer.public_key(),
        nonce,
        receiver_id: receiver,
        block_hash: hash,
        actions: vec![action],
    });
    let signature = signer.sign(tx.get_hash_and_size().0.as_ref());
    let tx = SignedTransaction::new(signature, tx);
    let bytes = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        borsh::to_vec(&tx).unwrap(),
    );
    node.call("send_tx", json!({ "signed_tx_base64": bytes, "wait_until": "FINAL" }))
}

fn amount(node: &Node, account_id: &str) -> String {
    let account =
        json!({ "request_type": "view_account", "finality": "final", "account_id": account_id });
    node.call("query", account)["amount"].as_str().unwrap().to_owned()
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let dir = home();
    let node = Node::on(dir.path());
    transfer(&node, 1, Balance::from_near(5));
    let (height, owned) = (node.height(), amount(&node, "near"));
    assert_eq!(owned, "1000000005000000000000000000000000");
    let head = node.call("block", json!({ "finality": "optimistic" }));
    node.signal("KILL");
    let node = Node::on(dir.path());
    assert_eq!((node.height(), amount(&node, "near")), (height, owned));
    assert_eq!(node.call("block", json!({ "finality": "optimistic" })), head);
    node.seal();
    assert!(node.height() > height);
}

#[test]
fn snapshots_and_reverts_survive_a_kill() {
    let dir = home();
    for rest in [&["--checkpoint-blocks", "0"][..], &[]] {
        let home = ["--home", dir.path().to_str().unwrap(), "run", "--no-ticks"];
        let start = || Node::start(home.iter().chain(rest));
        let node = start();
        node.call("keyway_reset", json!({}));
        node.call("keyway_snapshot_save", json!({ "name": "start" }));
        let before = amount(&node, "near");
        transfer(&node, 1, Balance::from_near(5));
        node.call("keyway_snapshot_save", json!({ "name": "paid" }));
        let paid = (head(&node), amount(&node, "near"));
        node.call("keyway_snapshot_revert", json!({ "name": "start" }));
        let listed = node.call("keyway_snapshot_list", json!({}));
        node.signal("KILL");
        let node = start();
        assert_eq!(amount(&node, "near"), before);
        assert_eq!(node.call("keyway_snapshot_list", json!({})), listed);
        // It did not happen on this branch, so it can be done again.
        transfer(&node, 1, Balance::from_near(7));
        node.call("keyway_snapshot_revert", json!({ "name": "paid" }));
        node.signal("KILL");
        let node = start();
        assert_eq!((head(&node), amount(&node, "near")), paid);
        node.call("keyway_snapshot_delete", json!({ "name": "start" }));
        node.signal("KILL");
        let node = start();
        let gone = node.try_call("keyway_snapshot_revert", json!({ "name": "start" })).unwrap_err();
        assert_eq!(gone["cause"]["name"], "UNKNOWN_SNAPSHOT");
        node.signal("KILL");
    }
}

/// A node that writes a checkpoint after every input.
fn resting(dir: &Path) -> Node {
    let home = dir.to_str().unwrap();
    Node::start(["--home", home, "run", "--no-ticks", "--checkpoint-blocks", "0"])
}

fn head(node: &Node) -> Value {
    node.call("block", json!({ "finality": "optimistic" }))
}

#[test]
fn a_home_forgets_old_blocks_and_remembers_that_it_did() {
    let dir = home();
    let run = ["run", "--no-ticks", "--checkpoint-blocks", "0", "--keep-blocks", "5"];
    let forgetful = || Node::start(["--home", dir.path().to_str().unwrap()].into_iter().chain(run));
    let node = forgetful();
    let sent = transfer(&node, 1, Balance::from_near(5));
    let hash = sent["transaction"]["hash"].clone();
    // Transactions may be based on a block for a while, however many blocks follow.
    node.call("sandbox_fast_forward", json!({ "delta_height": 400 }));
    (0..5).for_each(|_| node.seal());
    let (last, owned) = (head(&node), amount(&node, "near"));
    let forgot = |node: &Node| {
        let block = node.try_call("block", json!({ "block_id": 1 })).unwrap_err();
        assert_eq!(block["cause"]["name"], "UNKNOWN_BLOCK");
        let asked =
            json!({ "tx_hash": hash, "sender_account_id": "test.near", "wait_until": "NONE" });
        let transaction = node.try_call("EXPERIMENTAL_tx_status", asked).unwrap_err();
        assert_eq!(transaction["cause"]["name"], "UNKNOWN_TRANSACTION");
        let earliest = node.call("block", json!({ "sync_checkpoint": "earliest_available" }));
        assert!(earliest["header"]["height"].as_u64().unwrap() > 100, "{earliest}");
        let genesis = node.call("block", json!({ "block_id": 0 }));
        let known = json!([genesis["header"]["hash"]]);
        let light = node.try_call("next_light_client_block", known).unwrap_err();
        assert_eq!(light["cause"]["name"], "UNKNOWN_BLOCK", "nothing leads on from there");
        assert_eq!((head(node), amount(node, "near")), (last.clone(), owned.clone()));
    };
    forgot(&node);
    node.signal("KILL");
    forgot(&forgetful());
    // The journal contains everything.
    fs::remove_file(dir.path().join("data/store")).unwrap();
    let node = Node::on(dir.path());
    assert_eq!(head(&node), last);
    assert_eq!(node.call("block", json!({ "block_id": 1 }))["header"]["height"], 1);
}

#[test]
fn a_chain_in_the_store_is_found_again_with_or_without_it() {
    let dir = home();
    let node = resting(dir.path());
    let transfers: Vec<_> =
        (1..=4).map(|nonce| transfer(&node, nonce, Balance::from_near(5))).collect();
    let (last, owned) = (head(&node), amount(&node, "near"));
    node.signal("KILL");
    let store = dir.path().join("data/store");
    assert!(store.exists());
    let agrees = |node: &Node| {
        assert_eq!((head(node), amount(node, "near")), (last.clone(), owned.clone()));
        for sent in &transfers {
            let hash = &sent["transaction"]["hash"];
            let asked = json!({ "tx_hash": hash, "sender_account_id": "test.near" });
            assert_eq!(node.call("EXPERIMENTAL_tx_status", asked)["status"], sent["status"]);
        }
        let old = json!({ "request_type": "view_account", "block_id": 1, "account_id": "near" });
        assert_eq!(node.call("query", old)["amount"], "1000000000000000000000000000000000");
    };
    let node = resting(dir.path());
    agrees(&node);
    node.signal("KILL");
    fs::remove_file(&store).unwrap();
    let node = Node::on(dir.path());
    agrees(&node);
    assert!(!store.exists(), "a short chain needs no store");
    node.signal("KILL");
    agrees(&resting(dir.path()));
    assert!(store.exists());
}

#[test]
fn a_store_that_does_not_fit_is_refused_and_left_alone() {
    let dir = home();
    let node = resting(dir.path());
    node.seal();
    let journal = dir.path().join("data/journal");
    let short = fs::read(&journal).unwrap();
    // A checkpoint is written while the chain continues, and waited for before the one after the
    // next.
    node.seal();
    node.seal();
    node.signal("KILL");
    let whole = fs::read(&journal).unwrap();
    fs::write(&journal, &short).unwrap();
    let (code, said) = refused(dir.path());
    assert_eq!(code, 5);
    assert!(said.contains("the store beside it was made from"), "{said}");
    assert_eq!(fs::read(&journal).unwrap(), short);
    fs::remove_file(&journal).unwrap();
    let (code, said) = refused(dir.path());
    assert_eq!(code, 5);
    assert!(said.contains("data/journal is gone"), "{said}");
    fs::write(&journal, whole).unwrap();
    let store = dir.path().join("data/store");
    fs::write(&store, b"something else").unwrap();
    let (code, said) = refused(dir.path());
    assert_eq!(code, 5);
    assert!(said.contains("data/store") && said.contains("remove this one file"), "{said}");
    assert_eq!(fs::read(&store).unwrap(), b"something else");
    fs::remove_file(&store).unwrap();
    Node::on(dir.path()).seal();
}

#[test]
fn a_store_that_is_damaged_under_the_journals_end_is_the_file_to_remove() {
    let dir = home();
    let node = resting(dir.path());
    (1..=4).for_each(|nonce| drop(transfer(&node, nonce, Balance::from_near(5))));
    let owned: u128 = amount(&node, "near").parse().unwrap();
    node.signal("TERM");
    let node = Node::on(dir.path());
    transfer(&node, 5, Balance::from_near(5));
    let after = amount(&node, "near");
    node.signal("KILL");
    let store = dir.path().join("data/store");
    damage(&store, &owned.to_le_bytes());
    let (code, said) = refused(dir.path());
    assert_eq!(code, 5);
    assert!(said.contains("data/store is damaged: remove this one file"), "{said}");
    fs::remove_file(&store).unwrap();
    assert_eq!(amount(&Node::on(dir.path()), "near"), after);
}

/// Flips a bit at each occurrence of `bytes` in a file.
fn damage(path: &Path, bytes: &[u8]) {
    let mut file = fs::read(path).unwrap();
    let places = file.windows(bytes.len()).enumerate().filter(|(_, window)| *window == bytes);
    let places: Vec<_> = places.map(|(place, _)| place).collect();
    assert!(!places.is_empty());
    places.into_iter().for_each(|place| file[place] ^= 1);
    fs::write(path, file).unwrap();
}

#[test]
fn a_torn_record_is_cut_off_with_a_note() {
    let dir = home();
    let node = Node::on(dir.path());
    node.seal();
    let height = node.height();
    node.signal("KILL");
    let journal = dir.path().join("data/journal");
    let whole = records(&journal);
    // The checksum at the end may itself end with zeros.
    let torn = [whole.as_slice(), &[0; 8], &[17], &[0; 5_000]].concat();
    fs::write(&journal, torn).unwrap();
    let node = Node::on(dir.path());
    assert!(node.said.contains("bytes of a torn record off"), "{}", node.said);
    assert_eq!(node.height(), height);
    assert_eq!(records(&journal), whole);
    node.seal();
    let height = node.height();
    node.signal("KILL");
    let node = Node::on(dir.path());
    assert!(!node.said.contains("torn"), "zeros are an ordinary end: {}", node.said);
    assert!(node.height() >= height);
}

/// A journal without the zeros at its end.
fn records(journal: &Path) -> Vec<u8> {
    let mut bytes = fs::read(journal).unwrap();
    let last = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes.truncate(last + 1);
    bytes
}

#[test]
fn a_journal_without_what_was_synced_is_refused_and_left_alone() {
    let dir = home();
    let node = Node::on(dir.path());
    node.seal();
    node.seal();
    node.signal("KILL");
    let journal = dir.path().join("data/journal");
    let mut short = records(&journal);
    short.truncate(short.len() - 20);
    fs::write(&journal, &short).unwrap();
    let (code, said) = refused(dir.path());
    assert_eq!(code, 5);
    assert!(said.contains("data/journal") && said.contains("damaged"), "{said}");
    assert_eq!(fs::read(&journal).unwrap(), short);
}

#[test]
fn a_damaged_record_is_refused_and_left_alone() {
    let dir = home();
    let node = Node::on(dir.path());
    node.seal();
    node.seal();
    node.signal("KILL");
    let journal = dir.path().join("data/journal");
    let mut bytes = fs::read(&journal).unwrap();
    bytes[80] ^= 1;
    fs::write(&journal, &bytes).unwrap();
    let (code, said) = refused(dir.path());
    assert_eq!(code, 5);
    assert!(said.contains("data/journal") && said.contains("damaged"), "{said}");
    assert_eq!(fs::read(&journal).unwrap(), bytes);
}

#[test]
fn another_journal_format_and_a_changed_genesis_are_refused() {
    let dir = home();
    Node::on(dir.path()).signal("TERM");
    let genesis = dir.path().join("genesis.json");
    let before = fs::read(&genesis).unwrap();
    edit(&genesis, |genesis| genesis["epoch_length"] = json!(7));
    let (code, said) = refused(dir.path());
    assert_eq!(code, 5);
    assert!(said.contains("start over from the new genesis"), "{said}");
    fs::write(&genesis, before).unwrap();
    let journal = dir.path().join("data/journal");
    let mut bytes = fs::read(&journal).unwrap();
    bytes[8] = 3;
    bytes[12..44].fill(7);
    fs::write(&journal, bytes).unwrap();
    let (code, said) = refused(dir.path());
    assert_eq!(code, 5);
    assert!(said.contains("has format 3, this program reads 6"), "{said}");
    assert!(!said.contains("remove"), "{said}");
}

/// A flipped bit in the header was blamed on genesis.json, and the message advised removing the
/// data.
#[test]
fn damage_in_the_journals_header_is_called_so() {
    let dir = home();
    let node = Node::on(dir.path());
    node.seal();
    node.signal("KILL");
    let journal = dir.path().join("data/journal");
    let whole = fs::read(&journal).unwrap();
    for at in [0, 7, 8, 11, 12, 20, 35, 36, 43] {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        fs::write(&journal, &flipped).unwrap();
        let (code, said) = refused(dir.path());
        assert_eq!(code, 5, "{said}");
        assert!(said.contains("damaged in its first bytes") && said.contains("copy"), "{said}");
        assert!(!said.contains("remove"), "{said}");
        assert_eq!(fs::read(&journal).unwrap(), flipped);
    }
    fs::write(&journal, whole).unwrap();
    Node::on(dir.path()).seal();
}

/// A restart replayed everything, even after a clean stop.
#[test]
fn a_clean_stop_leaves_nothing_to_run_again() {
    let dir = home();
    let node = Node::on(dir.path());
    transfer(&node, 1, Balance::from_near(5));
    let (last, owned) = (head(&node), amount(&node, "near"));
    assert!(node.signal("TERM").0.success());
    assert!(dir.path().join("data/store").exists());
    let journal = dir.path().join("data/journal");
    let mut bytes = fs::read(&journal).unwrap();
    // Inputs that are not replayed may be damaged.
    bytes[80] ^= 1;
    fs::write(&journal, bytes).unwrap();
    let node = Node::on(dir.path());
    assert_eq!((head(&node), amount(&node, "near")), (last, owned));
    assert!(node.signal("INT").0.success());
    let node = Node::on(dir.path());
    transfer(&node, 2, Balance::from_near(5));
    assert_eq!(amount(&node, "near"), "1000000010000000000000000000000000");
}

#[test]
fn without_data_a_chain_starts_from_the_genesis_as_it_is() {
    let dir = home();
    Node::on(dir.path()).signal("TERM");
    fs::remove_dir_all(dir.path().join("data")).unwrap();
    edit(&dir.path().join("genesis.json"), |genesis| {
        genesis["records"][2]["Account"]["account"]["amount"] = json!("7");
        genesis["total_supply"] = json!("1050000000000000000000000000000007");
        genesis["something_new"] = json!(true);
    });
    assert_eq!(amount(&Node::on(dir.path()), "near"), "7");
}

#[test]
fn a_wrong_supply_is_refused_with_both_numbers() {
    let dir = home();
    edit(&dir.path().join("genesis.json"), |genesis| genesis["total_supply"] = json!("5"));
    let (code, said) = refused(dir.path());
    assert_eq!(code, 5);
    assert!(said.contains("genesis.json"), "{said}");
    assert!(said.contains("2050000000000000000000000000000000"), "{said}");
    assert!(!dir.path().join("data/journal").exists());
}

#[test]
fn homes_that_are_not_whole_are_refused_by_name() {
    let dir = tempdir().unwrap();
    let missing = dir.path().join("nowhere");
    let (code, said) = refused(&missing);
    assert_eq!(code, 5);
    assert!(said.contains("nowhere") && said.contains("init"), "{said}");
    for (file, bytes) in [("genesis.json", None), ("config.json", None), ("node_key.json", None)]
        .into_iter()
        .chain([("genesis.json", Some("{\"records\": [")), ("validator_key.json", Some("{}"))])
    {
        let dir = home();
        let path = dir.path().join(file);
        match bytes {
            None => fs::remove_file(&path).unwrap(),
            Some(bytes) => fs::write(&path, bytes).unwrap(),
        }
        let (code, said) = refused(dir.path());
        assert_eq!(code, 5, "{said}");
        assert!(said.contains(file), "{said}");
    }
    let neards = home();
    fs::create_dir(neards.path().join("data")).unwrap();
    fs::write(neards.path().join("data/CURRENT"), "MANIFEST").unwrap();
    let (code, said) = refused(neards.path());
    assert_eq!(code, 5);
    assert!(said.contains("made by another node program"), "{said}");
}

#[test]
fn a_second_node_on_a_home_is_refused() {
    let dir = home();
    let first = Node::on(dir.path());
    let (code, said) = refused(dir.path());
    assert_eq!(code, 4);
    assert!(said.contains("another node runs on"), "{said}");
    first.seal();
}

#[test]
fn config_fields_are_honoured() {
    let dir = home();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    edit(&dir.path().join("config.json"), |config| {
        config["rpc"]["limits_config"]["json_payload_max_size"] = json!(200);
        config["rpc"]["addr"] = json!(addr);
        config["unknown"] = json!({ "field": 1 });
    });
    let output = at(dir.path(), ["run"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains(&addr), "{}", stderr(&output));
    assert!(!dir.path().join("data").exists(), "a node that cannot serve leaves its home alone");
    let node = Node::on(dir.path());
    node.seal();
    let (status, _body) = post(node.addr, &json!({ "too": "long".repeat(100) }).to_string());
    assert!(status.contains("413"), "{status}");
}

#[test]
fn a_state_is_dumped_beside_the_running_node() {
    let dir = home();
    let node = Node::on(dir.path());
    transfer(&node, 1, Balance::from_near(5));
    let output = at(dir.path(), ["view-state", "dump-state"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!stderr(&output).contains("replacing"), "{}", stderr(&output));
    let again = at(dir.path(), ["view-state", "dump-state"]);
    assert!(again.status.success(), "{}", stderr(&again));
    assert!(stderr(&again).contains(", replacing what was there"), "{}", stderr(&again));
    let dumped = read_json(&dir.path().join("output.json"));
    assert_eq!(dumped["genesis_height"], node.height() + 1);
    let near = dumped["records"].as_array().unwrap().iter().find_map(|record| {
        let account = record.get("Account")?;
        (account["account_id"] == "near").then(|| account["account"]["amount"].clone())
    });
    assert_eq!(near, Some(json!("1000000005000000000000000000000000")));
    node.seal();

    let restored = home();
    fs::copy(dir.path().join("output.json"), restored.path().join("genesis.json")).unwrap();
    let again = Node::on(restored.path());
    assert_eq!(amount(&again, "near"), "1000000005000000000000000000000000");
}

#[test]
fn a_dump_of_something_else_is_refused() {
    let dir = home();
    for flag in ["--height", "--account-ids", "--validators"] {
        let output = at(dir.path(), ["view-state", "dump-state", flag, "7"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("newest state"), "{}", stderr(&output));
    }
    assert!(!dir.path().join("output.json").exists());
}

#[test]
fn a_dumped_directory_is_a_home() {
    let dir = home();
    let node = Node::on(dir.path());
    transfer(&node, 1, Balance::from_near(5));
    let output = at(dir.path(), ["view-state", "dump-state", "--stream"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let dumped = dir.path().join("output");
    assert!(read_json(&dumped.join("genesis.json")).get("records").is_none());
    assert!(read_json(&dumped.join("records.json")).is_array());
    let again = Node::on(&dumped);
    assert_eq!(amount(&again, "near"), amount(&node, "near"));
    assert_eq!(again.height(), node.height() + 1);
}

#[test]
fn a_home_takes_the_wallet_contract_only_as_it_is() {
    let dir = home();
    fs::write(dir.path().join("eth_wallet.wasm"), b"\0asm").unwrap();
    let (code, text) = refused(dir.path());
    assert_eq!(code, 5);
    assert!(text.contains("eth_wallet.wasm") && text.contains("FAq9tQRb"), "{text}");
    let dumped = at(dir.path(), ["view-state", "dump-state"]);
    assert!(stderr(&dumped).contains("eth_wallet.wasm"), "{}", stderr(&dumped));
}

#[cfg(unix)]
#[test]
fn a_node_in_memory_puts_old_blocks_aside_and_leaves_nothing_behind() {
    let temp = tempdir().unwrap();
    let mut command = common::command(["run", "--no-ticks", "--checkpoint-blocks", "0"]);
    command.env("TMPDIR", temp.path());
    let node = Node::spawn(command);
    (0..5).for_each(|_| node.seal());
    let own = fs::read_dir(temp.path()).unwrap().next().unwrap().unwrap().path();
    assert!(own.join("store").exists());
    assert_eq!(node.call("block", json!({ "block_id": 1 }))["header"]["height"], 1);
    let old = json!({ "request_type": "view_account", "block_id": 1, "account_id": "alice.near" });
    assert!(node.call("query", old)["amount"].is_string());
    node.signal("TERM");
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
}
