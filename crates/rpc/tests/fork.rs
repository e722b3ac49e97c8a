//! A fork of another network: what it answers for the network, and what it does not pretend to know.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{ALICE, call, encoded, head, result, sent, service, transfer};
use keyway_chain::{Chain, ChainOptions};
use keyway_node::{Node, WallClock};
use keyway_rpc::{Service, Settings};
use near_vm_runner::NoContractRuntimeCache;
use serde_json::{Value, json};
use std::sync::Arc;

/// A network, and a fork of it at its newest block.
fn forked() -> (Service, Service) {
    let network = service();
    let chain = network.node().snapshot();
    let base = Arc::new(chain.head().state.clone());
    let (point, cache) = (chain.fork_point(chain.head()), Arc::new(NoContractRuntimeCache));
    let fork = Chain::fork(&point, base, ChainOptions::default(), cache).unwrap();
    let settings = Settings { wait: std::time::Duration::from_millis(250), ..Settings::default() };
    (network, Service::new(Node::in_memory(fork, WallClock), settings))
}

async fn both(method: &str, params: Value) -> (Value, Value) {
    let (network, fork) = forked();
    let there = result(call(&network, method, params.clone()).await);
    (there, result(call(&fork, method, params).await))
}

#[track_caller]
fn unknown((status, body): (u16, Value), what: &str) {
    assert_eq!(
        (status, &body["error"]["cause"]["name"]),
        (200, &json!("UNKNOWN_ON_FORK")),
        "{body}"
    );
    let text = body["error"]["data"].as_str().unwrap();
    assert!(text.contains(what), "{text}");
}

#[tokio::test]
async fn the_forks_first_block_is_the_networks() {
    let (there, here) = both("block", json!({"block_id": 2})).await;
    assert_eq!(there, here);
    let (there, here) = both("genesis_config", json!([])).await;
    assert_eq!(there, here);
    let (there, here) = both("EXPERIMENTAL_protocol_config", json!({"finality": "final"})).await;
    assert_eq!(there, here);
    let (there, here) = both("gas_price", json!([null])).await;
    assert_eq!(there, here);
    let (there, here) = both("status", json!([])).await;
    for member in ["chain_id", "genesis_hash", "protocol_version"] {
        assert_eq!(there[member], here[member], "{member}");
    }
    for member in ["latest_block_hash", "epoch_id", "epoch_start_height"] {
        assert_eq!(there["sync_info"][member], here["sync_info"][member], "{member}");
    }
    let (there, here) = both("validators", json!([null])).await;
    for member in ["epoch_height", "epoch_start_height"] {
        assert_eq!(there[member], here[member], "{member}");
    }
    for (list, member) in [("current_validators", "stake"), ("next_validators", "public_key")] {
        assert_eq!(there[list][0][member], here[list][0][member], "{list}");
    }
}

#[tokio::test]
async fn a_transaction_for_the_network_runs_on_the_fork_alone() {
    let (network, fork) = forked();
    let transaction = transfer(&network, 1);
    let mut done = sent(&fork, &transaction).await;
    let view = json!({"request_type": "view_account", "account_id": ALICE, "finality": "final"});
    let here = result(call(&fork, "query", view.clone()).await);
    let there = result(call(&network, "query", view).await);
    assert_ne!(here["amount"], there["amount"]);
    assert_eq!(network.node().snapshot().head().height(), 2);
    let known = result(call(&network, "send_tx", json!([encoded(&transaction)])).await);
    assert_eq!(known["transaction"], done["transaction"]);
    // Only a fork says how much more gas it might have burnt.
    let here = done["transaction_outcome"]["outcome"].as_object_mut().unwrap();
    assert_eq!(here.remove("gas_burnt_at_most"), Some(here["gas_burnt"].clone()));
    assert_eq!(known["transaction_outcome"]["outcome"].as_object(), Some(&*here));
}

