//! A function-call key changes nothing but through its one call.

use keyway_property_tests::plan::{AccountPlan, Flaw, TxPlan};
use keyway_property_tests::strategy::{accounts, call_transaction};
use keyway_property_tests::{Bench, cases, keys};
use keyway_state::read;
use near_primitives::account::{AccessKey, Account, FunctionCallPermission};
use near_primitives::action::Action;
use near_primitives::receipt::{Receipt, VersionedReceiptEnum};
use near_primitives::transaction::{ExecutionStatus, SignedTransaction};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{Balance, RawStateChangesWithTrieKey, StateChangeCause};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::Cell;
use std::collections::BTreeMap;

#[test]
fn it_makes_one_call_and_pays_for_it() {
    let (tried, accepted) = (Cell::new(0), Cell::new(0));
    let inputs = (accounts(), call_transaction(), 85_u32..=88);
    let property = |(plans, plan, version): (Vec<AccountPlan>, TxPlan, u32)| {
        let Some(was_accepted) = check(&mut Bench::new(&plans, version), plan)? else {
            return Ok(());
        };
        tried.set(tried.get() + 1);
        accepted.set(accepted.get() + u32::from(was_accepted));
        Ok(())
    };
    TestRunner::new(cases(8000)).run(&inputs, property).unwrap();
    assert!(accepted.get() * 10 > tried.get(), "{} of {} accepted", accepted.get(), tried.get());
}

/// Whether the transaction was accepted; nothing when its key is no function-call key.
fn check(bench: &mut Bench, plan: TxPlan) -> Result<Option<bool>, TestCaseError> {
    let tx = bench.transaction(&aimed(bench, plan));
    let (signer_id, public_key) = (tx.transaction.signer_id(), tx.transaction.public_key());
    let key = read::access_key(&bench.state, signer_id, public_key).unwrap();
    let permission = key.as_ref().and_then(|key| key.permission.function_call_permission());
    let (true, Some(permission)) = (bench.takes(&tx), permission) else { return Ok(None) };

    let before = bench.state.clone();
    let output = bench.seal(vec![tx.clone()]);
    let outcome = &output.outcomes[0];
    prop_assert_eq!(outcome.id, tx.get_hash());
    let accepted = matches!(outcome.outcome.status, ExecutionStatus::SuccessReceiptId(_));
    if accepted {
        only_call(permission, &tx)?;
        one_receipt(&tx, output.outgoing.iter().chain(&output.processed))?;
    }
    let changed = changes_of(&tx, &output.changes);
    if !accepted && outcome.outcome.gas_burnt.as_gas() == 0 {
        prop_assert!(changed.is_empty(), "a refused transaction wrote {:?}", changed.keys());
    }
    for (row, value) in changed {
        harmless(&before, &tx, &row, value)?;
    }
    Ok(Some(accepted))
}

/// Most transactions go where the key allows, every other with nothing wrong in its form, or few
/// would be accepted.
fn aimed(bench: &Bench, plan: TxPlan) -> TxPlan {
    let signer_id = keys::account_id(plan.signer);
    let public_key = keys::public(plan.signer, plan.slot);
    let key = read::access_key(&bench.state, signer_id, public_key).unwrap();
    let allowed = key.and_then(|key| {
        let receiver_id = key.permission.function_call_permission()?.receiver_id.clone();
        (0..keys::ACCOUNTS).find(|&number| keys::account_id(number).as_str() == receiver_id)
    });
    match (allowed, plan.row % 4) {
        (Some(receiver), 1) => TxPlan { receiver, ..plan },
        (Some(receiver), 2 | 3) => TxPlan { receiver, nonce_step: 1, flaw: Flaw::None, ..plan },
        _ => plan,
    }
}

