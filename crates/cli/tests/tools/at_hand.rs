//! Which keys are found: invalid files next to valid ones, the directories of all NEAR tools, and
//! the error if there is no key.

use crate::common::command;
use crate::desk::{Desk, Said, snapshot};
use keyway::KeyPair;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Stdio;

/// Writes a file in the form of another tool.
fn put(desk: &Desk, path: &str, text: &str) {
    let path = desk.credentials().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// The JSON of a plain key file.
fn key_file(pair: &KeyPair) -> String {
    json!({ "private_key": *pair.expose_secret_text() }).to_string()
}

/// Adds a new full-access key, and saves its secret nowhere.
fn add_key(desk: &Desk, account: &str) -> KeyPair {
    let pair = KeyPair::random_ed25519();
    let public_key = pair.public_key().to_string();
    desk.answer(&["key", "add", account, &public_key, "--full-access"]);
    pair
}

/// The answer of a command that may print warnings.
#[track_caller]
fn answer(said: Said) -> String {
    assert_eq!(said.code, 0, "{}", said.stderr);
    said.stdout
}

/// One invalid file made `key list`, `explain`, every signature and `key rotate` fail.
#[test]
fn a_stray_file_stands_in_nobodys_way() {
    let desk = Desk::new();
    let added = desk.json(&["key", "add", "dave.near", "--full-access"]);
    let good = added["public_key"].as_str().unwrap();
    let public_only = json!({ "public_key": good }).to_string();
    let bobs = json!({ "account_id": "bob.near", "private_key": "ed25519:1" }).to_string();
    for (name, text) in
        [("x", "{}"), ("notes", "to do"), ("empty", ""), ("ledger", &public_only), ("bob", &bobs)]
    {
        put(&desk, &format!("localnet/dave.near/{name}.json"), text);
    }
    let pay = ["dave.near", "bob.near", "--transfer", "1 NEAR"];
    for args in [
        &["key", "list", "dave.near"][..],
        &["key", "show", "dave.near", good],
        &[&["explain"][..], &pay].concat(),
        &[&["tx", "send"][..], &pay].concat(),
        &[&["tx", "send"][..], &pay, &["--sign-with", good]].concat(),
        &["account", "list"],
        &["key", "rotate", "dave.near", good],
    ] {
        let said = desk.run(args);
        assert_eq!(said.code, 0, "{args:?}: {}", said.stderr);
        let warned = said.stderr.matches("dave.near/x.json").count();
        assert_eq!(warned, 1, "{args:?}: {}", said.stderr);
        assert!(said.stderr.contains("holds no secret"), "{}", said.stderr);
    }
    let list = desk.run(&["key", "list", "dave.near", "--json"]);
    let list: serde_json::Value = serde_json::from_str(&list.stdout).unwrap();
    assert!(list["keys"].as_array().unwrap().iter().any(|key| key["at_hand"] == json!(true)));
}

#[test]
fn a_question_to_the_chain_needs_no_good_file() {
    let desk = Desk::new();
    desk.answer(&["account", "create", "game.alice.near", "--balance", "1 NEAR"]);
    fs::remove_dir_all(desk.credentials().join("localnet/game.alice.near")).unwrap();
    put(&desk, "localnet/game.alice.near.json", "{}");
    let list = answer(desk.run(&["key", "list", "game.alice.near"]));
    assert!(list.contains("full"), "{list}");
    let said = desk.run(&["tx", "send", "game.alice.near", "bob.near", "--transfer", "1 NEAR"]);
    assert_eq!(said.code, 9);
    assert!(said.stderr.contains("game.alice.near.json"), "{}", said.stderr);
}

/// near-cli-rs' own directory, near-shell's network and other tools' names for this chain were not
/// searched.
#[test]
fn every_place_of_nears_tools_signs() {
    let desk = Desk::new();
    for place in ["default", "local", "sandbox"] {
        let pair = add_key(&desk, "alice.near");
        let key = pair.public_key().to_string();
        put(&desk, &format!("{place}/alice.near.json"), &key_file(&pair));
        let pay = ["tx", "send", "alice.near", "bob.near", "--transfer", "1 NEAR"];
        desk.answer(&[&pay[..], &["--sign-with", &key]].concat());
        desk.answer(&["key", "delete", "alice.near", &key, "--forget"]);
        assert!(!desk.credentials().join(place).join("alice.near.json").exists());
    }
    let made = desk.json(&["key", "generate"]);
    let id = made["account"].as_str().unwrap();
    fs::create_dir(desk.credentials().join("implicit")).unwrap();
    let file = made["file"].as_str().unwrap();
    fs::rename(file, desk.credentials().join(format!("implicit/{id}.json"))).unwrap();
    fs::remove_dir_all(desk.credentials().join("localnet")).unwrap();
    desk.answer(&["tx", "send", "alice.near", id, "--transfer", "2 NEAR"]);
    desk.answer(&["tx", "send", id, "bob.near", "--transfer", "1 NEAR"]);
}

/// Runs `keyway` as a user of near-cli-rs with this configuration.
fn beside_near_cli(desk: &Desk, home: &Path, config: &str, args: &[&str]) -> Said {
    let dir = home.join(".config/near-cli");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("config.toml"), config).unwrap();
    let mut command = command(args);
    command.env("HOME", home).env("NO_COLOR", "1").stdin(Stdio::null());
    command.env_remove("XDG_CONFIG_HOME").env_remove("NEAR_ENV").env_remove("NEAR_CREDENTIALS_DIR");
    let _used_for_its_node = &desk.node;
    Said::from(command.output().unwrap())
}

