//! Named snapshots, dumps, traces and forks: what both languages see.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

use keyway_binding_core::{Actor, Sandbox};
use serde_json::{Value, json};

#[track_caller]
fn ask(sandbox: &Sandbox, request: Value) -> Value {
    let mut answer: Value = serde_json::from_str(&sandbox.run(&request.to_string())).unwrap();
    assert_eq!(answer.get("error"), None, "{answer}");
    answer["ok"].take()
}

#[track_caller]
fn kind(sandbox: &Sandbox, request: Value) -> String {
    let answer: Value = serde_json::from_str(&sandbox.run(&request.to_string())).unwrap();
    answer["error"]["kind"].as_str().unwrap_or_else(|| panic!("no error: {answer}")).to_owned()
}

fn open(source: Value) -> Result<Sandbox, String> {
    Sandbox::open(&source.to_string()).map_err(|problem| problem.kind)
}

/// A chain on which alice has 10 NEAR.
fn with_alice() -> (Sandbox, Actor) {
    let sandbox = Sandbox::new("{}").unwrap();
    ask(
        &sandbox,
        json!({"op": "create_account", "account_id": "alice.near", "balance": "10 NEAR"}),
    );
    let alice = sandbox.account("alice.near", None).unwrap();
    (sandbox, alice)
}

/// Sends one NEAR from alice to near; its hash.
fn pay(alice: &Actor) -> Value {
    let transfer = json!([{"type": "transfer", "amount": "1 NEAR"}]);
    let request = json!({"op": "execute", "receiver": "near", "actions": transfer});
    let mut answer: Value = serde_json::from_str(&alice.run(&request.to_string())).unwrap();
    answer["ok"]["transaction_hash"].take()
}

fn has_ten_near(sandbox: &Sandbox) -> bool {
    let info = ask(sandbox, json!({"op": "account_info", "account_id": "alice.near"}));
    info["total"] == json!({"integer": format!("1{}", "0".repeat(25))})
}

#[test]
fn named_snapshots_are_saved_listed_reverted_to_and_deleted() {
    let (sandbox, alice) = with_alice();
    ask(&sandbox, json!({"op": "snapshot_named", "name": "funded", "note": "alice has 10 NEAR"}));
    pay(&alice);
    ask(&sandbox, json!({"op": "snapshot_named", "name": "paid"}));
    ask(&sandbox, json!({"op": "revert_named", "name": "funded"}));
    assert!(has_ten_near(&sandbox));
    let listed = ask(&sandbox, json!({"op": "snapshots"}));
    let names = [&listed[0]["name"], &listed[1]["name"]];
    assert_eq!(names, ["funded", "paid"]);
    assert_eq!((&listed[1]["parent"], &listed[0]["current"]), (&json!("funded"), &json!(true)));
    assert_eq!(listed[0]["note"], "alice has 10 NEAR");
    assert!(listed[0]["time_ns"]["integer"].is_string(), "{listed}");
    ask(&sandbox, json!({"op": "delete_snapshot", "name": "paid"}));
    let unknown = "Sandbox.Snapshot.Unknown";
    assert_eq!(kind(&sandbox, json!({"op": "revert_named", "name": "paid"})), unknown);
    assert_eq!(kind(&sandbox, json!({"op": "delete_snapshot", "name": "paid"})), unknown);
    let again = json!({"op": "snapshot_named", "name": "funded"});
    assert_eq!(kind(&sandbox, again), "Sandbox.Snapshot.Invalid");
    ask(&sandbox, json!({"op": "reset"}));
    assert_eq!(ask(&sandbox, json!({"op": "head"}))["height"], 0);
    assert_eq!(ask(&sandbox, json!({"op": "snapshots"})), json!([]));
}

#[test]
fn a_dump_is_loaded() {
    let (sandbox, alice) = with_alice();
    pay(&alice);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.keyway");
    ask(&sandbox, json!({"op": "dump", "path": path}));
    let again = open(json!({"op": "load", "path": path})).unwrap();
    assert_eq!(ask(&again, json!({"op": "head"})), ask(&sandbox, json!({"op": "head"})));
    assert!(!has_ten_near(&again));
    let nowhere = directory.path().join("nowhere").join("state.keyway");
    let not_written = kind(&sandbox, json!({"op": "dump", "path": nowhere}));
    assert_eq!(not_written, "Sandbox.Dump.NotWritten");
    let half = std::fs::read(&path).unwrap();
    std::fs::write(&path, &half[..half.len() / 2]).unwrap();
    for missing in [path, nowhere] {
        let opened = open(json!({"op": "load", "path": missing}));
        assert_eq!(opened.unwrap_err(), "Sandbox.Dump.NotLoaded");
    }
}

#[test]
fn a_trace_is_json_text_and_its_cause_is_text() {
    let (sandbox, alice) = with_alice();
    let hash = pay(&alice);
    let text = ask(&sandbox, json!({"op": "trace", "hash": hash}));
    let trace: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
    assert_eq!(trace["transaction"]["hash"], hash);
    assert!(trace["gas_burnt"].is_u64() && trace["frames"][0]["costs"].is_array(), "{trace}");
    let why = ask(&sandbox, json!({"op": "why", "hash": hash}));
    assert!(why.as_str().unwrap().starts_with("it succeeded"), "{why}");
    let unknown = "11111111111111111111111111111111";
    for op in ["trace", "why"] {
        let request = json!({"op": op, "hash": unknown});
        assert_eq!(kind(&sandbox, request), "Query.Transaction.NotFound");
        assert_eq!(kind(&sandbox, json!({"op": op, "hash": "0"})), "Argument.NotUsable");
    }
}

