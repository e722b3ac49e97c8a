//! `keyway chain …`

use crate::common::{Node, at, keyway, stderr};
use crate::contracts::act;
use crate::desk::Desk;
use serde_json::{Value, json};
use std::fs;

/// A contract whose `check` fails when the block's time is after the end of a certificate:
/// 2027-05-01T00:00:00Z, in seconds, as certificates have it.
fn certificate() -> Vec<u8> {
    let text = r#"(module
        (import "env" "block_timestamp" (func $now (result i64)))
        (import "env" "panic_utf8" (func $fail (param i64 i64)))
        (memory 1)
        (data (i32.const 0) "the certificate is expired")
        (func (export "check")
            (if (i64.gt_u (i64.div_u (call $now) (i64.const 1000000000)) (i64.const 1809129600))
                (then (call $fail (i64.const 26) (i64.const 0))))))"#;
    wat::parse_str(text).unwrap()
}

/// Tests of near/mpc wrapped the node in libfaketime, because a certificate in their data had expired.
#[test]
fn a_certificate_is_valid_at_its_date_and_expired_a_second_after_it() {
    let desk = Desk::new();
    act(&desk, "judy.near", keyway::deploy(certificate()));
    let check = ["call", "judy.near", "check", "--as", "alice.near"];
    desk.answer(&["chain", "time", "freeze"]);
    let set = desk.json(&["chain", "time", "set", "2027-05-01"]);
    assert_eq!((&set["time"], &set["mode"]), (&json!("2027-05-01T00:00:00Z"), &json!("frozen")));
    assert_eq!(desk.json(&check)["status"], "succeeded");
    desk.answer(&["view", "judy.near", "check"]);
    desk.answer(&["chain", "time", "set", "+1s"]);
    let expired = desk.run(&check);
    assert_eq!(expired.code, 7, "{}", expired.whole());
    assert!(expired.stderr.contains("the certificate is expired"), "{}", expired.stderr);
    let back = desk.run(&["chain", "time", "set", "2027-05-01"]);
    assert_eq!(back.code, 6, "{}", back.whole());
    for words in ["2027-05-01T00:00:00Z", "2027-05-01T00:00:01.", "snapshot"] {
        assert!(back.stderr.contains(words), "{}", back.stderr);
    }
}

