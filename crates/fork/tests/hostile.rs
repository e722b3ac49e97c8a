//! Forks of nodes in trouble, and of nodes that lie: each trouble heals or ends in one clear error, and
//! no wrong value is ever read.

#![expect(clippy::disallowed_methods, reason = "how long a trouble takes is part of the test")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{RECORDING, amount, data, fork, honest, node, node_with, read, reads_the_truth};
use keyway_fork::ForkError;
use keyway_test_kit::recording::error;
use keyway_test_kit::upstream::{Asked, Reply, too_many};
use serde_json::{Value, json};
use std::thread;
use std::time::{Duration, Instant};

/// Ways in which a node can fail to answer a request.
#[derive(Clone, Copy, Debug)]
enum Mischief {
    Lag,
    NoShard,
    Close,
    Half,
    Nonsense,
    Html,
    Internal,
    OtherBlock,
    NoBlockHash,
    OtherRequest,
    OtherPrefix,
    Disorder,
    Empty,
    Huge,
}

const ALL: [Mischief; 14] = [
    Mischief::Lag,
    Mischief::NoShard,
    Mischief::Close,
    Mischief::Half,
    Mischief::Nonsense,
    Mischief::Html,
    Mischief::Internal,
    Mischief::OtherBlock,
    Mischief::NoBlockHash,
    Mischief::OtherRequest,
    Mischief::OtherPrefix,
    Mischief::Disorder,
    Mischief::Empty,
    Mischief::Huge,
];

