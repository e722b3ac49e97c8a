//! Two nodes behind one address, one of them behind the other.

#![cfg(feature = "sandbox")]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail, and wait")]

mod common;

use common::chain::{ALICE, head, service};
use keyway::error::QueryError;
use keyway::transport::{Exchange, InProcess, Request, Transport};
use keyway::{BlockReference, Client, Error, NearLiteral, Signer};
use keyway_chain::{Chain, Input};
use keyway_node::{Node, WallClock};
use keyway_rpc::{Service, Settings};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Uses two nodes in turn. The second receives everything with a delay.
#[derive(Debug)]
struct Backends {
    ahead: InProcess,
    behind: InProcess,
    asked: AtomicUsize,
}

impl Transport for Backends {
    fn send<'a>(&'a self, request: &'a Request) -> Exchange<'a> {
        match self.asked.fetch_add(1, Ordering::Relaxed) % 2 {
            0 => self.ahead.send(request),
            _ => self.behind.send(request),
        }
    }
}

/// A chain of many blocks, and another node that has them after `lag`, or never.
fn backends(lag: Option<Duration>) -> (Client, Service) {
    let ahead = service();
    let then = Chain::clone(&ahead.node().snapshot());
    let behind = Service::new(Node::in_memory(then, WallClock), Settings::default());
    for _ in 0..8 {
        ahead.node().apply(Input::Tick).unwrap();
    }
    if let Some(lag) = lag {
        let (behind, now) = (behind.clone(), Chain::clone(&ahead.node().snapshot()));
        tokio::spawn(async move {
            tokio::time::sleep(lag).await;
            behind.node().restore(now).unwrap();
        });
    }
    let nodes = Backends {
        ahead: InProcess::new(ahead.clone()),
        behind: InProcess::new(behind),
        asked: AtomicUsize::new(0),
    };
    (Client::with_transport(nodes), ahead)
}

/// A bug: consistent reads named a block that the next node did not have yet, and ended with nearcore's text for a missing
/// row.
#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_told_of_is_waited_for_at_the_others() {
    for lag in [300, 1_000, 2_500].map(Duration::from_millis) {
        let (client, _) = backends(Some(lag));
        let then = client.pinned().await.unwrap();
        for _ in 0..3 {
            assert_eq!(then.account(ALICE).await.unwrap().account_id, ALICE);
            assert_eq!(then.access_keys(ALICE).await.unwrap().len(), 1);
            then.block().await.unwrap();
        }
        assert_eq!(client.account_facts(ALICE).await.unwrap().keys.len(), 1);
        assert!(client.chain_facts().await.unwrap().height > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn so_is_a_block_that_somebody_names_by_what_was_told() {
    let (client, ahead) = backends(Some(Duration::from_millis(600)));
    let newest = client.block().await.unwrap();
    assert_eq!(newest.hash, head(&ahead));
    for at in [BlockReference::Hash(newest.hash), BlockReference::Height(newest.height)] {
        for _ in 0..2 {
            assert_eq!(client.at(at).account(ALICE).await.unwrap().block_hash, newest.hash);
            assert_eq!(client.at(at).gas_price().await.unwrap(), newest.gas_price);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_is_checked_and_the_past_is_read_all_the_same() {
    let (client, _) = backends(Some(Duration::from_millis(600)));
    let key = keyway::KeyPair::random_ed25519();
    let strange = Signer::new(client.clone(), ALICE, key).unwrap();
    let error = strange.check(keyway::transfer(1.near()).to("near")).await.unwrap_err();
    assert_eq!(error.kind(), "Pool.SigningKey.NotFound", "{error}");
    let (client, ahead) = backends(Some(Duration::from_millis(600)));
    // The node that is ahead answers first.
    let newest = client.block().await.unwrap();
    assert_eq!(newest.hash, head(&ahead));
    let lately = client.at(newest.hash).recent_transactions(ALICE, 6).await.unwrap();
    assert_eq!(lately.to - lately.from, 5, "six blocks, whoever was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_never_agree_are_told_to_disagree() {
    let (client, ahead) = backends(None);
    let newest = client.block().await.unwrap();
    // The node that is ahead is not used, because every second request goes to the other.
    let stuck = client.at(newest.hash);
    let mut seen = None;
    let begun = Instant::now();
    for _ in 0..2 {
        let (first, second) = (stuck.account(ALICE).await, client.block().await);
        seen = first.err().or(seen);
        second.unwrap();
    }
    assert!(seen.is_none(), "asked in turn, each second question is answered: {seen:?}");
    assert!(begun.elapsed() < Duration::from_secs(5));

    let only_behind = {
        let behind = service();
        let nodes = Backends {
            ahead: InProcess::new(behind.clone()),
            behind: InProcess::new(behind),
            asked: AtomicUsize::new(0),
        };
        Client::with_transport(nodes)
    };
    let unknown = only_behind.at(newest.hash).account(ALICE).await.unwrap_err();
    let Error::Query(QueryError::UnknownBlock { reference }) = &unknown else {
        panic!("{unknown:?}")
    };
    assert_eq!(*reference, head(&ahead).to_string(), "a hash of somebody else's is not waited for");
}

/// The first answer is of a chain, all others are of a node that has none of its blocks.
#[derive(Debug)]
struct Forgetful {
    first: InProcess,
    others: InProcess,
    asked: AtomicUsize,
}

impl Transport for Forgetful {
    fn send<'a>(&'a self, request: &'a Request) -> Exchange<'a> {
        match self.asked.fetch_add(1, Ordering::Relaxed) {
            0 => self.first.send(request),
            _ => self.others.send(request),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_no_other_node_has_is_named() {
    let (_, ahead) = backends(None);
    let nodes = Forgetful {
        first: InProcess::new(ahead.clone()),
        others: InProcess::new(service()),
        asked: AtomicUsize::new(0),
    };
    let client = Client::with_transport(nodes);
    let newest = client.block().await.unwrap();
    let error = client.at(newest.hash).account(ALICE).await.unwrap_err();
    assert_eq!(error.kind(), "Query.Block.NotFound");
    let text = error.to_string();
    assert!(text.contains(&newest.hash.to_string()) && text.contains("disagree"), "{text}");
    assert!(!text.contains("DB Not Found"), "{text}");
}
