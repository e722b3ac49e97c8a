//! Changes to a past transaction and to the state that it started from.

use crate::rerun::changes::decode;
use crate::rerun::error::TraceError;
use keyway_state::Trie;
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::account::{AccessKey, AccessKeyPermission, Account, AccountContract};
use near_primitives::action::Action;
use near_primitives::hash::hash;
use near_primitives::transaction::{SignedTransaction, Transaction};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance, Gas};

/// Something about a past transaction that would have been different.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// An account's balance, yoctoNEAR, before the transaction's block.
    Balance {
        /// The account, which exists.
        account_id: AccountId,
        /// Its balance.
        amount: Balance,
    },
    /// An access key of an account; none deletes it.
    Key {
        /// The account.
        account_id: AccountId,
        /// The key.
        public_key: PublicKey,
        /// What it may do, and its nonce.
        access_key: Option<AccessKey>,
    },
    /// The allowance of a function-call key, yoctoNEAR; none is no limit.
    Allowance {
        /// The account.
        account_id: AccountId,
        /// The key, which exists.
        public_key: PublicKey,
        /// The allowance.
        allowance: Option<Balance>,
    },
    /// An account's contract.
    Code {
        /// The account, which exists.
        account_id: AccountId,
        /// The wasm.
        code: Vec<u8>,
    },
    /// The time of the transaction's block, nanoseconds since the Unix epoch. Later blocks move by as
    /// much.
    Time {
        /// The time.
        timestamp_ns: u64,
    },
    /// The key that signs the transaction.
    Signer {
        /// The key.
        public_key: PublicKey,
    },
    /// The arguments of a call.
    Args {
        /// The action, counted from 0.
        action: usize,
        /// The arguments.
        args: Vec<u8>,
    },
    /// The gas attached to a call.
    Gas {
        /// The action, counted from 0.
        action: usize,
        /// The gas.
        gas: Gas,
    },
    /// What a call or a transfer carries, yoctoNEAR.
    Deposit {
        /// The action, counted from 0.
        action: usize,
        /// The amount.
        deposit: Balance,
    },
}

/// A state row, and its new value.
type Row = (Vec<u8>, Option<Vec<u8>>);

/// The state with the changes to it.
///
/// # Errors
/// [`TraceError::Change`] when an account or key that is changed does not exist.
pub(crate) fn changed_state(state: &Trie, changes: &[Change]) -> Result<Trie, TraceError> {
    let mut state = state.clone();
    for change in changes {
        let rows = rows(&state, change)?;
        let rows = rows.iter().map(|(key, value)| (key, value.as_deref().map(Into::into)));
        state = state.apply(rows.collect::<Vec<_>>())?;
    }
    Ok(state)
}

fn rows(state: &Trie, change: &Change) -> Result<Vec<Row>, TraceError> {
    Ok(match change {
        Change::Balance { account_id, amount } => {
            let mut account = account(state, account_id)?;
            account.set_amount(*amount);
            vec![account_row(account_id, &account)]
        }
        Change::Key { account_id, public_key, access_key } => {
            account(state, account_id)?;
            let key = TrieKey::access_key(account_id.clone(), public_key);
            vec![(key.to_vec(), access_key.as_ref().map(encoded))]
        }
        Change::Allowance { account_id, public_key, allowance } => {
            vec![allowance_row(state, account_id, public_key, *allowance)?]
        }
        Change::Code { account_id, code } => code_rows(state, account_id, code)?,
        Change::Time { .. }
        | Change::Signer { .. }
        | Change::Args { .. }
        | Change::Gas { .. }
        | Change::Deposit { .. } => Vec::new(),
    })
}

fn allowance_row(
    state: &Trie,
    account_id: &AccountId,
    public_key: &PublicKey,
    allowance: Option<Balance>,
) -> Result<Row, TraceError> {
    let key = TrieKey::access_key(account_id.clone(), public_key);
    let bytes = state.get(&key.to_vec())?;
    let mut access_key: AccessKey = decode(&key, bytes.as_deref())?.ok_or_else(|| {
        let handle = PublicKeyHandle::from(public_key);
        refused(format!("{account_id} had no key {handle} before this transaction"))
    })?;
    let AccessKeyPermission::FunctionCall(permission) = &mut access_key.permission else {
        let handle = PublicKeyHandle::from(public_key);
        return Err(refused(format!("{handle} is not a function-call key and has no allowance")));
    };
    permission.allowance = allowance;
    Ok((key.to_vec(), Some(encoded(&access_key))))
}

