//! Outcomes of transactions: the tree, queries of it, and its text.

#![cfg(feature = "sandbox")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::chain::{ALICE, signed};
use common::contract::CONTRACT;
use common::in_process;
use common::scripted::recorded;
use keyway::outcome::{ExecutionStatus, Status};
use keyway::protocol::{Action, CryptoHash};
use keyway::{Gas, NearToken, Outcome, WaitUntil};
use near_primitives::action::{DeployContractAction, FunctionCallAction, TransferAction};
use near_primitives::views::FinalExecutionOutcomeViewEnum;
use serde_json::{Value, json};

/// A recorded outcome.
fn outcome(about: &str) -> Outcome {
    read(recorded(about)["result"].clone())
}

fn read(view: Value) -> Outcome {
    let view: FinalExecutionOutcomeViewEnum = serde_json::from_value(view).unwrap();
    view.into()
}

#[test]
fn recorded_outcomes_read_well() {
    let mut text = String::new();
    for about in
        ["a failed batch", "a delegated transfer", "a panic", "a stake", "a panic without receipts"]
    {
        text.push_str(&format!("# {about}\n{}\n\n", outcome(about)));
    }
    let expected = include_str!("data/trees.txt");
    assert_eq!(text, expected, "\n{text}");
}

#[test]
fn refunds_are_told_from_work() {
    let batch = outcome("a failed batch");
    assert!(!batch.is_success());
    assert_eq!((batch.executions().len(), batch.receipts().count()), (4, 1));
    assert_eq!(batch.refunds().count(), 2);
    assert!(batch.refunds().all(|refund| refund.executor_id.as_str() == "nat"));
    assert_eq!(batch.failures().count(), 1);
    // The node did not report the receipts, so it is unknown which are refunds.
    assert_eq!(outcome("a panic without receipts").refunds().count(), 0);
}

#[test]
fn sums_are_over_everything_that_ran() {
    let delegated = outcome("a delegated transfer");
    let gas: u64 = delegated.executions().iter().map(|one| one.gas_burnt.as_gas()).sum();
    assert_eq!(delegated.gas_burnt(), Gas::from_gas(gas));
    let tokens: u128 =
        delegated.executions().iter().map(|one| one.tokens_burnt.as_yoctonear()).sum();
    assert_eq!(delegated.tokens_burnt(), NearToken::from_yoctonear(tokens));
    assert!(gas > 0 && tokens > 0);
}

#[test]
fn lists_that_point_in_circles_come_to_an_end() {
    let mut view = recorded("a stake")["result"].clone();
    let first = view["receipts_outcome"][0]["id"].clone();
    for place in ["/transaction_outcome", "/receipts_outcome/0", "/receipts_outcome/1"] {
        let ids = view.pointer_mut(&format!("{place}/outcome/receipt_ids")).unwrap();
        *ids = json!([first, first, CryptoHash::default()]);
    }
    assert_eq!(read(view).executions().len(), 2);
}

#[test]
fn a_very_deep_tree_is_still_a_text() {
    let mut view = recorded("a stake")["result"].clone();
    let id = |number: u64| CryptoHash::hash_borsh(number);
    let receipt = view["receipts_outcome"][0].clone();
    view["transaction_outcome"]["outcome"]["receipt_ids"] = json!([id(0)]);
    let receipts = (0..20_000).map(|number| {
        let mut receipt = receipt.clone();
        receipt["id"] = json!(id(number));
        receipt["outcome"]["receipt_ids"] = json!([id(number + 1)]);
        receipt
    });
    view["receipts_outcome"] = receipts.collect();
    let deep = read(view);
    assert_eq!(deep.executions().last().unwrap().depth, 20_000);
    assert!(deep.to_string().len() < 20_000 * 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_returns_logs_and_leaves_a_tree() {
    let chain = in_process();
    let deploy = Action::DeployContract(DeployContractAction { code: CONTRACT.to_vec() });
    let deploy = signed(&chain.service, 1, ALICE, vec![deploy]);
    chain.client.send(&deploy, WaitUntil::Final).await.unwrap().into_result().unwrap();
    let call = |method: &str, args: &[u8]| {
        Action::FunctionCall(Box::new(FunctionCallAction {
            method_name: method.to_owned(),
            args: args.to_vec(),
            gas: Gas::from_teragas(10),
            deposit: NearToken::ZERO,
        }))
    };
    let pay = Action::Transfer(TransferAction { deposit: NearToken::from_near(1) });
    let sent = signed(&chain.service, 2, ALICE, vec![pay, call("echo", br#"{"score":7}"#)]);
    let outcome = chain.client.send(&sent, WaitUntil::Final).await.unwrap();
    assert_eq!(outcome.json::<Value>().unwrap(), json!({"score": 7}));
    assert_eq!(outcome.logs().collect::<Vec<_>>(), ["hello"]);
    assert_eq!((outcome.signer_id().as_str(), outcome.receiver_id().as_str()), (ALICE, ALICE));
    assert!(outcome.to_string().contains("    log: hello\n"), "{outcome}");
    let first = outcome.receipts().next().unwrap();
    assert_eq!(first.deposit(), NearToken::from_near(1));
    assert_eq!(first.status, ExecutionStatus::Returned(br#"{"score":7}"#.to_vec()));

    let sent = signed(&chain.service, 3, ALICE, vec![call("fail", b"")]);
    let outcome = chain.client.send(&sent, WaitUntil::Final).await.unwrap();
    assert!(matches!(outcome.status(), Status::Failed(_)));
    assert!(outcome.json::<Value>().is_err() && outcome.borsh::<u8>().is_err());
    let text = outcome.to_string();
    assert!(text.contains("failed: the contract panicked: hello"), "{text}");
    assert_eq!(
        outcome.into_result().unwrap_err().kind(),
        "Failed.Action.FunctionCall.Execution.Panicked"
    );
}
