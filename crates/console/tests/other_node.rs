//! The pages about a node that has NEAR's RPC and nothing more.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{Answer, Site, account, add_app_key, handle};
use keyway::protocol::CryptoHash;
use keyway::transport::{Exchange, InProcess, Reply, Request, Transport};
use keyway::{Client, Error, NearLiteral, Sandbox, call, transfer};
use keyway_console::Console;
use serde_json::{Value, json};

/// A node that knows none of keyway's own methods.
#[derive(Debug)]
struct NearNode(InProcess);

impl Transport for NearNode {
    fn send<'a>(&'a self, request: &'a Request) -> Exchange<'a> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let method = body["method"].as_str().unwrap();
        if !method.starts_with("keyway_") && !method.starts_with("sandbox_") {
            return self.0.send(request);
        }
        let answer = json!({"jsonrpc": "2.0", "id": body["id"], "error": {
            "name": "REQUEST_VALIDATION_ERROR", "code": -32601, "message": "Method not found", "data": method,
            "cause": {"name": "METHOD_NOT_FOUND", "info": {"method_name": method}},
        }});
        let body = answer.to_string().into_bytes();
        Box::pin(async { Ok(Reply { body, repeated: false, endpoint: 0 }) })
    }

    fn is_one_node(&self) -> bool {
        true
    }
}

/// A console that looks at such a node.
fn looking(sandbox: Sandbox) -> Site {
    let node = NearNode(InProcess::new(sandbox.service().clone()));
    let routes = Console::looking_at(Client::with_transport(node), "somewhere").routes();
    Site { sandbox, routes, token: String::new() }
}

