//! `keyway tx …`

use crate::desk::{Desk, snapshot};
use serde_json::json;

#[test]
fn a_transfer_is_shown_as_a_tree() {
    let desk = Desk::new();
    let sent = desk.answer(&["tx", "send", "alice.near", "bob.near", "--transfer", "1.5 NEAR"]);
    snapshot("tx_send", &sent);
    let sent = desk.json(&["tx", "send", "alice.near", "bob.near", "--transfer", "1 NEAR"]);
    assert_eq!(sent["status"], json!("succeeded"));
    let hash = sent["transaction"].as_str().unwrap();
    assert_eq!(desk.json(&["tx", "show", hash, "alice.near"]), sent);
}

#[test]
fn what_was_signed_here_is_sent_from_there() {
    let desk = Desk::new();
    let signed = desk.answer(&["tx", "sign", "alice.near", "bob.near", "--transfer", "1 NEAR"]);
    let signed = signed.trim();
    snapshot("tx_show_signed", &desk.answer(&["tx", "show", "--signed", signed]));
    let sent = desk.json(&["tx", "send", "--signed", signed]);
    assert_eq!(sent["status"], json!("succeeded"));
    // The same bytes run only once, and the answer says so.
    let mut again = desk.json(&["tx", "send", "--signed", signed]);
    assert_eq!(again["already_executed"].take(), json!(true));
    again.as_object_mut().unwrap().remove("already_executed");
    assert_eq!(again, sent);
    let again = desk.answer(&["tx", "send", "--signed", signed]);
    assert!(again.starts_with("already executed in block "), "{again}");
}

#[test]
fn a_machine_without_a_network_signs_with_what_it_is_told() {
    let desk = Desk::new();
    let key = desk.json(&["key", "list", "alice.near"])["keys"][0].clone();
    let head = desk.node.call("block", json!({ "finality": "final" }))["header"]["hash"].clone();
    let nonce = (key["nonce"].as_u64().unwrap() + 1).to_string();
    let file = desk.credentials().join("alice.json");
    let known = near_crypto::SecretKey::from_seed(near_crypto::KeyType::ED25519, "alice.near");
    let contents = json!({ "account_id": "alice.near", "public_key": key["public_key"], "private_key": known });
    std::fs::write(&file, contents.to_string()).unwrap();

    let offline = ["--offline", "--nonce", &nonce, "--block-hash", head.as_str().unwrap()];
    let what =
        ["tx", "sign", "alice.near", "bob.near", "--transfer", "1 NEAR", "--network", "testnet"];
    let from = ["--key-file", file.to_str().unwrap(), "--json"];
    let output = crate::common::keyway([&what[..], &offline, &from].concat());
    assert!(output.status.success(), "{output:?}");
    let signed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let sent = desk.json(&["tx", "send", "--signed", signed["signed"].as_str().unwrap()]);
    assert_eq!(sent["transaction"], signed["transaction"]);
    assert_eq!(sent["status"], json!("succeeded"));
}

#[test]
fn offline_asks_no_node_for_the_networks_name() {
    let offline = ["--offline", "--nonce", "1", "--block-hash", &"1".repeat(32)];
    let what = ["tx", "sign", "alice.near", "bob.near", "--transfer", "1 NEAR"];
    // Nothing listens on this port.
    let network = ["--network", "http://127.0.0.1:9"];
    let output = crate::common::keyway([&what[..], &offline, &network].concat());
    assert_eq!(output.status.code(), Some(2));
    snapshot("tx_sign_offline_nameless", &String::from_utf8(output.stderr).unwrap());
}

