//! HTTP against nodes that misbehave: what is repeated, how often, and which error is returned.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail, and wait")]

mod common;

use common::node::{Act, Node, bad, good};
use keyway::transport::{
    Endpoint, HttpOptions, HttpTransport, Request, Retries, Transport, TransportError, Trouble,
};
use std::time::{Duration, Instant};

/// Four attempts without pauses, with a time limit of a fifth of a second each.
const OPTIONS: HttpOptions = HttpOptions {
    timeout: Duration::from_millis(200),
    connect_timeout: Duration::from_millis(200),
    retries: Retries { attempts: 4, ..Retries::NONE },
    max_answer_bytes: 1_000,
};

fn transport(urls: &[String]) -> HttpTransport {
    let endpoints = urls.iter().map(|url| Endpoint::new(url).unwrap()).collect();
    HttpTransport::new(endpoints, OPTIONS).unwrap()
}

fn question() -> Request {
    Request { body: b"{}".to_vec(), repeatable: true }
}

/// Sends a request to one node with these reactions. Returns the result, and how many requests arrived.
async fn ask(acts: impl IntoIterator<Item = Act>) -> (Result<bool, TransportError>, usize) {
    let node = Node::that(acts).await;
    let reply = transport(&[node.url()]).send(&question()).await;
    (reply.map(|reply| reply.repeated), node.heard().len())
}

fn busy() -> Act {
    Act::Answer(503, "busy".to_owned())
}

/// An address without a listener.
async fn nobody() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    assert_eq!(ask([good()]).await, (Ok(false), 1));
    for trouble in [busy(), Act::HangUp, Act::Silence, bad("NOT_SYNCED_YET"), bad("INTERNAL_ERROR")]
    {
        assert_eq!(
            ask([trouble.clone(), trouble.clone(), good()]).await,
            (Ok(true), 3),
            "{trouble:?}"
        );
    }
}

#[tokio::test]
async fn too_many_requests_were_not_acted_on() {
    let limited = Act::Answer(429, "slow down".to_owned());
    assert_eq!(ask([limited.clone(), good()]).await, (Ok(false), 2));
    let (result, asked) = ask([limited]).await;
    let error = result.unwrap_err();
    assert_eq!((error.trouble, error.may_have_arrived), (Trouble::Status(429), false));
    assert_eq!((error.attempts, asked), (4, 4));
}

#[tokio::test]
async fn patience_has_an_end_and_a_reason() {
    let timeout = Trouble::Timeout(OPTIONS.timeout);
    let node = Trouble::Node { name: "NOT_SYNCED_YET".into(), message: "words".into() };
    for (act, trouble) in
        [(busy(), Trouble::Status(503)), (Act::Silence, timeout), (bad("NOT_SYNCED_YET"), node)]
    {
        let begun = Instant::now();
        let (result, asked) = ask([act]).await;
        let error = result.unwrap_err();
        assert_eq!((error.trouble, error.may_have_arrived), (trouble, true));
        assert_eq!((error.attempts, asked), (4, 4));
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
    let (result, asked) = ask([Act::HangUp]).await;
    let error = result.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Broken(_)), "{error}");
    assert_eq!((error.may_have_arrived, asked), (true, 4));
}

#[tokio::test]
async fn what_does_not_pass_is_not_tried_again() {
    for (act, trouble) in [
        (Act::Long(1_001), Trouble::TooLarge { limit: 1_000 }),
        (Act::Answer(200, "<html>".to_owned()), Trouble::NotJsonRpc),
        (Act::Answer(401, "who?".to_owned()), Trouble::Status(401)),
        (Act::Redirect("http://127.0.0.1:9/".to_owned()), Trouble::Status(307)),
    ] {
        let (result, asked) = ask([act]).await;
        let error = result.unwrap_err();
        assert_eq!((error.trouble, error.attempts, asked), (trouble, 1, 1));
    }
}

#[tokio::test]
async fn the_chains_word_is_an_answer_good_or_bad() {
    for name in ["UNKNOWN_ACCOUNT", "INVALID_TRANSACTION", "TIMEOUT_ERROR"] {
        assert_eq!(ask([bad(name)]).await, (Ok(false), 1), "{name}");
    }
}

#[tokio::test]
async fn nothing_arrives_where_nobody_listens() {
    let error = transport(&[nobody().await]).send(&question()).await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Connect(_)), "{error}");
    assert_eq!((error.attempts, error.may_have_arrived), (4, false));
}

#[tokio::test]
async fn another_endpoint_takes_over_and_is_kept() {
    let first = Node::that([busy()]).await;
    let second = Node::that([good()]).await;
    let transport = transport(&[nobody().await, first.url(), second.url()]);
    for _ in 0..3 {
        transport.send(&question()).await.unwrap();
    }
    assert_eq!((first.heard().len(), second.heard().len()), (1, 3));
}

#[tokio::test]
async fn an_endpoint_that_never_will_is_left_alone() {
    let wrong = Node::that([Act::Answer(404, "nothing here".to_owned())]).await;
    let shaky = Node::that([busy(), busy(), good()]).await;
    let reply = transport(&[wrong.url(), shaky.url()]).send(&question()).await.unwrap();
    assert!(reply.repeated);
    assert_eq!((wrong.heard().len(), shaky.heard().len()), (1, 3));
}

#[tokio::test]
async fn an_archival_node_may_have_what_others_forgot() {
    let young = Node::that([bad("GARBAGE_COLLECTED_BLOCK")]).await;
    let old = Node::that([good()]).await;
    let reply = transport(&[young.url(), old.url()]).send(&question()).await.unwrap();
    assert!(String::from_utf8(reply.body).unwrap().contains("well"));
    // If no node has it, that is the answer.
    let reply = transport(&[young.url()]).send(&question()).await.unwrap();
    assert!(String::from_utf8(reply.body).unwrap().contains("GARBAGE_COLLECTED_BLOCK"));
}

#[tokio::test]
async fn what_must_not_happen_twice_is_sent_once() {
    let node = Node::that([Act::HangUp, good()]).await;
    let once = Request { repeatable: false, ..question() };
    let error = transport(&[node.url()]).send(&once).await.unwrap_err();
    assert_eq!((error.attempts, node.heard().len()), (1, 1));
    // What has certainly not arrived may still be sent.
    let node = Node::that([good()]).await;
    transport(&[nobody().await, node.url()]).send(&once).await.unwrap();
}

#[tokio::test]
async fn keys_are_sent_and_never_shown() {
    let node = Node::that([busy()]).await;
    let url = format!("{}/hidden-path?key=hidden-query", node.url());
    let endpoint = Endpoint::new(&url).unwrap().header("x-api-key", "hidden-header").unwrap();
    let transport = HttpTransport::new(vec![endpoint], OPTIONS).unwrap();
    let error = transport.send(&question()).await.unwrap_err();
    let heard = &node.heard()[0];
    assert!(heard.starts_with("POST /hidden-path?key=hidden-query HTTP/1.1"), "{heard}");
    assert!(heard.contains("x-api-key: hidden-header"), "{heard}");
    let shown = format!("{error} {error:?} {transport:?}");
    assert!(!shown.contains("hidden"), "{shown}");
}
