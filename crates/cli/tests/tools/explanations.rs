//! `keyway explain …` and `keyway forecast …`

use crate::desk::{Desk, snapshot};
use serde_json::{Value, json};

const PLAY: [&str; 6] = ["alice.near", "game.near", "--call", "play", "--gas", "300 Tgas"];

/// A desk where alice has a key for `play` of `game.near` with a quarter of a NEAR.
fn desk() -> (Desk, String) {
    let desk = Desk::new();
    let grant = ["--contract", "game.near", "--functions", "play", "--allowance", "0.25 NEAR"];
    let added = desk.json(&[&["key", "add", "alice.near"][..], &grant].concat());
    let key = added["public_key"].as_str().unwrap().to_owned();
    (desk, key)
}

fn full_access_key(desk: &Desk) -> String {
    let list = desk.json(&["key", "list", "alice.near"]);
    let keys = list["keys"].as_array().unwrap();
    let full = keys.iter().find(|key| key["access"] == "full").unwrap();
    full["public_key"].as_str().unwrap().to_owned()
}

fn explain<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["explain"][..], &PLAY, more].concat()
}

#[test]
fn the_classic_allowance_does_not_buy_300_tgas() {
    let (desk, key) = desk();
    snapshot("explain_refused", &desk.answer(&explain(&["--sign-with", &key])));
    let told = desk.json(&explain(&["--sign-with", &key]));
    assert_eq!(told["accepted"], json!(false));
    let refusal = &told["refusal"]["InvalidAccessKeyError"]["NotEnoughAllowance"];
    assert_eq!(refusal["allowance"], json!("250000000000000000000000"));
    let rule = told["rules"].as_array().unwrap().iter().find(|rule| rule["ruling"] == "fail");
    assert_eq!(rule.unwrap()["rule"], json!("allowance"));
    assert_eq!(rule.unwrap()["measure"]["measured"], json!("near"));

    let repairs: Vec<&Value> = told["remedies"].as_array().unwrap().iter().collect();
    let first = |number: usize| &repairs[number]["steps"][0];
    assert_eq!(first(0)["repair"], json!("sign_with"));
    assert_eq!(first(1)["repair"], json!("attach_at_most"));
    assert_eq!(first(2)["repair"], json!("add_again"));
    // What it says is so.
    let most = first(1)["gas"].to_string();
    let with = ["--call", "play", "--gas", &most, "--sign-with", &key];
    let told = desk.json(&[&["explain", "alice.near", "game.near"][..], &with].concat());
    assert_eq!(told["accepted"], json!(true));
}

#[test]
fn all_keys_are_told_apart() {
    let (desk, _) = desk();
    snapshot("explain_every_key", &by_power(&desk.answer(&explain(&[]))));
    let told = desk.json(&explain(&[]));
    let accepted = |key: &Value| key["accepted"] == json!(true);
    assert_eq!(told["keys"].as_array().unwrap().iter().filter(|key| accepted(key)).count(), 1);
}

/// The rows in an order that does not hang on new keys.
fn by_power(table: &str) -> String {
    let mut lines: Vec<_> = table.lines().collect();
    lines[1..].sort_by_key(|line| !line.contains("accepted"));
    lines.join("\n")
}

#[test]
fn several_reasons_are_told_at_once() {
    let (desk, key) = desk();
    let what = ["--call", "steal", "--deposit", "1 NEAR", "--sign-with", &key];
    let told = desk.answer(&[&["explain", "alice.near", "bank.near"][..], &what].concat());
    snapshot("explain_several", &told);
}

#[test]
fn a_transaction_is_explained_as_it_is() {
    let (desk, _) = desk();
    let full = full_access_key(&desk);
    let pay = ["alice.near", "bob.near", "--transfer", "1 NEAR", "--sign-with", &full];
    let signed = desk.answer(&[&["tx", "sign"][..], &pay].concat());
    let signed = signed.trim();
    snapshot("explain_accepted", &desk.answer(&["explain", "--transaction", signed]));
    // Once it has run, its nonce is used up.
    desk.answer(&["tx", "send", "--signed", signed]);
    let told = desk.json(&["explain", "--transaction", signed]);
    assert_eq!(told["remedies"][0]["steps"][0]["repair"], json!("use_nonce"));
}

