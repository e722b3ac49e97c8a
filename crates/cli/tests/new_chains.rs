//! The contents of a new chain, in memory and in a home, and what is printed about it.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod common;

use common::{Node, at, command, keyway, read_json, stderr};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::tempdir;

fn account(node: &Node, account_id: &str) -> Result<Value, Value> {
    let asked =
        json!({ "request_type": "view_account", "finality": "final", "account_id": account_id });
    node.try_call("query", asked)
}

#[track_caller]
fn assert_no_account(node: &Node, account_id: &str) {
    let error = account(node, account_id).unwrap_err();
    assert_eq!(error["cause"]["name"], "UNKNOWN_ACCOUNT", "{error}");
}

fn protocol(node: &Node) -> u64 {
    node.call("status", json!([]))["protocol_version"].as_u64().unwrap()
}

fn with_version(version: &str, args: &[&str]) -> Command {
    let mut command = command(args);
    command.env("KEYWAY_PROTOCOL_VERSION", version);
    command
}

/// Runs `keyway ARGS --network NODE`, without key files.
fn tool(node: &Node, args: &[&str]) -> Output {
    let nowhere = tempdir().unwrap();
    let mut command = command(args);
    command.env_remove("NEAR_ENV").arg("--credentials").arg(nowhere.path());
    command.args(["--network", &format!("http://{}", node.addr)]).output().unwrap()
}

#[test]
fn accounts_and_balance_are_free_to_choose() {
    let node = Node::start(["run", "--accounts", "12", "--balance", "50.5 NEAR"]);
    let last = account(&node, "account-12.near").unwrap();
    assert_eq!(last["amount"], "50500000000000000000000000");
    assert_no_account(&node, "account-13.near");
    let args = ["tx", "send", "account-12.near", "alice.near", "--transfer", "1 NEAR"];
    let sent = tool(&node, &args);
    assert!(sent.status.success(), "{}", stderr(&sent));
    let none = Node::start(["run", "--accounts", "0"]);
    assert_no_account(&none, "alice.near");
    let (_, said) = none.signal("TERM");
    assert!(!said.contains("Development"), "{said}");
}

