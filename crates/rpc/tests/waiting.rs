//! Sending, waiting, being refused, being repeated.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail, and wait")]

mod common;

use common::{
    ALICE, begun, call, encoded, result, service, service_as, service_of, signed, transfer,
};
use keyway_chain::{Chain, Input};
use keyway_node::{Clock, Node, WallClock};
use keyway_rpc::{Service, Settings};
use near_primitives::action::{Action, TransferAction};
use near_primitives::hash::CryptoHash;
use near_primitives::types::Balance;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

const LEVELS: [&str; 6] =
    ["NONE", "INCLUDED", "EXECUTED_OPTIMISTIC", "INCLUDED_FINAL", "EXECUTED", "FINAL"];

fn cause(answer: &Value) -> &Value {
    &answer["error"]["cause"]["name"]
}

/// A node on which transactions stay young for as long as a test takes, or not at all.
fn slow(block_interval: Duration) -> Service {
    service_as(Settings { block_interval, ..Settings::default() })
}

const LONG: Duration = Duration::from_secs(100_000);

async fn send(service: &Service, nonce: u64, wait_until: &str) -> (Value, CryptoHash) {
    let sent = transfer(service, nonce);
    let params = json!({"signed_tx_base64": encoded(&sent), "wait_until": wait_until});
    (result(call(service, "send_tx", params).await), sent.get_hash())
}

async fn level(service: &Service, method: &str, hash: CryptoHash, wait_until: &str) -> Value {
    let params = json!({"tx_hash": hash, "sender_account_id": ALICE, "wait_until": wait_until});
    result(call(service, method, params).await)["final_execution_status"].clone()
}

#[tokio::test]
async fn every_level_of_waiting_is_answered_at_once() {
    let service = slow(LONG);
    for (nonce, wait_until) in (1..).zip(LEVELS) {
        let (answer, hash) = send(&service, nonce, wait_until).await;
        assert_eq!(answer["final_execution_status"], wait_until);
        if wait_until == "NONE" {
            assert_eq!(answer, json!({"final_execution_status": "NONE"}));
            continue;
        }
        assert_eq!(answer["status"], json!({"SuccessValue": ""}));
        assert_eq!(answer["transaction"]["hash"], json!(hash));
        // A client compares the level that it reads with the one that it asked for.
        for method in ["tx", "tx_status", "EXPERIMENTAL_tx_status"] {
            assert_eq!(level(&service, method, hash, wait_until).await, wait_until);
        }
    }
}

#[tokio::test]
async fn a_young_transaction_is_as_far_as_was_asked_and_never_goes_back() {
    let service = slow(LONG);
    let (_, hash) = send(&service, 1, "NONE").await;
    assert_eq!(level(&service, "tx", hash, "INCLUDED").await, "INCLUDED");
    assert_eq!(level(&service, "tx", hash, "EXECUTED_OPTIMISTIC").await, "EXECUTED_OPTIMISTIC");
    assert_eq!(level(&service, "tx", hash, "INCLUDED").await, "EXECUTED_OPTIMISTIC");
    assert_eq!(level(&service, "tx", hash, "FINAL").await, "FINAL");
    assert_eq!(level(&service, "tx", hash, "INCLUDED").await, "FINAL");
    // Who asks for no level hears which one there is.
    let (_, hash) = send(&service, 2, "INCLUDED").await;
    assert_eq!(level(&service, "tx", hash, "NONE").await, "FINAL");
    let committed = transfer(&service, 3);
    let answer = call(&service, "broadcast_tx_commit", json!([encoded(&committed)])).await;
    assert_eq!(result(answer)["final_execution_status"], "EXECUTED_OPTIMISTIC");
}

#[tokio::test]
async fn a_transaction_that_could_be_final_elsewhere_is_final() {
    let service = slow(Duration::from_millis(1));
    let (answer, hash) = send(&service, 1, "INCLUDED").await;
    assert_eq!(answer["final_execution_status"], "INCLUDED");
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(level(&service, "tx", hash, "INCLUDED").await, "FINAL");
    let again =
        json!({"signed_tx_base64": encoded(&transfer(&service, 2)), "wait_until": "INCLUDED"});
    result(call(&service, "send_tx", again.clone()).await);
    tokio::time::sleep(Duration::from_millis(5)).await;
    let answer = result(call(&service, "send_tx", again).await);
    assert_eq!(answer["final_execution_status"], "FINAL");
}