#[track_caller]
fn has(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn lists_and_blocks_are_shown_without_outcomes() {
    let sandbox = Sandbox::new();
    let alice = account(&sandbox, "alice.near");
    let sent = alice.execute(transfer(1.near()).to("near")).unwrap();
    let (hash, block) = (sent.transaction_hash(), sent.transaction().block_hash.unwrap());
    let site = looking(sandbox);
    let signed_link = format!("/console/tx/{hash}?signer=alice.near");
    let home = site.page("/console").await;
    has(&home, &["somewhere", "read-only", "transfer 1 NEAR", &signed_link]);
    has(&site.page("/console/live").await, &["transfer 1 NEAR"]);
    let page = site.page(&format!("/console/block/{block}")).await;
    has(&page, &["transfer 1 NEAR", &signed_link]);
    assert!(!page.contains("Not on this page"), "{page}");
}

#[tokio::test]
async fn a_transaction_is_found_by_its_signer_and_says_what_is_missing() {
    let sandbox = Sandbox::new();
    let alice = account(&sandbox, "alice.near");
    let hash = alice.execute(transfer(1.near()).to("near")).unwrap().transaction_hash();
    let failed = match alice.execute(call("near", "play")) {
        Err(Error::Failed(failure)) => failure.outcome().transaction_hash(),
        other => panic!("{other:?}"),
    };
    let site = looking(sandbox);
    let path = format!("/console/tx/{hash}");
    let asked = site.page(&path).await;
    has(&asked, &["by its hash and its signer", "name=\"signer\"", "Not on this page"]);
    assert!(!asked.contains("transfer 1 NEAR"), "{asked}");
    let page = site.page(&format!("{path}?signer=alice.near")).await;
    has(&page, &["transfer 1 NEAR", "succeeded", "Gas burnt", "only keyway's own nodes can run"]);
    let page = site.page(&format!("/console/tx/{failed}?signer=alice.near")).await;
    has(&page, &["failed", "near has no contract"]);
    let status = async |path: String| site.get(&path).await.status.as_u16();
    assert_eq!(status(format!("{path}?signer=A%20B")).await, 400);
    assert_eq!(status(format!("{path}?save=1")).await, 400, "a question cannot be saved");
    let unknown = CryptoHash([9; 32]);
    assert_eq!(status(format!("/console/tx/{unknown}?signer=alice.near")).await, 404);
    let saved = site.get(&format!("{path}?signer=alice.near&save=1")).await;
    assert!(saved.header("content-disposition").contains(&hash.to_string()));
    has(&saved.text, &["transfer 1 NEAR", "Not on this page"]);
    let what_if = site.get(&format!("{path}/what-if")).await;
    assert_eq!(what_if.status, 501);
    has(&what_if.text, &["Only keyway's own nodes can run transactions again"]);
}

#[tokio::test]
async fn accounts_and_keys_are_shown_without_their_past() {
    let sandbox = Sandbox::new();
    let alice = account(&sandbox, "alice.near");
    let (app, _) = add_app_key(&alice);
    let site = looking(sandbox);
    let (path, key) = ("/console/account/alice.near", handle(&app));
    let missing = "only keyway’s own nodes know the history of keys";
    let page = site.page(path).await;
    has(&page, &["May do everything", "of its allowance left", "KW014", &key, missing]);
    let own = site.page(&format!("{path}/keys/{key}")).await;
    has(&own, &["of its allowance left", "the allowance does not cover another", missing]);
    let saved = site.get(&format!("{path}?save=1")).await;
    assert!(saved.header("content-disposition").contains("alice.near.html"));
    has(&saved.text, &["May do everything", missing]);
    assert_eq!(site.get("/console/account/nobody.near").await.status, 404);
    let explained = "/console/explain?do=send&account=alice.near&to=near&amount=1+NEAR";
    has(&site.page(explained).await, &["Accepted: ", "1 of 2 keys can sign this."]);
}

#[tokio::test]
async fn the_timeline_has_the_keys_at_each_height() {
    let sandbox = Sandbox::new();
    let alice = account(&sandbox, "alice.near");
    let before = sandbox.height();
    let (app, _) = add_app_key(&alice);
    let site = looking(sandbox);
    let (path, key) = ("/console/account/alice.near/timeline", handle(&app));
    let page = site.page(path).await;
    has(&page, &[&key, "Not on this page: when keys were added", "name=\"at\""]);
    let page = site.page(&format!("{path}?at={before}")).await;
    has(&page, &[&format!("Keys at block {before}"), "everything"]);
    assert!(!page.contains(&key), "{page}");
    for (wrong, status) in [("?at=soon", 400), ("?from=soon", 400), ("?at=99999999", 404)] {
        assert_eq!(site.get(&format!("{path}{wrong}")).await.status, status, "{wrong}");
    }
    assert_eq!(site.get("/console/account/nobody.near/timeline").await.status, 404);
}

#[tokio::test]
async fn the_search_leads_a_hash_to_the_question_for_its_signer() {
    let sandbox = Sandbox::new();
    let alice = account(&sandbox, "alice.near");
    let sent = alice.execute(transfer(1.near()).to("near")).unwrap();
    let (hash, block) = (sent.transaction_hash(), sent.transaction().block_hash.unwrap());
    let site = looking(sandbox);
    let leads = async |text: &str| {
        let answer: Answer = site.get(&format!("/console/search?q={text}")).await;
        (answer.status.as_u16(), answer.header("location").to_owned())
    };
    assert_eq!(leads("alice.near").await, (303, "/console/account/alice.near".to_owned()));
    assert_eq!(leads(&block.to_string()).await, (303, format!("/console/block/{block}")));
    assert_eq!(leads(&hash.to_string()).await, (303, format!("/console/tx/{hash}")));
    assert_eq!(leads("nobody.near").await.0, 404);
    let key = site.page(&format!("/console/search?q={}", handle(alice.key_pair()))).await;
    has(&key, &["/console/account/alice.near/keys/"]);
    assert!(!key.contains("development accounts"), "{key}");
}

#[tokio::test]
async fn nothing_acts_on_another_node() {
    let site = looking(Sandbox::new());
    for path in ["/act", "/act/send", "/control"] {
        let answer = site.get(&format!("/console{path}")).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text);
        has(&answer.text, &["this console only looks at a node"]);
    }
}
