//! What later transactions did on a nearcore node, on a fork of what that node answered before them.

use keyway_conformance::replay;
use keyway_fork::{Fork, ForkOptions, Network};
use keyway_node::{Node, Options};
use keyway_rpc::{Service, Settings};
use keyway_test_kit::recording::{Recording, error};
use keyway_test_kit::upstream::{Reply, Upstream};
use near_crypto::{InMemorySigner, KeyType, SecretKey};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};
use tokio::runtime::Builder;

static RECORDING: LazyLock<Arc<Recording>> =
    LazyLock::new(|| Arc::new(Recording::read(include_str!("../data/fork.json"))));

#[test]
fn a_fork_goes_on_as_the_network_did() {
    assert_eq!(differing(true, 0), Vec::<String>::new());
}

#[test]
fn so_does_one_of_a_node_that_is_behind_at_times() {
    assert_eq!(differing(true, 3), Vec::<String>::new());
}

#[test]
fn a_fork_of_an_old_node_lacks_only_what_that_node_does_not_show() {
    let wrong = differing(false, 0);
    let of_large = ["step 26/", "step 27/"];
    let others = wrong.iter().filter(|line| !of_large.iter().any(|of| line.starts_with(of)));
    // Hashes are numbered as they appear, and the refused transactions have none.
    let others: Vec<_> = others.filter(|line| !line.contains("hash#")).collect();
    assert!(others.iter().all(|line| line.contains("storage_usage")), "{others:#?}");
    assert!(!wrong.is_empty());
}

/// Where the fork differs, apart from gas and what is paid for it.
fn differing(pages: bool, lag: usize) -> Vec<String> {
    let upstream = Upstream::start(move |asked| {
        let behind =
            lag > 0 && asked.nth % lag == lag - 1 && asked.params.get("block_id").is_some();
        Reply::Say(match behind {
            true => error("UNKNOWN_BLOCK", json!({}), "not yet"),
            false => RECORDING.answer(&asked.method, &asked.params, pages),
        })
    });
    let network = Network::parse(&upstream.url()).expect("an address");
    let fork = Fork::of(&network, &ForkOptions::default()).expect("the recorded node answers");
    let key = SecretKey::from_seed(KeyType::ED25519, "test.near");
    let producer = InMemorySigner::from_secret_key("test.near".parse().expect("a name"), key);
    let node = Node::fork(&fork.point(), fork.base(), Some(producer), Options::default())
        .expect("the block can be forked");
    let service = Service::new(node, Settings::default());
    let runtime = Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mut call = |method: &str, params: Value| {
        let request = json!({"jsonrpc": "2.0", "id": "c", "method": method, "params": params});
        let answer = runtime.block_on(service.answer(request.to_string().as_bytes()));
        serde_json::from_slice(&answer.body).expect("an answer is JSON")
    };
    let steps = RECORDING.after().clone();
    assert_eq!(steps.as_array().map(Vec::len), Some(38));
    let vector = json!({"scenarios": [{"name": "after", "steps": steps}]});
    let found = replay(&vector, &mut call).expect("the recording has the form of a vector");
    let lines = found.into_iter().flat_map(|difference| difference.lines);
    lines.filter(|line| !is_about_gas(line)).collect()
}

/// A write pays for the nodes on the trie's path, of which a fork has a part.
fn is_about_gas(line: &str) -> bool {
    let (place, _) = line.split_once(": ").unwrap_or((line, ""));
    let gas =
        ["gas_burnt", "tokens_burnt", "gas_profile", "amount", "allowance", "balance", "deposit"];
    gas.iter().any(|gas| place.contains(gas))
}