fn only_call(
    permission: &FunctionCallPermission,
    tx: &SignedTransaction,
) -> Result<(), TestCaseError> {
    let [Action::FunctionCall(call)] = tx.transaction.actions() else {
        return Err(TestCaseError::fail(format!("accepted: {:?}", tx.transaction.actions())));
    };
    prop_assert_eq!(call.deposit, Balance::ZERO);
    prop_assert_eq!(tx.transaction.receiver_id().as_str(), &permission.receiver_id);
    let methods = &permission.method_names;
    prop_assert!(methods.is_empty() || methods.contains(&call.method_name));
    Ok(())
}

/// The one receipt that the transaction became holds the call and nothing else.
fn one_receipt<'a>(
    tx: &SignedTransaction,
    receipts: impl Iterator<Item = &'a Receipt>,
) -> Result<(), TestCaseError> {
    let mut found = 0;
    for receipt in receipts {
        let VersionedReceiptEnum::Action(action) = receipt.versioned_receipt() else { continue };
        if receipt.predecessor_id() == tx.transaction.signer_id()
            && action.actions() == tx.transaction.actions()
        {
            prop_assert_eq!(receipt.receiver_id(), tx.transaction.receiver_id());
            found += 1;
        }
    }
    prop_assert!(found > 0, "no receipt for the call");
    Ok(())
}

/// The rows that processing the transaction wrote, with what it left in them.
fn changes_of(
    tx: &SignedTransaction,
    changes: &[RawStateChangesWithTrieKey],
) -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
    let cause = StateChangeCause::TransactionProcessing { tx_hash: tx.get_hash() };
    let mut rows = BTreeMap::new();
    for entry in changes {
        for change in entry.changes.iter().filter(|change| change.cause == cause) {
            rows.insert(entry.trie_key.to_vec(), change.data.clone());
        }
    }
    rows
}

/// A row may only be the signer's account, less in amount; the key, moved in nonce and less in
/// allowance or balance; or a nonce row of the key.
fn harmless(
    before: &keyway_state::Trie,
    tx: &SignedTransaction,
    row: &[u8],
    value: Option<Vec<u8>>,
) -> Result<(), TestCaseError> {
    let signer_id = tx.transaction.signer_id().clone();
    let handle: near_crypto::PublicKeyHandle = tx.transaction.public_key().into();
    let value = value.ok_or_else(|| TestCaseError::fail("a row was removed"))?;
    let old = before.get(row)?.ok_or_else(|| TestCaseError::fail("a row was added"))?;
    let account_row = TrieKey::Account { account_id: signer_id.clone() }.to_vec();
    let key_row = TrieKey::access_key(signer_id, handle).to_vec();
    if row == account_row {
        let (mut old, new): (Account, Account) = (decode(&old), decode(&value));
        prop_assert!(new.amount() <= old.amount());
        old.set_amount(new.amount());
        prop_assert_eq!(old, new);
    } else if row == key_row {
        let (old, new): (AccessKey, AccessKey) = (decode(&old), decode(&value));
        prop_assert!(new.nonce >= old.nonce);
        prop_assert!(means(&new) <= means(&old));
        prop_assert_eq!(without_means(old), without_means(new));
    } else {
        prop_assert!(row.starts_with(&key_row), "a foreign row was written");
        prop_assert_eq!(row.len(), key_row.len() + 2);
        prop_assert!(decode::<u64>(&value) > decode::<u64>(&old));
    }
    Ok(())
}

/// What the key may still spend: its balance or its allowance.
fn means(key: &AccessKey) -> Option<Balance> {
    match key.gas_key_info() {
        Some(info) => Some(info.balance),
        None => key.permission.function_call_permission().and_then(|call| call.allowance),
    }
}

/// The key with everything removed that a transaction may change.
fn without_means(mut key: AccessKey) -> AccessKey {
    key.nonce = 0;
    if let Some(info) = key.gas_key_info_mut() {
        info.balance = Balance::ZERO;
    }
    if let Some(call) = key.permission.function_call_permission_mut() {
        call.allowance = call.allowance.map(|_| Balance::ZERO);
    }
    key
}

fn decode<T: borsh::BorshDeserialize>(bytes: &[u8]) -> T {
    T::try_from_slice(bytes).unwrap()
}