#[test]
fn refused_and_failed_are_two_endings() {
    let desk = Desk::new();
    let refused = desk.run(&["tx", "send", "alice.near", "bob.near", "--transfer", "99999 NEAR"]);
    assert_eq!(refused.code, 6);
    snapshot("tx_send_refused", &refused.whole());
    let send = ["tx", "send", "alice.near", "nobody.near", "--transfer", "1 NEAR"];
    let failed = desk.run(&[&send[..], &["--send-anyway"]].concat());
    assert_eq!(failed.code, 7);
    snapshot("tx_send_failed", &failed.whole());
    // Its cause was printed three times, for an "action 0".
    assert_eq!(failed.whole().matches("nobody.near does not exist").count(), 1);
    let json = desk.run(&[&send[..], &["--send-anyway", "--json"]].concat());
    let answer: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let failure = answer["failure"].as_str().unwrap();
    assert!(failure.starts_with("action 1 (transfer 1 NEAR) failed: the account"), "{failure}");
}

/// It was sent, failed and was paid for, although the failure was certain.
#[test]
fn what_is_certain_to_fail_is_not_sent() {
    let desk = Desk::new();
    let total = || desk.json(&["account", "show", "alice.near"])["total"].clone();
    let before = total();
    let key = keyway::KeyPair::random_ed25519().public_key().to_string();
    let own = desk.json(&["key", "list", "alice.near"])["keys"][0]["public_key"].clone();
    let own = own.as_str().unwrap();
    for (receiver, actions, why) in [
        ("nobody.near", &["--transfer", "1 NEAR"][..], "no account nobody.near"),
        ("bob.near", &["--call", "play"], "bob.near has no contract"),
        ("bob.near", &["--create-account"], "bob.near already exists"),
        ("dev-1", &["--create-account"], "only registrar can create"),
        ("x.bob.near", &["--create-account"], "can create x.bob.near"),
        ("alice.near", &["--delete-key", &key], "alice.near has no key"),
        ("alice.near", &["--add-full-access-key", own], "already"),
    ] {
        let said = desk.run(&[&["tx", "send", "alice.near", receiver][..], actions].concat());
        assert_eq!(said.code, 6, "{why}: {}", said.whole());
        let words = ["not sent, because action 1", why, "--send-anyway"];
        assert!(words.iter().all(|words| said.stderr.contains(words)), "{why}: {}", said.stderr);
        assert_eq!(said.stdout, "");
    }
    let signed = desk.answer(&["tx", "sign", "alice.near", "nobody.near", "--transfer", "1 NEAR"]);
    assert_eq!(desk.run(&["tx", "send", "--signed", signed.trim()]).code, 6);
    assert_eq!(total(), before);
}

#[test]
fn a_dry_run_tells_everything_and_sends_nothing() {
    let desk = Desk::new();
    let total = || desk.json(&["account", "show", "alice.near"])["total"].clone();
    let before = total();
    let send = ["tx", "send", "alice.near", "bob.near", "--dry-run", "--transfer"];
    snapshot("tx_send_dry_run", &desk.answer(&[&send[..], &["1.5 NEAR"]].concat()));
    let refused = desk.run(&[&send[..], &["99999 NEAR"]].concat());
    assert_eq!(refused.code, 12);
    assert!(refused.stdout.contains("the chain would refuse it: "), "{}", refused.stdout);
    let lost = ["tx", "send", "alice.near", "nobody.near", "--dry-run", "--transfer", "1 NEAR"];
    let fails = desk.run(&lost);
    assert_eq!(fails.code, 12);
    assert!(fails.stdout.contains("action 1 (transfer 1 NEAR) would fail"), "{}", fails.stdout);
    let json = desk.json(&[&send[..], &["1 NEAR"]].concat());
    assert_eq!((&json["dry_run"], &json["actions"]), (&json!(true), &json!(["transfer 1 NEAR"])));
    assert_eq!(total(), before);
}

#[test]
fn how_long_to_wait_is_said() {
    let desk = Desk::new();
    let send = ["tx", "send", "alice.near", "bob.near", "--transfer", "1 NEAR"];
    for wait in [&["--no-wait"][..], &["--wait", "included"], &["--wait", "final"]] {
        let sent = desk.json(&[&send[..], wait].concat());
        assert!(sent["transaction"].is_string(), "{wait:?}");
    }
    assert_eq!(desk.run(&[&send[..], &["--wait", "soon"]].concat()).code, 2);
}

