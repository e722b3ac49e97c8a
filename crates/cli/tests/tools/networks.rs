//! Errors for a node that does not exist, does not answer, or is of another chain.
#![expect(clippy::disallowed_methods, reason = "how long a command waits is what is tested")]

use crate::common::{Node, command};
use crate::desk::Desk;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Runs `keyway ARGS` without key files; returns the output and the time it took.
fn run(args: &[&str], environment: &[(&str, &str)]) -> (Output, String, Duration) {
    let home = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let mut command = command(args);
    command.env_remove("NEAR_ENV").env("HOME", home.path()).env("NO_COLOR", "1");
    let output = command.envs(environment.iter().copied()).output().unwrap();
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    (output, stderr, begun.elapsed())
}

/// A server that answers each request as configured, or not at all.
fn server(answer: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer: &'static _ = Box::leak(Box::new(answer));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream, answer));
        }
    });
    url
}

fn serve(mut stream: TcpStream, answer: &(impl Fn(&str) -> Option<String> + ?Sized)) {
    let Some(body) = read_body(&mut stream) else { return };
    match answer(&body) {
        None => thread::sleep(Duration::from_secs(60)),
        Some(answer) => {
            let length = answer.len();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            let _ = write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{answer}");
        }
    }
}

fn read_body(stream: &mut TcpStream) -> Option<String> {
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
            if body.len() >= length.parse().ok()? {
                return Some(body.to_owned());
            }
        }
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            count => text.push_str(std::str::from_utf8(&buffer[..count]).ok()?),
        }
    }
}

/// It was tried for eight seconds, and the error did not say how to start a node.
#[test]
fn where_no_node_is_a_command_starts_one() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    drop(listener);
    let (output, stderr, took) =
        run(&["key", "list", "alice.near", "--network", &format!("http://{addr}")], &[]);
    assert_eq!(output.status.code(), Some(8));
    let how = format!("start one with `keyway run --port {}`", addr.port());
    assert!(stderr.contains(&how) && stderr.lines().count() == 1, "{stderr}");
    assert!(took < Duration::from_secs(4), "{took:?}");
}

#[test]
fn a_silent_node_is_told_of_and_given_up() {
    let url = server(|_| None);
    for command in [
        "key list alice.near",
        "audit alice.near",
        "tx show 11111111111111111111111111111111 alice.near",
    ] {
        let args: Vec<&str> = command.split(' ').collect();
        let more = ["--network", url.as_str(), "--timeout", "3 s"];
        let (output, stderr, took) = run(&[&args[..], &more].concat(), &[]);
        assert_eq!(output.status.code(), Some(8), "{stderr}");
        assert!(stderr.contains("no answer from http://127.0.0.1"), "{stderr}");
        assert!(stderr.contains("no answer within 3s"), "{stderr}");
        assert!((Duration::from_secs(3)..Duration::from_secs(8)).contains(&took), "{took:?}");
    }
    let json = ["key", "list", "alice.near", "--network", &url, "--timeout", "2500ms", "--json"];
    let (_, stderr, _) = run(&json, &[]);
    let error: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!(error["error"]["kind"], json!("Transport.Timeout"));
}

