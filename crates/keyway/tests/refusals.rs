//! A node's errors reach the caller at once, as the right type.

#![cfg(feature = "sandbox")]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail, and wait")]

mod common;

use common::chain::{ALICE, public_key, service, transfer};
use common::node::{Act, Node, bad};
use common::scripted::Scripted;
use keyway::client::{Patience, TimeLimit};
use keyway::error::QueryError;
use keyway::protocol::CryptoHash;
use keyway::transport::{Endpoint, HttpOptions, Trouble};
use keyway::{Client, Error, KeyPair, NearLiteral, Signer, WaitUntil, transfer as near};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn answer(body: Value) -> Act {
    Act::Answer(200, body.to_string())
}

fn client(node: &Node) -> Client {
    Client::http(&node.url()).unwrap()
}

/// A bug: a node answered in 70 ms that it was read-only. After three minutes, the error was that it is unknown whether the
/// transaction runs, without the reason.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_takes_nothing_is_heard_at_once() {
    let error = json!({"name": "INTERNAL_ERROR", "code": -32000, "message": "Server error",
        "cause": {"name": "INTERNAL_ERROR", "info": {"error_message": "read-only"}},
        "data": "this node is read-only since it could not keep its chain"});
    let unknown = json!({"error": {"name": "HANDLER_ERROR", "cause": {"name": "UNKNOWN_TRANSACTION",
        "info": {"requested_transaction_hash": CryptoHash::default()}}}});
    let node = Node::by(move |request| match request.contains("\"send_tx\"") {
        true => Act::Answer(500, json!({"error": error.clone()}).to_string()),
        false => answer(unknown.clone()),
    })
    .await;
    let begun = Instant::now();
    let sent = client(&node).send(&transfer(&service(), 1), WaitUntil::Final).await;
    let Err(Error::Fate(fate)) = sent else { panic!("{sent:?}") };
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(fate.cause.to_string().contains("this node is read-only"), "{}", fate.cause);
    assert!(!format!("{}", fate.cause).contains("stopped waiting"), "{}", fate.cause);
}

/// A bug: it was asked for a minute, and the error was that the node stopped waiting.
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_transaction_is_told_at_once() {
    let cause = |info: Value| {
        json!({"error": {"name": "HANDLER_ERROR", "code": -32000,
        "message": "Server error", "cause": {"name": "TIMEOUT_ERROR", "info": info}}})
    };
    let unknown = json!({"error": {"name": "HANDLER_ERROR", "cause": {"name": "UNKNOWN_TRANSACTION",
        "info": {"requested_transaction_hash": CryptoHash::default()}}}});
    let old = json!({"error": {"name": "HANDLER_ERROR", "cause": {"name": "TIMEOUT_ERROR"},
        "data": "Timeout"}});
    for body in [unknown, old, cause(json!({"cause": "NOT_OBSERVED"})), cause(json!({}))] {
        let node = Node::that([answer(body.clone())]).await;
        let begun = Instant::now();
        let known = client(&node).has_transaction(CryptoHash::default(), ALICE).await;
        assert!(!known.unwrap(), "{body}");
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    }
    let pending = Node::that([answer(cause(json!({"cause": "PENDING"})))]).await;
    assert!(client(&pending).has_transaction(CryptoHash::default(), ALICE).await.unwrap());
    let elsewhere = Node::that([answer(cause(json!({"cause": "DOES_NOT_TRACK_SHARD"})))]).await;
    let error = client(&elsewhere).has_transaction(CryptoHash::default(), ALICE).await.unwrap_err();
    assert!(error.to_string().contains("does not follow the account's shard"), "{error}");
}

#[tokio::test]
async fn one_that_was_waited_for_in_vain_is_unknown_too() {
    let old = json!({"error": {"name": "HANDLER_ERROR", "cause": {"name": "TIMEOUT_ERROR"}}});
    let script = (0..3).fold(Scripted::default(), |script, _| script.says(&old, false));
    let patience = Patience { rounds: 2, pause: Duration::ZERO };
    let client = Client::with_transport_and_patience(script, patience);
    let error = client.transaction(CryptoHash::default(), ALICE, WaitUntil::default()).await;
    assert_eq!(error.unwrap_err().kind(), "Query.Transaction.NotFound");
}

