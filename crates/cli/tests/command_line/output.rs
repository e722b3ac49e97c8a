//! The program's output, whatever its source: JSON errors, closed pipes, hostile text.

use crate::common::{Node, command, keyway, stderr};
use crate::walk::run;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::Stdio;
use std::thread;

/// With `--json`, the error for a wrong command line was clap's text, which no script could parse.
#[test]
fn errors_are_json_wherever_json_is_asked_for() {
    for line in [
        &["tx", "send", "a.near", "b.near", "--transfer", "1", "--json"][..],
        &["key", "list", "--json"],
        &["nosuch", "--json"],
        &["--json", "key", "show", "a.near", "nokey"],
        &["--json"],
        &["key", "--json"],
        &["run", "--rpc-addr", "x", "--json"],
        &["init", "--json"],
        &["key", "list", "A B", "--json"],
        &["locked", "--json", "--wasm"],
        &["key", "list", "a.near", "--json=true"],
    ] {
        let output = keyway(line);
        assert_eq!(output.status.code(), Some(2), "{line:?}");
        assert!(output.stdout.is_empty());
        let error: Value = serde_json::from_str(&stderr(&output))
            .unwrap_or_else(|error| panic!("{line:?}: {error}: {}", stderr(&output)));
        assert_eq!(error["error"]["kind"], "Command.Arguments", "{line:?}");
        let message = error["error"]["message"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains('\n'), "{line:?}: {message}");
    }
}

#[test]
fn a_wrong_line_is_told_with_its_usage() {
    let output = keyway(["tx", "send", "a.near", "b.near", "--yes"]);
    let text = stderr(&output);
    assert!(text.starts_with("error: unexpected argument '--yes' found\n\nUsage: keyway tx send"));
    assert!(!text.contains("--yes-burn"), "{text}");
}

/// Its help named a program that may not be installed.
#[test]
fn the_extension_of_near_cli_is_called_as_people_call_it() {
    let near = |args: &[&str]| {
        let mut near = std::process::Command::new(env!("CARGO_BIN_EXE_near-keyway"));
        near.args(args).stdin(Stdio::null()).output().unwrap()
    };
    let help = near(&["key", "list", "--help"]);
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("Usage: near keyway key list"), "{help}");
    let said = stderr(&near(&["key"]));
    assert!(said.contains("near keyway key"), "{said}");
}

/// `completions zsh | head -1` panicked.
#[test]
fn a_closed_stdout_is_no_error_and_a_full_one_is_no_panic() {
    for line in [
        &["completions", "zsh"][..],
        &["completions", "bash"],
        &["--help"],
        &["key", "add", "--help"],
        &["help", "tx"],
        &["--version"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(line).stdin(Stdio::null()).stdout(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{line:?}: {}", stderr(&output));
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = command(line).stdin(Stdio::null()).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{line:?}: {}", stderr(&output));
        assert!(stderr(&output).starts_with("error: the answer cannot be written to stdout"));
    }
}

#[test]
fn the_environment_is_not_quoted_and_empty_means_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let secret = keyway::KeyPair::random_ed25519().expose_secret_text().to_string();
    let list = ["key", "list", "alice.near"].map(str::to_owned);
    let testnet = ["key", "list", "alice.near", "--network", "testnet"].map(str::to_owned);
    for (line, name) in [
        (&list[..], "NEAR_ENV"),
        (&testnet[..], "NEAR_TESTNET_RPC"),
        (&list[..], "NEAR_CREDENTIALS_DIR"),
    ] {
        let node = ("NEAR_ENV", "http://127.0.0.1:1");
        let (_, said) = run(line, dir.path(), &[node, (name, &secret)]);
        assert!(said.contains("error"), "{said}");
        assert!(!said.contains(&secret[20..40]), "{said}");
    }
    let (_, said) = run(&list, dir.path(), &[("NEAR_ENV", "mian-net")]);
    assert!(said.contains("the variable NEAR_ENV is invalid"), "{said}");
    assert!(!said.contains("mian-net"), "{said}");
    let (_, said) = run(&list, dir.path(), &[("NEAR_ENV", "")]);
    assert!(!said.contains("NEAR_ENV"), "{said}");
}

#[test]
fn a_network_goes_before_or_behind_its_command() {
    let node = Node::start(["run", "--no-ticks"]);
    let port = format!("localhost:{}", node.addr.port());
    for line in [
        ["--network", &port, "key", "list", "alice.near"],
        ["key", "-n", &port, "list", "alice.near"],
        ["key", "ls", "alice.near", "--network", &port],
    ] {
        let output = keyway(line);
        assert_eq!(output.status.code(), Some(0), "{line:?}: {}", stderr(&output));
    }
    let output = keyway(["--network", "testnet", "--quiet", "completions", "fish"]);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", stderr(&output));
}

/// The text in a key's permission is chosen by whoever added it, and was written to terminals
/// unescaped.
#[test]
fn what_a_chain_holds_is_escaped() {
    let (node, dir) = (Node::start(["run", "--no-ticks"]), tempfile::tempdir().unwrap());
    let url = format!("http://{}", node.addr);
    let file = dir.path().join("actions.json");
    let key = keyway::KeyPair::random_ed25519().public_key().to_string();
    let permission = json!({"FunctionCall": {"allowance": null, "receiver_id": "bob.near",
        "method_names": [HOSTILE]}});
    let access_key = json!({"nonce": 0, "permission": permission});
    let action = json!([{"AddKey": {"public_key": key, "access_key": access_key}}]);
    std::fs::write(&file, action.to_string()).unwrap();
    let ask = |args: &[&str]| {
        let line = [args, &["--network", &url]].concat();
        run(&line.into_iter().map(str::to_owned).collect::<Vec<_>>(), dir.path(), &[])
    };
    let actions = ["tx", "send", "alice.near", "alice.near", "--actions", file.to_str().unwrap()];
    let (status, said) = ask(&actions);
    assert_eq!(status.unwrap().code(), Some(0), "{said}");
    is_harmless("tx send", &said);
    for args in [
        &["key", "list", "alice.near"][..],
        &["key", "show", "alice.near", &key],
        &["explain", "alice.near", "bob.near", "--call", "x"],
        &["explain", "alice.near", "bob.near", "--call", "x", "--sign-with", &key],
        &["blast-radius", &key, "--account", "alice.near"],
        &["forecast", "alice.near", "bob.near", "--call", "x"],
        &["audit", "alice.near"],
        &["locked", "alice.near"],
        &["key", "least", "alice.near"],
    ] {
        for args in [args.to_vec(), [args, &["--json"]].concat()] {
            let (_, said) = ask(&args);
            is_harmless(&args.join(" "), &said);
        }
    }
}

#[test]
fn what_a_contract_says_is_escaped_and_fakes_no_line() {
    let (node, dir) = (Node::start(["run", "--no-ticks"]), tempfile::tempdir().unwrap());
    let url = format!("http://{}", node.addr);
    let wasm = dir.path().join("hostile.wasm");
    let bytes: String = HOSTILE.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    let text = format!(
        r#"(module (import "env" "panic_utf8" (func $panic (param i64 i64)))
            (import "env" "log_utf8" (func $log (param i64 i64)))
            (memory (export "memory") 1) (data (i32.const 0) "{bytes}")
            (func (export "run") (call $log (i64.const {0}) (i64.const 0))
                (call $panic (i64.const {0}) (i64.const 0))))"#,
        HOSTILE.len()
    );
    std::fs::write(&wasm, wat::parse_str(text).unwrap()).unwrap();
    let ask = |args: &[&str]| {
        let line = [args, &["--network", &url]].concat();
        run(&line.into_iter().map(str::to_owned).collect::<Vec<_>>(), dir.path(), &[])
    };
    let deploy = ["tx", "send", "bob.near", "bob.near", "--deploy", wasm.to_str().unwrap()];
    let (status, said) = ask(&deploy);
    assert_eq!(status.unwrap().code(), Some(0), "{said}");
    for json in [&[][..], &["--json"]] {
        let call = [&["tx", "send", "alice.near", "bob.near", "--call", "run"][..], json].concat();
        let (status, said) = ask(&call);
        assert_eq!(status.unwrap().code(), Some(7), "{said}");
        is_harmless("tx send", &said);
    }
}

