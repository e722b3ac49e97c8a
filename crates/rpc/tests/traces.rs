//! `keyway_trace_*`, `keyway_what_if` and `keyway_keys_history`.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::{ALICE, VALIDATOR, call, encoded, result, service, transfer};
use keyway_rpc::Service;
use keyway_trace::{KeyHistory, Status, Trace};
use near_primitives::hash::hash;
use serde_json::{Value, json};

/// A transfer of Alice that is in a block.
async fn with_transfer() -> (Service, Value) {
    let service = service();
    let tx = transfer(&service, 1);
    let params = json!({"signed_tx_base64": encoded(&tx), "wait_until": "EXECUTED_OPTIMISTIC"});
    result(call(&service, "send_tx", params).await);
    (service, json!(tx.get_hash()))
}

fn cause((_, body): (u16, Value)) -> Value {
    body.pointer("/error/cause/name").unwrap_or_else(|| panic!("no error: {body}")).clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_is_traced_by_its_hash() {
    let (service, hash) = with_transfer().await;
    let answer = result(call(&service, "keyway_trace_transaction", json!({"tx_hash": hash})).await);
    let trace: Trace = serde_json::from_value(answer).unwrap();
    assert!(matches!(trace.status, Status::Succeeded(_)));
    assert_eq!(trace.money.sum().0, 0);
    let [first, refund] = &trace.frames[..] else { panic!("{trace:#?}") };
    assert_eq!((first.receiver_id.as_str(), refund.receiver_id.as_str()), (VALIDATOR, ALICE));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_traced_has_a_cause() {
    let (service, tx_hash) = with_transfer().await;
    let unknown = json!({"tx_hash": hash(b"nothing")});
    let answer = call(&service, "keyway_trace_transaction", unknown.clone()).await;
    assert_eq!(cause(answer), "UNKNOWN_TRANSACTION");
    let change = json!({"gas": {"action": 0, "gas": 1}});
    let params = json!({"tx_hash": tx_hash, "changes": [change]});
    assert_eq!(cause(call(&service, "keyway_what_if", params).await), "INVALID_PARAMETER");
    let many =
        vec![json!({"signer": {"public_key": "ed25519:11111111111111111111111111111111"}}); 101];
    let params = json!({"tx_hash": tx_hash, "changes": many});
    assert_eq!(cause(call(&service, "keyway_what_if", params).await), "INVALID_PARAMETER");
    let spoiled = json!({"tx_hash": tx_hash, "more": 1});
    assert_eq!(cause(call(&service, "keyway_trace_transaction", spoiled).await), "PARSE_ERROR");
    let nobody = json!({"view": {"account_id": "nobody.near", "method_name": "get"}});
    assert_eq!(cause(call(&service, "keyway_trace_call", nobody).await), "UNKNOWN_ACCOUNT");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_was_not_sent_is_traced_and_not_kept() {
    let service = service();
    let height =
        result(call(&service, "status", json!([])).await)["sync_info"]["latest_block_height"]
            .clone();
    let actions = json!({"signer_id": ALICE, "receiver_id": VALIDATOR,
        "actions": [{"Transfer": {"deposit": "7"}}]});
    let answer = result(call(&service, "keyway_trace_call", json!({"actions": actions})).await);
    let trace: Trace = serde_json::from_value(answer).unwrap();
    assert_eq!((trace.frames[0].deposit().as_yoctonear(), trace.transaction.public_key), (7, None));
    let tx = transfer(&service, 1);
    let signed = json!({"signed": {"signed_tx_base64": encoded(&tx)}});
    let answer = result(call(&service, "keyway_trace_call", signed).await);
    let trace: Trace = serde_json::from_value(answer).unwrap();
    assert_eq!((trace.transaction.hash, trace.transaction.block_hash), (tx.get_hash(), None));
    let refused = json!({"signed": {"signed_tx_base64": encoded(&transfer(&service, 0))}});
    assert_eq!(cause(call(&service, "keyway_trace_call", refused).await), "REFUSED_TRANSACTION");
    let now = result(call(&service, "status", json!([])).await);
    assert_eq!(now["sync_info"]["latest_block_height"], height);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_past_transaction_is_tried_with_something_changed() {
    let (service, hash) = with_transfer().await;
    let changes = json!([{"balance": {"account_id": ALICE, "amount": "1"}}]);
    let params = json!({"tx_hash": hash, "changes": changes});
    let answer = result(call(&service, "keyway_what_if", params).await);
    let after: Trace = serde_json::from_value(answer["after"].clone()).unwrap();
    assert!(matches!(after.status, Status::Failed(_)), "{answer}");
    let first = &answer["differences"][0];
    assert_eq!((&first["what"], &first["place"]), (&json!("status"), &json!("")));
    let code = BASE64_STANDARD.encode(b"\0asm\x01\0\0\0");
    let key = json!("ed25519:11111111111111111111111111111111");
    let changes = json!([
        {"code": {"account_id": ALICE, "code_base64": code}},
        {"time": {"timestamp_nanosec": "1900000000000000000"}},
        {"key": {"account_id": ALICE, "public_key": key, "access_key": {"nonce": 0, "permission": "FullAccess"}}},
        {"deposit": {"deposit": "9"}},
    ]);
    let params = json!({"tx_hash": hash, "changes": changes});
    let answer = result(call(&service, "keyway_what_if", params).await);
    let after: Trace = serde_json::from_value(answer["after"].clone()).unwrap();
    assert_eq!(after.frames[0].deposit().as_yoctonear(), 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_of_keys_is_told_from_the_first_block() {
    let (service, hash) = with_transfer().await;
    let params = json!({"account_id": ALICE});
    let answer = result(call(&service, "keyway_keys_history", params).await);
    let history: KeyHistory = serde_json::from_value(answer).unwrap();
    let words: Vec<_> = history.events.iter().map(|it| it.kind.word()).collect();
    assert_eq!(words, ["existed", "used"]);
    assert_eq!(json!(history.events[1].transaction_hash), hash);
}
