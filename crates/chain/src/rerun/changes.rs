//! Balances and keys that a transaction and its receipts changed, from a block's changes.

use borsh::BorshDeserialize;
use keyway_engine::StateError;
use keyway_state::Trie;
use keyway_trace::{AccountChange, KeyChange};
use near_primitives::account::{AccessKey, Account};
use near_primitives::hash::CryptoHash;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{Balance, RawStateChangesWithTrieKey, StateChangeCause};
use std::collections::HashMap;

/// What changed because of the transaction, or of one of its receipts.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// By what its actions did.
    pub(crate) accounts: Vec<AccountChange>,
    /// By the reward for its gas.
    pub(crate) rewards: Vec<AccountChange>,
    pub(crate) keys: Vec<KeyChange>,
}

/// The changes of a block whose causes are in `wanted`: hashes of transactions and of receipts (not
/// their ids), with the name under which the changes are returned. `state` is that before the block.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn collect(
    changes: &[RawStateChangesWithTrieKey],
    state: &Trie,
    wanted: &HashMap<CryptoHash, CryptoHash>,
    into: &mut HashMap<CryptoHash, Changes>,
) -> Result<(), StateError> {
    for entry in changes {
        let is_account = matches!(entry.trie_key, TrieKey::Account { .. });
        let is_key = matches!(entry.trie_key, TrieKey::AccessKey { .. });
        let causes = entry.changes.iter().map(|change| &change.cause);
        let is_wanted = |cause| of(cause).is_some_and(|(hash, _)| wanted.contains_key(&hash));
        if !(is_account || is_key) || !causes.into_iter().any(is_wanted) {
            continue;
        }
        let mut before = state.get(&entry.trie_key.to_vec())?.map(|bytes| bytes.to_vec());
        for change in &entry.changes {
            if let Some((hash, is_reward)) = of(&change.cause)
                && let Some(name) = wanted.get(&hash)
            {
                let found = into.entry(*name).or_default();
                let (was, is) = (before.as_deref(), change.data.as_deref());
                if let Some(change) = account_change(&entry.trie_key, was, is)? {
                    let list = if is_reward { &mut found.rewards } else { &mut found.accounts };
                    list.push(change);
                }
                found.keys.extend(key_change(&entry.trie_key, was, is)?);
            }
            before.clone_from(&change.data);
        }
    }
    Ok(())
}

/// The hash that a cause names, and whether it is a gas reward.
fn of(cause: &StateChangeCause) -> Option<(CryptoHash, bool)> {
    match cause {
        StateChangeCause::TransactionProcessing { tx_hash } => Some((*tx_hash, false)),
        StateChangeCause::ReceiptProcessing { receipt_hash } => Some((*receipt_hash, false)),
        StateChangeCause::ActionReceiptGasReward { receipt_hash } => Some((*receipt_hash, true)),
        _ => None,
    }
}

fn account_change(
    key: &TrieKey,
    before: Option<&[u8]>,
    after: Option<&[u8]>,
) -> Result<Option<AccountChange>, StateError> {
    let TrieKey::Account { account_id } = key else { return Ok(None) };
    let (was, is) = (decode::<Account>(key, before)?, decode::<Account>(key, after)?);
    let total = |account: &Account| account.amount().saturating_add(account.locked());
    let locked =
        |account: &Option<Account>| account.as_ref().map_or(Balance::ZERO, Account::locked);
    Ok(Some(AccountChange {
        account_id: account_id.clone(),
        before: was.as_ref().map(total),
        after: is.as_ref().map(total),
        locked_before: locked(&was),
        locked_after: locked(&is),
    }))
}

fn key_change(
    key: &TrieKey,
    before: Option<&[u8]>,
    after: Option<&[u8]>,
) -> Result<Option<KeyChange>, StateError> {
    let TrieKey::AccessKey { account_id, key_handle } = key else { return Ok(None) };
    Ok(Some(KeyChange {
        account_id: account_id.clone(),
        public_key: key_handle.to_string(),
        before: decode::<AccessKey>(key, before)?.map(Into::into),
        after: decode::<AccessKey>(key, after)?.map(Into::into),
    }))
}

/// A row's value.
///
/// # Errors
/// [`StateError::Corrupt`].
pub(crate) fn decode<T: BorshDeserialize>(
    key: &TrieKey,
    bytes: Option<&[u8]>,
) -> Result<Option<T>, StateError> {
    let corrupt = |_| StateError::Corrupt { what: format!("{key:?}") };
    bytes.map(|bytes| T::try_from_slice(bytes).map_err(corrupt)).transpose()
}
