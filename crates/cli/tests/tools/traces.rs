//! `keyway tx why|trace|what-if`, `keyway account keys-history`, `keyway gas snapshot`.

use crate::contracts::act;
use crate::desk::Desk;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use keyway::deploy;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::json;

/// A transfer of Alice to Bob; its hash.
fn transfer(desk: &Desk) -> String {
    let sent = desk.json(&["tx", "send", "alice.near", "bob.near", "--transfer", "1.5 NEAR"]);
    sent["transaction"].as_str().unwrap().to_owned()
}

/// A call of a contract that is not there; its hash.
fn failed_call(desk: &Desk) -> String {
    let call = ["tx", "send", "alice.near", "bob.near", "--call", "play", "--gas", "30 Tgas"];
    let said = desk.run(&[&call[..], &["--send-anyway", "--json"]].concat());
    let sent: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    sent["transaction"].as_str().unwrap().to_owned()
}

#[test]
fn why_begins_with_the_receipt_that_failed_and_its_money_adds_up() {
    let desk = Desk::new();
    let why = desk.answer(&["tx", "why", &failed_call(&desk)]);
    let lines: Vec<_> = why.lines().collect();
    assert!(lines[0].starts_with("bob.near: play failed in block "), "{why}");
    assert!(lines[1].starts_with("  because ") && lines[1].contains("contract"), "{why}");
    assert!(why.contains("gas bought") && why.contains("burnt"), "{why}");
    assert!(why.lines().any(|line| line.starts_with("  sum") && line.ends_with(" 0")), "{why}");
    assert!(why.lines().all(|line| line.chars().count() <= 80), "{why}");
    let json = desk.json(&["tx", "why", &transfer(&desk)]);
    assert_eq!(json["cause"], json!(null));
}

/// `tx why` of a refused transaction was an error that named `explain`.
#[test]
fn why_of_a_refused_transaction_gives_its_rules() {
    let desk = Desk::new();
    let too_much = ["tx", "sign", "alice.near", "bob.near", "--transfer", "900000000 NEAR"];
    let signing = desk.json(&too_much);
    let (signed, hash) = (&signing["signed"], &signing["transaction"]);
    let (signed, hash) = (signed.as_str().unwrap(), hash.as_str().unwrap());
    let given = ["tx", "why", "--transaction", signed];
    // Before anybody has sent it, from a pipe, and after a node has refused it.
    let unsent = desk.answer(&given);
    let piped = desk.run_piped(signed, &["tx", "why", "--transaction", "-"]).stdout;
    let unknown = desk.run(&["tx", "why", hash]);
    assert_eq!(unknown.code, 8, "{}", unknown.whole());
    let said = desk.run(&["tx", "send", "--signed", signed]);
    assert_ne!(said.code, 0, "{}", said.whole());
    for why in [unsent, piped, desk.answer(&given)] {
        assert!(why.contains("refused") && why.contains("FAIL"), "{why}");
        assert!(why.lines().all(|line| line.chars().count() <= 80), "{why}");
    }
    // By its hash, the rule that it broke.
    let why = desk.answer(&["tx", "why", hash]);
    assert!(why.contains("was refused") && why.contains("because alice.near"), "{why}");
    assert!(why.lines().all(|line| line.chars().count() <= 80), "{why}");
    let why = desk.json(&["tx", "why", hash]);
    assert_eq!(why["cause"]["refused"]["kind"], json!("Refused.Signer.Budget.NotEnough"), "{why}");
    // Of a signed transaction that ran, what it did.
    let signed = desk.answer(&["tx", "sign", "alice.near", "bob.near", "--transfer", "1 NEAR"]);
    desk.answer(&["tx", "send", "--signed", signed.trim()]);
    let why = desk.answer(&["tx", "why", "--transaction", signed.trim()]);
    assert!(why.starts_with("it succeeded"), "{why}");
}

#[test]
fn a_trace_is_a_tree_a_flame_graph_or_json() {
    let desk = Desk::new();
    let hash = transfer(&desk);
    let tree = desk.answer(&["tx", "trace", &hash]);
    assert!(tree.contains("✓ bob.near: Transfer, 1.5 NEAR"), "{tree}");
    assert!(tree.contains("gas refund of") && tree.contains("succeeded"), "{tree}");
    assert!(tree.lines().all(|line| line.chars().count() <= 80), "{tree}");
    let above = desk.answer(&["tx", "trace", &hash, "--depth", "1"]);
    assert!(above.contains("(1 more below depth 1)"), "{above}");
    let folded = desk.answer(&["tx", "trace", &hash, "--folded"]);
    let whole = desk.json(&["tx", "trace", &hash]);
    let gas: u64 =
        folded.lines().map(|it| it.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum();
    assert_eq!(json!(gas), whole["gas_burnt"]);
    let profile = desk.answer(&["tx", "trace", &hash, "--speedscope"]);
    let profile: serde_json::Value = serde_json::from_str(&profile).unwrap();
    assert_eq!(profile["profiles"][0]["endValue"], whole["gas_burnt"]);
}

/// A contract with an ABI in its data, as near-sdk embeds it: `play` takes a name and an amount, and returns a number and a
/// flag, all in borsh.
fn borsh_contract() -> Vec<u8> {
    let schema = |declaration: &str| {
        let text = json!({"Sequence": {"length_width": 4,
            "length_range": {"start": 0, "end": u32::MAX}, "elements": "u8"}});
        json!({"declaration": declaration, "definitions": {"String": text,
            "u8": {"Primitive": 1}, "u32": {"Primitive": 4}, "u128": {"Primitive": 16},
            "bool": {"Primitive": 1}, "(u32, bool)": {"Tuple": ["u32", "bool"]}}})
    };
    let arg = |name: &str, of: &str| json!({"name": name, "type_schema": schema(of)});
    let play = json!({"name": "play", "kind": "call",
        "params": {"serialization_type": "borsh",
            "args": [arg("to", "String"), arg("amount", "u128")]},
        "result": {"serialization_type": "borsh", "type_schema": schema("(u32, bool)")}});
    let abi = json!({"schema_version": "0.4.0", "metadata": {"name": "game"},
        "body": {"functions": [play], "root_schema": {}}});
    let frame = compress_to_vec(abi.to_string().as_bytes(), CompressionLevel::Fastest);
    let data: String = frame.iter().map(|byte| format!("\\{byte:02x}")).collect();
    let text = format!(
        r#"(module
            (import "env" "value_return" (func $value_return (param i64 i64)))
            (memory 1)
            (data (i32.const 0) "{data}")
            (data (i32.const 60000) "\07\00\00\00\01")
            (func (export "__contract_abi") (call $value_return (i64.const {length}) (i64.const 0)))
            (func (export "play") (call $value_return (i64.const 5) (i64.const 60000))))"#,
        length = frame.len()
    );
    wat::parse_str(text).unwrap()
}

