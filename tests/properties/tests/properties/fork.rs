//! A fork does what the network itself would have done.

mod over_http;

use keyway_chain::{Chain, ChainOptions, Input};
use keyway_engine::StateError;
use keyway_property_tests::plan::TxPlan;
use keyway_property_tests::strategy::{accounts, contract_transaction, transaction};
use keyway_property_tests::{build, cases, keys, world};
use keyway_state::{BasePage, BaseState, Trie, Value};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{ExecutionOutcomeWithId, ExecutionStatus, SignedTransaction};
use near_primitives::trie_key::TrieKey;
use near_primitives::trie_key::trie_key_parsers::{
    get_raw_prefix_for_access_keys, get_raw_prefix_for_contract_data,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

/// A chain's state as that of a network.
#[derive(Debug)]
struct Network {
    state: Trie,
    proves: bool,
    asked: Mutex<Vec<Vec<u8>>>,
}

impl BaseState for Network {
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StateError> {
        self.asked.lock().unwrap().push(key.to_vec());
        self.state.get(key)
    }

    fn page(&self, prefix: &[u8], after: Option<&[u8]>) -> Result<BasePage, StateError> {
        self.state.page(prefix, after)
    }

    fn proof(&self, prefix: &[u8]) -> Result<Option<Vec<Vec<u8>>>, StateError> {
        if self.proves { self.state.proof(prefix) } else { Ok(None) }
    }
}

/// A fork of `chain` at its head.
fn fork(chain: &Chain, proves: bool) -> (Chain, Arc<Network>) {
    let state = chain.head().state.clone();
    let network = Arc::new(Network { state, proves, asked: Mutex::default() });
    let (options, contracts) = (ChainOptions::default(), world::contracts());
    let point = chain.fork_point(chain.head());
    (Chain::fork(&point, network.clone(), options, contracts).unwrap(), network)
}

fn made(chain: &Chain, plan: &TxPlan, base: CryptoHash) -> SignedTransaction {
    let head = chain.head();
    let at = build::Moment { state: &head.state, height: head.height() + 1, base };
    build::transaction(at, plan)
}

/// What became of a transaction: the refusal, or all outcomes with what the receipts that made them
/// were.
fn run(chain: &mut Chain, tx: &SignedTransaction, now_ns: u64) -> Result<Vec<Ran>, String> {
    match chain.apply(Input::transaction(tx.clone()), now_ns) {
        Ok(_) => {}
        Err(refused) => return Err(refused.to_string()),
    }
    let (mut ran, mut next) = (Vec::new(), vec![tx.get_hash()]);
    while let Some(id) = next.pop() {
        let Some(entry) = chain.outcome(&id).unwrap() else { continue };
        next.extend(entry.outcome.outcome.receipt_ids.iter().rev());
        let receipt = chain.receipt(&id).unwrap();
        let receipt = receipt.map(|receipt| format!("{receipt:?}")).unwrap_or_default();
        ran.push(Ran { outcome: entry.outcome, receipt });
    }
    Ok(ran)
}

#[derive(Debug, PartialEq)]
struct Ran {
    outcome: ExecutionOutcomeWithId,
    receipt: String,
}

/// Every row that the accounts of these tests have.
fn rows(state: &Trie) -> Vec<(Vec<u8>, Value)> {
    let mut rows = Vec::new();
    for account_id in (0..keys::ACCOUNTS).map(keys::account_id) {
        let keys = get_raw_prefix_for_access_keys(account_id);
        let data = get_raw_prefix_for_contract_data(account_id, &[]);
        for prefix in [keys, data] {
            let visit = &mut |key: &[u8], value: &Value| {
                rows.push((key.to_vec(), value.clone()));
                ControlFlow::Continue(())
            };
            state.scan(&prefix, None, visit).unwrap();
        }
        let account_id = account_id.clone();
        let code = TrieKey::ContractCode { account_id: account_id.clone() };
        for key in [TrieKey::Account { account_id }.to_vec(), code.to_vec()] {
            rows.extend(state.get(&key).unwrap().map(|value| (key, value)));
        }
    }
    rows
}

/// Checks that a fork did what its network did, and that the gas of each outcome is within its band.
fn agree_within_band(
    fork: &Chain,
    here: Result<Vec<Ran>, String>,
    there: Result<Vec<Ran>, String>,
) -> Result<(), TestCaseError> {
    let (there, here) = match (there, here) {
        (Ok(there), Ok(here)) => (there, here),
        (there, here) => {
            prop_assert_eq!(here.err(), there.err());
            return Ok(());
        }
    };
    if lacks_gas(&there) {
        return Ok(());
    }
    prop_assert_eq!(here.len(), there.len());
    for (here, there) in here.iter().zip(&there) {
        let band = fork.gas_band(&here.outcome.id).unwrap().unwrap();
        let (here, there) = (&here.outcome, &there.outcome);
        prop_assert_eq!(here.id, there.id);
        prop_assert_eq!(&here.outcome.logs, &there.outcome.logs);
        prop_assert_eq!(status(&here.outcome.status), status(&there.outcome.status));
        prop_assert_eq!(&here.outcome.receipt_ids, &there.outcome.receipt_ids);
        let gas = there.outcome.gas_burnt;
        prop_assert!(band.low <= gas && gas <= band.high, "{band:?} {gas}");
        prop_assert!(band.unknown_nodes > 0 || band.low == gas, "{band:?} {gas}");
    }
    Ok(())
}

fn asked_once(network: &Network) -> bool {
    let asked = network.asked.lock().unwrap();
    asked.iter().collect::<BTreeSet<_>>().len() == asked.len()
}

fn plans() -> impl Strategy<Value = Vec<TxPlan>> {
    vec(prop_oneof![2 => transaction(), 1 => contract_transaction()], 1..10)
}

/// Whether a call failed for lack of gas, which depends on how much its writes cost.
fn lacks_gas(ran: &[Ran]) -> bool {
    ran.iter().any(|ran| match &ran.outcome.outcome.status {
        ExecutionStatus::Failure(error) => format!("{error:?}").contains("Exceeded"),
        _ => false,
    })
}

/// A status; that of a failure without its numbers, which may be balances, and so depend on gas.
fn status(status: &ExecutionStatus) -> String {
    let text = format!("{status:?}");
    match status {
        ExecutionStatus::Failure(_) => text.replace(|c: char| c.is_ascii_digit(), ""),
        _ => text,
    }
}

proptest! {
    #![proptest_config(cases(250))]

    #[test]
    fn with_proofs_it_is_the_same_to_the_last_gas(
        accounts in accounts(),
        version in 84_u32..=88,
        before in plans(),
        after in plans(),
    ) {
        let mut network = world::chain(&accounts, version, 1_000);
        for (plan, now_ns) in before.iter().zip(world::NOW..) {
            let tx = made(&network, plan, *network.head().hash());
            let _ = run(&mut network, &tx, now_ns);
        }
        let (mut fork, state) = fork(&network, true);
        let base = *network.head().hash();
        for (plan, now_ns) in after.iter().zip(world::NOW + 1_000..) {
            let tx = made(&network, plan, base);
            let (there, here) = (run(&mut network, &tx, now_ns), run(&mut fork, &tx, now_ns));
            for ran in here.iter().flatten() {
                prop_assert_eq!(fork.gas_band(&ran.outcome.id).unwrap().unwrap().unknown_nodes, 0);
            }
            prop_assert_eq!(here, there);
            prop_assert_eq!(fork.head().height(), network.head().height());
        }
        prop_assert_eq!(rows(&fork.head().state), rows(&network.head().state));
        prop_assert!(asked_once(&state));
    }

    #[test]
    fn without_proofs_the_gas_is_within_its_band(
        accounts in accounts(),
        version in 84_u32..=88,
        plans in plans(),
    ) {
        let mut network = world::chain(&accounts, version, 1_000);
        for (plan, now_ns) in plans.iter().zip(world::NOW..) {
            // Each runs on a fork of its own, because its gas changes what the next one finds.
            let (mut fork, state) = fork(&network, false);
            let tx = made(&network, plan, *network.head().hash());
            let (there, here) = (run(&mut network, &tx, now_ns), run(&mut fork, &tx, now_ns));
            agree_within_band(&fork, here, there)?;
            prop_assert!(asked_once(&state));
        }
    }
}
