//! Recorded answers of nearcore, and ambiguous answers.

#![cfg(feature = "sandbox")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::chain::{ALICE, public_key, service, transfer};
use common::scripted::{Scripted, recorded};
use keyway::client::Patience;
use keyway::error::QueryError;
use keyway::protocol::SignedTransaction;
use keyway::transport::InProcess;
use keyway::{Client, Error, Outcome, WaitUntil};
use serde_json::{Value, json};
use std::time::Duration;

fn client(script: &Scripted) -> Client {
    Client::with_transport_and_patience(
        script.clone(),
        Patience { rounds: 3, pause: Duration::ZERO },
    )
}

/// Any transaction; the scripts ignore it.
fn transaction() -> SignedTransaction {
    transfer(&service(), 1)
}

fn unfinished() -> Value {
    json!({"error": {"name": "HANDLER_ERROR", "cause": {"name": "TIMEOUT_ERROR"}, "data": "Timeout"}})
}

fn error(name: &str) -> Value {
    json!({"error": {"name": "HANDLER_ERROR", "cause": {"name": name, "info": {}}, "data": "words"}})
}

async fn check(about: &str, kind: &str) {
    let script = Scripted::default().says(&recorded(about), false);
    let error = client(&script).request::<_, Value>("query", json!({})).await.unwrap_err();
    assert_eq!(error.kind(), kind, "{about}: {error:?}");
}

#[tokio::test]
async fn recorded_errors_have_types() {
    check("no such account", "Query.Account.NotFound").await;
    check("no contract", "Query.ContractWasm.NotFound").await;
    check("no such global contract", "Query.GlobalContract.NotFound").await;
    check("no such block", "Query.Block.NotFound").await;
    check("no such method", "Query.MethodNotFound").await;
    check("a question of another form", "Query.ParseFailed").await;
    check("no such chunk", "Query.Other").await;
}

#[tokio::test]
async fn recorded_errors_of_keys_and_views_have_types() {
    let key = public_key("any");
    let script = Scripted::default()
        .says(&recorded("no such key"), false)
        // Whether the account exists is asked each time.
        .says(&error("MADE_UP"), false)
        .says(&recorded("no such gas key"), false)
        .says(&error("MADE_UP"), false)
        .says(&recorded("a view that failed"), false);
    let client = client(&script);
    let error = client.access_key(ALICE, &key).await.unwrap_err();
    assert_eq!(error.kind(), "Query.AccessKey.NotFound");
    let error = client.gas_key_nonces(ALICE, &key).await.unwrap_err();
    assert_eq!(error.kind(), "Query.GasKey.NotFound");
    let error = client.view(ALICE, "any").call().await.unwrap_err();
    assert_eq!(error.kind(), "Query.FunctionCall.Execution.Stopped");
}

#[tokio::test]
async fn only_the_words_that_say_so_mean_that_a_key_is_gone() {
    let script = Scripted::default().returns(&json!({"error": "storage is busy"}));
    let error = client(&script).access_key(ALICE, &public_key("any")).await.unwrap_err();
    assert!(matches!(error, Error::Query(QueryError::Unexpected { .. })), "{error}");
}

#[tokio::test]
async fn pages_that_go_round_in_circles_are_refused() {
    let key = public_key("any");
    let listed = json!({"public_key": key, "access_key": {"nonce": 1, "permission": "FullAccess"}});
    let page = json!({"keys": [listed], "last_key": key, "block_height": 1,
        "block_hash": keyway::protocol::CryptoHash::default()});
    let script = Scripted::default().returns(&page).returns(&page);
    let error = client(&script).access_keys(ALICE).await.unwrap_err();
    assert!(matches!(error, Error::Query(QueryError::Unexpected { .. })), "{error}");
    assert_eq!(script.asked().len(), 2);
}

#[tokio::test]
async fn recorded_refusals_have_types() {
    for about in [
        "expired",
        "too many actions",
        "a key for calls doing more",
        "no such access key",
        "another function",
        "budget used up",
        "another contract",
        "used nonce",
        "storage not covered",
        "too poor",
        "no such signer",
    ] {
        let script = Scripted::default().says(&recorded(about), false);
        let error = client(&script).send(&transaction(), WaitUntil::Final).await.unwrap_err();
        assert!(matches!(error, Error::Refused(_)), "{about}: {error:?}");
        assert_eq!(script.asked(), ["send_tx"], "{about}");
    }
}

/// Sends a transaction to a script. Returns the result, and the methods that were called.
async fn send(script: Scripted) -> (Result<Outcome, Error>, Vec<String>) {
    let result = client(&script).send(&transaction(), WaitUntil::Final).await;
    (result, script.asked())
}