/// Borsh was shown as so many bytes.
#[test]
fn borsh_is_shown_as_the_contracts_abi_describes_it() {
    let desk = Desk::new();
    act(&desk, "bob.near", deploy(borsh_contract()).to("bob.near"));
    let args = [&[10, 0, 0, 0][..], b"carol.near", &7_u128.to_le_bytes()].concat();
    let args = BASE64_STANDARD.encode(args);
    let call = ["tx", "send", "alice.near", "bob.near", "--call", "play", "--gas", "30 Tgas"];
    let sent = desk.json(&[&call[..], &["--args-base64", &args]].concat());
    let hash = sent["transaction"].as_str().unwrap();
    let trace = desk.json(&["tx", "trace", hash]);
    let frame = &trace["frames"][0];
    let args = &frame["actions"][0]["args"];
    assert_eq!((&args["length"], &args["format"]), (&json!(30), &json!("borsh")));
    let value: serde_json::Value = serde_json::from_str(args["text"].as_str().unwrap()).unwrap();
    assert_eq!(value, json!({"to": "carol.near", "amount": "7"}));
    assert_eq!(frame["result"]["returned"]["text"], json!("[7,true]"));
    let tree = desk.answer(&["tx", "trace", hash]);
    assert!(tree.contains("arguments {") && tree.contains("\"amount\":\"7\""), "{tree}");
    // Other bytes than the ABI describes stay bytes.
    let sent = desk.json(&[&call[..], &["--args-base64", "/w=="]].concat());
    let trace = desk.json(&["tx", "trace", sent["transaction"].as_str().unwrap()]);
    assert_eq!(trace["frames"][0]["actions"][0]["args"]["format"], json!("base64"));
}

#[test]
fn an_unknown_transaction_has_no_trace() {
    let desk = Desk::new();
    let said = desk.run(&["tx", "trace", "11111111111111111111111111111111"]);
    assert_eq!(said.code, 8);
    assert!(said.stderr.contains("1111"), "{}", said.stderr);
}

#[test]
fn what_would_have_been_otherwise() {
    let desk = Desk::new();
    let hash = transfer(&desk);
    let tried = desk.answer(&["tx", "what-if", &hash, "--balance", "1 NEAR"]);
    assert!(tried.contains("what differs from what it did"), "{tried}");
    assert!(tried.contains("failed: ") && tried.contains("1 NEAR"), "{tried}");
    assert!(!tried.contains("InvalidTxError") && !tried.contains("{ "), "words: {tried}");
    let json = desk.json(&["tx", "what-if", &hash, "--deposit", "2 NEAR"]);
    assert_eq!(json["differences"][0]["what"], json!("deposit"));
    let said = desk.run(&["tx", "what-if", &hash]);
    assert!(said.stderr.contains("nothing is changed"), "{}", said.stderr);
}

#[test]
fn the_history_of_keys_is_a_table() {
    let desk = Desk::new();
    let hash = transfer(&desk);
    let history = desk.answer(&["account", "keys-history", "alice.near"]);
    assert!(history.contains("existed") && history.contains(&hash), "{history}");
    let json = desk.json(&["account", "keys-history", "alice.near", "--from-height", "1"]);
    assert_eq!(json["events"][0]["event"], json!("used"));
}

#[test]
fn gas_that_grew_fails_a_check() {
    let desk = Desk::new();
    let call = format!("pay={}", transfer(&desk));
    let file = desk.credentials().join("gas.json");
    let path = file.to_str().unwrap();
    let recorded = desk.answer(&["gas", "snapshot", path, "--call", &call]);
    assert!(recorded.contains("pay: recorded"), "{recorded}");
    desk.answer(&["gas", "snapshot", path, "--call", &call, "--check"]);
    let text = std::fs::read_to_string(&file).unwrap();
    let mut snapshot: serde_json::Value = serde_json::from_str(&text).unwrap();
    let gas = snapshot["calls"]["pay"]["gas_burnt"].as_u64().unwrap();
    snapshot["calls"]["pay"]["gas_burnt"] = json!(gas / 2);
    std::fs::write(&file, snapshot.to_string()).unwrap();
    let said =
        desk.run(&["gas", "snapshot", path, "--call", &call, "--check", "--tolerance", "99"]);
    assert_eq!(said.code, 12, "{}", said.stderr);
    assert!(said.stdout.contains("+100.0 %"), "{}", said.stdout);
    desk.answer(&["gas", "snapshot", path, "--call", &call, "--check", "--tolerance", "100"]);
}