#[tokio::test]
async fn a_fork_invents_no_proofs_and_no_contents() {
    let (network, fork) = forked();
    let base = head(&network);
    let proof = json!({"request_type": "view_state", "account_id": ALICE, "prefix_base64": "",
        "include_proof": true, "finality": "final"});
    unknown(call(&fork, "query", proof).await, "the proof of a state");
    let proof = json!({"account_id": ALICE, "prefix_base64": "", "include_proof": true,
        "finality": "final"});
    unknown(call(&fork, "EXPERIMENTAL_view_state", proof).await, "the proof of a state");
    let light = json!({"last_block_hash": base});
    unknown(call(&fork, "next_light_client_block", light).await, "light clients");
    let light = json!({"block_hash": base, "light_client_head": base});
    unknown(call(&fork, "EXPERIMENTAL_light_client_block_proof", light).await, "light clients");
    let light = json!({"type": "transaction", "transaction_hash": base, "sender_id": ALICE,
        "light_client_head": base});
    unknown(call(&fork, "light_client_proof", light).await, "light clients");
    unknown(call(&fork, "block_effects", json!({"block_id": 2})).await, "the network's block");
    let changes = json!({"changes_type": "account_changes", "account_ids": [ALICE], "block_id": 2});
    unknown(call(&fork, "changes", changes).await, "the network's block");
    let chunk = result(call(&network, "block", json!({"block_id": 2})).await);
    let chunk = chunk["chunks"][0]["chunk_hash"].clone();
    for chunk in [json!({"chunk_id": chunk}), json!({"block_id": 2, "shard_id": 0})] {
        let (_, body) = call(&fork, "chunk", chunk).await;
        assert_eq!(body["error"]["cause"]["name"], "UNKNOWN_CHUNK", "{body}");
    }
    let (_, body) = call(&fork, "block", json!({"sync_checkpoint": "genesis"})).await;
    assert_eq!(body["error"]["cause"]["name"], "UNKNOWN_BLOCK", "{body}");
    let (_, body) = call(&fork, "block", json!({"block_id": 1})).await;
    assert_eq!(body["error"]["cause"]["name"], "UNKNOWN_BLOCK", "{body}");
}

#[tokio::test]
async fn the_gas_of_a_transaction_is_told_with_its_band() {
    let (network, fork) = forked();
    let transaction = transfer(&network, 1);
    let done = sent(&fork, &transaction).await;
    let params = json!({"tx_hash": transaction.get_hash()});
    let band = result(call(&fork, "keyway_fork_gas", params).await);
    // A transfer writes no contract data.
    assert_eq!(band["gas_burnt"], band["gas_burnt_at_most"]);
    assert_eq!(band["unknown_trie_nodes"], 0);
    let burnt = done["transaction_outcome"]["outcome"]["gas_burnt"].clone();
    assert_eq!(band["outcomes"][0]["gas_burnt"], burnt);
    // The answers about the transaction have it, too; those of a chain that is no fork do not.
    let params = json!({"tx_hash": transaction.get_hash(), "sender_account_id": ALICE});
    let with_receipts = result(call(&fork, "EXPERIMENTAL_tx_status", params).await);
    for answer in [&done, &with_receipts] {
        let first = &answer["transaction_outcome"]["outcome"];
        assert_eq!(first["gas_burnt_at_most"], band["outcomes"][0]["gas_burnt_at_most"]);
        for ran in answer["receipts_outcome"].as_array().unwrap() {
            assert_eq!(ran["outcome"]["gas_burnt_at_most"], ran["outcome"]["gas_burnt"]);
        }
    }
    let there = sent(&network, &transaction).await;
    assert!(there["transaction_outcome"]["outcome"].get("gas_burnt_at_most").is_none());
    // The transaction, its receipt and the refund.
    assert_eq!(band["outcomes"].as_array().unwrap().len(), 3);
    let params = json!({"tx_hash": head(&network)});
    let (_, body) = call(&fork, "keyway_fork_gas", params).await;
    assert_eq!(body["error"]["cause"]["name"], "UNKNOWN_TRANSACTION", "{body}");
}
