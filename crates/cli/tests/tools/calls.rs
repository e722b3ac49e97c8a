//! `keyway call …` and `keyway view …`

use crate::contracts::{act, harmless, says};
use crate::desk::{Desk, snapshot};
use serde_json::json;

#[test]
fn a_view_answers_with_what_the_contract_returns() {
    let desk = Desk::new();
    act(
        &desk,
        "judy.near",
        keyway::deploy(says(r#"{"score": 340282366920938463463374607431768211455}"#)),
    );
    let view = ["view", "judy.near", "price_of"];
    // Every digit is kept, which a float could not do.
    let text = "{\"score\": 340282366920938463463374607431768211455}\n";
    assert_eq!(desk.answer(&view), text);
    assert_eq!(desk.answer(&["call", "judy.near", "price_of", "--view"]), text);
    let seen = desk.json(&view);
    assert_eq!((&seen["contract"], &seen["logs"]), (&json!("judy.near"), &json!([])));
    assert!(seen["block_height"].as_u64().unwrap() > 0);
    let height = seen["block_height"].to_string();
    assert_eq!(desk.answer(&[&view[..], &["--block", &height]].concat()), text);
    let before = desk.run(&[&view[..], &["--block", "0"]].concat());
    assert_eq!(before.code, 8, "{}", before.whole());
}

#[test]
fn what_is_no_json_is_told_as_that() {
    let desk = Desk::new();
    act(&desk, "judy.near", keyway::deploy(says("plain")));
    let said = desk.run(&["view", "judy.near", "price_of"]);
    assert_eq!((said.code, said.stdout.as_str()), (0, "cGxhaW4=\n"));
    assert!(said.stderr.contains("base64"), "{}", said.stderr);
    act(&desk, "ivan.near", keyway::deploy(harmless()));
    assert_eq!(desk.answer(&["view", "ivan.near", "get"]), "null\n");
}

#[test]
fn account_contract_function_and_block_are_missing_each_as_what_it_is() {
    let desk = Desk::new();
    act(&desk, "judy.near", keyway::deploy(harmless()));
    for (name, args) in [
        ("view_no_account", &["view", "nobody.near", "get"][..]),
        ("view_no_contract", &["view", "bob.near", "get"]),
        ("view_no_function", &["view", "judy.near", "score"]),
    ] {
        let said = desk.run(args);
        assert_eq!(said.code, 8, "{name}");
        snapshot(name, &said.whole());
    }
    let said = desk.run(&["view", "judy.near", "get", "--args", "{a: 1}"]);
    assert_eq!(said.code, 2);
    snapshot("view_wrong_args", &said.whole());
}

#[test]
fn a_call_is_signed_by_who_is_named() {
    let desk = Desk::new();
    act(&desk, "judy.near", keyway::deploy(harmless()));
    let call = ["call", "judy.near", "get"];
    assert_eq!(desk.run(&call).code, 2, "who signs is not said");
    let alice = [&call[..], &["--as", "alice.near"]].concat();
    let sent = desk.json(&[&alice[..], &["--args", "[1, 2]", "--gas", "50 Tgas"]].concat());
    assert_eq!((&sent["status"], &sent["signer"]), (&json!("succeeded"), &json!("alice.near")));
    let would = desk.json(&[&alice[..], &["--args", "[1, 2]", "--dry-run"]].concat());
    assert_eq!(would["actions"], json!(["call get with 30 Tgas, arguments [1, 2]"]));
    let none = desk.run(&["call", "judy.near", "score", "--as", "alice.near"]);
    assert_eq!(none.code, 6, "{}", none.whole());
    for wrong in [&["--view"][..], &["--gas", "30"], &["--block", "1"]] {
        assert_eq!(desk.run(&[&alice[..], wrong].concat()).code, 2, "{wrong:?}");
    }
    for wrong in [&["--deposit", "1 NEAR"][..], &["--dry-run"], &["--gas", "1 Tgas"]] {
        assert_eq!(desk.run(&[&call[..], &["--view"], wrong].concat()).code, 2, "{wrong:?}");
    }
}

#[test]
fn arguments_come_from_a_file_or_from_stdin() {
    let desk = Desk::new();
    act(&desk, "judy.near", keyway::deploy(harmless()));
    let file = desk.credentials().join("args.json");
    std::fs::write(&file, "{\"move\": 3}").unwrap();
    let dry = ["call", "judy.near", "get", "--as", "alice.near", "--dry-run", "--json"];
    let expected = json!(["call get with 30 Tgas, arguments {\"move\": 3}"]);
    let from_file = [&dry[..], &["--args-file", file.to_str().unwrap()]].concat();
    for said in [
        desk.run(&from_file),
        desk.run_piped("{\"move\": 3}", &[&dry[..], &["--args", "-"]].concat()),
    ] {
        assert_eq!(said.code, 0, "{}", said.stderr);
        let would: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        assert_eq!(would["actions"], expected);
    }
    std::fs::write(&file, "{move: 3}").unwrap();
    assert_eq!(desk.run(&from_file).code, 2);
    assert_eq!(desk.run_piped("", &[&dry[..], &["--args", "-"]].concat()).code, 2);
}

/// A key file given by mistake was published in the transaction.
#[test]
fn a_secret_is_not_published_in_a_call() {
    let desk = Desk::new();
    let pair = keyway::KeyPair::random_ed25519();
    let secret = pair.expose_secret_text();
    let text = format!("{{\"account_id\":\"alice.near\",\"private_key\":\"{}\"}}", *secret);
    let file = desk.credentials().join("kf.json");
    std::fs::write(&file, &text).unwrap();
    let file = file.to_str().unwrap();
    let coded =
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, secret.as_bytes());
    let action = serde_json::json!([{ "FunctionCall": {
        "method_name": "play", "args": coded, "gas": 30_000_000_000_000_u64, "deposit": "0"
    }}]);
    let actions = desk.credentials().join("actions.json");
    std::fs::write(&actions, action.to_string()).unwrap();
    let call = ["call", "alice.near", "play", "--as", "alice.near", "--send-anyway"];
    let send = ["tx", "send", "alice.near", "alice.near", "--send-anyway"];
    let nonce = || desk.json(&["key", "list", "alice.near"]);
    let before = nonce();
    for said in [
        desk.run(&[&call[..], &["--args-file", file]].concat()),
        desk.run_piped(&text, &[&call[..], &["--args", "-"]].concat()),
        desk.run(&[&call[..], &["--args-base64", &coded]].concat()),
        desk.run(&[&send[..], &["--call", "play", "--args-file", file]].concat()),
        desk.run(&[&send[..], &["--actions", actions.to_str().unwrap()]].concat()),
        desk.run(&[&send[..], &["--deploy", file, "--allow-invalid-wasm"]].concat()),
    ] {
        assert_eq!(said.code, 2, "{}", said.stderr);
        assert!(!said.whole().contains(&secret[8..30]), "{}", said.stderr);
    }
    let said = desk.run(&[&call[..], &["--args-file", file]].concat());
    assert!(
        said.stderr.contains("the file of --args-file contains a secret key"),
        "{}",
        said.stderr
    );
    assert_eq!(nonce(), before);
}
