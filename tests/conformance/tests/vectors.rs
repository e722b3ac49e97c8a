//! Every conformance vector, replayed in process on one fresh chain at protocol 86.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, LazyLock};

use keyway_chain::Chain;
use keyway_conformance::{Difference, replay};
use keyway_node::WallClock;
use keyway_rpc::{Service, Settings};
use keyway_trace::{Frame, GasCost};
use near_chain_configs::{Genesis, GenesisConfig, GenesisRecords};
use near_primitives::transaction::{ExecutionMetadata, ExecutionOutcome};
use near_vm_runner::MockContractRuntimeCache;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

/// What `init --fast` writes, with the account `root` of the vectors.
const GENESIS: &str = include_str!("../data/genesis.json");

/// How many differing places of one scenario are printed.
const SHOWN: usize = 6;

/// The vectors in the order in which they were recorded, all on one chain: what a contract pays
/// to reach its storage depends on what else the trie holds.
const VECTORS: [(&str, &str); 7] = [
    ("account", include_str!("../data/vectors/account.json")),
    ("contract", include_str!("../data/vectors/contract.json")),
    ("full-access", include_str!("../data/vectors/full-access.json")),
    ("function-call", include_str!("../data/vectors/function-call.json")),
    ("nonce", include_str!("../data/vectors/nonce.json")),
    ("rpc", include_str!("../data/vectors/rpc.json")),
    ("signature", include_str!("../data/vectors/signature.json")),
];

/// The differences of each vector, and the chain after all of them.
type Replayed = (BTreeMap<&'static str, Vec<Difference>>, Arc<Chain>);

/// The replay happens once.
static REPLAYED: LazyLock<Replayed> = LazyLock::new(|| {
    let node = Node::start();
    let found = VECTORS.iter().map(|(name, vector)| (*name, replay_on(&node, vector))).collect();
    (found, node.service.node().snapshot())
});

#[test]
fn account() {
    agrees("account");
}

#[test]
fn contract() {
    agrees("contract");
}

#[test]
fn full_access() {
    agrees("full-access");
}

#[test]
fn function_call() {
    agrees("function-call");
}

#[test]
fn nonce() {
    agrees("nonce");
}

#[test]
fn rpc() {
    agrees("rpc");
}

#[test]
fn signature() {
    agrees("signature");
}

/// The vectors' outcomes and profiles are nearcore's, so a trace whose gas by cost adds up to them
/// has nearcore's figures, to the unit.
#[test]
fn traces_have_the_gas_of_every_recorded_profile() {
    let chain = &REPLAYED.1;
    let mut block = chain.genesis_block().clone();
    let mut calls = 0;
    while let Some(next) = chain.next_block(&block).expect("it is in memory") {
        for tx in &next.transactions {
            let trace = chain.trace(tx.hash()).expect("it can be traced");
            for frame in trace.frames.iter().filter(|frame| frame.block_height.is_some()) {
                let ran = chain.outcome(&frame.receipt_id).expect("it is in memory");
                calls += usize::from(check_profile(frame, &ran.expect("it ran").outcome.outcome));
            }
        }
        block = next;
    }
    assert!(calls > 30, "the vectors call contracts: {calls}");
}

/// Compares a frame's gas by cost with an outcome's. Returns whether a contract ran.
fn check_profile(frame: &Frame, outcome: &ExecutionOutcome) -> bool {
    let sum = |of: &dyn Fn(&GasCost) -> bool| {
        frame.all_costs().filter(|cost| of(cost)).map(|cost| cost.gas.as_gas()).sum::<u64>()
    };
    assert_eq!(sum(&|_| true), outcome.gas_burnt.as_gas(), "{frame:#?}");
    let profile = match &outcome.metadata {
        ExecutionMetadata::V3(profile) => profile,
        ExecutionMetadata::V4(metadata) => &metadata.profile,
        _ => return false,
    };
    let named = |name: String| sum(&|cost| cost.cost == name);
    for (cost, gas) in &profile.wasm_ext_profile {
        assert_eq!(named(format!("{cost:?}").to_uppercase()), gas.as_gas(), "{cost:?}");
    }
    for (cost, gas) in &profile.actions_profile {
        assert_eq!(named(format!("{cost:?}").to_uppercase()), gas.as_gas(), "{cost:?}");
    }
    assert_eq!(named("WASM_INSTRUCTION".to_owned()), profile.wasm_gas.as_gas());
    profile.wasm_gas.as_gas() > 0
}

#[track_caller]
fn agrees(name: &str) {
    let found = &REPLAYED.0[name];
    assert!(found.is_empty(), "{} scenarios of {name} differ\n{}", found.len(), report(found));
}

fn replay_on(node: &Node, vector: &str) -> Vec<Difference> {
    let vector: Value = serde_json::from_str(vector).expect("a vector is JSON");
    let scenarios = vector["scenarios"].as_array().map_or(0, Vec::len);
    assert!(scenarios > 0, "a vector has scenarios");
    let found = replay(&vector, &mut |method, params| node.call(method, params));
    found.expect("a vector has the form of one")
}

fn report(found: &[Difference]) -> String {
    let mut text = String::new();
    for Difference { scenario, lines } in found {
        let shown =
            lines.iter().take(SHOWN).map(|line| format!("    {line}\n")).collect::<String>();
        let more = lines.len().saturating_sub(SHOWN);
        write!(text, "DIFFERS {scenario}\n{shown}    ({more} more)\n").expect("a text takes text");
    }
    text
}

/// The node in process: a service without a socket.
struct Node {
    service: Service,
    runtime: Runtime,
}

impl Node {
    fn start() -> Node {
        let chain = Chain::new(&genesis(), Arc::new(MockContractRuntimeCache::default()));
        let chain = chain.expect("the genesis is sound");
        let service =
            Service::new(keyway_node::Node::in_memory(chain, WallClock), Settings::default());
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        Node { service, runtime }
    }

    fn call(&self, method: &str, params: Value) -> Value {
        let request = json!({"jsonrpc": "2.0", "id": "c", "method": method, "params": params});
        let body = request.to_string();
        let answer = self.runtime.block_on(self.service.answer(body.as_bytes()));
        serde_json::from_slice(&answer.body).unwrap_or_else(|_| {
            json!({"http_status": answer.status, "text": String::from_utf8_lossy(&answer.body)})
        })
    }
}

fn genesis() -> Genesis {
    let config = GenesisConfig::from_json(GENESIS);
    let whole: Value = serde_json::from_str(GENESIS).expect("the genesis is JSON");
    let records = serde_json::from_value(whole["records"].clone()).expect("state records");
    Genesis::new(config, GenesisRecords(records)).expect("the genesis is valid")
}