/// `/etc/passwd` was published on the chain without a question.
#[test]
fn what_is_no_contract_is_not_deployed() {
    let desk = Desk::new();
    let file = desk.credentials().join("contract.wasm");
    let path = file.to_str().unwrap();
    let deploy = ["tx", "send", "bob.near", "bob.near", "--deploy", path];
    let broken = &wat::parse_str("(module (func (export \"play\")))").unwrap()[..20];
    for content in [&b"root:x:0:0"[..], b"", b"\0asm", broken] {
        std::fs::write(&file, content).unwrap();
        let said = desk.run(&deploy);
        assert_eq!(said.code, 2, "{}", said.whole());
        assert!(said.stderr.contains("is not a contract"), "{}", said.stderr);
    }
    let actions = desk.credentials().join("actions.json");
    let hash = json!([{ "DeployContract": { "code": "A".repeat(43) + "=" } }]);
    std::fs::write(&actions, hash.to_string()).unwrap();
    let listed = ["tx", "send", "bob.near", "bob.near", "--actions", actions.to_str().unwrap()];
    let said = desk.run(&listed);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("the hash that nodes show"), "{}", said.stderr);
    assert_eq!(desk.run(&["tx", "sign", "bob.near", "bob.near", "--deploy", "/dev/zero"]).code, 2);
    desk.answer(&[&deploy[..], &["--allow-invalid-wasm"]].concat());
}

/// The name of a key's limit was misspelt, and the key had no limit.
#[test]
fn actions_with_unknown_fields_are_refused() {
    let desk = Desk::new();
    let file = desk.credentials().join("actions");
    let key = keyway::KeyPair::random_ed25519().public_key().to_string();
    let add = |limits: serde_json::Value| {
        json!([{ "AddKey": { "public_key": key, "access_key": {
            "nonce": 0, "permission": { "FunctionCall": limits },
        } } }])
    };
    let send = ["tx", "send", "alice.near", "alice.near", "--actions", file.to_str().unwrap()];
    for (limit, words) in [("allowence", "did you mean `allowance`?"), ("amount", "`allowance`")] {
        let limits = json!({ limit: "1000", "receiver_id": "game.near", "method_names": ["play"] });
        std::fs::write(&file, add(limits).to_string()).unwrap();
        let said = desk.run(&send);
        assert_eq!(said.code, 2);
        assert!(said.stderr.contains(limit) && said.stderr.contains(words), "{}", said.stderr);
    }
    let left_out = json!({ "receiver_id": "game.near", "method_names": ["play"] });
    std::fs::write(&file, add(left_out).to_string()).unwrap();
    let said = desk.run(&send);
    assert!(said.stderr.contains("has no `allowance`, which is required"), "{}", said.stderr);
    assert_eq!(desk.json(&["key", "list", "alice.near"])["keys"].as_array().unwrap().len(), 1);
    // From stdin, in full.
    let limits = json!({ "allowance": null, "receiver_id": "game.near", "method_names": ["play"] });
    let said = desk.run_piped(
        &add(limits).to_string(),
        &["tx", "send", "alice.near", "alice.near", "--actions", "-"],
    );
    assert_eq!(said.code, 0, "{}", said.stderr);
}

/// An app's key signed, and its allowance went down unnoticed.
#[test]
fn which_key_signed_is_told() {
    let desk = Desk::new();
    crate::contracts::act(&desk, "judy.near", keyway::deploy(crate::contracts::harmless()));
    let grant = ["--contract", "judy.near", "--functions", "get", "--allowance", "1 NEAR"];
    let app = desk.json(&[&["key", "add", "alice.near"][..], &grant].concat());
    let key = app["public_key"].as_str().unwrap();
    let send = ["tx", "send", "alice.near", "judy.near", "--call", "get"];
    let sent = desk.answer(&send);
    let line = format!("signed with {key} (function-call key for judy.near)");
    assert!(sent.contains(&line), "{sent}");
    assert_eq!(desk.json(&send)["public_key"], json!(key));
    let paid = desk.answer(&["tx", "send", "alice.near", "bob.near", "--transfer", "1 NEAR"]);
    assert!(paid.contains("(full-access key)"), "{paid}");
}

