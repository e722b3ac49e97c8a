//! Typed reads, for queries.

use crate::trie::Trie;
use borsh::BorshDeserialize;
use keyway_engine::{StateError, Value, ValueRef};
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::account::{AccessKey, Account};
use near_primitives::action::GlobalContractIdentifier;
use near_primitives::receipt::PromiseYieldIndices;
use near_primitives::trie_key::TrieKey;
use near_primitives::trie_key::trie_key_parsers::{
    get_raw_prefix_for_access_keys, get_raw_prefix_for_contract_data,
};
use near_primitives::types::{AccountId, Nonce, NonceIndex};
use std::fmt::Display;

/// A page of an ordered listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries, in trie order.
    pub items: Vec<T>,
    /// Whether more entries follow.
    pub more: bool,
}

/// The limit of a page of contract data; [`DataLimit::NONE`] for no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataLimit {
    /// The largest number of entries.
    pub items: usize,
    /// The page ends once its trie keys and values reach this length, bytes.
    pub bytes: u64,
}

impl DataLimit {
    /// Everything on one page.
    pub const NONE: Self = Self { items: usize::MAX, bytes: u64::MAX };
}

/// The account, if it exists.
///
/// # Errors
/// When its bytes do not decode.
pub fn account(state: &Trie, account_id: &AccountId) -> Result<Option<Account>, StateError> {
    let key = TrieKey::Account { account_id: account_id.clone() };
    decoded(state, &key, || format!("account {account_id}"))
}

/// The account's access key with this public key, if it has one.
///
/// # Errors
/// When its bytes do not decode.
pub fn access_key(
    state: &Trie,
    account_id: &AccountId,
    public_key: &PublicKey,
) -> Result<Option<AccessKey>, StateError> {
    let key = TrieKey::access_key(account_id.clone(), public_key);
    decoded(state, &key, || format!("access key {public_key} of {account_id}"))
}

/// The account's access keys that come after `after`, at most `limit` of them, in trie order:
/// ed25519 by bytes, secp256k1 by bytes, hashes of ML-DSA-65 keys. Empty for a missing account.
///
/// # Errors
/// When a key's bytes do not decode.
pub fn access_keys(
    state: &Trie,
    account_id: &AccountId,
    after: Option<&PublicKeyHandle>,
    limit: usize,
) -> Result<Page<(PublicKeyHandle, AccessKey)>, StateError> {
    let prefix = get_raw_prefix_for_access_keys(account_id);
    let after = after.map(|after| TrieKey::access_key(account_id.clone(), after.clone()).to_vec());
    let mut rows = state.cursor(&prefix, after.as_deref())?;
    let mut items = Vec::new();
    while let Some((key, value)) = rows.next()? {
        let corrupt = |error| corrupt(&format_args!("an access key of {account_id}"), error);
        let mut handle = key.get(prefix.len()..).unwrap_or_default();
        let public_key = PublicKeyHandle::deserialize(&mut handle).map_err(corrupt)?;
        // Bytes after the handle: a nonce row of a gas key.
        if !handle.is_empty() {
            continue;
        }
        if items.len() == limit {
            return Ok(Page { items, more: true });
        }
        items.push((public_key, AccessKey::try_from_slice(&value).map_err(corrupt)?));
    }
    Ok(Page { items, more: false })
}

/// The nonces of a gas key by index; none if the account has no such gas key.
///
/// # Errors
/// When bytes do not decode, or a nonce that the key should have is missing.
pub fn gas_key_nonces(
    state: &Trie,
    account_id: &AccountId,
    public_key: &PublicKey,
) -> Result<Option<Vec<Nonce>>, StateError> {
    let access_key = access_key(state, account_id, public_key)?;
    let Some(info) = access_key.as_ref().and_then(AccessKey::gas_key_info) else {
        return Ok(None);
    };
    (0..info.num_nonces)
        .map(|index| {
            gas_key_nonce(state, account_id, public_key, index)?.ok_or_else(|| {
                StateError::Corrupt {
                    what: format!("nonce {index} of gas key {public_key} of {account_id}: missing"),
                }
            })
        })
        .collect::<Result<_, _>>()
        .map(Some)
}