/// A connection's name was silently taken for the default port, and keys under it were not found.
#[test]
fn a_connection_of_near_cli_is_a_network() {
    let desk = Desk::new();
    let home = tempfile::tempdir().unwrap();
    let credentials = home.path().join("elsewhere");
    let config = format!(
        "credentials_home_dir = {credentials:?}\n\n[network_connection.sandbox]\nnetwork_name = \"my-sandbox\"\nrpc_url = \"http://{}/\"\n",
        desk.node.addr
    );
    let run = |args: &[&str]| beside_near_cli(&desk, home.path(), &config, args);
    let pair = add_key(&desk, "alice.near");
    fs::create_dir_all(credentials.join("my-sandbox")).unwrap();
    fs::write(credentials.join("my-sandbox/alice.near.json"), key_file(&pair)).unwrap();

    for name in ["sandbox", "my-sandbox"] {
        let list = answer(run(&["key", "list", "alice.near", "--network", name, "--json"]));
        let list: serde_json::Value = serde_json::from_str(&list).unwrap();
        let at_hand = |key: &&serde_json::Value| key["at_hand"] == json!(true);
        assert_eq!(list["keys"].as_array().unwrap().iter().filter(at_hand).count(), 2);
    }
    let added = answer(run(&["key", "add", "alice.near", "--full-access", "--network", "sandbox"]));
    assert!(added.contains("elsewhere/my-sandbox/alice.near/"), "{added}");
    // The same keys are found by the node's address.
    let url = format!("http://{}", desk.node.addr);
    let pay = ["tx", "send", "alice.near", "bob.near", "--transfer", "1 NEAR", "--network", &url];
    let key = pair.public_key().to_string();
    answer(run(&[&pay[..], &["--sign-with", &key]].concat()));

    let said = run(&["key", "list", "alice.near", "--network", "sandbux"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("sandbox"), "{}", said.stderr);
    let broken = config.replace("my-sandbox\"", "my-sandbox");
    let said =
        beside_near_cli(&desk, home.path(), &broken, &["key", "list", "a.near", "--network", "x"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("config.toml"), "{}", said.stderr);
}

/// "Add one to the key service" did not help a user of the command line.
#[test]
fn it_is_said_what_was_looked_for_and_where() {
    let desk = Desk::new();
    desk.answer(&["account", "create", "game.alice.near", "--balance", "1 NEAR"]);
    let pay = ["tx", "send", "game.alice.near", "bob.near", "--transfer", "1 yoctoNEAR"];
    let other = KeyPair::random_ed25519().public_key().to_string();
    snapshot(
        "no_key_of_that_name",
        &desk.run(&[&pay[..], &["--sign-with", &other]].concat()).whole(),
    );
    fs::rename(desk.credentials().join("localnet"), desk.credentials().join("testnet")).unwrap();
    for args in [
        &pay[..],
        &["key", "rotate", "game.alice.near"],
        &["key", "delete", "game.alice.near", &on_chain(&desk, "game.alice.near"), "--yes-lock"],
        &["account", "lock", "game.alice.near", "--yes-lock"],
        &["key", "add", "game.alice.near", "--full-access"],
        &["account", "create", "x.game.alice.near"],
        &["account", "delete", "game.alice.near", "--beneficiary", "bob.near", "--yes-delete"],
    ] {
        let said = desk.run(args);
        assert_eq!(said.code, 9, "{args:?}: {}", said.stderr);
        for part in [
            "localnet/game.alice.near.json",
            "localnet at http",
            "for testnet",
            "keyway key import",
        ] {
            assert!(said.stderr.contains(part), "{args:?}: {}", said.stderr);
        }
        assert!(!said.stderr.contains("key service"), "{}", said.stderr);
    }
    snapshot("no_key", &desk.run(&pay).whole());
    let error = desk.run(&[&pay[..], &["--json"]].concat()).stderr;
    let error: serde_json::Value = serde_json::from_str(&error).unwrap();
    assert_eq!(error["error"]["kind"], json!("Pool.Empty"));
    assert!(!desk.credentials().join("localnet").exists());
}

fn on_chain(desk: &Desk, account: &str) -> String {
    crate::rotation::on_chain(desk, account).remove(0)
}

/// The error said that the account does not have the key which the command had just generated.
#[test]
fn an_account_that_does_not_exist_is_told_as_such() {
    let desk = Desk::new();
    put(&desk, "testnet/nobody.near.json", &key_file(&KeyPair::random_ed25519()));
    put(&desk, "default/gone.near.json", &key_file(&KeyPair::random_ed25519()));
    let id = "0".repeat(64);
    for account in ["nobody.near", "gone.near", &id] {
        for args in [
            &["key", "add", account, "--full-access"][..],
            &["key", "list", account],
            &["key", "rotate", account],
            &["key", "delete", account, "ed25519:11111111111111111111111111111111"],
            &["account", "lock", account, "--yes-lock"],
            &["account", "show", account],
            &["account", "delete", account, "--beneficiary", "bob.near", "--yes-delete"],
        ] {
            let said = desk.run(args);
            // A command that sends would fail; a query has no answer.
            let code = if matches!(args[1], "list" | "show") { 8 } else { 6 };
            assert_eq!(said.code, code, "{args:?}: {}", said.stderr);
            let told = format!("there is no account {account} on localnet");
            assert!(said.stderr.contains(&told), "{args:?}: {}", said.stderr);
        }
    }
    assert!(!desk.credentials().join("localnet").exists(), "{:?}", desk.files());
    snapshot("no_account", &desk.run(&["key", "add", "nobody.near", "--full-access"]).whole());
}
