//! Nonces, blocks and keys that are stale when they are used.

use crate::node::{Node, key_pair};
use keyway::transport::{Exchange, InProcess, Request, Transport};
use keyway::{
    Client, Error, NearLiteral, Offline, Refusal, Signer, add_full_access_key, delete_key, transfer,
};
use keyway_chain::Input;
use keyway_rpc::Service;
use std::sync::atomic::{AtomicBool, Ordering};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_signers_may_share_a_key() {
    let node = Node::start();
    let before = node.balance("bob.near").await;
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            // Each signer has its own memory, as in another process.
            let alice = node.signer("alice.near");
            tokio::spawn(async move {
                for _ in 0..25 {
                    alice.execute(transfer(1.near()).to("bob.near")).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let arrived = node.balance("bob.near").await - before;
    assert_eq!(arrived, 100.near().as_yoctonear());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_that_grew_old_on_the_way_is_replaced() {
    let node = Node::start();
    let slow = SlowMail {
        way: InProcess::new(node.service.clone()),
        service: node.service.clone(),
        is_slow: AtomicBool::new(true),
    };
    let alice =
        Signer::new(Client::with_transport(slow), "alice.near", key_pair("alice.near")).unwrap();
    alice.execute(transfer(1.near()).to("bob.near")).await.unwrap();
    assert_eq!(node.balance("bob.near").await, 1_000_001.near().as_yoctonear());
}

/// The first transaction is pending for 300 blocks, longer than it is valid.
#[derive(Debug)]
struct SlowMail {
    way: InProcess,
    service: Service,
    is_slow: AtomicBool,
}

impl Transport for SlowMail {
    fn send<'a>(&'a self, request: &'a Request) -> Exchange<'a> {
        let is_a_transaction = request.body.windows(7).any(|bytes| bytes == b"send_tx");
        if is_a_transaction && self.is_slow.swap(false, Ordering::Relaxed) {
            let late = Input::FastForward { delta_height: 300, block_delay_ns: 600_000_000 };
            self.service.node().apply(late).unwrap();
        }
        self.way.send(request)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_may_be_put_back_in_time() {
    let node = Node::start();
    let alice = node.signer("alice.near");
    let before = node.service.node().snapshot();
    for _ in 0..3 {
        alice.execute(transfer(1.near()).to("bob.near")).await.unwrap();
        node.service.node().restore(keyway_chain::Chain::clone(&before)).unwrap();
    }
    alice.execute(transfer(1.near()).to("bob.near")).await.unwrap();
    assert_eq!(node.balance("bob.near").await, 1_000_001.near().as_yoctonear());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_deleted_elsewhere_is_no_longer_used() {
    let node = Node::start();
    let owner = node.signer("alice.near");
    let second = key_pair("second");
    owner.execute(add_full_access_key(second.public_key())).await.unwrap();
    let keys = [second.clone(), key_pair("alice.near")];
    let alice = Signer::new(node.client(), "alice.near", keys).unwrap();
    let signed = alice.execute(transfer(1.near()).to("bob.near")).await.unwrap();
    assert!(signed.is_success());
    owner.execute(delete_key(second.public_key())).await.unwrap();
    alice.execute(transfer(1.near()).to("bob.near")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_replaced_elsewhere_goes_on_with_its_new_nonce() {
    let node = Node::start();
    let owner = node.signer("alice.near");
    let second = key_pair("second");
    owner.execute(add_full_access_key(second.public_key())).await.unwrap();
    let alice = Signer::new(node.client(), "alice.near", second.clone()).unwrap();
    alice.execute(transfer(1.near()).to("bob.near")).await.unwrap();
    let replaced = [delete_key(second.public_key()), add_full_access_key(second.public_key())];
    owner.execute(replaced).await.unwrap();
    alice.execute(transfer(1.near()).to("bob.near")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_bytes_run_once_however_often_they_are_sent() {
    let node = Node::start();
    let alice = node.signer("alice.near");
    let before = node.balance("bob.near").await;
    let signed = alice.sign(transfer(1.near()).to("bob.near")).await.unwrap();
    for _ in 0..3 {
        let outcome = alice.send(&signed).await.unwrap();
        assert_eq!(outcome.transaction_hash(), signed.get_hash());
    }
    assert_eq!(node.balance("bob.near").await - before, 1.near().as_yoctonear());
}

/// A bug: of two transactions that were signed in a row, the first was refused in half of all cases.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_signed_in_a_row_runs_in_that_order() {
    let node = Node::start();
    let before = node.balance("bob.near").await;
    for _ in 0..100 {
        let mut signed = Vec::new();
        for _ in 0..3 {
            // Each signer has its own memory, as in another process.
            let alice = node.signer("alice.near");
            signed.push(alice.sign(transfer(1.near()).to("bob.near")).await.unwrap());
        }
        for signed in &signed {
            node.signer("alice.near").send(signed).await.unwrap();
        }
    }
    assert_eq!(node.balance("bob.near").await - before, 300.near().as_yoctonear());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_as_it_is_is_not_signed_again() {
    let node = Node::start();
    let alice = node.signer("alice.near");
    alice.execute(transfer(1.near()).to("bob.near")).await.unwrap();
    let block_hash = node.client().block().await.unwrap().hash;
    let public_key = key_pair("alice.near").public_key().clone();
    let given = Offline { public_key, nonce: 1, nonce_index: None, block_hash };
    let signed = alice.sign_transaction(transfer(2.near()).to("bob.near"), given).await.unwrap();
    let error = alice.send(&signed).await.unwrap_err();
    assert!(matches!(error, Error::Refused(Refusal::NonceInvalid { .. })), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lasting_refusal_is_the_answer() {
    let node = Node::start();
    let alice = node.signer("alice.near");
    let error = alice.execute(transfer(2_000_000.near()).to("bob.near")).await.unwrap_err();
    assert!(matches!(error, Error::Refused(Refusal::BalanceNotEnough { .. })), "{error}");
    let failed = alice.execute(transfer(1.near()).to("nobody.near")).await.unwrap_err();
    assert!(matches!(failed, Error::Failed(_)), "{failed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_submitted_is_on_the_chain_under_its_hash() {
    let node = Node::start();
    let alice = node.signer("alice.near");
    let pending = alice.submit(transfer(1.near()).to("bob.near")).await.unwrap();
    let hash = pending.hash();
    assert_eq!(pending.signed().get_hash(), hash);
    assert!(node.client().has_transaction(hash, "alice.near").await.unwrap());
    assert_eq!(pending.await.unwrap().transaction_hash(), hash);
    // A node may hold the bytes before it has checked them.
    let refused = match alice.submit(transfer(u32::MAX.near()).to("bob.near")).await {
        Ok(pending) => pending.await.unwrap_err(),
        Err(refused) => refused,
    };
    assert!(matches!(refused, Error::Refused(Refusal::BalanceNotEnough { .. })), "{refused}");
}

/// A large transaction is uploaded once, and asked for by its hash.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_contract_is_deployed() {
    let node = Node::start();
    let alice = node.signer("alice.near");
    let outcome = alice.execute(keyway::deploy(vec![0; 200_000])).await.unwrap();
    assert!(outcome.is_success());
}