/// One nonce of a gas key.
///
/// # Errors
/// When its bytes do not decode.
pub fn gas_key_nonce(
    state: &Trie,
    account_id: &AccountId,
    public_key: &PublicKey,
    index: NonceIndex,
) -> Result<Option<Nonce>, StateError> {
    let key = TrieKey::gas_key_nonce(account_id.clone(), public_key, index);
    decoded(state, &key, || format!("nonce {index} of gas key {public_key} of {account_id}"))
}

/// Whether a call waits for data, or waited for some and its time is not over.
///
/// # Errors
/// When bytes do not decode.
pub fn has_yields(state: &Trie) -> Result<bool, StateError> {
    let indices: Option<PromiseYieldIndices> =
        decoded(state, &TrieKey::PromiseYieldIndices, || "the queue of yields".to_owned())?;
    Ok(indices.is_some_and(|queue| queue.first_index < queue.next_available_index))
}

/// A reference to the code that is stored with the account itself.
///
/// # Errors
/// When the state cannot be read.
pub fn contract_code<'s>(
    state: &'s Trie,
    account_id: &AccountId,
) -> Result<Option<ValueRef<'s>>, StateError> {
    state.get_ref(&TrieKey::ContractCode { account_id: account_id.clone() }.to_vec())
}

/// A reference to the code of a global contract.
///
/// # Errors
/// When the state cannot be read.
pub fn global_contract_code<'s>(
    state: &'s Trie,
    identifier: &GlobalContractIdentifier,
) -> Result<Option<ValueRef<'s>>, StateError> {
    let identifier = identifier.clone().into();
    state.get_ref(&TrieKey::GlobalContractCode { identifier }.to_vec())
}

/// Contract data of the account: entries whose key starts with `prefix` and comes after `after`,
/// up to `limit`. Keys are the contract's own, without the account.
///
/// # Errors
/// When the state cannot be read.
pub fn contract_data(
    state: &Trie,
    account_id: &AccountId,
    prefix: &[u8],
    after: Option<&[u8]>,
    limit: DataLimit,
) -> Result<Page<(Vec<u8>, Value)>, StateError> {
    let own = get_raw_prefix_for_contract_data(account_id, &[]).len();
    let row_key = |key| get_raw_prefix_for_contract_data(account_id, key);
    let mut rows = state.cursor(&row_key(prefix), after.map(row_key).as_deref())?;
    let (mut items, mut bytes) = (Vec::new(), 0);
    while let Some((key, value)) = rows.next()? {
        if items.len() >= limit.items || bytes >= limit.bytes {
            return Ok(Page { items, more: true });
        }
        bytes += (key.len() + value.len()) as u64;
        items.push((key.get(own..).unwrap_or_default().to_vec(), value));
    }
    Ok(Page { items, more: false })
}

/// The proof of a listing of contract data under `prefix`: see [`Trie::prove_prefix`].
///
/// # Errors
/// When the state cannot be read.
pub fn contract_data_proof(
    state: &Trie,
    account_id: &AccountId,
    prefix: &[u8],
) -> Result<Vec<Vec<u8>>, StateError> {
    state.prove_prefix(&get_raw_prefix_for_contract_data(account_id, prefix))
}

fn decoded<T: BorshDeserialize>(
    state: &Trie,
    key: &TrieKey,
    what: impl Fn() -> String,
) -> Result<Option<T>, StateError> {
    let value = state.get(&key.to_vec())?;
    value
        .map(|value| T::try_from_slice(&value))
        .transpose()
        .map_err(|error| corrupt(&what(), error))
}

fn corrupt(what: &dyn Display, error: std::io::Error) -> StateError {
    StateError::Corrupt { what: format!("{what}: {error}") }
}

#[cfg(test)]
mod tests {
    mod read;
}