impl Mischief {
    /// What the node does instead of answering; none for what it cannot spoil.
    fn reply(self, asked: &Asked) -> Option<Reply> {
        let raw = |body: &[u8]| Some(Reply::Raw(200, Vec::new(), body.to_vec()));
        let mut answer = honest(asked);
        let in_order = answer["result"]["values"].as_array().is_none_or(|rows| rows.len() < 2);
        match self {
            Self::Lag => Some(Reply::Say(error("UNKNOWN_BLOCK", json!({}), "not yet"))),
            Self::NoShard => Some(Reply::Say(error("UNAVAILABLE_SHARD", json!({}), "not here"))),
            Self::Close => Some(Reply::Close),
            Self::Half => Some(Reply::Half(answer)),
            Self::Nonsense => raw(br#"{"jsonrpc":"2.0","result":"#),
            Self::Html => Some(Reply::Raw(502, Vec::new(), b"<html>bad gateway</html>".to_vec())),
            Self::Internal => {
                let cause = json!({"name": "INTERNAL_ERROR", "info": {"error_message": "db"}});
                Some(Reply::Say(json!({"error": {"name": "INTERNAL_ERROR", "cause": cause}})))
            }
            Self::OtherBlock => {
                answer.pointer("/result/block_hash")?;
                answer["result"]["block_hash"] = "11111111111111111111111111111111".into();
                Some(Reply::Say(answer))
            }
            Self::NoBlockHash => {
                answer.get_mut("result")?.as_object_mut()?.remove("block_hash")?;
                Some(Reply::Say(answer))
            }
            Self::OtherRequest => {
                answer["jsonrpc"] = "2.0".into();
                answer["id"] = "keyway-1000000".into();
                raw(answer.to_string().as_bytes())
            }
            Self::OtherPrefix => {
                asked.params.get("prefix_base64").filter(|prefix| **prefix != "")?;
                answer["result"]["values"] = json!([{"key": "enp6", "value": "enp6"}]);
                Some(Reply::Say(answer))
            }
            Self::Disorder if in_order => None,
            Self::Disorder => {
                answer["result"]["values"].as_array_mut()?.reverse();
                Some(Reply::Say(answer))
            }
            Self::Empty => raw(b""),
            Self::Huge => raw(&vec![b' '; 40 << 20]),
        }
    }
}

/// Whether the request is about the state; a fork begins before them.
fn is_read(asked: &Asked) -> bool {
    asked.method == "query"
}

#[test]
fn every_trouble_that_passes_heals() {
    for mischief in ALL {
        // A huge answer takes a while to send.
        let every = if matches!(mischief, Mischief::Huge) { 60 } else { 3 };
        let node = node_with(move |asked| {
            let spoiled = asked.nth % every == 1;
            if spoiled { mischief.reply(asked) } else { None }
        });
        let fork = fork(&[&node]).unwrap_or_else(|error| panic!("{mischief:?}: {error}"));
        reads_the_truth(&fork);
    }
}

#[test]
fn trouble_of_one_node_is_made_up_by_another() {
    for mischief in ALL {
        let bad = node_with(move |asked| mischief.reply(asked));
        let good = node();
        let begun = Instant::now();
        let fork = fork(&[&bad, &good]).unwrap_or_else(|error| panic!("{mischief:?}: {error}"));
        assert_eq!(amount(&fork, "nobody-fork.root"), Ok(None));
        assert!(read(&fork, &data("data-fork.root", b"row/0007")).unwrap().is_some());
        assert!(begun.elapsed() < Duration::from_secs(5), "{mischief:?}: nobody waits");
    }
}

#[test]
fn trouble_that_stays_is_one_clear_error() {
    thread::scope(|scope| {
        for mischief in ALL {
            scope.spawn(move || {
                let node = node_with(move |asked| match is_read(asked) {
                    true => mischief.reply(asked),
                    false => None,
                });
                let fork = fork(&[&node]).unwrap();
                let begun = Instant::now();
                let spoiled = match mischief {
                    Mischief::OtherPrefix => read(&fork, &data("big-fork.root", b"big/003")),
                    Mischief::Disorder => read(&fork, &data("data-fork.root", b"row/0007")),
                    _ => amount(&fork, "root").map(|_| None),
                };
                let error = spoiled.unwrap_err();
                assert!(begun.elapsed() < Duration::from_secs(30), "{mischief:?}");
                assert!(error.contains(&node.url()), "{mischief:?}: {error}");
                assert!(error.contains("root"), "{mischief:?}: {error}");
            });
        }
    });
}

#[test]
fn a_forgotten_block_is_an_error_at_once() {
    let gone = || {
        node_with(|asked| {
            let forgotten = || error("GARBAGE_COLLECTED_BLOCK", json!({}), "gone");
            is_read(asked).then(|| Reply::Say(forgotten()))
        })
    };
    let (one, other) = (gone(), gone());
    let fork = fork(&[&one, &other]).unwrap();
    let begun = Instant::now();
    let error = amount(&fork, "root").unwrap_err();
    assert!(
        error.contains("archival")
            && error.contains("account root")
            && error.contains(RECORDING.block_hash()),
        "{error}"
    );
    assert!(begun.elapsed() < Duration::from_secs(1));
}

#[test]
fn limits_are_kept_with_and_without_retry_after() {
    for retry_after in [Some(1), None] {
        let node = node_with(move |asked| (asked.nth == 6).then(|| too_many(retry_after)));
        let fork = fork(&[&node]).unwrap();
        let begun = Instant::now();
        assert!(amount(&fork, "root").unwrap().is_some());
        assert!(amount(&fork, "user-fork.root").unwrap().is_some());
        assert!(amount(&fork, "data-fork.root").unwrap().is_some());
        let least = Duration::from_millis(if retry_after.is_some() { 1000 } else { 500 });
        assert!(begun.elapsed() >= least, "{:?}", begun.elapsed());
        let status = fork.status();
        assert_eq!(status.counts.limited, 1);
        assert!(status.endpoints[0].pace < 20.0, "a lesson was learned: {status:?}");
    }
}

#[test]
fn a_limit_that_lasts_longer_than_a_read_may_is_an_error_at_once() {
    let node = node_with(|asked| is_read(asked).then(|| too_many(Some(600))));
    let fork = fork(&[&node]).unwrap();
    let begun = Instant::now();
    let error = amount(&fork, "root").unwrap_err();
    assert!(error.contains("too few requests") && error.contains(&node.url()), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert!(node.count() <= 6, "it is left alone");
}

#[test]
fn slow_answers_are_waited_for() {
    let node = node_with(|asked| {
        is_read(asked).then(|| Reply::Drip(honest(asked), Duration::from_millis(2)))
    });
    assert!(amount(&fork(&[&node]).unwrap(), "root").unwrap().is_some());
}

#[test]
fn nobody_answers() {
    let node = node();
    let url = node.url();
    drop(node);
    let network = keyway_fork::Network::parse(&url).unwrap();
    let error = keyway_fork::Fork::of(&network, &Default::default()).unwrap_err();
    assert!(matches!(error, ForkError::Unreachable { .. }), "{error}");
}

#[test]
fn endpoints_of_two_networks_are_told_apart() {
    let other = node_with(|asked| {
        let mut answer: Value = honest(asked);
        match asked.method.as_str() {
            "status" | "EXPERIMENTAL_genesis_config" => {
                answer["result"]["chain_id"] = "other".into();
                Some(Reply::Say(answer))
            }
            _ => None,
        }
    });
    let error = fork(&[&other]).unwrap_err();
    assert!(matches!(error, ForkError::TwoChains { .. }), "{error}");
}
