//! Two nodes behind one address, a moment apart: whatever a command reads is of one final block, which it waits for at the
//! node that does not have it yet.

use crate::common::{command, post};
use crate::desk::{Desk, Said};
use clap::Command;
use keyway_test_kit::upstream::{Asked, Reply, Upstream};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Commands that read a network, with arguments.
const READING: &[(&str, &[&str])] = &[
    ("account list", &[]),
    ("account show", &["alice.near"]),
    ("audit", &["alice.near", "drop.near"]),
    ("blast-radius", &["alice.near"]),
    ("credentials doctor", &[]),
    ("drop list", &["drop.near"]),
    ("explain", &["alice.near", "bob.near", "--transfer", "1 NEAR"]),
    ("forecast", &["alice.near", "drop.near", "--call", "claim", "--gas", "30 Tgas"]),
    ("key least", &["alice.near", "--blocks", "3"]),
    ("key list", &["alice.near"]),
    ("key show", &["alice.near", "KEY"]),
    ("locked", &["alice.near", "drop.near"]),
    ("message verify", &["PROOF", "--text", "hi", "--recipient", "game.near", "--nonce", "NONCE"]),
    ("recovery status", &["bob.near"]),
    ("tx why", &["--transaction", "SIGNED"]),
    ("view", &["drop.near", "surplus"]),
];

/// Commands that read nothing that could disagree: they sign and send, by what the newest block says; ask for a transaction by
/// its hash; ask a keyway node of one's own; or ask nobody. Groups end with a space.
const OTHERS: &[&str] = &[
    "account create",
    "account delete",
    "account keys-history",
    "account lock",
    "bench",
    "call",
    "chain ",
    "completions",
    "console",
    "credentials list",
    "drop claim",
    "drop create",
    "drop reclaim",
    "gas ",
    "init",
    "key add",
    "key delete",
    "key export",
    "key forget",
    "key generate",
    "key grant",
    "key import",
    "key move",
    "key revoke",
    "key rotate",
    "key withdraw",
    "man",
    "message sign",
    "recovery add-helper",
    "recovery cancel",
    "recovery finish",
    "recovery install",
    "recovery recover",
    "recovery remove-helper",
    "recovery withdraw",
    "relay ",
    "run",
    "tx send",
    "tx show",
    "tx sign",
    "tx trace",
    "tx what-if",
    "view-state ",
];

/// How long the second node lacks a block that the first has reported.
const LAG: Duration = Duration::from_millis(300);

fn leaves(command: &Command, path: &str, found: &mut Vec<String>) {
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let path = format!("{path}{}", sub.get_name());
        match sub.has_subcommands() {
            true => leaves(sub, &format!("{path} "), found),
            false => found.push(path),
        }
    }
}

/// `key list` and others read the newest block of whichever node answered, each request of another one.
#[test]
fn a_command_that_reads_is_known_to_this_test() {
    let mut found = Vec::new();
    leaves(&keyway_cli::command_line(), "", &mut found);
    let known = |path: &String| {
        let is_other = |other: &&str| match other.ends_with(' ') {
            true => path.starts_with(*other),
            false => path == other,
        };
        READING.iter().any(|(name, _)| name == path) || OTHERS.iter().any(is_other)
    };
    let forgotten: Vec<_> = found.iter().filter(|path| !known(path)).collect();
    assert!(forgotten.is_empty(), "add to READING what reads a network: {forgotten:?}");
    for (name, _) in READING {
        assert!(found.iter().any(|path| path == name), "there is no command {name}");
    }
}

#[test]
fn what_a_command_reads_is_of_one_block_that_it_waits_for() {
    let (desk, words) = furnished();
    let node = desk.node.addr;
    let mut waited = 0;
    for (name, args) in READING {
        let line: Vec<&str> = name
            .split(' ')
            .chain(args.iter().map(|arg| words.get(arg).map_or(*arg, String::as_str)))
            .collect();
        let here = desk.run(&line);
        let nodes = Backends::of(node);
        let there = at(&desk, &nodes.0.url(), &line);
        assert_eq!(there.code, here.code, "{name}: {}", there.whole());
        let plain = |said: &Said| said.stdout.replace(&nodes.0.url(), &format!("http://{node}"));
        assert_eq!(plain(&there), plain(&here), "{name}: {}", there.stderr);
        let asked = nodes.0.asked();
        let blocks: BTreeSet<String> = asked.iter().filter_map(read_at).collect();
        assert!(blocks.len() <= 1, "{name} read at {blocks:?}: {asked:#?}");
        let hash = blocks.iter().all(|block| block.len() > 40);
        assert!(hash, "{name} read at {blocks:?}, which is not a hash: {asked:#?}");
        waited += usize::from(nodes.1.lock().unwrap().refused > 0);
    }
    assert!(waited >= 12, "only {waited} commands had to wait");
}

