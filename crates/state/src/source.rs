//! The source of nodes that are not in memory: a store, behind a cache of bounded size.

use crate::node::{Held, Node};
use crate::record;
use keyway_engine::{StateError, Value};
use lru::LruCache;
use near_primitives::hash::{CryptoHash, hash};
use std::fmt::{self, Debug};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps the rows of tries outside of memory, as [`Rows`](crate::Rows) makes them.
///
/// A row never changes once it is there.
pub trait NodeStore: Debug + Send + Sync {
    /// The row with this number, if there is one.
    ///
    /// # Errors
    /// [`StateError::Unreadable`] when the store cannot be read.
    fn row(&self, number: u64) -> Result<Option<Vec<u8>>, StateError>;
}

/// The address of a node in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The number of the node's row.
    pub row: u64,
    /// The node's hash; the state root, when it is a root's.
    pub hash: CryptoHash,
}

/// A store of nodes behind a cache. Clones share both.
#[derive(Clone)]
pub struct StoredNodes {
    store: Arc<dyn NodeStore>,
    cache: Arc<Mutex<LruCache<u64, Arc<Node>>>>,
}

impl StoredNodes {
    /// Reads from `store` and caches the `cached` nodes that were used last.
    pub fn new(store: Arc<dyn NodeStore>, cached: NonZeroUsize) -> Self {
        Self { store, cache: Arc::new(Mutex::new(LruCache::new(cached))) }
    }

    /// Caches a node that the store has in row `row`.
    pub(crate) fn remember(&self, row: u64, node: Node) {
        self.cache().put(row, Arc::new(node));
    }

    fn node(&self, at: &Address) -> Result<Arc<Node>, StateError> {
        if let Some(node) = self.cache().get(&at.row) {
            return Ok(node.clone());
        }
        // Outside the lock, so that other threads go on while this one reads.
        let node = record::decode(&at.hash, &self.row(at.row)?).ok_or_else(|| damaged(at.row))?;
        let node = Arc::new(node);
        self.cache().put(at.row, node.clone());
        Ok(node)
    }

    fn value(&self, held: &Held, row: u64) -> Result<Value, StateError> {
        let bytes = self.row(row)?;
        if hash(&bytes) == held.hash { Ok(bytes.into()) } else { Err(damaged(row)) }
    }

    fn row(&self, number: u64) -> Result<Vec<u8>, StateError> {
        self.store.row(number)?.ok_or_else(|| damaged(number))
    }

    fn cache(&self) -> MutexGuard<'_, LruCache<u64, Arc<Node>>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Debug for StoredNodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredNodes").field("store", &self.store).finish_non_exhaustive()
    }
}

/// The source of a trie's nodes that are not in memory, if any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source(pub(crate) Option<StoredNodes>);

impl Source {
    /// The node at an address.
    pub(crate) fn node(&self, at: &Address) -> Result<Arc<Node>, StateError> {
        self.stored()?.node(at)
    }

    /// A value that has a row of its own, `row`.
    pub(crate) fn value(&self, held: &Held, row: u64) -> Result<Value, StateError> {
        self.stored()?.value(held, row)
    }

    fn stored(&self) -> Result<&StoredNodes, StateError> {
        let reason = || "a state in memory refers to a store".to_owned();
        self.0.as_ref().ok_or_else(|| StateError::Unreadable { reason: reason() })
    }
}

fn damaged(row: u64) -> StateError {
    StateError::Unreadable { reason: format!("row {row} of the store is missing or damaged") }
}