#[test]
fn a_chain_can_begin_in_the_past_and_run_on_from_there() {
    let node = Node::start(["run", "--no-ticks", "--time", "2001-02-03T04:05:06Z"]);
    let url = format!("http://{}", node.addr);
    let shown = keyway(["chain", "time", "--url", &url, "--json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert!(shown["time"].as_str().unwrap().starts_with("2001-02-03T04:05:"), "{shown}");
    assert!(shown["ahead_nanosec"].as_str().unwrap().starts_with('-'), "{shown}");
}

#[test]
fn accounts_act_without_keys_and_are_edited_and_deleted() {
    let desk = Desk::new();
    let ran =
        desk.json(&["chain", "impersonate", "bob.near", "alice.near", "--transfer", "5 NEAR"]);
    assert_eq!((&ran["status"], &ran["impersonated"]), (&json!("succeeded"), &json!(true)));
    desk.answer(&["chain", "set-balance", "bob.near", "7 NEAR"]);
    let account = desk.json(&["account", "show", "bob.near"]);
    assert_eq!(account["total"], "7000000000000000000000000");
    desk.answer(&["chain", "delete", "account", "bob.near"]);
    assert_eq!(desk.run(&["account", "show", "bob.near"]).code, 8);
    let again = desk.run(&["chain", "delete", "account", "bob.near"]);
    assert_eq!(again.code, 6);
    assert!(again.stderr.contains("there is no account bob.near to delete"), "{}", again.stderr);
}

#[test]
fn transactions_wait_while_sealing_is_off() {
    let desk = Desk::new();
    desk.answer(&["chain", "sealing", "off"]);
    let send = ["tx", "send", "alice.near", "bob.near", "--transfer", "1 NEAR"];
    let said = desk.run(&[&send[..], &["--timeout", "1 s"]].concat());
    assert_eq!(said.code, 11, "{}", said.whole());
    let shown = desk.json(&["chain", "sealing"]);
    assert_eq!((&shown["mode"], &shown["waiting"]), (&json!("off"), &json!(1)));
    desk.answer(&["chain", "mine", "2"]);
    assert_eq!(desk.json(&["chain", "sealing"])["waiting"], 0);
    desk.answer(&["chain", "sealing", "on"]);
    assert_eq!(desk.json(&send)["status"], "succeeded");
}

#[test]
fn a_dump_goes_on_in_memory_and_in_a_home_with_the_same_blocks() {
    let desk = Desk::new();
    desk.answer(&["chain", "time", "step", "1s"]);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("state.keyway");
    let file = file.to_str().unwrap();
    let dumped = desk.json(&["chain", "dump", file]);
    let home = dir.path().join("home");
    let made = at(&home, ["init", "--from", file]);
    assert!(made.status.success(), "{}", stderr(&made));
    let heads: Vec<Value> = {
        let nodes = [Node::start(["run", "--no-ticks", "--load", file]), Node::on(&home)];
        let act = |node: &Node| {
            let url = format!("http://{}", node.addr);
            let transfer = ["chain", "impersonate", "bob.near", "alice.near"];
            let more = ["--transfer", "5 NEAR", "--url", &url];
            assert!(keyway([&transfer[..], &more].concat()).status.success());
            node.call("keyway_mine", json!({"blocks": 70}))
        };
        nodes.iter().map(act).collect()
    };
    assert_eq!(heads[0], heads[1], "dumped at block {}", dumped["block_height"]);
    let again = Node::on(&home);
    let shown = again.call("keyway_time_show", json!({}));
    assert_eq!((&shown["hash"], &shown["mode"]), (&heads[0]["hash"], &json!("stepped")));
}

#[test]
fn a_home_starts_from_a_whole_dump_only_and_keeps_the_genesis_that_it_has() {
    // A damaged dump made a home whose node did not start, and a genesis.json without config.json
    // was overwritten.
    let desk = Desk::new();
    let dir = tempfile::tempdir().unwrap();
    let (file, home) = (dir.path().join("state.keyway"), dir.path().join("home"));
    desk.answer(&["chain", "dump", file.to_str().unwrap()]);
    let whole = fs::read(&file).unwrap();
    let init = || at(&home, ["init", "--from", file.to_str().unwrap()]);
    let (short, mut damaged) = (&whole[..whole.len() - 1], whole.clone());
    damaged[whole.len() - 20] ^= 1;
    for (bytes, told) in [(short, "it is incomplete"), (&damaged[..], "it is damaged")] {
        fs::write(&file, bytes).unwrap();
        let refused = init();
        assert_eq!(refused.status.code(), Some(5));
        assert!(stderr(&refused).contains(told), "{}", stderr(&refused));
        assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
    }
    fs::write(&file, &whole).unwrap();
    fs::write(home.join("genesis.json"), "{}").unwrap();
    let refused = init();
    assert!(stderr(&refused).contains("is not that of the dump"), "{}", stderr(&refused));
    assert_eq!(fs::read_to_string(home.join("genesis.json")).unwrap(), "{}");
    assert_eq!(fs::read_dir(&home).unwrap().count(), 1);
    fs::remove_file(home.join("genesis.json")).unwrap();
    assert!(init().status.success());
    // A call that was cut short is finished by the next one.
    fs::remove_file(home.join("config.json")).unwrap();
    let again = init();
    assert!(again.status.success(), "{}", stderr(&again));
}

#[test]
fn a_node_without_cheats_and_public_networks_refuse() {
    let node = Node::start(["run", "--no-ticks", "--no-cheats"]);
    let url = format!("http://{}", node.addr);
    let off = keyway(["chain", "mine", "--url", &url]);
    assert_eq!(off.status.code(), Some(6));
    assert!(stderr(&off).contains("was started with --no-cheats"), "{}", stderr(&off));
    let public = keyway(["chain", "mine", "--network", "testnet"]);
    assert_eq!(public.status.code(), Some(2));
    assert!(stderr(&public).contains("a public network cannot be controlled"));
}