#[tokio::test]
async fn the_same_bytes_are_sent_until_the_outcome_is_known() {
    let script = Scripted::default()
        .says(&unfinished(), false)
        .says(&unfinished(), false)
        .says(&unfinished(), false)
        .says(&recorded("a stake"), false);
    let (result, asked) = send(script).await;
    assert!(result.unwrap().is_success());
    assert_eq!(asked, ["send_tx", STATUS, "send_tx", STATUS]);
}

#[tokio::test]
async fn patience_ends_with_an_unknown_fate() {
    let script = (0..6).fold(Scripted::default(), |script, _| script.says(&unfinished(), false));
    let (result, asked) = send(script).await;
    let Err(Error::Fate(fate)) = result else { panic!("{result:?}") };
    assert_eq!(fate.cause.kind(), "Query.Transaction.Timeout");
    assert_eq!(asked, ["send_tx", STATUS].repeat(3));
}

#[tokio::test]
async fn what_never_arrived_never_runs() {
    let (result, asked) = send(Scripted::default().fails(false).fails(false).fails(false)).await;
    assert!(matches!(result, Err(Error::Transport(_))), "{result:?}");
    assert_eq!(asked, ["send_tx"; 3]);
    // If it may have arrived, the outcome is asked for.
    let script = Scripted::default().fails(false).fails(true).fails(false);
    let (result, asked) = send(script).await;
    assert!(matches!(result, Err(Error::Fate(_))), "{result:?}");
    assert_eq!(asked, ["send_tx", "send_tx", STATUS]);
    let script = Scripted::default().fails(true).says(&recorded("a stake"), false);
    let (result, asked) = send(script).await;
    assert!(result.unwrap().is_success());
    assert_eq!(asked, ["send_tx", STATUS]);
}

#[tokio::test]
async fn a_refusal_of_a_second_copy_says_nothing_of_the_first() {
    let doubtful = || Scripted::default().says(&recorded("too poor"), true);
    // The first copy ran, so its outcome counts.
    let script = doubtful().says(&recorded("a stake"), false).says(&recorded("a stake"), false);
    let (result, asked) = send(script).await;
    assert!(result.unwrap().is_success());
    assert_eq!(asked, ["send_tx", STATUS, STATUS]);
    // No node has it, but it may still arrive.
    let (result, _) = send(doubtful().says(&error("UNKNOWN_TRANSACTION"), false)).await;
    let Err(Error::Fate(fate)) = result else { panic!("{result:?}") };
    assert!(matches!(*fate.cause, Error::Refused(_)), "{fate:?}");
}

#[tokio::test]
async fn a_final_block_settles_whether_a_nonce_that_was_refused_ran() {
    let block = Client::with_transport(InProcess::new(service()))
        .request::<_, Value>("block", json!({"finality": "final"}))
        .await
        .unwrap();
    let key = json!({"nonce": 1, "permission": "FullAccess", "block_height": 0,
        "block_hash": keyway::protocol::CryptoHash::default()});
    let proved = || {
        let refused = Scripted::default().says(&recorded("used nonce"), true);
        refused.returns(&block).returns(&key).returns(&block)
    };
    // A copy ran.
    let script = proved().says(&recorded("a stake"), false).says(&recorded("a stake"), false);
    let (result, asked) = send(script).await;
    assert!(result.unwrap().is_success());
    assert_eq!(asked, ["send_tx", "block", "query", "block", STATUS, STATUS]);
    // No copy ran, and none ever will.
    let (result, _) = send(proved().says(&error("UNKNOWN_TRANSACTION"), false)).await;
    assert!(matches!(result, Err(Error::Refused(_))), "{result:?}");
    // The answer names no block, so it may still arrive.
    let script = (0..3)
        .fold(Scripted::default().says(&recorded("used nonce"), true), |script, _| {
            script.says(&error("UNKNOWN_BLOCK"), false)
        });
    let (result, _) = send(script).await;
    let Err(Error::Fate(fate)) = result else { panic!("{result:?}") };
    assert!(matches!(*fate.cause, Error::Refused(_)), "{fate:?}");
}

#[tokio::test]
async fn what_is_not_understood_may_have_run() {
    for answer in [error("MADE_UP"), json!({"result": {"status": "?"}}), json!({"result": 7})] {
        let script = (0..3).fold(Scripted::default(), |script, _| script.says(&answer, false));
        let (result, asked) = send(script).await;
        assert!(matches!(result, Err(Error::Fate(_))), "{answer}: {result:?}");
        assert_eq!(asked, ["send_tx", STATUS, STATUS]);
    }
    let malformed = recorded("a question of another form");
    let (result, _) = send(Scripted::default().says(&malformed, false)).await;
    assert!(matches!(result, Err(Error::Query(_))), "{result:?}");
}

/// The methods that ask for a transaction.
const STATUS: &str = "EXPERIMENTAL_tx_status";
