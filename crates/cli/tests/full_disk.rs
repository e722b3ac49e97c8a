//! A disk that fills up under a node: nothing acknowledged is lost, and no answer is wrong.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod common;

use common::{Node, init};
use near_crypto::{InMemorySigner, KeyType};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{
    Action, SignedTransaction, Transaction, TransactionV0, TransferAction,
};
use near_primitives::types::{AccountId, Balance};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use tempfile::tempdir;

/// A node whose files cannot grow beyond `blocks` of 512 bytes, as on a full disk.
fn with_little_room(dir: &Path, blocks: u32, checkpoint_blocks: &str) -> Node {
    let mut command = Command::new("sh");
    // With the signal ignored, the system returns an error, as for a full disk.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_keyway"), "--home"]).arg(dir);
    command.args(["run", "--no-ticks", "--checkpoint-blocks", checkpoint_blocks]);
    Node::spawn(command)
}

/// Sends one yoctoNEAR from `test.near` to `near`, and returns the hash once it is final.
fn transfer(node: &Node, nonce: u64) -> Result<CryptoHash, String> {
    let id: AccountId = "test.near".parse().unwrap();
    let signer = InMemorySigner::from_seed(id.clone(), KeyType::ED25519, id.as_str());
    let block = node.call("block", json!({ "finality": "final" }));
    let tx = Transaction::V0(TransactionV0 {
        signer_id: id,
        public_key: signer.public_key(),
        nonce,
        receiver_id: "near".parse().unwrap(),
        block_hash: block["header"]["hash"].as_str().unwrap().parse().unwrap(),
        actions: vec![Action::Transfer(TransferAction { deposit: Balance::from_yoctonear(1) })],
    });
    let signature = signer.sign(tx.get_hash_and_size().0.as_ref());
    let tx = SignedTransaction::new(signature, tx);
    let base64 = &base64::engine::general_purpose::STANDARD;
    let bytes = base64::Engine::encode(base64, borsh::to_vec(&tx).unwrap());
    let request = json!({ "signed_tx_base64": bytes, "wait_until": "FINAL" });
    node.try_call("send_tx", request).map(|_| tx.get_hash()).map_err(|error| error.to_string())
}

fn owned(node: &Node) -> u128 {
    let account =
        json!({ "request_type": "view_account", "finality": "final", "account_id": "near" });
    node.call("query", account)["amount"].as_str().unwrap().parse().unwrap()
}

/// Sends until the node refuses, then checks that everything acknowledged is there after a restart
/// with enough space.
#[track_caller]
fn nothing_is_lost(blocks: u32, checkpoint_blocks: &str, reason: &str) {
    let dir = tempdir().unwrap();
    init(dir.path());
    let node = with_little_room(dir.path(), blocks, checkpoint_blocks);
    let before = owned(&node);
    let mut acknowledged = Vec::new();
    let refused = loop {
        match transfer(&node, acknowledged.len() as u64 + 1) {
            Ok(hash) => acknowledged.push(hash),
            Err(error) => break error,
        }
        assert!(acknowledged.len() < 2_000, "the disk is never full");
    };
    assert!(refused.contains("read-only") && refused.contains(reason), "{refused}");
    assert!(!acknowledged.is_empty());
    let again = transfer(&node, acknowledged.len() as u64 + 1).unwrap_err();
    assert!(again.contains("read-only"), "{again}");
    assert!(node.call("status", json!([]))["chain_id"].is_string(), "it still answers");
    node.signal("KILL");

    let node = Node::on(dir.path());
    assert_eq!(owned(&node), before + acknowledged.len() as u128);
    for hash in &acknowledged {
        let asked = json!({ "tx_hash": hash, "sender_account_id": "test.near" });
        assert!(node.call("tx", asked)["status"]["SuccessValue"] == "");
    }
    transfer(&node, acknowledged.len() as u64 + 1).unwrap();
}

#[test]
fn a_journal_without_room_loses_nothing_acknowledged() {
    nothing_is_lost(64, "1000000", "File too large");
}

#[test]
fn a_store_without_room_loses_nothing_acknowledged() {
    nothing_is_lost(512, "8", "data/store");
}
