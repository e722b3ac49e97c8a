//! What the command line does with versions, flags, addresses and signals.

#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod common;

#[path = "command_line/output.rs"]
mod output;
#[path = "command_line/walk.rs"]
mod walk;

use common::{Node, keyway, stderr};
use serde_json::json;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

#[test]
fn version_says_what_it_is() {
    let output = keyway(["--version"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("keyway 0."), "{text}");
    assert!(text.contains("nearcore-compatible sandbox node, protocol 84..88"), "{text}");
    assert!(output.stderr.is_empty());
}

#[test]
fn help_has_examples_and_exit_codes() {
    let output = keyway(["--help"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("keyway run") && text.contains("Exit codes"), "{text}");
}

#[test]
fn an_unknown_flag_is_refused_with_the_nearest_known() {
    let output = keyway(["run", "--rpc-add", "127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--rpc-addr"), "{}", stderr(&output));
}

#[test]
fn neards_flags_without_meaning_cost_a_line() {
    let node = Node::start(["run", "--archive", "--min-peers", "0", "--boot-nodes", ""]);
    assert!(node.said.contains("note: --archive has no effect"), "{}", node.said);
    assert_eq!(node.said.matches("note: ").count(), 2, "{}", node.said);
    assert!(node.signal("TERM").0.success());
}

#[test]
fn a_command_that_needs_a_home_says_so() {
    let output = keyway(["init"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--home DIR"), "{}", stderr(&output));
}

#[test]
fn an_address_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let output = keyway(["run", "--rpc-addr", &addr]);
    assert_eq!(output.status.code(), Some(3));
    let text = stderr(&output);
    assert!(text.contains(&addr) && text.contains("--rpc-addr"), "{text}");
}

#[test]
fn a_node_in_memory_shows_its_accounts_and_ends_at_ctrl_c() {
    let node = Node::start(["run"]);
    let keys = json!({ "request_type": "view_access_key_list", "finality": "final", "account_id": "alice.near" });
    let keys = node.call("query", keys);
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1, "{keys}");
    let account =
        json!({ "request_type": "view_account", "finality": "final", "account_id": "judy.near" });
    assert_eq!(node.call("query", account)["amount"], "10000000000000000000000000000");
    let newest = near_primitives::version::PROTOCOL_VERSION;
    assert!(node.said.contains(&format!("chain localnet, protocol {newest}")), "{}", node.said);
    let (status, rest) = node.signal("INT");
    assert!(status.success());
    assert!(rest.contains("UNSAFE") && rest.contains("curl -s http://127.0.0.1:"), "{rest}");
    assert_eq!(rest.matches("ed25519:").count(), 10, "{rest}");
}

#[test]
fn stdout_stays_empty() {
    assert_eq!(Node::start(["run"]).stdout_after_the_end(), "");
}

#[test]
fn empty_blocks_are_sealed_when_asked_for() {
    let node = Node::start(["run", "--block-interval-ms", "10"]);
    let before = node.height();
    for _ in 0..500 {
        if node.height() > before + 3 {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the height stays at {before}");
}

/// near-sandbox (npm) gives the node a pipe for its stderr and never reads it.
#[test]
fn a_full_stderr_holds_nothing_up() {
    let (_reader, mut stderr) = std::io::pipe().unwrap();
    stderr.write_all(&[b' '; PIPE_BYTES]).unwrap();
    let addr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_keyway"))
        .args(["run", "--rpc-addr", &addr.to_string()])
        .stderr(stderr)
        .spawn()
        .unwrap();
    let answered = (0..500).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        TcpStream::connect(addr).is_ok()
    });
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let status = child.wait().unwrap();
    assert!(answered);
    assert!(status.success(), "{status}");
}

/// The capacity of a pipe on Linux, after which writers block.
const PIPE_BYTES: usize = 65_536;

#[test]
fn other_wasm_than_the_wallets_is_refused_with_both_hashes() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("other.wasm");
    std::fs::write(&file, b"\0asm").unwrap();
    let anywhere = ["run", "--rpc-addr", "127.0.0.1:0", "--eth-wallet-wasm"];
    let output = keyway(anywhere.into_iter().chain([file.to_str().unwrap()]));
    assert_eq!(output.status.code(), Some(5));
    let text = stderr(&output);
    assert!(text.contains("other.wasm") && text.contains("FAq9tQRb"), "{text}");
    let found = near_primitives::hash::hash(b"\0asm").to_string();
    assert!(text.contains(&found), "{text}");
    let missing = keyway(anywhere.into_iter().chain(["/nowhere/wallet.wasm"]));
    assert!(stderr(&missing).contains("/nowhere/wallet.wasm"), "{}", stderr(&missing));
}
