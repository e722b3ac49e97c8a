//! The same for a fork that reads its network over HTTP, as `keyway run --fork` does.

use super::{Ran, agree_within_band, made, plans, rows, run, status};
use keyway_chain::{Chain, ChainOptions, Input};
use keyway_fork::{Fork, ForkBlock, ForkGas, ForkOptions, Network};
use keyway_node::{Node, WallClock};
use keyway_property_tests::plan::{AccountPlan, ActionPlan, Flaw, TxPlan};
use keyway_property_tests::strategy::accounts;
use keyway_property_tests::{cases, keys, world};
use keyway_rpc::{ServerOptions, Service, Settings};
use keyway_state::{Trie, Value};
use near_primitives::account::{Account, AccountContract};
use near_primitives::trie_key::col;
use proptest::prelude::*;
use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::LazyLock;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// Where the networks are served.
static SERVERS: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
});

/// A chain that is served on a port, until it is dropped.
struct Served {
    url: String,
    task: JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves `chain` with two more blocks, so that its head is final.
fn served(chain: &Chain) -> Served {
    let _inside = SERVERS.enter();
    let mut chain = chain.clone();
    for now_ns in [world::NOW + 500, world::NOW + 501] {
        chain.apply(Input::Tick, now_ns).unwrap();
    }
    let service = Service::new(Node::in_memory(chain, WallClock), Settings::default());
    let listener = keyway_rpc::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = keyway_rpc::serve(listener, service, ServerOptions::default(), pending::<()>());
    let task = SERVERS.spawn(async move { drop(serving.await) });
    Served { url, task }
}

/// A fork of the chain that is served at `url`, from the head of `network`, an earlier value of it.
fn forked(network: &Chain, url: &str, gas: ForkGas) -> Chain {
    let block = ForkBlock::Hash(*network.head().hash());
    let how = ForkOptions { block, gas, ..ForkOptions::default() };
    let link = Fork::of(&Network::parse(url).unwrap(), &how).unwrap();
    // The state has only hashes of post-quantum keys. A fork reads their nonces once it was given the keys.
    let all = (0..keys::ACCOUNTS).flat_map(|account| (0..keys::SLOTS).map(move |it| (account, it)));
    all.for_each(|(account, slot)| link.learn_key(keys::public(account, slot)));
    let (options, contracts) = (ChainOptions::default(), world::contracts());
    Chain::fork(&link.point(), link.base(), options, contracts).unwrap()
}

fn after(network: &mut Chain, plans: &[TxPlan]) {
    for (plan, now_ns) in plans.iter().zip(world::NOW..) {
        let tx = made(network, plan, *network.head().hash());
        let _ = run(network, &tx, now_ns);
    }
}

/// The rows as nodes tell them. An account that once used a global contract keeps the longer of two
/// encodings, also with code of its own, and an answer does not say so.
fn told(state: &Trie) -> Vec<(Vec<u8>, Value)> {
    let told = |(key, value): (Vec<u8>, Value)| {
        let account = borsh::from_slice::<Account>(&value).ok();
        let account = account.filter(|_| key.first() == Some(&col::ACCOUNT));
        match account.as_ref().map(|it| (it, it.contract().into_owned())) {
            Some((it, contract @ AccountContract::Local(_))) => {
                let short = Account::new(it.amount(), it.locked(), contract, it.storage_usage());
                (key, borsh::to_vec(&short).unwrap().into())
            }
            _ => (key, value),
        }
    };
    rows(state).into_iter().map(told).collect()
}

proptest! {
    #![proptest_config(cases(20))]

    #[test]
    fn over_http_with_proofs_it_is_the_same_to_the_last_gas(
        accounts in accounts(),
        version in 84_u32..=88,
        before in plans(),
        later in plans(),
    ) {
        let mut network = world::chain(&accounts, version, 1_000);
        after(&mut network, &before);
        let server = served(&network);
        let mut fork = forked(&network, &server.url, ForkGas::Proof);
        let base = *network.head().hash();
        for (plan, now_ns) in later.iter().zip(world::NOW + 1_000..) {
            let tx = made(&network, plan, base);
            let (there, here) = (run(&mut network, &tx, now_ns), run(&mut fork, &tx, now_ns));
            for ran in here.iter().flatten() {
                prop_assert_eq!(fork.gas_band(&ran.outcome.id).unwrap().unwrap().unknown_nodes, 0);
            }
            prop_assert_eq!(here, there);
        }
        prop_assert_eq!(told(&fork.head().state), told(&network.head().state));
    }

    #[test]
    fn over_http_without_proofs_the_gas_is_within_its_band(
        accounts in accounts(),
        version in 84_u32..=88,
        before in plans(),
        later in plans(),
    ) {
        let mut network = world::chain(&accounts, version, 1_000);
        after(&mut network, &before);
        let server = served(&network);
        for (plan, now_ns) in later.iter().zip(world::NOW + 1_000..) {
            // Each on the block that is served, because its gas changes what the next one finds.
            let mut network = network.clone();
            let mut fork = forked(&network, &server.url, ForkGas::Local);
            let tx = made(&network, plan, *network.head().hash());
            let (there, here) = (run(&mut network, &tx, now_ns), run(&mut fork, &tx, now_ns));
            agree_within_band(&fork, here, there)?;
        }
    }
}

/// A fork took the code that it had read for an account for a global contract with the same hash.
#[test]
fn code_of_an_account_is_no_global_contract() {
    let account = AccountPlan { amount: NEAR, data: 0, keys: vec![None; 5] };
    let mut network = world::chain(&vec![account; keys::AT_GENESIS], 88, 1_000);
    let server = served(&network);
    let mut fork = forked(&network, &server.url, ForkGas::Local);
    let base = *network.head().hash();
    let plan = |receiver, action| TxPlan {
        signer: 2,
        slot: 0,
        receiver,
        actions: vec![action],
        nonce_step: 1,
        row: 0,
        strict: false,
        flaw: Flaw::None,
    };
    let call = ActionPlan::Call { method: 0, program: Vec::new(), tgas: 100, deposit: 0 };
    for (plan, now_ns) in
        [plan(1, call), plan(2, ActionPlan::UseGlobal(None))].iter().zip(world::NOW + 1_000..)
    {
        let tx = made(&network, plan, base);
        let there = run(&mut network, &tx, now_ns).unwrap();
        let here = run(&mut fork, &tx, now_ns).unwrap();
        let statuses = |ran: &[Ran]| -> Vec<_> {
            ran.iter().map(|it| status(&it.outcome.outcome.status)).collect()
        };
        assert_eq!(statuses(&here), statuses(&there));
    }
}

/// One NEAR, yoctoNEAR.
const NEAR: u128 = 10_u128.pow(24);