/// The code, and the account that names it and pays for its bytes.
fn code_rows(state: &Trie, account_id: &AccountId, code: &[u8]) -> Result<Vec<Row>, TraceError> {
    let mut account = account(state, account_id)?;
    let key = TrieKey::ContractCode { account_id: account_id.clone() }.to_vec();
    let before = state.get(&key)?.map_or(0, |code| code.len() as u64);
    let usage = account.storage_usage().saturating_sub(before).saturating_add(code.len() as u64);
    account.set_storage_usage(usage);
    let uninitialized = |_| refused(format!("{account_id} is not initialized and has no contract"));
    account.set_contract(AccountContract::Local(hash(code))).map_err(uninitialized)?;
    Ok(vec![(key, Some(code.to_vec())), account_row(account_id, &account)])
}

fn account(state: &Trie, account_id: &AccountId) -> Result<Account, TraceError> {
    let missing = || refused(format!("{account_id} did not exist before this transaction"));
    keyway_state::read::account(state, account_id)?.ok_or_else(missing)
}

fn account_row(account_id: &AccountId, account: &Account) -> Row {
    let key = TrieKey::Account { account_id: account_id.clone() };
    (key.to_vec(), Some(encoded(account)))
}

fn encoded(value: &impl borsh::BorshSerialize) -> Vec<u8> {
    borsh::to_vec(value).expect("memory takes all writes")
}

/// The transaction with the changes to it. Its signature is no longer valid, and not looked at.
///
/// # Errors
/// [`TraceError::Change`] when an action that is changed does not exist, or is of another kind.
pub(crate) fn changed_transaction(
    signed: &SignedTransaction,
    changes: &[Change],
) -> Result<SignedTransaction, TraceError> {
    let mut transaction = signed.transaction.clone();
    let mut is_changed = false;
    for change in changes {
        is_changed |= change_transaction(&mut transaction, change)?;
    }
    // The hash is the seed of receipt ids and randomness: it stays unless the content changes.
    if !is_changed {
        return Ok(signed.clone());
    }
    Ok(SignedTransaction::new(signed.signature.clone(), transaction))
}

fn change_transaction(transaction: &mut Transaction, change: &Change) -> Result<bool, TraceError> {
    match change {
        Change::Signer { public_key } => match transaction {
            Transaction::V0(tx) => tx.public_key = public_key.clone(),
            Transaction::V1(tx) => tx.public_key = public_key.clone(),
        },
        Change::Args { action, args } => call(transaction, *action)?.args.clone_from(args),
        Change::Gas { action, gas } => call(transaction, *action)?.gas = *gas,
        Change::Deposit { action, deposit } => match nth(transaction, *action)? {
            Action::FunctionCall(call) => call.deposit = *deposit,
            Action::Transfer(transfer) => transfer.deposit = *deposit,
            _ => return Err(refused(format!("action {} carries no deposit", action + 1))),
        },
        _ => return Ok(false),
    }
    Ok(true)
}

fn call(
    transaction: &mut Transaction,
    index: usize,
) -> Result<&mut near_primitives::action::FunctionCallAction, TraceError> {
    match nth(transaction, index)? {
        Action::FunctionCall(call) => Ok(call),
        _ => Err(refused(format!("action {} is not a function call", index + 1))),
    }
}

fn nth(transaction: &mut Transaction, index: usize) -> Result<&mut Action, TraceError> {
    let actions = match transaction {
        Transaction::V0(tx) => &mut tx.actions,
        Transaction::V1(tx) => &mut tx.actions,
    };
    let count = actions.len();
    let missing = || {
        refused(format!(
            "the transaction has {count} actions and no action {}",
            index.saturating_add(1)
        ))
    };
    actions.get_mut(index).ok_or_else(missing)
}

fn refused(reason: String) -> TraceError {
    TraceError::Change { reason }
}
