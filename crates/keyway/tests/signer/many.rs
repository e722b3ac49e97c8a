//! A thousand transfers by 64 tasks at once: all run, and none runs twice.

use crate::chaos::{Chaos, Victims};
use crate::node::{Node, key_pair};
use keyway::transport::Retries;
use keyway::{
    KeyPair, NearLiteral, NearToken, Signer, add_full_access_gas_key, add_full_access_key,
    fund_gas_key, transfer,
};
use std::collections::BTreeSet;
use std::time::Duration;

const TRANSFERS: u128 = 1_000;
const TASKS: u128 = 64;

/// A test that hangs fails after this long, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(400);

/// Pauses for a node on the same machine.
const QUICK: Retries = Retries {
    attempts: 8,
    first_pause: Duration::from_millis(5),
    longest_pause: Duration::from_millis(100),
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_full_access_key() {
    calm(vec![key_pair("alice.near")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_full_access_keys() {
    calm(four_keys()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gas_key_of_sixteen_lanes() {
    calm(vec![key_pair("gas")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_full_access_key_through_a_bad_network() {
    stormy(vec![key_pair("alice.near")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_full_access_keys_through_a_bad_network() {
    stormy(four_keys()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gas_key_of_sixteen_lanes_through_a_bad_network() {
    stormy(vec![key_pair("gas")]).await;
}

/// Nothing hides the losses from the signer: it must sign again what never arrived, and must not sign again what did.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_transport_that_repeats() {
    let node = ready_node().await;
    let chaos = Chaos::before(node.addr, Victims::Transactions).await;
    let client = node.client_through(Some(&chaos), Retries::NONE);
    send_all(&node, Signer::new(client, "alice.near", key_pair("alice.near")).unwrap()).await;
    assert_lost(&chaos);
}

async fn calm(keys: Vec<KeyPair>) {
    let node = ready_node().await;
    send_all(&node, Signer::new(node.client(), "alice.near", keys).unwrap()).await;
}

async fn stormy(keys: Vec<KeyPair>) {
    let node = ready_node().await;
    let chaos = Chaos::before(node.addr, Victims::All).await;
    let client = node.client_through(Some(&chaos), QUICK);
    send_all(&node, Signer::new(client, "alice.near", keys).unwrap()).await;
    assert_lost(&chaos);
}

/// Both kinds of loss happened often.
#[track_caller]
fn assert_lost(chaos: &Chaos) {
    let (requests, answers) = chaos.lost();
    assert!(requests > 50 && answers > 50, "{requests} requests and {answers} answers were lost");
}

/// A node on which Alice has four full-access keys and a gas key of 16 lanes.
async fn ready_node() -> Node {
    let node = Node::start();
    let alice = node.signer("alice.near");
    let gas = key_pair("gas");
    for name in ["k1", "k2", "k3"] {
        alice.execute(add_full_access_key(key_pair(name).public_key())).await.unwrap();
    }
    let fund =
        [add_full_access_gas_key(gas.public_key(), 16), fund_gas_key(gas.public_key(), 100.near())];
    alice.execute(fund).await.unwrap();
    node
}

fn four_keys() -> Vec<KeyPair> {
    ["alice.near", "k1", "k2", "k3"].map(key_pair).into()
}

/// Sends transfers of 1, 2, 3 … yoctoNEAR, and checks that each arrived once.
async fn send_all(node: &Node, alice: Signer) {
    let before = node.balance("bob.near").await;
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let alice = alice.clone();
            tokio::spawn(async move {
                let mut hashes = Vec::new();
                for number in (1..=TRANSFERS).filter(|number| number % TASKS == task) {
                    let amount = NearToken::from_yoctonear(number);
                    let outcome = alice.execute(transfer(amount).to("bob.near")).await.unwrap();
                    hashes.push(outcome.transaction_hash());
                }
                hashes
            })
        })
        .collect();
    let mut hashes = BTreeSet::new();
    for task in tasks {
        hashes.extend(tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap());
    }
    assert_eq!(hashes.len() as u128, TRANSFERS);
    let arrived = node.balance("bob.near").await - before;
    assert_eq!(arrived, (1..=TRANSFERS).sum::<u128>());
}
