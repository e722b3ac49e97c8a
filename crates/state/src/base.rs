//! The state below a fork: that of another network, read row by row when somebody looks.

use crate::proven::Proofs;
use crate::trie::Trie;
use keyway_engine::{StateError, Value, ValueRef};
use lru::LruCache;
use near_primitives::hash::hash;
use near_primitives::trie_key::{ACCESS_KEY_SEPARATOR, ACCOUNT_DATA_SEPARATOR, col};
use std::fmt::{self, Debug};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

/// The state of another network at one block. Answers never change.
///
/// Keys are nearcore's trie keys. Only accounts, access keys with their nonce rows, code, global code
/// and contract data are asked for: no network tells the rest of its state.
pub trait BaseState: Debug + Send + Sync {
    /// The value under `key`. It may wait for a network, for a bounded time.
    ///
    /// # Errors
    /// [`StateError::Unreadable`] when the value cannot be had now. A later try may succeed.
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StateError>;

    /// The next entries whose key starts with `prefix` and comes after `after`, in trie order. The
    /// prefix is that of all access keys or all contract data of one account, or longer.
    ///
    /// # Errors
    /// As [`BaseState::get`].
    fn page(&self, prefix: &[u8], after: Option<&[u8]>) -> Result<BasePage, StateError>;

    /// The bodies of the trie nodes from the root to `prefix`, which is that of all contract data of
    /// one account, and of all nodes below it, as `view_state` with `include_proof` gives them.
    /// They make the gas of writes exact: a contract pays for each node on the path to a row. None if
    /// they are not wanted, or the network does not give them because the contract has much data.
    ///
    /// The first body is the root's, so its hash names the trie (each shard has one). Local writes
    /// are applied to these nodes elsewhere, so the answer is that of the fork's block for ever.
    ///
    /// # Errors
    /// As [`BaseState::get`].
    fn proof(&self, prefix: &[u8]) -> Result<Option<Vec<Vec<u8>>>, StateError> {
        let _ = prefix;
        Ok(None)
    }
}

/// A part of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BasePage {
    /// Keys with their values, in trie order.
    pub entries: Vec<(Vec<u8>, Value)>,
    /// Whether no entry follows.
    pub complete: bool,
}

/// A state can be forked in the same process.
impl BaseState for Trie {
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StateError> {
        Self::get(self, key)
    }

    fn page(&self, prefix: &[u8], after: Option<&[u8]>) -> Result<BasePage, StateError> {
        let mut page = BasePage { entries: Vec::new(), complete: true };
        self.scan(prefix, after, &mut |key, value| {
            page.complete = page.entries.len() < PAGE;
            if !page.complete {
                return ControlFlow::Break(());
            }
            page.entries.push((key.to_vec(), value.clone()));
            ControlFlow::Continue(())
        })?;
        Ok(page)
    }

    fn proof(&self, prefix: &[u8]) -> Result<Option<Vec<Vec<u8>>>, StateError> {
        if self.is_fork() { Ok(None) } else { self.prove_prefix(prefix).map(Some) }
    }
}

/// A base with the values that were read last. Clones share both.
#[derive(Clone)]
pub(crate) struct Base {
    pub(crate) state: Arc<dyn BaseState>,
    pub(crate) proofs: Proofs,
    values: Arc<Mutex<Values>>,
}

impl Base {
    pub(crate) fn new(state: Arc<dyn BaseState>) -> Self {
        Self { state, proofs: Proofs::default(), values: Arc::default() }
    }

    /// A reference to the value under `key`, which [`is_known`].
    pub(crate) fn get_ref(&self, key: &[u8]) -> Result<Option<ValueRef<'static>>, StateError> {
        let values = || self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = values().get(key) {
            return Ok(value);
        }
        if self.is_of_nobody(key) {
            return Ok(None);
        }
        // Outside the lock, because this may wait for a network. The hash is kept with the value:
        // code is long, and hashing it takes longer than many a call.
        let value = self.state.get(key)?.map(|value| ValueRef::in_memory(hash(&value), value));
        values().put(key, value.clone());
        Ok(value)
    }

    /// The next entries below `prefix`: see [`BaseState::page`].
    pub(crate) fn page(&self, prefix: &[u8], after: Option<&[u8]>) -> Result<BasePage, StateError> {
        if self.is_of_nobody(prefix) {
            return Ok(BasePage { entries: Vec::new(), complete: true });
        }
        self.state.page(prefix, after)
    }

    /// Whether `key` belongs to an account that is known not to exist. Such an account has no rows, so
    /// nothing need be asked about those that are created on a fork.
    fn is_of_nobody(&self, key: &[u8]) -> bool {
        let Some(account_key) = account_key(key) else { return false };
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(values.get(&account_key), Some(None))
    }
}

/// The key of the account that the code, access key or data under `key` belongs to.
fn account_key(key: &[u8]) -> Option<Vec<u8>> {
    let (column, own) = key.split_first()?;
    let end = match *column {
        col::CONTRACT_CODE => own.len(),
        col::ACCESS_KEY => own.iter().position(|byte| *byte == ACCESS_KEY_SEPARATOR)?,
        col::CONTRACT_DATA => own.iter().position(|byte| *byte == ACCOUNT_DATA_SEPARATOR)?,
        _ => return None,
    };
    Some([&[col::ACCOUNT], own.get(..end)?].concat())
}

impl Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Base").field(&self.state).finish()
    }
}

/// The values that were read last, and keys without a value.
struct Values {
    values: LruCache<Vec<u8>, Option<ValueRef<'static>>>,
    /// Memory of the entries, about.
    bytes: usize,
}

impl Default for Values {
    fn default() -> Self {
        Self { values: LruCache::unbounded(), bytes: 0 }
    }
}

impl Values {
    fn get(&mut self, key: &[u8]) -> Option<Option<ValueRef<'static>>> {
        self.values.get(key).cloned()
    }

    fn put(&mut self, key: &[u8], value: Option<ValueRef<'static>>) {
        self.bytes += memory(key, value.as_ref());
        if let Some(old) = self.values.put(key.to_vec(), value) {
            self.bytes -= memory(key, old.as_ref());
        }
        while self.bytes > CACHE_BYTES
            && let Some((key, value)) = self.values.pop_lru()
        {
            self.bytes -= memory(&key, value.as_ref());
        }
    }
}

fn memory(key: &[u8], value: Option<&ValueRef<'_>>) -> usize {
    CACHE_ENTRY + key.len() + value.map_or(0, ValueRef::len)
}

/// Whether a network tells what it has under keys that begin like `key`. The other columns hold
/// receipts in flight, yields and what shards say to each other; a fork begins without them.
pub(crate) fn is_known(key: &[u8]) -> bool {
    key.first().is_some_and(|column| COLUMNS.contains(column))
}

/// Where the local trie notes that `key` was deleted since the fork. No column has this number.
pub(crate) fn deletion_mark(key: &[u8]) -> Vec<u8> {
    [&[DELETED], key].concat()
}

/// The columns that a network tells.
const COLUMNS: [u8; 5] = [
    col::ACCOUNT,
    col::CONTRACT_CODE,
    col::ACCESS_KEY,
    col::CONTRACT_DATA,
    col::GLOBAL_CONTRACT_CODE,
];

const DELETED: u8 = 0xFF;

/// Entries on a page of a trie.
const PAGE: usize = if cfg!(test) { 2 } else { 1_000 };

/// The most memory that the values which were read last take, bytes.
const CACHE_BYTES: usize = 64 << 20;

/// Memory of an entry beside its key and value, bytes.
const CACHE_ENTRY: usize = 150;
