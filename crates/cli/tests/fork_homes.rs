//! Homes whose chain is a fork of a network: what a restart and a kill leave, and what is refused.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod common;

use common::{Node, at, keyway, read_json, stderr};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::mpsc;
use std::thread;
use tempfile::{TempDir, tempdir};

fn network() -> (Node, String) {
    let node = Node::start(["run", "--no-ticks"]);
    let url = format!("http://{}", node.addr);
    (node, url)
}

#[track_caller]
fn begin(dir: &Path, args: &[&str]) -> Output {
    let home = ["--home", dir.to_str().unwrap(), "init", "--no-fork-cache"];
    let output = keyway(home.iter().chain(args));
    assert!(output.status.success(), "{}", stderr(&output));
    output
}

/// A network, and a home that is a fork of it.
fn forked() -> (Node, String, TempDir) {
    let (network, url) = network();
    let dir = tempdir().unwrap();
    begin(dir.path(), &["--fork", &url]);
    (network, url, dir)
}

fn pay(node: &Node, from: &str, to: &str) -> Result<Value, Value> {
    let actions = json!([{ "Transfer": { "deposit": "1000000000000000000000000" } }]);
    let params = json!({ "signer_id": from, "receiver_id": to, "actions": actions });
    node.try_call("keyway_impersonate", params)
}

fn head(node: &Node) -> Value {
    let block = node.call("block", json!({ "finality": "optimistic" }));
    block["header"]["hash"].clone()
}

fn view(node: &Node, account_id: &str) -> Result<Value, Value> {
    let view =
        json!({ "request_type": "view_account", "finality": "final", "account_id": account_id });
    node.try_call("query", view)
}

fn amount(node: &Node, account_id: &str) -> Value {
    view(node, account_id).unwrap()["amount"].clone()
}

#[track_caller]
fn refused(dir: &Path, args: &[&str]) -> (i32, String) {
    let run = ["--home", dir.to_str().unwrap(), "run", "--rpc-addr", "127.0.0.1:0"];
    let output = keyway(run.iter().chain(args));
    (output.status.code().unwrap(), stderr(&output))
}

#[test]
fn a_fork_goes_on_after_a_kill_though_its_network_is_gone() {
    let (network, url, dir) = forked();
    let node = Node::on(dir.path());
    assert!(node.said.contains(&format!("home {}", dir.path().display())), "{}", node.said);
    pay(&node, "bob.near", "alice.near").unwrap();
    node.call("keyway_snapshot_save", json!({ "name": "paid" }));
    node.call("keyway_time_freeze", json!({}));
    pay(&node, "bob.near", "alice.near").unwrap();
    let (paid_twice, alice) = (head(&node), amount(&node, "alice.near"));
    node.signal("KILL");
    network.signal("KILL");
    let node = Node::on(dir.path());
    assert_eq!((head(&node), amount(&node, "alice.near")), (paid_twice, alice.clone()));
    let time = node.call("keyway_time_show", json!({}));
    assert_eq!(time["mode"], "frozen", "{time}");
    let unread = view(&node, "unread.near").unwrap_err().to_string();
    assert!(unread.contains("account unread.near"), "{unread}");
    node.call("keyway_snapshot_revert", json!({ "name": "paid" }));
    assert_ne!(amount(&node, "alice.near"), alice);
    let reverted = head(&node);
    let (_, said) = node.signal("TERM");
    assert!(said.contains("the next run goes on from there"), "{said}");
    let home = ["--home", dir.path().to_str().unwrap(), "run", "--no-ticks", "--offline"];
    let node = Node::start(home);
    assert_eq!(head(&node), reverted);
    let unread = view(&node, "unread.near").unwrap_err().to_string();
    assert!(unread.contains("has not read account unread.near"), "{unread}");
    let status = node.call("keyway_fork_status", json!({}));
    assert_eq!(status["endpoints"], json!([]));
    node.call("keyway_reset", json!({}));
    assert_eq!(head(&node), status["block_hash"]);
    node.signal("TERM");
    // Other endpoints, of which none answers.
    let other = format!("{url},{url}");
    let node = Node::start(home[..4].iter().copied().chain(["--fork", &other]));
    assert_eq!(head(&node), status["block_hash"]);
}

