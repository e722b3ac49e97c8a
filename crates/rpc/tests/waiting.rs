//! Sending, waiting, being refused, being repeated.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail, and wait")]

mod common;

use common::{ALICE, call, encoded, result, service, service_as, signed, transfer};
use keyway_rpc::{Forget, Settings};
use near_primitives::action::{Action, TransferAction};
use near_primitives::types::Balance;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const LEVELS: [&str; 6] =
    ["NONE", "INCLUDED", "EXECUTED_OPTIMISTIC", "INCLUDED_FINAL", "EXECUTED", "FINAL"];

fn cause(answer: &Value) -> &Value {
    &answer["error"]["cause"]["name"]
}

#[tokio::test]
async fn every_level_of_waiting_is_answered_at_once() {
    let service = service();
    for (nonce, wait_until) in (1..).zip(LEVELS) {
        let sent = transfer(&service, nonce);
        let params = json!({"signed_tx_base64": encoded(&sent), "wait_until": wait_until});
        let answer = result(call(&service, "send_tx", params).await);
        if wait_until == "NONE" {
            assert_eq!(answer, json!({"final_execution_status": "NONE"}));
        } else {
            assert_eq!(answer["final_execution_status"], "FINAL");
            assert_eq!(answer["status"], json!({"SuccessValue": ""}));
            assert_eq!(answer["transaction"]["hash"], json!(sent.get_hash()));
        }
        let params = json!({"tx_hash": sent.get_hash(), "sender_account_id": ALICE, "wait_until": wait_until});
        let status = result(call(&service, "tx", params).await);
        assert_eq!(status["final_execution_status"], "FINAL");
    }
}

#[tokio::test]
async fn a_status_call_that_overtakes_the_transaction_waits_for_it() {
    let service = service();
    let sent = transfer(&service, 1);
    for params in [json!([sent.get_hash(), ALICE]), json!([encoded(&sent)])] {
        let ahead = {
            let service = service.clone();
            tokio::spawn(async move { call(&service, "EXPERIMENTAL_tx_status", params).await })
        };
        tokio::time::sleep(Duration::from_millis(20)).await;
        result(call(&service, "broadcast_tx_async", json!([encoded(&sent)])).await);
        let status = result(ahead.await.unwrap());
        assert_eq!(status["final_execution_status"], "FINAL");
    }
}

#[tokio::test]
async fn a_refusal_is_told_by_the_status_call_not_by_sending_without_waiting() {
    let service = service();
    let deposit = Balance::from_near(2_000_000_000);
    let poor = signed(&service, 1, "bob.near", vec![Action::Transfer(TransferAction { deposit })]);
    let by_hash = json!([poor.get_hash(), ALICE]);
    let ahead = {
        let service = service.clone();
        let params = by_hash.clone();
        tokio::spawn(async move { call(&service, "tx", params).await })
    };
    tokio::time::sleep(Duration::from_millis(20)).await;
    let params = json!({"signed_tx_base64": encoded(&poor), "wait_until": "NONE"});
    assert_eq!(
        result(call(&service, "send_tx", params).await),
        json!({"final_execution_status": "NONE"})
    );
    assert_eq!(
        result(call(&service, "broadcast_tx_async", json!([encoded(&poor)])).await),
        json!(poor.get_hash())
    );

    let (status, answer) = ahead.await.unwrap();
    assert_eq!((status, cause(&answer)), (200, &json!("INVALID_TRANSACTION")));
    let error = &answer["error"]["data"]["TxExecutionError"]["InvalidTxError"]["NotEnoughBalance"];
    assert_eq!(error["signer_id"], ALICE);
    for wait_until in &LEVELS[1..] {
        let params = json!({"signed_tx_base64": encoded(&poor), "wait_until": wait_until});
        for method in ["send_tx", "tx", "EXPERIMENTAL_tx_status"] {
            assert_eq!(
                call(&service, method, params.clone()).await,
                (200, answer.clone()),
                "{method} {wait_until}"
            );
        }
    }
    assert_eq!(
        call(&service, "broadcast_tx_commit", json!([encoded(&poor)])).await,
        (200, answer.clone())
    );
    assert_eq!(call(&service, "EXPERIMENTAL_tx_status", by_hash).await, (200, answer));
}

