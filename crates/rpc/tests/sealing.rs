//! Transactions that wait for blocks which are sealed by hand or at an interval.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{ALICE, call, encoded, result, service, transfer};
use keyway_rpc::Service;
use near_primitives::transaction::SignedTransaction;
use serde_json::{Value, json};
use std::time::Duration;

async fn set(service: &Service, params: Value) -> Value {
    result(call(service, "keyway_sealing_set", params).await)
}

async fn send(service: &Service, transaction: &SignedTransaction, until: &str) -> (u16, Value) {
    let params = json!({"signed_tx_base64": encoded(transaction), "wait_until": until});
    call(service, "send_tx", params).await
}

async fn waiting(service: &Service) -> Value {
    result(call(service, "keyway_sealing_show", json!({})).await)["waiting"].clone()
}

async fn until_waiting(service: &Service, count: u64) {
    let reached = async {
        while waiting(service).await != count {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reached).await.expect("they wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_wait_until_a_block_is_mined() {
    let service = service();
    let off = set(&service, json!({"mode": "off"})).await;
    assert_eq!(
        off,
        json!({"mode": "off", "interval_ms": null, "waiting": 0, "most_waiting": 4096})
    );
    let (first, second) = (transfer(&service, 1), transfer(&service, 2));
    let height = service.node().snapshot().head().height();
    // Answered when the time is up, and still waiting.
    let (_, timeout) = send(&service, &second, "INCLUDED").await;
    assert_eq!(timeout["error"]["cause"]["name"], "TIMEOUT_ERROR");
    let (_, sent) = send(&service, &first, "NONE").await;
    assert_eq!(sent["result"]["final_execution_status"], "NONE");
    until_waiting(&service, 2).await;
    let asked = json!({"tx_hash": first.get_hash(), "sender_account_id": ALICE,
        "wait_until": "NONE"});
    let (_, unknown) = call(&service, "tx", asked.clone()).await;
    assert_eq!(unknown["error"]["cause"]["name"], "UNKNOWN_TRANSACTION");
    assert_eq!(service.node().snapshot().head().height(), height);

    let head = result(call(&service, "keyway_mine", json!({})).await);
    assert_eq!((&head["height"], waiting(&service).await), (&json!(height + 1), json!(0)));
    assert_eq!(service.node().snapshot().head().transactions.len(), 2, "in order of their nonces");
    let seen = result(call(&service, "tx", asked.clone()).await);
    assert_eq!(seen["final_execution_status"], "INCLUDED");
    // Its receipt, the refund, and two blocks that make them final.
    result(call(&service, "keyway_mine", json!({"blocks": 4})).await);
    assert_eq!(service.node().snapshot().head().height(), height + 5);
    let done = result(call(&service, "tx", asked).await);
    assert_eq!(done["final_execution_status"], "FINAL");

    // What breaks a rule does not wait for a block.
    let (_, refused) = send(&service, &transfer(&service, 1), "INCLUDED").await;
    assert_eq!(refused["error"]["cause"]["name"], "INVALID_TRANSACTION");
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_come_at_an_interval_until_sealing_is_on_again() {
    let service = service();
    let every = set(&service, json!({"mode": "every", "interval_ms": 5})).await;
    assert_eq!((&every["mode"], &every["interval_ms"]), (&json!("every"), &json!(5)));
    let (_, done) = send(&service, &transfer(&service, 1), "NONE").await;
    assert!(done.get("result").is_some(), "{done}");
    until_waiting(&service, 0).await;
    set(&service, json!({"mode": "off"})).await;
    let (_, timeout) = send(&service, &transfer(&service, 7), "FINAL").await;
    assert_eq!(timeout["error"]["cause"]["name"], "TIMEOUT_ERROR");
    until_waiting(&service, 1).await;
    let height = service.node().snapshot().head().height();
    set(&service, json!({"mode": "on"})).await;
    let sealed = async {
        while service.node().snapshot().head().height() == height {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), sealed).await.expect("what waited is sealed");
    let (_, done) = send(&service, &transfer(&service, 8), "FINAL").await;
    assert_eq!(done["result"]["final_execution_status"], "FINAL", "{done}");
}

#[tokio::test(flavor = "multi_thread")]
async fn modes_that_cannot_be_are_refused() {
    let service = service();
    for (params, expected) in [
        (json!({"mode": "every"}), "INVALID_PARAMETER"),
        (json!({"mode": "every", "interval_ms": 0}), "INVALID_PARAMETER"),
        (json!({"mode": "every", "interval_ms": u64::MAX}), "INVALID_PARAMETER"),
        (json!({"mode": "off", "interval_ms": 5}), "INVALID_PARAMETER"),
        (json!({"mode": "sometimes"}), "PARSE_ERROR"),
        (json!({}), "PARSE_ERROR"),
        (json!({"mode": "off", "blocks": 5}), "PARSE_ERROR"),
    ] {
        let (_, body) = call(&service, "keyway_sealing_set", params.clone()).await;
        assert_eq!(body["error"]["cause"]["name"], expected, "{params}");
    }
}