/// Each payment makes an account of which the network must say first that it does not exist.
#[test]
fn what_was_acknowledged_on_a_fork_survives_a_kill_under_load() {
    let (network, _, dir) = forked();
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..3_u64 {
        let home = ["--home", dir.path().to_str().unwrap(), "run", "--no-ticks"];
        let few = ["--checkpoint-blocks", "50"];
        let node = Node::start(home.iter().chain(if round == 1 { &few[..] } else { &[] }));
        for account_id in &acknowledged {
            view(&node, account_id).unwrap();
        }
        let (addr, (tell, told)) = (node.addr, mpsc::channel());
        let load = thread::spawn(move || {
            let names = (0..).map(|number| format!("{:064x}", round << 32 | number));
            let paid = names.take_while(|name| is_paid(addr, name));
            paid.for_each(|name| tell.send(name).unwrap());
        });
        acknowledged.extend((0..10 + 30 * round).map(|_| told.recv().unwrap()));
        node.signal("KILL");
        load.join().unwrap();
        acknowledged.extend(told.try_iter());
    }
    network.signal("KILL");
    let node = Node::on(dir.path());
    for account_id in &acknowledged {
        view(&node, account_id).unwrap();
    }
    let balances = || amount(&node, "bob.near");
    let before = balances();
    pay(&node, "bob.near", &acknowledged[0]).unwrap();
    assert_ne!(balances(), before);
}

/// Pays to a new account, until the node is gone.
fn is_paid(addr: std::net::SocketAddr, name: &str) -> bool {
    use std::io::{Read, Write};
    let actions = json!([{ "Transfer": { "deposit": "1000000000000000000000000" } }]);
    let params = json!({ "signer_id": "bob.near", "receiver_id": name, "actions": actions });
    let body =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "keyway_impersonate", "params": params });
    let body = body.to_string();
    let Ok(mut stream) = std::net::TcpStream::connect(addr) else { return false };
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {addr}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut answer = String::new();
    let sent = stream.write_all((head + &body).as_bytes());
    sent.and_then(|()| stream.read_to_string(&mut answer)).is_ok()
        && answer.contains("\"SuccessValue\"")
}

#[test]
fn a_dump_of_a_fork_becomes_a_home_and_a_dump_again() {
    let (network, url, dir) = forked();
    let node = Node::on(dir.path());
    node.call("keyway_time_step", json!({ "seconds": 1 }));
    pay(&node, "bob.near", "alice.near").unwrap();
    pay(&node, "alice.near", "bob.near").unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (first, second, file) = (path("1.keyway"), path("2.keyway"), path("ref.fork"));
    let tool = |node: &Node, args: &[&str]| {
        let url = format!("http://{}", node.addr);
        let output = keyway(["--network", &url].iter().chain(args));
        assert!(output.status.success(), "{}", stderr(&output));
    };
    tool(&node, &["chain", "dump", &first]);
    tool(&node, &["chain", "fork", "freeze", &file]);
    let alone = at(dir.path().join("none").as_path(), ["init", "--from", &first]);
    let (said, block) = (stderr(&alone), node.call("keyway_fork_status", json!({})));
    assert_eq!(alone.status.code(), Some(5), "{said}");
    assert!(said.contains(block["block_hash"].as_str().unwrap()), "{said}");
    assert!(said.contains("add --fork NETWORK, or --fork-file"), "{said}");
    let homes = [tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap()];
    begin(homes[0].path(), &["--from", &first, "--fork", &url]);
    begin(homes[1].path(), &["--from", &first, "--fork-file", &file, "--offline"]);
    let copies = [Node::on(homes[0].path()), Node::on(homes[1].path())];
    for node in copies.iter().chain([&node]) {
        pay(node, "bob.near", "alice.near").unwrap();
    }
    let expected = head(&node);
    assert_eq!(copies.each_ref().map(head), [expected.clone(), expected.clone()]);
    tool(&copies[0], &["chain", "dump", &second]);
    begin(homes[2].path(), &["--from", &second, "--fork", &url]);
    let third = Node::on(homes[2].path());
    for node in copies.iter().chain([&node, &third]) {
        pay(node, "alice.near", "bob.near").unwrap();
    }
    let last = head(&node);
    assert_ne!(last, expected);
    assert_eq!(head(&third), last);
    assert_eq!(copies.each_ref().map(head), [last.clone(), last]);
    drop(network);
}

