//! Real exchanges, replayed to the letter or compared by shape.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::shape::{differences, samples};
use common::{ALICE, call, encoded, head, public_key, result, service, signed, transfer};
use keyway_rpc::Service;
use near_primitives::account::{AccessKey, AccessKeyPermission, GasKeyInfo};
use near_primitives::action::{Action, AddKeyAction, CreateAccountAction, TransferAction};
use near_primitives::types::Balance;
use serde_json::{Value, json};

/// Samples whose answer does not depend on the chain that gave it.
const SAME: [usize; 24] =
    [3, 4, 48, 49, 51, 54, 56, 58, 60, 61, 65, 66, 67, 68, 69, 72, 74, 75, 77, 78, 81, 90, 92, 95];

#[tokio::test]
async fn what_needs_no_chain_is_answered_to_the_letter() {
    let service = service();
    let samples = samples();
    for index in SAME {
        let sample = &samples[index];
        let method = sample["request"]["method"].as_str().unwrap();
        let (status, answer) = call(&service, method, sample["request"]["params"].clone()).await;
        assert_eq!(Value::from(status), sample["http_status"], "sample {index}: {answer}");
        assert_eq!(without_block(&answer), without_block(&sample["response"]), "sample {index}");
    }
}

/// Asks and compares with the shape of one sample; collects what differs.
async fn check(
    found: &mut Vec<String>,
    service: &Service,
    index: usize,
    method: &str,
    params: Value,
) {
    let sample = samples().swap_remove(index);
    let (status, answer) = call(service, method, params).await;
    assert_eq!(Value::from(status), sample["http_status"], "{method}: {answer}");
    let differences = differences(&sample["response"], &answer);
    found.extend(
        differences
            .into_iter()
            .map(|difference| format!("{method} (sample {index}): {difference}")),
    );
}