#[test]
fn what_a_node_says_is_escaped() {
    let dir = tempfile::tempdir().unwrap();
    let addr = hostile_node();
    for args in [
        &["key", "list", "alice.near"][..],
        &["account", "show", "alice.near"],
        &["tx", "show", "11111111111111111111111111111111", "alice.near"],
        &["locked", "alice.near", "--json"],
    ] {
        let network = ["--network".to_owned(), format!("http://{addr}")];
        let line: Vec<_> = args.iter().map(|arg| (*arg).to_owned()).chain(network).collect();
        let (_, said) = run(&line, dir.path(), &[]);
        assert!(said.contains("error"), "{said}");
        is_harmless(&args.join(" "), &said);
    }
}

/// Answers every request with an error that contains hostile text, as long as the test runs.
fn hostile_node() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let error = json!({"name": HOSTILE, "cause": {"name": HOSTILE, "info": {"x": HOSTILE}},
        "code": -32000, "message": HOSTILE, "data": HOSTILE});
    let body = json!({"jsonrpc": "2.0", "id": 0, "error": error}).to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (mut stream, body) = (stream, body.clone());
            let mut request = [0; 4096];
            let _some = stream.read(&mut request);
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
            let _gone = write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        }
    });
    addr
}

#[track_caller]
fn is_harmless(what: &str, said: &str) {
    let obeyed = |letter: char| letter != '\n' && !keyway::keys::is_printable(letter);
    assert!(!said.contains(obeyed), "{what}: {said:?}");
    assert!(!said.lines().any(|line| line.starts_with("FAKE")), "{what}: {said}");
}

/// A window title, a cleared screen, text in reverse direction, and a fake line.
const HOSTILE: &str = "\u{1b}]0;PWNED\u{7}\u{1b}[2J\u{202e}\u{9b}31m\u{2028}\r\nFAKE LINE";

/// A secret in a file that is not a key file is not repeated either.
#[test]
fn a_secret_in_a_wrong_file_is_not_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let secret = keyway::KeyPair::random_ed25519().expose_secret_text().to_string();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let unknown = file("unknown.json", &format!("[{{\"{secret}\":{{}}}}]"));
    let plain = file("plain.json", &secret);
    for args in [
        &["tx", "sign", "a.near", "b.near", "--actions", &unknown][..],
        &["tx", "sign", "a.near", "b.near", "--actions", &plain],
        &["audit", "alice.near", "--baseline", &unknown],
        &["message", "verify", &unknown, "--text", "x", "--recipient", "y", "--nonce", "AA=="],
    ] {
        let line = [args, &["--network", "http://127.0.0.1:1"]].concat();
        let line: Vec<_> = line.into_iter().map(str::to_owned).collect();
        let (_, said) = run(&line, dir.path(), &[]);
        assert!(said.contains("error") && !said.contains(&secret[20..40]), "{said}");
    }
}