#[test]
fn a_home_refuses_another_network_and_flags_that_would_change_its_chain() {
    let (first, _, dir) = forked();
    let (other, other_url) = network();
    let node = Node::on(dir.path());
    pay(&node, "bob.near", "alice.near").unwrap();
    node.signal("TERM");
    let genesis = |node: &Node| {
        let hash = node.call("status", json!([]))["genesis_hash"].clone();
        hash.as_str().unwrap().to_owned()
    };
    let (code, said) = refused(dir.path(), &["--fork", &other_url]);
    assert_eq!(code, 5, "{said}");
    assert!(said.contains(&genesis(&first)) && said.contains(&genesis(&other)), "{said}");
    for flag in ["--fork-gas=local", "--fork-block=1", "--no-fork-cache", "--fork-file=x"] {
        let (code, said) = refused(dir.path(), &[flag]);
        let name = flag.split('=').next().unwrap();
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(&format!("{name} is for a new chain")), "{said}");
    }
    let dump = at(dir.path(), ["view-state", "dump-state"]);
    assert_eq!(dump.status.code(), Some(5));
    assert!(stderr(&dump).contains("holds a fork of a network"), "{}", stderr(&dump));
    let again = at(dir.path(), ["init", "--fork", "http://127.0.0.1:1"]);
    assert!(stderr(&again).contains("exists already and was not changed"), "{}", stderr(&again));
    for (flags, why) in [
        (&["--fork", &other_url, "--fork-gas", "proof"][..], "leave out --fork-gas proof"),
        (&["--fork", &other_url, "--accounts", "3"], "--accounts is invalid"),
        (&["--fork", &other_url, "--chain-id", "x"], "--chain-id is invalid"),
        (&["--fork-gas", "local"], "add --fork NETWORK"),
        (&["--offline"], "needs --fork-file FILE"),
    ] {
        let none = dir.path().join("none");
        let home = ["--home", none.to_str().unwrap(), "init"];
        let output = keyway(home.iter().chain(flags));
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
        assert!(!none.exists());
    }
}

#[test]
fn an_api_key_of_an_endpoint_is_never_printed() {
    let (_network, _, dir) = forked();
    let path = dir.path().join("fork.json");
    let mut settings = read_json(&path);
    settings["network"] = json!("http://user:hunter2@127.0.0.1:1/api-key-1?key=api-key-2");
    fs::write(&path, settings.to_string()).unwrap();
    let node = Node::on(dir.path());
    let status = node.call("keyway_fork_status", json!({})).to_string();
    let unread = view(&node, "bob.near").unwrap_err().to_string();
    let said = node.said.clone();
    let (_, rest) = node.signal("TERM");
    for text in [status, unread, said, rest] {
        assert!(!text.contains("api-key") && !text.contains("hunter2"), "{text}");
    }
    let own = tempdir().unwrap();
    common::init(own.path());
    let (code, said) = refused(own.path(), &["--fork", "http://127.0.0.1:1/api-key"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("--fork is for a new chain") && !said.contains("api-key"), "{said}");
    let (code, said) = refused(own.path(), &["--offline"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("--offline is for a new chain"), "{said}");
}