#[test]
fn a_timeout_counts_all_waiting_together() {
    let url = server(|_| {
        thread::sleep(Duration::from_millis(900));
        Some(r#"{"result":{"chain_id":"x"}}"#.to_owned())
    });
    let begun = Instant::now();
    let args = ["audit", "alice.near", "--network", &url, "--timeout", "1500 ms"];
    let (output, stderr, _) = run(&args, &[]);
    assert_eq!(output.status.code(), Some(8), "{stderr}");
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

/// It was retried for a minute, and then reported as a node that stopped waiting.
#[test]
fn an_unknown_transaction_is_not_waited_for() {
    let desk = Desk::new();
    let begun = Instant::now();
    let hash = "22skMptHjFWNyuEWY22ftn2AbLPSYpmYwGJRGwpNHbTV";
    let said = desk.run(&["tx", "show", hash, "alice.near"]);
    assert_eq!(said.code, 8, "{}", said.stderr);
    assert!(
        said.stderr.starts_with(&format!("error: no such transaction here: {hash}")),
        "{}",
        said.stderr
    );
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

/// A private chain in place of testnet was not noticed.
#[test]
fn a_network_of_another_name_is_refused_before_anything_is_sent() {
    let desk = Desk::new();
    let url = format!("http://{}", desk.node.addr);
    for (network, variable) in [("testnet", "NEAR_TESTNET_RPC"), ("mainnet", "NEAR_MAINNET_RPC")] {
        let args = ["account", "show", "alice.near", "--network", network];
        let (output, stderr, _) = run(&args, &[(variable, &url)]);
        assert_eq!(output.status.code(), Some(8), "{stderr}");
        assert!(
            stderr.contains(&format!("{variable} leads to a node of the chain \"localnet\"")),
            "{stderr}"
        );
    }
}

#[test]
fn an_address_in_the_clear_is_warned_of() {
    let args = ["key", "list", "alice.near", "--network", "http://rpc.invalid", "--timeout", "4 s"];
    let (output, stderr, _) = run(&args, &[]);
    assert_eq!(output.status.code(), Some(8), "{stderr}");
    assert!(stderr.starts_with("warning: http://rpc.invalid is not encrypted"), "{stderr}");
    let (_, stderr, _) = run(
        &["key", "list", "a.near", "--network", "https://rpc.invalid", "--timeout", "4 s"],
        &[],
    );
    assert!(!stderr.contains("warning"), "{stderr}");
}

/// Two transactions were signed with `tx sign` and sent in order; in half of all cases the second
/// was refused.
#[test]
fn what_is_signed_in_a_row_runs_in_that_order() {
    let desk = Desk::new();
    // On a chain of a few blocks nonces have so little room that they begin again every four seconds.
    desk.fast_forward(200);
    for _ in 0..10 {
        let sign =
            |amount| desk.answer(&["tx", "sign", "alice.near", "bob.near", "--transfer", amount]);
        let signed = [sign("1 yoctoNEAR"), sign("2 yoctoNEAR"), sign("3 yoctoNEAR")];
        for signed in &signed {
            desk.answer(&["tx", "send", "--signed", signed.trim()]);
        }
    }
}

/// Two nodes behind one address, of which the second is half a second behind.
#[test]
fn commands_wait_for_a_backend_that_is_behind() {
    let desk = Desk::new();
    let lag = Duration::from_millis(500);
    let proxy = lagging(&desk.node, lag);
    let network = ["--network", proxy.as_str()];
    for command in [
        "explain alice.near bob.near --transfer 1NEAR",
        "audit alice.near",
        "forecast alice.near",
        "locked alice.near",
        "account show alice.near",
        "key list alice.near",
    ] {
        desk.node.seal();
        let args: Vec<&str> = command.split(' ').collect();
        let (output, stderr, _) = run(&[&args[..], &network].concat(), &[]);
        assert!(!stderr.contains("block"), "{command}: {stderr}");
        assert!(matches!(output.status.code(), Some(0)), "{command}: {stderr}");
    }
}

/// A proxy that answers every second query for a block with "unknown block", for a while after it
/// first heard of the block.
fn lagging(node: &Node, lag: Duration) -> String {
    let (addr, asked): (SocketAddr, _) = (node.addr, AtomicUsize::new(0));
    let first_heard = std::sync::Mutex::new(std::collections::HashMap::<String, Instant>::new());
    server(move |body| {
        let question: Value = serde_json::from_str(body).unwrap();
        let block = question["params"]["block_id"].to_string();
        if block != "null" && asked.fetch_add(1, Ordering::Relaxed) % 2 == 1 {
            let mut heard = first_heard.lock().unwrap();
            if heard.entry(block).or_insert_with(Instant::now).elapsed() < lag {
                let unknown = json!({"name": "HANDLER_ERROR", "code": -32000, "message": "Server error",
                    "data": "DB Not Found Error: BLOCK HEADER",
                    "cause": {"name": "UNKNOWN_BLOCK", "info": {}}});
                return Some(json!({"jsonrpc": "2.0", "id": 1, "error": unknown}).to_string());
            }
        }
        Some(crate::common::post(addr, body).1)
    })
}
