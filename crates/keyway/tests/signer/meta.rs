//! One account signs, another sends and pays.

use crate::node::Node;
use keyway::{Error, NearLiteral, transfer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relayer_pays_the_gas_and_the_signer_the_deposit() {
    let node = Node::start();
    let (alice, relayer) = (node.signer("alice.near"), node.signer("relayer.near"));
    let before = [node.balance("alice.near").await, node.balance("bob.near").await];
    let signed = alice.delegate(transfer(1.near()).to("bob.near"), 100).await.unwrap();
    let outcome = relayer.relay(signed.clone()).await.unwrap();
    assert!(outcome.is_success());
    println!("{outcome:#?}");
    let near = 1.near().as_yoctonear();
    assert_eq!(node.balance("alice.near").await, before[0] - near, "no gas of Alice's is burnt");
    assert_eq!(node.balance("bob.near").await, before[1] + near);

    let again = relayer.relay(signed).await.unwrap_err();
    assert!(matches!(again, Error::Failed(_)), "its nonce is used up: {again}");
    assert_eq!(node.balance("bob.near").await, before[1] + near);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delegate_action_that_is_too_old_fails() {
    let node = Node::start();
    let (alice, relayer) = (node.signer("alice.near"), node.signer("relayer.near"));
    let signed = alice.delegate(transfer(1.near()).to("bob.near"), 0).await.unwrap();
    for _ in 0..2 {
        node.service.tick().unwrap();
    }
    let error = relayer.relay(signed).await.unwrap_err();
    assert!(matches!(error, Error::Failed(_)), "{error}");
}
