//! One account signs, another sends and pays.

use crate::node::Node;
use keyway::{Error, NearLiteral, transfer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relayer_pays_for_everything_and_only_once() {
    let node = Node::start();
    let (alice, relayer) = (node.signer("alice.near"), node.signer("relayer.near"));
    let before = [node.balance("alice.near").await, node.balance("bob.near").await];
    let near = 1.near().as_yoctonear();
    let signed = alice.delegate(transfer(1.near()).to("bob.near"), 100).await.unwrap();
    assert!(relayer.relay(signed.clone()).await.unwrap().is_success());
    let after = [node.balance("alice.near").await, node.balance("bob.near").await];
    assert_eq!(after, [before[0], before[1] + near]);

    let again = relayer.relay(signed).await.unwrap_err();
    assert!(matches!(again, Error::Failed(_)), "its nonce is used up: {again}");
    assert_eq!(node.balance("bob.near").await, before[1] + near);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_failure_of_what_was_relayed_is_told_and_its_deposit_stays_with_who_signed() {
    let node = Node::start();
    let (alice, relayer) = (node.signer("alice.near"), node.signer("relayer.near"));
    let before = node.balance("alice.near").await;
    let signed = alice.delegate(transfer(1.near()).to("nobody.near"), 100).await.unwrap();
    let error = relayer.relay(signed).await.unwrap_err();
    assert_eq!(error.kind(), "Failed.Executor.NotFound", "{error}");
    assert_eq!(node.balance("alice.near").await, before + 1.near().as_yoctonear());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delegate_action_that_is_too_old_fails() {
    let node = Node::start();
    let (alice, relayer) = (node.signer("alice.near"), node.signer("relayer.near"));
    let signed = alice.delegate(transfer(1.near()).to("bob.near"), 0).await.unwrap();
    for _ in 0..2 {
        node.service.node().tick().unwrap();
    }
    let error = relayer.relay(signed).await.unwrap_err();
    assert!(matches!(error, Error::Failed(_)), "{error}");
}