#[test]
fn a_network_is_forked_and_its_rows_are_frozen() {
    let (network, _alice) = with_alice();
    ask(&network, json!({"op": "seal_blocks", "count": 3}));
    assert_eq!(ask(&network, json!({"op": "forked_from"})), Value::Null);
    let server = network.listen(false).unwrap();
    let fork = open(json!({"op": "fork", "network": server.url()})).unwrap();
    pay(&fork.account("alice.near", None).unwrap());
    assert!(!has_ten_near(&fork) && has_ten_near(&network));
    let status = ask(&fork, json!({"op": "forked_from"}));
    assert_eq!(status["chain_id"], "sandbox");
    assert!(status["rows"].as_u64().unwrap() > 0, "{status}");

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.fork");
    ask(&fork, json!({"op": "freeze", "path": path}));
    drop(server);
    let frozen = open(json!({"op": "fork_file", "path": path})).unwrap();
    assert!(has_ten_near(&frozen));
    assert_eq!(kind(&network, json!({"op": "freeze", "path": path})), "Sandbox.Fork.None");
}

#[test]
fn a_fork_of_nothing_is_an_error() {
    let nobody = "http://127.0.0.1:1";
    assert_eq!(open(json!({"op": "fork", "network": "x"})).unwrap_err(), "Sandbox.Fork.Failed");
    let file = json!({"op": "fork_file", "path": "/nowhere/test.fork"});
    assert_eq!(open(file).unwrap_err(), "Sandbox.Fork.Failed");
    let two = json!({"op": "fork", "network": nobody, "block": "1", "height": 1});
    assert_eq!(open(two).unwrap_err(), "Argument.NotUsable");
    let hash = json!({"op": "fork", "network": nobody, "block": "x"});
    assert_eq!(open(hash).unwrap_err(), "Argument.NotUsable");
    for unreadable in [json!({}), json!({"op": "fly"}), json!({"op": "load", "path": "x", "y": 1})]
    {
        assert_eq!(open(unreadable).unwrap_err(), "Argument.NotUsable");
    }
}

/// What the request answers as JSON text, read.
#[track_caller]
fn text(sandbox: &Sandbox, request: Value) -> Value {
    serde_json::from_str(ask(sandbox, request).as_str().unwrap()).unwrap()
}

#[test]
fn a_past_transaction_is_tried_with_something_changed() {
    let (sandbox, alice) = with_alice();
    let hash = pay(&alice);
    let tried = |changes: Value| json!({"op": "what_if", "hash": hash, "changes": changes});
    let more = text(&sandbox, tried(json!([{"type": "deposit", "deposit": "2 NEAR"}])));
    let difference = &more["differences"][0];
    assert_eq!(
        (&difference["what"], &difference["place"]),
        (&json!("deposit"), &json!("1")),
        "{more}"
    );
    let poor = json!([{"type": "balance", "account_id": "alice.near", "amount": "1 NEAR"}]);
    let refused = text(&sandbox, tried(poor));
    assert!(refused["after"]["status"]["failed"]["InvalidTxError"].is_object(), "{refused}");
    let unknown = json!({"op": "what_if", "hash": "1".repeat(32), "changes": []});
    assert_eq!(kind(&sandbox, unknown), "Query.Transaction.NotFound");
    for (change, expected) in [
        (json!({"type": "gas", "gas": "1 Tgas"}), "Argument.NotUsable"),
        (json!({"type": "gas", "gas": "much"}), "Argument.Gas.Invalid"),
        (json!({"type": "weather"}), "Argument.NotUsable"),
        (json!({"type": "signer", "public_key": "none"}), "Argument.PublicKey.Invalid"),
        (
            json!({"type": "key", "account_id": "near", "public_key": alice_key(&alice), "access_key": "{}"}),
            "Argument.NotUsable",
        ),
    ] {
        assert_eq!(kind(&sandbox, tried(json!([change]))), expected, "{change}");
    }
}

#[test]
fn the_history_of_keys_is_told() {
    let (sandbox, alice) = with_alice();
    pay(&alice);
    let request = json!({"op": "key_history", "account_id": "alice.near"});
    let history = text(&sandbox, request);
    let events: Vec<_> =
        history["events"].as_array().unwrap().iter().map(|event| &event["event"]).collect();
    assert_eq!(events, ["added", "used"], "{history}");
    let of = |key: &str| json!({"op": "key_history", "account_id": "alice.near", "public_key": key, "from_height": 2});
    assert_eq!(text(&sandbox, of(&alice_key(&alice)))["account_id"], "alice.near");
    assert_eq!(kind(&sandbox, of("none")), "Argument.PublicKey.Invalid");
}

fn alice_key(alice: &Actor) -> String {
    let answer: Value = serde_json::from_str(&alice.run(r#"{"op": "describe"}"#)).unwrap();
    answer["ok"]["public_key"].as_str().unwrap().to_owned()
}