#[test]
fn a_port_is_enough_of_an_address() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let port = free.port().to_string();
    let mut child = command(["run", "--port", &port]).spawn().unwrap();
    let answered = (0..500).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        std::net::TcpStream::connect(free).is_ok()
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(answered);
    let both = keyway(["run", "--port", &port, "--rpc-addr", "127.0.0.1:0"]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn the_protocol_version_is_the_flags_then_the_environments_then_the_newest() {
    let newest = u64::from(near_primitives::version::PROTOCOL_VERSION);
    assert_eq!(protocol(&Node::start(["run"])), newest);
    assert_eq!(protocol(&Node::start(["run", "--protocol-version", "86"])), 86);
    assert_eq!(protocol(&Node::spawn(with_version("85", &["run"]))), 85);
    assert_eq!(protocol(&Node::spawn(with_version("", &["run"]))), newest);
    let both = with_version("85", &["run", "--protocol-version", "84"]);
    assert_eq!(protocol(&Node::spawn(both)), 84);
}

#[test]
fn a_home_speaks_the_protocol_that_it_was_made_for() {
    let genesis = |dir: &Path| read_json(&dir.join("genesis.json"))["protocol_version"].clone();
    let (by_flag, by_variable) = (tempdir().unwrap(), tempdir().unwrap());
    let output = at(by_flag.path(), ["init", "--protocol-version", "86"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("protocol 86"), "{}", stderr(&output));
    assert_eq!(genesis(by_flag.path()), 86);
    let home = by_variable.path().to_str().unwrap();
    let output = with_version("85", &["--home", home, "init"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(genesis(by_variable.path()), 85);
    // The variable has no effect on an existing chain.
    let run = with_version("84", &["--home", home, "run", "--no-ticks"]);
    assert_eq!(protocol(&Node::spawn(run)), 85);
}

#[test]
fn unknown_versions_are_told_which_are_known() {
    let dir = tempdir().unwrap();
    for version in ["83", "89", "157", "x"] {
        let flag = at(dir.path(), ["init", "--protocol-version", version]);
        let home = dir.path().to_str().unwrap();
        let variable = with_version(version, &["--home", home, "init"]).output().unwrap();
        let run = with_version(version, &["run", "--port", "0"]).output().unwrap();
        for output in [flag, variable, run] {
            assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
            assert!(stderr(&output).contains("84 to 88"), "{}", stderr(&output));
        }
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn flags_for_new_chains_are_refused_on_a_home() {
    let dir = tempdir().unwrap();
    assert!(at(dir.path(), ["init"]).status.success());
    for [flag, value] in
        [["--accounts", "3"], ["--balance", "3 NEAR"], ["--protocol-version", "86"]]
    {
        let output = at(dir.path(), ["run", "--rpc-addr", "127.0.0.1:0", flag, value]);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(flag), "{}", stderr(&output));
    }
    for [flag, value] in [["--accounts", "1001"], ["--balance", "2000000000 NEAR"]] {
        let output = keyway(["run", "--rpc-addr", "127.0.0.1:0", flag, value]);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    }
    let nobodys = at(&dir.path().join("new"), ["init", "--balance", "3 NEAR"]);
    assert_eq!(nobodys.status.code(), Some(2));
    assert!(stderr(&nobodys).contains("--accounts"), "{}", stderr(&nobodys));
}

/// Only chains in memory had development accounts.
#[test]
fn a_home_can_have_development_accounts_whose_keys_the_tools_know() {
    let dir = tempdir().unwrap();
    let made = at(dir.path(), ["init", "--accounts", "3"]);
    assert!(stderr(&made).contains("UNSAFE"), "{}", stderr(&made));
    let node = Node::on(dir.path());
    let args = ["tx", "send", "alice.near", "carol.near", "--transfer", "1 NEAR"];
    let sent = tool(&node, &args);
    assert!(sent.status.success(), "{}", stderr(&sent));
    assert_no_account(&node, "dave.near");
    let (_, said) = node.signal("KILL");
    assert!(said.contains("alice.near") && said.contains("UNSAFE"), "{said}");
    let node = Node::on(dir.path());
    assert_eq!(account(&node, "carol.near").unwrap()["amount"], "10001000000000000000000000000");
}

/// Neither `init` nor `run` printed which account has NEAR, or where its key is.
#[test]
fn a_home_says_who_signs_and_what_comes_next() {
    let dir = tempdir().unwrap();
    let key_file = dir.path().join("validator_key.json");
    let key_file = key_file.to_str().unwrap();
    for _ in 0..2 {
        let output = at(dir.path(), ["init"]);
        let said = stderr(&output);
        assert!(said.contains("test.near signs with") && said.contains(key_file), "{said}");
        assert!(said.contains(&format!("keyway --home {} run", dir.path().display())), "{said}");
        assert!(output.stdout.is_empty());
    }
    let node = Node::on(dir.path());
    let url = format!("http://{}", node.addr);
    let args = ["tx", "send", "test.near", "near", "--transfer", "1 NEAR", "--key-file", key_file];
    let sent = tool(&node, &args);
    assert!(sent.status.success(), "{}", stderr(&sent));
    let (_, said) = node.signal("TERM");
    assert!(said.contains(&format!("export NEAR_ENV={url}")), "{said}");
    let command = "keyway tx send test.near near --transfer '1 NEAR' --key-file";
    assert!(said.contains(command), "{said}");
}

#[test]
fn a_new_home_is_for_this_machine_and_a_node_that_is_not_says_so() {
    let dir = tempdir().unwrap();
    assert!(at(dir.path(), ["init"]).status.success());
    let config = read_json(&dir.path().join("config.json"));
    assert_eq!(config["rpc"]["addr"], "127.0.0.1:3030");
    let (_, said) = Node::on(dir.path()).signal("TERM");
    assert!(!said.contains("reachable"), "{said}");
    let everywhere = Node::start_at("0.0.0.0:0", ["run", "--no-ticks"]);
    let (_, said) = everywhere.signal("TERM");
    assert!(said.contains("listening on 0.0.0.0:") && said.contains("from the network"), "{said}");
}

#[test]
fn verbose_takes_a_value_as_neards_does() {
    let dir = tempdir().unwrap();
    let home = dir.path().join("home");
    let home = home.to_str().unwrap();
    for args in [
        ["--verbose", "network", "--home", home, "init"],
        ["--home", home, "--verbose", "network", "init"],
    ] {
        let output = keyway(args);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stderr(&output).contains("note: --verbose has no effect"), "{}", stderr(&output));
    }
    let output = keyway(["--verbose", "--home", home, "init"]);
    assert!(output.status.success(), "{}", stderr(&output));
}

/// What the image of the Dockerfile starts, with its directories elsewhere.
#[test]
fn the_entry_point_of_the_image_makes_the_chain_that_its_variables_name() {
    let dir = tempdir().unwrap();
    let (home, config) = (dir.path().join("data"), dir.path().join("config"));
    let entry = |variables: &[(&str, &str)]| {
        let mut entry = Command::new("sh");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        entry.arg(root.join("packaging/docker-entrypoint.sh"));
        let binaries = Path::new(env!("CARGO_BIN_EXE_keyway")).parent().unwrap();
        entry.env("PATH", format!("{}:/usr/bin:/bin", binaries.display()));
        entry.env("NEAR_HOME", &home).env("NEAR_CONFIG", &config);
        entry.envs(variables.iter().copied());
        entry
    };
    let node = Node::spawn(entry(&[]));
    assert_eq!(node.call("status", json!([]))["chain_id"], "sandbox");
    assert!(account(&node, "sandbox").is_ok());
    let key = &read_json(&home.join("validator_key.json"))["public_key"];
    let seeded = near_crypto::SecretKey::from_seed(near_crypto::KeyType::ED25519, "sandbox");
    assert_eq!(*key, seeded.public_key().to_string());
    let (status, _) = node.signal("TERM");
    assert!(status.success(), "{status}");
    // The chain is there already, so the variables mean nothing.
    let again = Node::spawn(entry(&[("NEAR_CHAIN_ID", "other")]));
    assert_eq!(again.call("status", json!([]))["chain_id"], "sandbox");
    drop(again);

    std::fs::remove_dir_all(&home).unwrap();
    let named = [("NEAR_CHAIN_ID", "mine"), ("NEAR_ROOT_ACCOUNT", "root.near")];
    let node = Node::spawn(entry(&named));
    assert_eq!(node.call("status", json!([]))["chain_id"], "mine");
    assert!(account(&node, "root.near").is_ok());
    assert_no_account(&node, "sandbox");
    drop(node);

    // A genesis from outside takes the place of the new one.
    std::fs::create_dir(&config).unwrap();
    std::fs::copy(home.join("genesis.json"), config.join("genesis.json")).unwrap();
    std::fs::remove_dir_all(&home).unwrap();
    let node = Node::spawn(entry(&[]));
    assert_eq!(node.call("status", json!([]))["chain_id"], "mine");
    drop(node);

    let tool = entry(&[]).arg("tx").arg("--help").output().unwrap();
    assert!(String::from_utf8(tool.stdout).unwrap().contains("keyway tx"));
}