#[test]
fn wrong_words_are_told_before_anything_is_sent() {
    let desk = Desk::new();
    let to_bob = ["tx", "send", "alice.near", "bob.near"];
    for (name, more) in [
        ("tx_send_nothing", &[][..]),
        ("tx_send_wrong_amount", &["--transfer", "1.5"]),
        ("tx_send_wrong_args", &["--call", "play", "--args", "{move: 3}"]),
        ("tx_send_wrong_gas", &["--call", "play", "--gas", "30 NEAR"]),
        ("tx_send_gas_without_unit", &["--call", "play", "--gas", "30"]),
        ("tx_send_args_without_call", &["--transfer", "1 NEAR", "--args", "{}"]),
    ] {
        let said = desk.run(&[&to_bob[..], more].concat());
        assert_eq!(said.code, 2, "{name}");
        snapshot(name, &said.whole());
    }
}

/// The same questions as for deleting keys and accounts by name, also for actions in a file and
/// signed transactions.
#[test]
fn what_cannot_be_taken_back_is_agreed_to() {
    let desk = Desk::new();
    let key = desk.json(&["key", "list", "alice.near"])["keys"][0]["public_key"].clone();
    let key = key.as_str().unwrap();
    let to_self = ["tx", "send", "alice.near", "alice.near"];
    let refused = |args: &[&str], flag: &str| {
        let said = desk.run(args);
        assert_eq!(said.code, 10, "{}", said.stderr);
        assert!(said.stderr.contains(flag), "{}", said.stderr);
        said
    };
    let lock = [&to_self[..], &["--delete-key", key]].concat();
    snapshot("tx_send_locks", &refused(&lock, "--yes-lock").whole());
    let file = desk.credentials().join("actions.json");
    std::fs::write(&file, json!([{ "DeleteKey": { "public_key": key } }]).to_string()).unwrap();
    let listed = [&to_self[..], &["--actions", file.to_str().unwrap()]].concat();
    refused(&listed, "--yes-lock");
    let signed = desk.answer(&["tx", "sign", "alice.near", "alice.near", "--delete-key", key]);
    refused(&["tx", "send", "--signed", signed.trim()], "--yes-lock");
    std::fs::write(
        &file,
        json!([{ "DeleteAccount": { "beneficiary_id": "bob.near" } }]).to_string(),
    )
    .unwrap();
    refused(&listed, "--yes-delete");
    assert_eq!(desk.json(&["key", "list", "alice.near"])["keys"].as_array().unwrap().len(), 1);

    // Another key replaces it.
    let new = keyway::KeyPair::random_ed25519().public_key().to_string();
    desk.answer(&[&lock[..], &["--add-full-access-key", &new]].concat());
    assert_eq!(desk.json(&["key", "list", "alice.near"])["keys"][0]["public_key"], json!(new));
}

#[test]
fn a_signed_transaction_is_sent_as_it_is_or_not_at_all() {
    let desk = Desk::new();
    let list = desk.json(&["key", "list", "alice.near"]);
    let key = list["keys"][0]["public_key"].as_str().unwrap();
    let signed = desk.answer(&["tx", "sign", "alice.near", "bob.near", "--transfer", "1 NEAR"]);
    for more in [
        &["--transfer", "500 NEAR"][..],
        &["--call", "play", "--args", "{}"],
        &["--delete-key", key],
    ] {
        for command in [&["tx", "send", "--signed"][..], &["explain", "--transaction"]] {
            let said = desk.run(&[command, &[signed.trim()], more].concat());
            assert_eq!(said.code, 2, "{command:?} {more:?}: {}", said.stderr);
        }
    }
    for more in [&["--sign-with", key][..], &["--key-env", "KEY"], &["--keychain"]] {
        let said = desk.run(&[&["tx", "send", "--signed", signed.trim()], more].concat());
        assert_eq!(said.code, 2, "{more:?}: {}", said.stderr);
    }
}