#[tokio::test]
async fn a_status_call_that_overtakes_the_transaction_waits_for_it() {
    let service = service();
    let sent = transfer(&service, 1);
    let asked = [json!([sent.get_hash(), ALICE]), json!([encoded(&sent)])];
    for (count, params) in (1..).zip(asked) {
        let ahead = {
            let service = service.clone();
            tokio::spawn(async move { call(&service, "EXPERIMENTAL_tx_status", params).await })
        };
        begun(&service, "EXPERIMENTAL_tx_status", count).await;
        result(call(&service, "broadcast_tx_async", json!([encoded(&sent)])).await);
        let status = result(ahead.await.unwrap());
        assert_eq!(status["final_execution_status"], "EXECUTED_OPTIMISTIC");
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
    begun(&service, "tx", 1).await;
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
async fn from_protocol_87_on_a_timeout_says_what_was_seen() {
    let service = service_of(88, Settings::default());
    let unsent = transfer(&service, 1);
    let (status, answer) = call(&service, "tx", json!([unsent.get_hash(), ALICE])).await;
    let cause = json!({"name": "TIMEOUT_ERROR", "info": {"cause": "NOT_OBSERVED"}});
    assert_eq!((status, &answer["error"]["cause"]), (408, &cause));
    // A transaction in a block whose receipts have not run.
    service.node().apply(Input::block(vec![unsent.clone()])).unwrap();
    let (status, answer) = call(&service, "tx", json!([unsent.get_hash(), ALICE])).await;
    let info = &answer["error"]["cause"]["info"];
    assert_eq!((status, &info["cause"]), (408, &json!("PENDING")), "{answer}");
    assert_eq!(info["status"]["final_execution_status"], "INCLUDED");
    assert_eq!(info["status"]["transaction"]["hash"], json!(unsent.get_hash()));
}

/// A clock that takes its time, and with it the writer's. It says when somebody waits for it.
#[derive(Debug)]
struct Slow(Duration, Arc<Notify>);

impl Clock for Slow {
    fn now_ns(&self, chain: &Chain) -> u64 {
        self.1.notify_one();
        std::thread::sleep(self.0);
        WallClock.now_ns(chain)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_busy_chain_is_told_in_time() {
    // Behind sixteen long calls a transfer was answered after 49 seconds.
    let settings = Settings { wait: Duration::from_millis(250), ..Settings::default() };
    let chain = Chain::clone(&service_of(88, Settings::default()).node().snapshot());
    let asked = Arc::new(Notify::new());
    let clock = Slow(Duration::from_secs(2), asked.clone());
    let service = Service::new(Node::in_memory(chain, clock), settings);
    let ahead = {
        let service = service.clone();
        tokio::task::spawn_blocking(move || service.node().tick())
    };
    asked.notified().await;
    let busy = {
        let (service, sent) = (service.clone(), encoded(&transfer(&service, 1)));
        tokio::spawn(async move { call(&service, "broadcast_tx_async", json!([sent])).await })
    };
    begun(&service, "broadcast_tx_async", 1).await;
    let sent = transfer(&service, 2);
    let start = Instant::now();
    let (status, answer) = call(&service, "send_tx", json!([encoded(&sent)])).await;
    assert!(start.elapsed() < Duration::from_millis(1_500), "{:?}", start.elapsed());
    let cause = json!({"name": "TIMEOUT_ERROR", "info": {"cause": "NOT_OBSERVED"}});
    assert_eq!((status, &answer["error"]["cause"]), (408, &cause));
    let none = json!({"signed_tx_base64": encoded(&transfer(&service, 3)), "wait_until": "NONE"});
    let answer = result(call(&service, "send_tx", none).await);
    assert_eq!(answer, json!({"final_execution_status": "NONE"}));
    ahead.await.unwrap().unwrap();
    result(busy.await.unwrap());
    // It was taken, and runs.
    let start = Instant::now();
    while service.node().snapshot().transaction(&sent.get_hash()).unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_secs(60), "it never ran");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn sending_again_answers_what_became_of_it() {
    let service = service();
    let sent = encoded(&transfer(&service, 1));
    let first = result(call(&service, "send_tx", json!([sent])).await);
    let height = service.node().snapshot().head().height();
    let second = result(call(&service, "send_tx", json!([sent])).await);
    assert_eq!(first, second);
    assert_eq!(service.node().snapshot().head().height(), height);
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
    let service = service_as(settings);
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
    let service = service_as(settings);
    let params = json!([encoded(&transfer(&service, 100))]);
    let answer = result(call(&service, "broadcast_tx_commit", params).await);
    assert_eq!(answer["transaction"]["nonce"], 100);
    let late = json!([encoded(&transfer(&service, 99))]);
    let (_, refused) = call(&service, "broadcast_tx_commit", late).await;
    assert_eq!(cause(&refused), "INVALID_TRANSACTION");
}
