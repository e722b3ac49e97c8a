//! Checks before sending: the verdict is the node's, and nothing changes.

use crate::node::{Node, key_pair};
use keyway::error::PoolError;
use keyway::{
    Error, ExecuteOptions, GasBudget, GasLiteral, Intent, NearLiteral, Refusal, Signer,
    add_full_access_gas_key, add_function_call_key, call, fund_gas_key, transfer,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_estimate_is_what_the_chain_takes() {
    let node = Node::start();
    let alice = node.signer("alice.near");
    let pay = || transfer(7.near()).to("bob.near");
    let before = node.balance("alice.near").await;
    let verdict = alice.check(pay()).await.unwrap();
    assert!(verdict.is_accepted());
    assert_eq!(node.balance("alice.near").await, before, "asking changes nothing");

    let outcome = alice.execute(pay()).await.unwrap();
    let cost = verdict.cost.unwrap();
    let refunded: u128 = outcome.refunds().map(|refund| refund.deposit().as_yoctonear()).sum();
    let paid = before - node.balance("alice.near").await;
    assert_eq!(paid + refunded, cost.total.as_yoctonear());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_before_it_is_sent_and_is_the_nodes() {
    let node = Node::start();
    let alice = node.signer("alice.near");
    let too_much = || transfer(2_000_000.near()).to("bob.near");
    let told = alice.check(too_much()).await.unwrap().refusal.unwrap();
    let Error::Refused(sent) = alice.execute(too_much()).await.unwrap_err() else {
        panic!("not refused")
    };
    match (&told, &sent) {
        (
            Refusal::BalanceNotEnough { balance, cost, .. },
            Refusal::BalanceNotEnough { balance: had, cost: needed, .. },
        ) => assert_eq!((balance, cost), (had, needed)),
        other => panic!("{other:?}"),
    }
    assert_eq!(sends(&node), 1, "the one that was not checked first");
    let first = ExecuteOptions::default().check_first();
    let error = alice.execute_with(too_much(), first).await.unwrap_err();
    assert!(matches!(error, Error::Refused(Refusal::BalanceNotEnough { .. })), "{error}");
    assert_eq!(sends(&node), 1, "nothing else was sent");
}

/// How many transactions the node received, accepted or not.
fn sends(node: &Node) -> usize {
    let metrics = node.service.metrics();
    let counted = "keyway_rpc_requests_total{method=\"send_tx\"} ";
    metrics.lines().find_map(|line| line.strip_prefix(counted)).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_cannot_pay_for_its_call_says_both_numbers() {
    let node = Node::start();
    let app = key_pair("app");
    let add = add_function_call_key(app.public_key(), "game.near")
        .functions(["play"])
        .gas_budget(GasBudget::limit(250.millinear()));
    node.signer("alice.near").execute(add).await.unwrap();
    let player = Signer::new(node.client(), "alice.near", app).unwrap();
    let play = |tgas: u16| call("game.near", "play").gas(tgas.tgas());
    assert!(player.check(play(100)).await.unwrap().is_accepted());
    match player.check(play(300)).await.unwrap_err() {
        Error::Pool(PoolError::NoUsableKey { unusable, .. }) => {
            let words = unusable[0].to_string();
            assert!(
                words.contains("allowance of 0.25 NEAR")
                    && words.contains("0.300918893467222 NEAR"),
                "{words}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gas_keys_are_judged_by_their_own_balance() {
    let node = Node::start();
    let gas = key_pair("gas");
    let setup = Intent::on_self()
        .then(add_full_access_gas_key(gas.public_key(), 2))
        .then(fund_gas_key(gas.public_key(), 1.near()));
    node.signer("alice.near").execute(setup).await.unwrap();
    let signer = Signer::new(node.client(), "alice.near", gas).unwrap();
    let verdict = signer.check(transfer(1.near()).to("bob.near")).await.unwrap();
    assert!(verdict.is_accepted(), "{:?}", verdict.refusal);
    let verdict = signer.check(transfer(2_000_000.near()).to("bob.near")).await.unwrap();
    assert!(matches!(verdict.refusal, Some(Refusal::DepositNotCovered { .. })), "{verdict:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_gone_is_told() {
    let node = Node::start();
    let ghost = Signer::new(node.client(), "ghost.near", key_pair("ghost")).unwrap();
    let error = ghost.check(transfer(1.near()).to("bob.near")).await.unwrap_err();
    assert_eq!(error.kind(), "Query.Account.NotFound", "{error}");
}