/// A chain with something to read, and words that stand in the arguments.
fn furnished() -> (Desk, HashMap<&'static str, String>) {
    let desk = Desk::new();
    let key = desk.json(&["key", "generate", "drop.near"])["public_key"].clone();
    let create = ["tx", "send", "near", "drop.near", "--create-account", "--transfer", "20 NEAR"];
    desk.answer(&[&create[..], &["--add-full-access-key", key.as_str().unwrap()]].concat());
    let drop = ["drop", "create", "drop.near", "--funder", "alice.near", "--links", "2"];
    desk.answer(&[&drop[..], &["--amount", "0.1 NEAR", "--print-links", "--yes-deploy"]].concat());
    let helper = desk.json(&["key", "generate", "bob.near"])["public_key"].clone();
    let install = ["recovery", "install", "bob.near", "--threshold", "1", "--delay", "1 day"];
    desk.answer(&[&install[..], &["--helper", helper.as_str().unwrap()]].concat());
    let key = desk.json(&["key", "list", "alice.near"])["keys"][0]["public_key"].clone();
    let text = ["message", "sign", "alice.near", "--text", "hi", "--recipient", "game.near"];
    let proof = desk.json(&text);
    let file = desk.credentials().join("proof.json");
    std::fs::write(&file, proof.to_string()).unwrap();
    let too_much = ["tx", "sign", "alice.near", "bob.near", "--transfer", "900000000 NEAR"];
    let words = [
        ("KEY", key.as_str().unwrap().to_owned()),
        ("PROOF", file.to_str().unwrap().to_owned()),
        ("NONCE", proof["nonce"].as_str().unwrap().to_owned()),
        ("SIGNED", desk.answer(&too_much).trim().to_owned()),
    ];
    desk.fast_forward(8);
    (desk, words.into())
}

fn at(desk: &Desk, url: &str, line: &[&str]) -> Said {
    let mut command = command(line);
    command.args(["--network", url, "--credentials"]).arg(desk.credentials());
    command.env_remove("NEAR_ENV").env("NO_COLOR", "1").stdin(Stdio::null());
    Said::from(command.output().unwrap())
}

/// Where a request reads the state, if it does.
fn read_at(asked: &Asked) -> Option<String> {
    let is_read = asked.method == "query"
        || asked.method == "gas_price"
        || asked.method.starts_with("EXPERIMENTAL_view_")
        || asked.method == "EXPERIMENTAL_call_function";
    is_read.then(|| block_of(&asked.params))
}

/// The block that a request names: a hash, a height or a finality.
fn block_of(params: &Value) -> String {
    let named = params.get("block_id").or_else(|| params.get(0)).or_else(|| params.get("finality"));
    match named {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => "the newest block".to_owned(),
        Some(other) => other.to_string(),
    }
}

/// A node, and another one that has each block only some time after the first has reported it.
struct Backends(Upstream, std::sync::Arc<Mutex<Behind>>);

#[derive(Default)]
struct Behind {
    /// When each block was reported.
    reported: HashMap<String, Instant>,
    /// How many requests it could not answer.
    refused: usize,
    turn: usize,
}

impl Backends {
    #[expect(clippy::disallowed_methods, reason = "the lag is measured from the first report")]
    fn of(node: SocketAddr) -> Self {
        let behind = std::sync::Arc::<Mutex<Behind>>::default();
        let state = behind.clone();
        let upstream = Upstream::start(move |asked| {
            let mut state = state.lock().unwrap();
            let named = block_of(&asked.params);
            if named.len() > 40 {
                // The node that is behind answers first, and then every second time.
                state.turn += 1;
                let reported = state.reported.get(&named);
                let young = reported.is_some_and(|reported| reported.elapsed() < LAG);
                if state.turn % 2 == 1 && young {
                    state.refused += 1;
                    return Reply::Say(ask(node, "block", &json!({"block_id": UNKNOWN})));
                }
            }
            let answer = ask(node, &asked.method, &asked.params);
            if let Some(hash) = answer["result"]["header"]["hash"].as_str() {
                state.reported.entry(hash.to_owned()).or_insert_with(Instant::now);
            }
            Reply::Say(answer)
        });
        Self(upstream, behind)
    }
}

/// The members of a node's answer.
fn ask(node: SocketAddr, method: &str, params: &Value) -> Value {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let (_, answer) = post(node, &body.to_string());
    let mut answer: Value = serde_json::from_str(&answer).unwrap();
    let members = answer.as_object_mut().unwrap();
    members.remove("id");
    members.remove("jsonrpc");
    answer
}

/// A hash that no block has.
const UNKNOWN: &str = "11111111111111111111111111111111";
