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
    // The same bytes run once.
    assert_eq!(desk.json(&["tx", "send", "--signed", signed]), sent);
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
    // Nobody listens on this port.
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
    let failed = desk.run(&["tx", "send", "alice.near", "nobody.near", "--transfer", "1 NEAR"]);
    assert_eq!(failed.code, 7);
    snapshot("tx_send_failed", &failed.whole());
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
    ] {
        let said = desk.run(&[&to_bob[..], more].concat());
        assert_eq!(said.code, 2, "{name}");
        snapshot(name, &said.whole());
    }
}

/// The same questions as where keys and accounts are deleted by name; in a file of actions, and
/// signed before, too.
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

    // Another key comes in its place.
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
    // The node's address is no name; the file of the key makes one unnecessary.
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
    // After those that are said in words.
    let more = desk.answer(&[&sign[..], &["--transfer", "3 yoctoNEAR"]].concat());
    assert_eq!(shown(more)["actions"][0]["Transfer"]["deposit"], json!("3"));
    std::fs::write(&file, "[{ \"Steal\": {} }]").unwrap();
    assert_eq!(desk.run(&sign).code, 2);
}

#[test]
fn a_key_in_the_keychain_is_not_looked_for_elsewhere() {
    let desk = Desk::new();
    let send = ["tx", "send", "alice.near", "bob.near", "--transfer", "1 NEAR"];
    // Alice's key is at hand, but in no keychain, where there is one at all.
    let nowhere = [("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")];
    let said = desk.run_with(&[&send[..], &["--keychain"]].concat(), &nowhere);
    assert_eq!(said.code, 9, "{}", said.stderr);
    assert_eq!(desk.run(&[&send[..], &["--keychain", "--encrypted"]].concat()).code, 2);
}