#[tokio::test]
async fn answers_of_methods_without_history_have_nearcores_shape() {
    let service = service();
    let zero = "11111111111111111111111111111111";
    let cases = [
        (50, "block", json!({"block_id": 0})),
        (50, "block", json!([0])),
        (53, "block", json!({"finality": "final"})),
        (53, "block", json!({"finality": "near-final"})),
        (53, "block", json!({"sync_checkpoint": "earliest_available"})),
        (50, "block", json!({"block_id": head(&service).to_string()})),
        (57, "chunk", json!([[1, 0]])),
        (57, "chunk", json!({"block_id": 1, "shard_id": 0})),
        (58, "gas_price", json!([1])),
        (58, "gas_price", json!({"block_id": null})),
        (58, "gas_price", json!([head(&service).to_string()])),
        (91, "status", json!([])),
        (96, "validators", json!({"epoch_id": zero})),
        (97, "validators", json!([null])),
        (97, "validators", json!({"latest": null})),
        (60, "maintenance_windows", json!([ALICE])),
        (59, "genesis_config", json!([])),
        (59, "EXPERIMENTAL_genesis_config", json!(null)),
        (2, "EXPERIMENTAL_protocol_config", json!({"finality": "final"})),
        (1, "EXPERIMENTAL_protocol_config", json!({"block_id": 1})),
        (0, "EXPERIMENTAL_changes_in_block", json!({"block_id": 1})),
        (0, "block_effects", json!({"block_id": 1})),
        (
            70,
            "query",
            json!({"request_type": "view_account", "finality": "final", "account_id": ALICE}),
        ),
        (70, "query", json!([format!("account/{ALICE}"), ""])),
        (70, "EXPERIMENTAL_view_account", json!({"finality": "final", "account_id": ALICE})),
        (66, "query", json!([format!("access_key/{ALICE}"), ""])),
        (
            66,
            "EXPERIMENTAL_view_access_key_list",
            json!({"finality": "final", "account_id": ALICE}),
        ),
        (64, "query", json!([format!("access_key/{ALICE}/{}", public_key(ALICE)), ""])),
        (71, "query", json!([format!("code/{ALICE}"), ""])),
        (76, "query", json!([format!("contract/{ALICE}"), ""])),
    ];
    let mut found = Vec::new();
    for (index, method, params) in cases {
        check(&mut found, &service, index, method, params).await;
    }
    // The crates' tables also hold the prices of what later protocol versions bring.
    found.retain(|line| !(line.contains(".wasm_config.") && line.ends_with("is not nearcore's")));
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test]
async fn answers_about_transactions_have_nearcores_shape() {
    let service = service();
    let sent = transfer(&service, 1);
    let (hash, tx) = (sent.get_hash().to_string(), encoded(&sent));
    let mut found = Vec::new();
    let params = json!({"signed_tx_base64": tx, "wait_until": "FINAL"});
    check(&mut found, &service, 93, "send_tx", params.clone()).await;
    check(&mut found, &service, 93, "send_tx", json!({"signed_tx_base64": tx})).await;
    check(&mut found, &service, 93, "tx", json!([hash, ALICE])).await;
    check(&mut found, &service, 46, "EXPERIMENTAL_tx_status", json!([hash, "any"])).await;
    check(&mut found, &service, 46, "EXPERIMENTAL_tx_status", params).await;

    let exists = signed(&service, 2, ALICE, vec![Action::CreateAccount(CreateAccountAction {})]);
    check(&mut found, &service, 82, "broadcast_tx_commit", json!([encoded(&exists)])).await;
    let deposit = Balance::from_near(2_000_000_000);
    let poor = signed(&service, 3, "bob.near", vec![Action::Transfer(TransferAction { deposit })]);
    let params = json!({"signed_tx_base64": encoded(&poor), "wait_until": "EXECUTED"});
    check(&mut found, &service, 80, "send_tx", params).await;

    let receipts =
        result(call(&service, "EXPERIMENTAL_tx_status", json!([hash, ALICE])).await)["receipts"]
            .clone();
    let (status, answer) =
        call(&service, "EXPERIMENTAL_receipt", json!({"receipt_id": receipts[0]["receipt_id"]}))
            .await;
    assert_eq!((status, &answer["result"]), (200, &receipts[0]));
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test]
async fn answers_about_gas_keys_have_nearcores_shape() {
    let service = service();
    let permission =
        AccessKeyPermission::GasKeyFullAccess(GasKeyInfo { balance: Balance::ZERO, num_nonces: 4 });
    let key = public_key("another key");
    let add =
        AddKeyAction { public_key: key.clone(), access_key: AccessKey { nonce: 0, permission } };
    let added = signed(&service, 1, ALICE, vec![Action::AddKey(Box::new(add))]);
    result(call(&service, "send_tx", json!([encoded(&added)])).await);
    let mut found = Vec::new();
    let params = json!({"finality": "optimistic", "account_id": ALICE, "public_key": key});
    check(&mut found, &service, 47, "EXPERIMENTAL_view_gas_key_nonces", params.clone()).await;
    let mut params = params;
    params["request_type"] = json!("view_gas_key_nonces");
    check(&mut found, &service, 73, "query", params.clone()).await;
    params["public_key"] = json!(public_key(ALICE));
    check(&mut found, &service, 72, "query", params).await;
    assert!(found.is_empty(), "{found:#?}");
}

/// An answer without the members that name the block that it was asked at.
fn without_block(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members
                .iter()
                .filter(|(name, _)| !["block_hash", "block_height"].contains(&name.as_str()));
            Value::Object(kept.map(|(name, value)| (name.clone(), without_block(value))).collect())
        }
        Value::Array(items) => items.iter().map(without_block).collect(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn typed_clients_of_earlier_nodes_find_the_members_that_newer_ones_dropped() {
    // near-workspaces 0.23 refuses a protocol config without `eth_implicit_global_contract`.
    let service = service();
    let config = call(&service, "EXPERIMENTAL_protocol_config", json!({"finality": "final"})).await;
    let vm = result(config)["runtime_config"]["wasm_config"].clone();
    for member in
        ["eth_implicit_global_contract", "deterministic_account_ids", "saturating_float_to_int"]
    {
        assert_eq!(vm[member], true, "{member}");
    }
}