#[test]
fn a_gas_keys_row_is_chosen_offline() {
    let desk = Desk::new();
    let gas = ["--full-access", "--gas-key", "3", "--fund", "0.5 NEAR"];
    let gas = desk.json(&[&["key", "add", "alice.near"][..], &gas].concat());
    let key = gas["public_key"].as_str().unwrap();
    let nonces = || desk.json(&["key", "show", "alice.near", key])["nonces"].clone();
    let before = nonces();
    let nonce = (before[2].as_u64().unwrap() + 5).to_string();
    let head = desk.node.call("block", json!({ "finality": "final" }))["header"]["hash"].clone();
    let sign = ["tx", "sign", "alice.near", "bob.near", "--transfer", "1 NEAR"];
    // The node's address is not a name; with the key's file no name is needed.
    let row = ["--offline", "--nonce", &nonce, "--nonce-index", "2", "--block-hash"];
    let from = [head.as_str().unwrap(), "--key-file", gas["file"].as_str().unwrap()];
    let signed = desk.answer(&[&sign[..], &row, &from].concat());
    let shown = desk.json(&["tx", "show", "--signed", signed.trim()]);
    assert_eq!((&shown["nonce_index"], &shown["public_key"]), (&json!(2), &json!(key)));
    assert_eq!(desk.json(&["tx", "send", "--signed", signed.trim()])["status"], json!("succeeded"));
    let after = nonces();
    assert_eq!((&after[0], &after[1]), (&before[0], &before[1]));
    assert_eq!(after[2].to_string(), nonce);
}

#[test]
fn arguments_go_as_the_bytes_that_they_are() {
    let desk = Desk::new();
    let call = ["tx", "sign", "alice.near", "game.near", "--call", "play", "--args-base64"];
    let signed = desk.answer(&[&call[..], &["AP/+"]].concat());
    let shown = desk.json(&["tx", "show", "--signed", signed.trim()]);
    assert_eq!(shown["actions"][0]["FunctionCall"]["args"], json!("AP/+"));
    let wrong = desk.run(&[&call[..], &["{}"]].concat());
    assert_eq!(wrong.code, 2);
    snapshot("tx_sign_wrong_base64", &wrong.whole());
    let twice = desk.run(&[&call[..], &["AP/+", "--args", "{}"]].concat());
    assert_eq!(twice.code, 2);
}

#[test]
fn actions_are_read_as_a_node_shows_them() {
    let desk = Desk::new();
    let file = desk.credentials().join("actions");
    let actions = json!([{ "Transfer": { "deposit": "1" } }, { "Transfer": { "deposit": "2" } }]);
    std::fs::write(&file, actions.to_string()).unwrap();
    let sign = ["tx", "sign", "alice.near", "bob.near", "--actions", file.to_str().unwrap()];
    let shown = |signed: String| desk.json(&["tx", "show", "--signed", signed.trim()]);
    assert_eq!(shown(desk.answer(&sign))["actions"], actions);
    // After the actions that are given as flags.
    let more = desk.answer(&[&sign[..], &["--transfer", "3 yoctoNEAR"]].concat());
    assert_eq!(shown(more)["actions"][0]["Transfer"]["deposit"], json!("3"));
    std::fs::write(&file, "[{ \"Steal\": {} }]").unwrap();
    assert_eq!(desk.run(&sign).code, 2);
}

#[test]
fn a_key_in_the_keychain_is_not_looked_for_elsewhere() {
    let desk = Desk::new();
    let send = ["tx", "send", "alice.near", "bob.near", "--transfer", "1 NEAR"];
    // Alice's key is here, but not in a keychain, if there is one.
    let nowhere = [("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")];
    let said = desk.run_with(&[&send[..], &["--keychain"]].concat(), &nowhere);
    assert_eq!(said.code, 9, "{}", said.stderr);
    assert_eq!(desk.run(&[&send[..], &["--keychain", "--encrypted"]].concat()).code, 2);
}