#[test]
fn what_does_not_exist_is_a_reason_too() {
    let (desk, key) = desk();
    let nobody = ["explain", "nobody.near", "bob.near", "--transfer", "1 NEAR"];
    let told = desk.json(&[&nobody[..], &["--sign-with", &key]].concat());
    assert_eq!(told["refusal"], json!({ "SignerDoesNotExist": { "signer_id": "nobody.near" } }));
    assert_eq!(told["remedies"], json!([]));
    assert_eq!(desk.run(&nobody).code, 8);
    let stranger = ["explain", "bob.near", "alice.near", "--transfer", "1 NEAR", "--sign-with"];
    snapshot("explain_stranger", &desk.answer(&[&stranger[..], &[&key]].concat()));
}

#[test]
fn a_hash_is_no_transaction() {
    let (desk, _) = desk();
    let hash = "8CtZ9vYgWXUmPgNRVxkkTDGNCnMUdbXaKSk8fsGZQzWF";
    let said = desk.run(&["explain", "--transaction", hash]);
    assert_eq!(said.code, 2);
    snapshot("explain_hash", &said.whole());
    assert_eq!(desk.run(&["explain"]).code, 2);
    assert_eq!(desk.run(&["explain", "alice.near", "bob.near"]).code, 2);
}

#[test]
fn what_a_key_can_still_do() {
    let (desk, key) = desk();
    let of_app = ["forecast", "alice.near", &key];
    snapshot("forecast", &desk.answer(&[&of_app[..], &["--gas", "100 Tgas"]].concat()));
    let often = ["--gas", "100 Tgas", "--burnt", "3 Tgas", "--calls", "1000"];
    snapshot("forecast_needs", &desk.answer(&[&of_app[..], &often].concat()));
    let table = desk.answer(&["forecast", "alice.near", "--gas", "100 Tgas"]);
    let mut rows: Vec<_> = table.lines().collect();
    rows[1..].sort_by_key(|row| !row.contains("an allowance"));
    snapshot("forecast_every_key", &rows.join("\n"));
}

#[test]
fn calls_as_one_that_was_made() {
    let (desk, key) = desk();
    let play = ["alice.near", "game.near", "--call", "play", "--gas", "100 Tgas"];
    // There is no game: the call fails, and burns what failing burns.
    let sent = desk.run(&[&["tx", "send", "--json"][..], &play, &["--sign-with", &key]].concat());
    assert_eq!(sent.code, 7, "{}", sent.stderr);
    let sent: Value = serde_json::from_str(&sent.stdout).unwrap();
    let hash = sent["transaction"].as_str().unwrap();
    let told = desk.json(&["forecast", "alice.near", &key, "--like", hash]);
    let (key, before) = (&told["keys"][0], 250_000_000_000_000_000_000_000_u128);
    let number = |name: &str| key[name].as_str().unwrap().parse::<u128>().unwrap();
    // One call has been made, at the price that is foreseen for each.
    assert_eq!(number("funds"), before - number("spent_per_call"));
    assert_eq!(key["ended_by"], json!("allowance"));
}

#[test]
fn a_call_cannot_burn_more_than_it_buys() {
    let (desk, key) = desk();
    let said = desk.run(&["forecast", "alice.near", &key, "--gas", "1 Tgas", "--burnt", "9 Tgas"]);
    assert_eq!(said.code, 2);
    snapshot("forecast_burns_too_much", &said.whole());
    assert_eq!(desk.run(&["forecast", "bob.near", &key]).code, 8);
}

#[test]
fn longer_arguments_cost_more() {
    let (desk, key) = desk();
    let funds = |bytes: &str| {
        let told = desk.json(&["forecast", "alice.near", &key, "--args-bytes", bytes]);
        let spent = told["keys"][0]["spent_per_call"].as_str().unwrap();
        spent.parse::<u128>().unwrap()
    };
    assert!(funds("100000") > funds("0"));
    let most = desk.run(&["forecast", "alice.near", &key, "--args-bytes", "4194305"]);
    assert_eq!(most.code, 2);
}