/// A bug: each was "the node answered : …", and rate limits were not retried.
#[tokio::test(flavor = "multi_thread")]
async fn errors_without_a_name_are_told_sensibly() {
    for (error, kind, text) in [
        (json!({"code": -429, "message": "SLOW DOWN"}), "Transport.RateLimited", "SLOW DOWN"),
        (json!({"code": -429}), "Transport.RateLimited", "too many requests"),
        (
            json!({"code": -32000, "message": "no", "cause": null}),
            "Query.Other",
            "error -32000: no",
        ),
        (json!({"code": -32601, "message": "?"}), "Query.Other", "it does not have this method"),
        (json!({"code": 7}), "Query.Other", "the node answered error 7"),
        (json!({}), "Query.Other", "an error without a name"),
        (json!("busy"), "Query.Other", "an error without a name: busy"),
    ] {
        let node = Node::that([answer(json!({"jsonrpc": "2.0", "id": 1, "error": error}))]).await;
        let endpoint = Endpoint::new(&node.url()).unwrap();
        let options =
            HttpOptions { retries: keyway::transport::Retries::NONE, ..HttpOptions::default() };
        let client = Client::builder().endpoint(endpoint).options(options).build().unwrap();
        let error = client.status().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert!(!error.to_string().contains(" : "), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_is_waited_out() {
    let limited = json!({"jsonrpc": "2.0", "error": {"code": -429, "message": "SLOW DOWN"}});
    let good = Act::Answer(200, json!({"result": "well"}).to_string());
    let node = Node::that([answer(limited), good.clone()]).await;
    let well: String = client(&node).request("x", json!([])).await.unwrap();
    assert_eq!((well.as_str(), node.heard().len()), ("well", 2));

    let node = Node::that([Act::Later(1), good]).await;
    let begun = Instant::now();
    let _: String = client(&node).request("x", json!([])).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
}

/// A bug: a missing account was reported as a missing key.
#[tokio::test]
async fn a_missing_account_is_told_as_one_in_each_form() {
    let at = json!({"block_height": 1, "block_hash": CryptoHash::default()});
    let flat = |text: &str| {
        let mut answer = at.clone();
        answer["error"] = text.into();
        answer["logs"] = json!([]);
        answer
    };
    let key = public_key("any");
    let no_key = flat(&format!("access key {key} does not exist while viewing"));
    let no_account = flat("account ghost.near does not exist while viewing");
    let named = |info: Value| {
        json!({"error": {"name": "HANDLER_ERROR", "code": -32000,
        "message": "Server error", "cause": {"name": "UNKNOWN_ACCOUNT", "info": info}}})
    };
    let gone = named(json!({"requested_account_id": "ghost.near", "block_height": 1,
        "block_hash": CryptoHash::default()}));
    let nameless = named(json!({}));
    let no_gas_key = json!({"error": {"name": "HANDLER_ERROR", "cause": {"name": "UNKNOWN_GAS_KEY",
        "info": {"public_key": key}}}});
    let scripts = || {
        [
            Scripted::default().returns(&no_account),
            Scripted::default().says(&gone, false),
            Scripted::default().says(&nameless, false),
        ]
    };
    let expected = QueryError::UnknownAccount { account_id: "ghost.near".parse().unwrap() };
    let check = |error: Error| {
        assert!(matches!(&error, Error::Query(error) if *error == expected), "{error:?}");
    };
    let also = [Scripted::default().returns(&no_key).says(&gone, false)];
    for script in scripts().into_iter().chain(also) {
        check(Client::with_transport(script).access_key("ghost.near", &key).await.unwrap_err());
    }
    let also = [Scripted::default().says(&no_gas_key, false).says(&gone, false)];
    for script in scripts().into_iter().chain(also) {
        check(Client::with_transport(script).gas_key_nonces("ghost.near", &key).await.unwrap_err());
    }
    let mut empty = at.clone();
    empty["keys"] = json!([]);
    let also = Scripted::default().returns(&empty).says(&gone, false);
    for script in [also].into_iter().chain(scripts().map(|script| script.says(&gone, false))) {
        check(Client::with_transport(script).keys_of_account("ghost.near").await.unwrap_err());
    }
    for script in scripts() {
        assert_eq!(Client::with_transport(script).access_keys("ghost.near").await.unwrap(), []);
    }
}

#[tokio::test]
async fn who_signs_for_no_account_hears_that() {
    let sandbox = keyway::Sandbox::new();
    for account in ["nobody.near", &"a1".repeat(32)] {
        let signer = Signer::new(sandbox.client(), account, KeyPair::random_ed25519()).unwrap();
        let error = signer.execute(near(1.near()).to("near")).await.unwrap_err();
        assert_eq!(error.kind(), "Query.Account.NotFound", "{error}");
    }
    let alice = sandbox.create_account("alice.near").create().unwrap();
    let stranger = Signer::new(sandbox.client(), "alice.near", KeyPair::random_ed25519()).unwrap();
    let error = stranger.execute(near(1.near()).to("near")).await.unwrap_err().to_string();
    assert!(
        error.starts_with("alice.near has none of the keys found in memory: ed25519:"),
        "{error}"
    );
    drop(alice);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_listens_is_told_within_a_second() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let begun = Instant::now();
    let client = Client::http(&url).unwrap();
    let error = client.block().await.unwrap_err();
    assert_eq!(error.kind(), "Transport.Unreachable");
    let sent = client.send(&transfer(&service(), 1), WaitUntil::Final).await;
    assert!(matches!(sent, Err(Error::Transport(_))), "nothing was sent: {sent:?}");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_says_nothing_is_given_up_in_time() {
    let node = Node::that([Act::Silence]).await;
    let second = Duration::from_secs(1);
    let with = |limit| {
        let endpoint = Endpoint::new(&node.url()).unwrap();
        Client::builder().endpoint(endpoint).time_limit(limit).build().unwrap()
    };
    for limit in [TimeLimit::Each(second), TimeLimit::Together(second)] {
        let (client, begun) = (with(limit), Instant::now());
        let Err(Error::Transport(error)) = client.block().await else { panic!("it answered") };
        assert_eq!(error.trouble, Trouble::Timeout(second));
        assert!((second..3 * second).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    }
    // If it may have arrived, its fate is unknown.
    let (client, begun) = (with(TimeLimit::Together(second)), Instant::now());
    let sent = client.send(&transfer(&service(), 1), WaitUntil::Final).await;
    assert!(matches!(sent, Err(Error::Fate(_))), "{sent:?}");
    let late = client.block().await;
    assert!(matches!(late, Err(Error::Transport(_))), "the time is used up: {late:?}");
    assert!(begun.elapsed() < 3 * second, "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_chain_is_neither_asked_nor_sent_anything() {
    let sandbox = keyway::Sandbox::new();
    let server = sandbox.listen().unwrap();
    let to = |chain_id: &str| {
        let endpoint = Endpoint::new(&server.url()).unwrap();
        Client::builder().endpoint(endpoint).chain_id(chain_id).build().unwrap()
    };
    assert_eq!(to("sandbox").block().await.unwrap().height, sandbox.height());
    let alice = sandbox.create_account("alice.near").balance(10.near()).create().unwrap();
    let signed = alice.sign(near(1.near()).to("near")).unwrap();
    let error = to("testnet").send(&signed, WaitUntil::default()).await.unwrap_err();
    assert_eq!(error.kind(), "Query.Chain.Wrong", "{error}");
    assert_eq!(alice.balance().unwrap(), 10.near(), "nothing was sent");
}

/// A bug: an answer of millions of tiny entries took 90 times its size in memory.
#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_answer_is_refused_cheaply() {
    let entries = format!(r#"{{"result":[{}{{}}]}}"#, r#"{"":1},"#.repeat(1_500_000));
    let node = Node::that([Act::Answer(200, entries)]).await;
    let before = resident();
    let error = client(&node).status().await.unwrap_err();
    assert!(matches!(error, Error::Query(QueryError::Unexpected { .. })), "{error}");
    let error = client(&node).access_keys(ALICE).await.unwrap_err();
    assert!(matches!(error, Error::Query(QueryError::Unexpected { .. })), "{error}");
    let took = resident().saturating_sub(before);
    assert!(took < 250, "{took} MiB for an answer of 10");

    let endless = Node::that([Act::Long(17 * 1024 * 1024)]).await;
    let Err(Error::Transport(error)) = client(&endless).status().await else { panic!("read") };
    assert_eq!(error.trouble, Trouble::TooLarge { limit: 16 * 1024 * 1024 });
    // The test that `bad` is still used here keeps the helpers of one mind.
    let node = Node::that([bad("UNKNOWN_CHUNK")]).await;
    assert_eq!(client(&node).status().await.unwrap_err().kind(), "Query.Other");
}

/// The most memory that this process ever had, MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").trim().parse::<u64>().ok())
        .map_or(0, |kilobytes| kilobytes / 1024)
}
