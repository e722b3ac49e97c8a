//! A contract of 600 kB, called when it is in the store and not in memory.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use keyway_chain::{Applied, Chain, Impersonation, Input, LocalAccount, seeded_key};
use keyway_node::{Clock, Home, NewHome, Node, Options};
use near_primitives::account::{Account, AccountContract};
use near_primitives::action::{Action, FunctionCallAction};
use near_primitives::hash::hash;
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::{ExecutionOutcome, ExecutionStatus};
use near_primitives::types::{AccountId, Balance, Gas};
use std::sync::Arc;

const BIG: &str = "big.near";

/// Each call reads the contract from the store, and ends as it does in memory: same outcome, same
/// block, same state root.
#[test]
fn it_ends_as_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let big = LocalAccount {
        account_id: id(),
        public_key: seeded_key(BIG).public_key(),
        amount: Balance::from_near(100),
        locked: Balance::ZERO,
    };
    Home::create(dir.path(), &NewHome { accounts: vec![big], ..NewHome::default() }).unwrap();
    let home = Home::read(dir.path()).unwrap();
    let options = || Options { clock: Arc::new(Stopped), ..Options::default() };
    let opened = || Node::open(&home, options()).unwrap();

    let stored = opened();
    let memory = Node::in_memory(Chain::clone(&stored.snapshot()), Stopped);
    for node in [&stored, &memory] {
        node.apply(Input::Patch(contract())).unwrap();
    }
    let mut stored = stored;
    for text in ["first", "second", "third"] {
        // A checkpoint: nothing of the contract is left in memory.
        stored.close().unwrap();
        drop(stored);
        stored = opened();
        let outcomes = [&stored, &memory].map(|node| call(node, text));
        assert_eq!(outcomes[0], outcomes[1]);
        assert_eq!(outcomes[0].last().unwrap().status, returned(text));
        let heads = [&stored, &memory].map(|node| {
            let chain = node.snapshot();
            (*chain.head().hash(), chain.head().state.root())
        });
        assert_eq!(heads[0], heads[1]);
    }
}

/// The outcomes of a call that returns `text`: the transaction's and its receipt's.
fn call(node: &Node, text: &str) -> Vec<ExecutionOutcome> {
    let length = u32::try_from(text.len()).unwrap().to_le_bytes();
    let call = FunctionCallAction {
        method_name: "run".to_owned(),
        args: [&[0x05][..], &length, text.as_bytes()].concat(),
        gas: Gas::from_teragas(200),
        deposit: Balance::ZERO,
    };
    let actions = vec![Action::FunctionCall(Box::new(call))];
    let acted = Impersonation { signer_id: id(), receiver_id: id(), actions };
    let Applied::Included(hash) = node.apply(Input::Impersonate(acted)).unwrap() else {
        panic!("it was not included")
    };
    let chain = node.snapshot();
    let outcome = |id| chain.outcome(id).unwrap().unwrap().outcome.outcome;
    let first = outcome(&hash);
    let ExecutionStatus::SuccessReceiptId(receipt) = &first.status else { panic!("{first:?}") };
    let second = outcome(receipt);
    vec![first, second]
}

fn returned(text: &str) -> ExecutionStatus {
    ExecutionStatus::SuccessValue(text.as_bytes().to_vec())
}

/// The driver contract with 600 kB that mean nothing.
fn contract() -> Vec<StateRecord> {
    let padding = vec![7; 600_000];
    let mut code = include_bytes!("../../../tests/conformance/data/driver.wasm").to_vec();
    // A custom section: its number, its length, the length of its name, its name, its content.
    code.extend([0, 0xc6, 0xcf, 0x24, 5]);
    code.extend(b"large");
    code.extend(padding);
    assert!(code.len() > 500_000);
    let amount = Balance::from_near(100);
    let contract = AccountContract::Local(hash(&code));
    let account = Account::new(amount, Balance::ZERO, contract, code.len() as u64);
    vec![
        StateRecord::Account { account_id: id(), account },
        StateRecord::Contract { account_id: id(), code },
    ]
}

fn id() -> AccountId {
    BIG.parse().unwrap()
}

/// A clock that stands still, so that blocks are the same.
#[derive(Debug)]
struct Stopped;

impl Clock for Stopped {
    fn now_ns(&self, _chain: &Chain) -> u64 {
        1_900_000_000_000_000_000
    }
}
