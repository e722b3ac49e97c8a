//! A failed receipt leaves the nonce, the fees and, up to protocol 86, the contract's reward:
//! nothing else.

use borsh::BorshDeserialize;
use keyway_property_tests::plan::{AccountPlan, ActionPlan, TxPlan};
use keyway_property_tests::strategy::{accounts, action, transaction};
use keyway_property_tests::{Bench, cases};
use keyway_state::{Trie, read};
use near_primitives::account::{AccessKey, Account};
use near_primitives::transaction::{ExecutionStatus, SignedTransaction};
use near_primitives::trie_key::{TrieKey, col};
use near_primitives::types::{Balance, Nonce};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// Actions that mostly work, and behind them one that cannot.
fn failing() -> impl Strategy<Value = TxPlan> {
    let bad = prop_oneof![
        Just(ActionPlan::Create),
        (0_usize..6).prop_map(ActionPlan::DeleteKey),
        Just(ActionPlan::Call { method: 5, program: Vec::new(), tgas: 10, deposit: 1 }),
        Just(ActionPlan::Call {
            method: 0,
            program: vec![
                keyway_property_tests::driver::Op::Write { key: 9, len: 50 },
                keyway_property_tests::driver::Op::Panic,
            ],
            tgas: 30,
            deposit: 5,
        }),
        Just(ActionPlan::Withdraw(1, u128::MAX)),
        action(),
    ];
    (transaction(), vec(action(), 0..3), bad).prop_map(|(mut plan, mut actions, bad)| {
        actions.push(bad);
        plan.actions.extend(actions);
        plan
    })
}

#[test]
fn it_leaves_the_fees_only() {
    let (tried, failed) = (Cell::new(0), Cell::new(0));
    let inputs = (accounts(), failing(), 84_u32..=88);
    let property = |(plans, plan, version): (Vec<AccountPlan>, TxPlan, u32)| {
        tried.set(tried.get() + 1);
        failed.set(failed.get() + u32::from(check(&mut Bench::new(&plans, version), &plan)?));
        Ok(())
    };
    TestRunner::new(cases(6000)).run(&inputs, property).unwrap();
    assert!(failed.get() * 6 > tried.get(), "{} of {} failed", failed.get(), tried.get());
}

/// Whether the transaction got so far that its receipt failed.
fn check(bench: &mut Bench, plan: &TxPlan) -> Result<bool, TestCaseError> {
    let tx = bench.transaction(plan);
    if !bench.takes(&tx) {
        return Ok(false);
    }
    let before = rows(&bench.state);
    let mut outputs = vec![bench.seal(vec![tx.clone()])];
    outputs.extend(bench.settle());
    let outcomes: Vec<_> = outputs.iter().flat_map(|output| &output.outcomes).collect();
    let failed = outcomes.iter().any(|outcome| {
        outcomes[0].outcome.receipt_ids.contains(&outcome.id)
            && matches!(outcome.outcome.status, ExecutionStatus::Failure(_))
    });
    if !failed {
        return Ok(false);
    }
    let reward = bench.protocol.config.fees.burnt_gas_reward.numer() > &0;
    let after = rows(&bench.state);
    for row in before.keys().chain(after.keys()) {
        let (old, new) = (before.get(row), after.get(row));
        if old != new {
            allowed(&tx, row, old, new, reward)?;
        }
    }
    prop_assert_eq!(nonce(bench, &tx), tx.transaction.nonce().nonce(), "the nonce is used up");
    Ok(true)
}

/// The nonce that the transaction moved, as it is now.
fn nonce(bench: &Bench, tx: &SignedTransaction) -> Nonce {
    let (signer_id, key) = (tx.transaction.signer_id(), tx.transaction.public_key());
    if let Some(index) = tx.transaction.nonce().nonce_index() {
        return read::gas_key_nonce(&bench.state, signer_id, key, index).unwrap().unwrap();
    }
    match read::access_key(&bench.state, signer_id, key).unwrap() {
        Some(key) => key.nonce,
        // A universal account's first transaction.
        None => read::account(&bench.state, signer_id).unwrap().unwrap().bootstrap_nonce().unwrap(),
    }
}

/// The rows of accounts, keys, contracts and their data, and whatever receipts leave in between.
fn rows(state: &Trie) -> Rows {
    let mut rows = Rows::new();
    state
        .scan(&[], None, &mut |key, value| {
            if key[0] != col::DELAYED_RECEIPT_OR_INDICES && key[0] != col::BANDWIDTH_SCHEDULER_STATE
            {
                rows.insert(key.to_vec(), value.to_vec());
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    rows
}

fn allowed(
    tx: &SignedTransaction,
    row: &[u8],
    old: Option<&Vec<u8>>,
    new: Option<&Vec<u8>>,
    reward: bool,
) -> Result<(), TestCaseError> {
    let (Some(old), Some(new)) = (old, new) else {
        return Err(TestCaseError::fail(format!("row {row:?} came or went: {old:?} {new:?}")));
    };
    let (signer, receiver) = (tx.transaction.signer_id(), tx.transaction.receiver_id());
    let account = |account_id: &near_primitives::types::AccountId| {
        TrieKey::Account { account_id: account_id.clone() }.to_vec()
    };
    let key = TrieKey::access_key(signer.clone(), tx.transaction.public_key()).to_vec();
    if row == account(signer) {
        amount_only(old, new)
    } else if reward && row == account(receiver) {
        prop_assert!(decode::<Account>(new).amount() > decode::<Account>(old).amount());
        amount_only(old, new)
    } else if row == key {
        spent_only(tx, decode(old), decode(new))
    } else if row.starts_with(&key) {
        prop_assert_eq!(decode::<u64>(new), tx.transaction.nonce().nonce());
        Ok(())
    } else {
        Err(TestCaseError::fail(format!("row {row:?} changed: {old:?} {new:?}")))
    }
}

fn amount_only(old: &[u8], new: &[u8]) -> Result<(), TestCaseError> {
    let (mut old, new): (Account, Account) = (decode(old), decode(new));
    old.set_amount(new.amount());
    if let Some(nonce) = new.bootstrap_nonce() {
        old.set_bootstrap_nonce(nonce).unwrap();
    }
    prop_assert_eq!(old, new);
    Ok(())
}

/// The nonce is the transaction's, and the allowance or the balance pays the fees.
fn spent_only(
    tx: &SignedTransaction,
    mut old: AccessKey,
    new: AccessKey,
) -> Result<(), TestCaseError> {
    if let (Some(was), Some(is)) = (old.gas_key_info_mut(), new.gas_key_info()) {
        prop_assert!(is.balance < was.balance);
        was.balance = is.balance;
    } else {
        prop_assert_eq!(new.nonce, tx.transaction.nonce().nonce());
        old.nonce = new.nonce;
    }
    let allowance = |key: &AccessKey| -> Option<Balance> {
        key.permission.function_call_permission().and_then(|call| call.allowance)
    };
    if let Some(is) = allowance(&new) {
        prop_assert!(allowance(&old).is_some_and(|was| is < was));
        if let Some(call) = old.permission.function_call_permission_mut() {
            call.allowance = Some(is);
        }
    }
    prop_assert_eq!(old, new);
    Ok(())
}

fn decode<T: BorshDeserialize>(bytes: &[u8]) -> T {
    T::try_from_slice(bytes).unwrap()
}
