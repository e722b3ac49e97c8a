//! `keyway_fork_*`: what a fork read of its network.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{call, result, service};
use keyway_fork::{Fork, ForkOptions, Network, NewForkFile};
use keyway_node::{Node, Options};
use keyway_rpc::{Service, Settings};
use keyway_test_kit::recording::Recording;
use keyway_test_kit::upstream::{Reply, Upstream};
use near_primitives::serialize::from_base64;
use serde_json::{Value, json};

/// A node of nearcore's recorded answers, and a fork of it.
fn forked() -> (Upstream, Service) {
    let text = include_str!("../../../tests/conformance/data/fork.json");
    let recording = Recording::read(text);
    let upstream = Upstream::start(move |asked| {
        Reply::Say(recording.answer(&asked.method, &asked.params, true))
    });
    let network = Network::parse(&upstream.url()).unwrap();
    let fork = Fork::of(&network, &ForkOptions::default()).unwrap();
    let node = Node::fork(&fork.point(), fork.base(), None, Options::default()).unwrap();
    let settings = Settings { fork: Some(fork), ..Settings::default() };
    (upstream, Service::new(node, settings))
}

async fn account(service: &Service, account_id: &str) -> Value {
    let params =
        json!({"request_type": "view_account", "finality": "final", "account_id": account_id});
    call(service, "query", params).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_fork_read_is_told_and_given_away() {
    let (upstream, service) = forked();
    assert_eq!(account(&service, "root").await["result"]["storage_usage"], 182);
    let status = result(call(&service, "keyway_fork_status", json!({})).await);
    assert_eq!(
        (&status["chain_id"], &status["block_height"]),
        (&json!("test-chain-4J6mm"), &json!(336))
    );
    assert_eq!(status["requests"], upstream.count());
    assert_eq!((&status["rows"], &status["misses"]), (&json!(1), &json!(1)));
    assert_eq!(status["endpoints"][0]["endpoint"], upstream.url());

    let rows = result(call(&service, "keyway_fork_rows", json!({})).await);
    assert_eq!(rows["next"], Value::Null);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ref.fork");
    let mut file = NewForkFile::create(&path).unwrap();
    file.append(&from_base64(rows["records_base64"].as_str().unwrap()).unwrap()).unwrap();
    file.finish().unwrap();
    let offline = ForkOptions { offline: true, ..ForkOptions::default() };
    assert_eq!(Fork::from_file(&path, None, &offline).unwrap().status().rows, 1);

    let own = service_without_fork().await;
    assert_eq!(own, ["NO_FORK", "NO_FORK"]);
}

async fn service_without_fork() -> Vec<String> {
    let service = service();
    let mut causes = Vec::new();
    for method in ["keyway_fork_status", "keyway_fork_rows"] {
        let (_, body) = call(&service, method, json!({})).await;
        causes.push(body["error"]["cause"]["name"].as_str().unwrap().to_owned());
    }
    causes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_is_an_error_that_names_it() {
    let (upstream, service) = forked();
    drop(upstream);
    let answer = account(&service, "root").await;
    assert_eq!(answer["error"]["cause"]["name"], "INTERNAL_ERROR");
    assert!(answer["error"].to_string().contains("account root"), "{answer}");
}