#[tokio::test]
async fn an_invalid_transaction_that_was_never_sent_is_known_by_its_bytes() {
    let service = service();
    let stale = transfer(&service, 0);
    let (status, answer) = call(&service, "EXPERIMENTAL_tx_status", json!([encoded(&stale)])).await;
    assert_eq!((status, cause(&answer)), (200, &json!("INVALID_TRANSACTION")));
    assert_eq!(
        answer["error"]["data"],
        json!({"TxExecutionError": {"InvalidTxError": {"InvalidNonce": {"tx_nonce": 0, "ak_nonce": 0}}}})
    );
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let service = service();
    let unsent = transfer(&service, 1);
    let start = Instant::now();
    let (status, answer) = call(&service, "tx", json!([unsent.get_hash(), ALICE])).await;
    assert!(
        start.elapsed() >= Duration::from_millis(250) && start.elapsed() < Duration::from_secs(5)
    );
    let error = json!({
        "name": "HANDLER_ERROR",
        "cause": {"name": "TIMEOUT_ERROR"},
        "code": -32000,
        "message": "Server error",
        "data": "Timeout",
    });
    assert_eq!((status, answer), (408, json!({"error": error})));
}

#[tokio::test]
async fn sending_again_answers_what_became_of_it() {
    let service = service();
    let sent = encoded(&transfer(&service, 1));
    let first = result(call(&service, "send_tx", json!([sent])).await);
    let height = service.chain().head().height();
    let second = result(call(&service, "send_tx", json!([sent])).await);
    assert_eq!(first, second);
    assert_eq!(service.chain().head().height(), height);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_senders_at_once_are_all_served() {
    let service = service();
    let senders = (1..=24).map(|nonce| {
        let service = service.clone();
        tokio::spawn(async move {
            // Only the highest nonce so far is accepted: who comes late is refused, and told so.
            let params = json!({"signed_tx_base64": encoded(&transfer(&service, nonce)), "wait_until": "FINAL"});
            let (sent, asked) = tokio::join!(
                call(&service, "send_tx", params.clone()),
                call(&service, "EXPERIMENTAL_tx_status", params.clone()),
            );
            let accepted = sent.1.get("result").is_some();
            assert_eq!(accepted, asked.1.get("result").is_some(), "{asked:?}");
            accepted
        })
    });
    let mut accepted = 0;
    for sender in senders.collect::<Vec<_>>() {
        accepted += u32::from(sender.await.unwrap());
    }
    assert!(accepted >= 1);
    let seen = service.metrics();
    assert!(seen.contains(&format!("keyway_transactions_accepted_total {accepted}\n")), "{seen}");
}

#[tokio::test]
async fn transactions_that_arrive_in_the_wrong_order_run_in_the_right_one() {
    // Clients that send several transactions at once had all but the last of them refused, now and
    // then: nearcore gathers them for a block and sorts them by nonce.
    let settings = Settings { gap_wait: Duration::from_secs(20), ..Settings::default() };
    let service = service_as(Box::new(Forget), settings);
    let send = |nonce| {
        let params = json!({"signed_tx_base64": encoded(&transfer(&service, nonce))});
        let service = service.clone();
        async move { result(call(&service, "send_tx", params).await) }
    };
    let (third, second, first) = tokio::join!(send(3), send(2), send(1));
    for answer in [first, second, third] {
        assert_eq!(answer["status"], json!({"SuccessValue": ""}), "{answer}");
    }
}

#[tokio::test]
async fn a_gap_that_is_meant_is_left_after_a_moment() {
    let settings = Settings { gap_wait: Duration::from_millis(1), ..Settings::default() };
    let service = service_as(Box::new(Forget), settings);
    let params = json!([encoded(&transfer(&service, 900))]);
    let answer = result(call(&service, "broadcast_tx_commit", params).await);
    assert_eq!(answer["transaction"]["nonce"], 900);
    let late = json!([encoded(&transfer(&service, 899))]);
    let (_, refused) = call(&service, "broadcast_tx_commit", late).await;
    assert_eq!(cause(&refused), "INVALID_TRANSACTION");
}
