//! Loads nodes and long values from a store, through a cache of bounded size.

use crate::base::{Base, BaseState};
use crate::node::{Child, Node};
use crate::proven::Proofs;
use keyway_engine::{StateError, Value, ValueStore};
use lru::LruCache;
use near_primitives::hash::{CryptoHash, hash};
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A store of the rows that [`Rows`](crate::Rows) makes of tries.
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

/// A store of rows behind a cache. Clones share both.
#[derive(Clone)]
pub struct StoredNodes {
    store: Arc<dyn NodeStore>,
    cache: Arc<Mutex<RowCache>>,
    /// Below all tries of the store, if they are forks.
    base: Option<Base>,
}

impl StoredNodes {
    /// Reads from `store`. The nodes and long values that were used last stay in memory, about
    /// `cache_bytes` of them.
    pub fn new(store: Arc<dyn NodeStore>, cache_bytes: usize) -> Self {
        Self { store, cache: Arc::new(Mutex::new(RowCache::new(cache_bytes))), base: None }
    }

    /// The same store, whose tries are forks of `base`.
    #[must_use]
    pub fn over(self, base: Arc<dyn BaseState>) -> Self {
        Self { base: Some(Base::new(base)), ..self }
    }

    /// The same store, whose tries are forks if `source`'s is.
    pub(crate) fn beside(&self, source: &Source) -> Self {
        Self { base: source.base.clone(), ..self.clone() }
    }

    /// What the store's tries read from.
    pub(crate) fn source(&self) -> Source {
        Source { nodes: Some(self.clone()), base: self.base.clone(), proven: None }
    }

    /// Caches a node that the store has in row `row`.
    pub(crate) fn remember(&self, row: u64, node: Node) {
        self.cache().put(row, CachedRow::Node(Arc::new(node)));
    }

    fn node(&self, at: &Address) -> Result<Arc<Node>, StateError> {
        if let Some(CachedRow::Node(node)) = self.cache().get(at.row) {
            return Ok(node.clone());
        }
        // Outside the lock, so that other threads go on while this one reads.
        let node =
            crate::row::decode(&at.hash, &self.row(at.row)?).ok_or_else(|| damaged(at.row))?;
        let node = Arc::new(node);
        self.cache().put(at.row, CachedRow::Node(node.clone()));
        Ok(node)
    }

    fn row(&self, number: u64) -> Result<Vec<u8>, StateError> {
        self.store.row(number)?.ok_or_else(|| damaged(number))
    }

    fn cache(&self) -> MutexGuard<'_, RowCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ValueStore for StoredNodes {
    fn load(&self, row: u64, name: &CryptoHash) -> Result<Value, StateError> {
        if let Some(CachedRow::Value(value)) = self.cache().get(row) {
            return Ok(value.clone());
        }
        let bytes = self.row(row)?;
        if hash(&bytes) != *name {
            return Err(damaged(row));
        }
        let value = Value::from(bytes);
        self.cache().put(row, CachedRow::Value(value.clone()));
        Ok(value)
    }
}

impl Debug for StoredNodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredNodes").field("store", &self.store).finish_non_exhaustive()
    }
}

/// The rows that were used last, decoded and verified.
struct RowCache {
    rows: LruCache<u64, CachedRow>,
    /// Memory of the rows, about.
    bytes: usize,
    max_bytes: usize,
}

enum CachedRow {
    Node(Arc<Node>),
    Value(Value),
}

impl RowCache {
    fn new(max_bytes: usize) -> Self {
        Self { rows: LruCache::unbounded(), bytes: 0, max_bytes }
    }

    fn get(&mut self, number: u64) -> Option<&CachedRow> {
        self.rows.get(&number)
    }

    fn put(&mut self, number: u64, row: CachedRow) {
        self.bytes += row.memory();
        let mut removed = self.rows.put(number, row);
        loop {
            self.bytes -= removed.map_or(0, |row| row.memory());
            if self.bytes <= self.max_bytes {
                return;
            }
            removed = self.rows.pop_lru().map(|(_, row)| row);
        }
    }
}

impl CachedRow {
    /// Memory of the row and of its place in the cache, in bytes.
    fn memory(&self) -> usize {
        CACHE_ENTRY
            + match self {
                Self::Node(node) => node.size(),
                Self::Value(value) => value.len(),
            }
    }
}

/// Memory of an entry of the cache beside what it holds, bytes.
const CACHE_ENTRY: usize = 100;

/// Where a trie has what is not in its own nodes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    /// The store of its evicted nodes, if it has one.
    pub(crate) nodes: Option<StoredNodes>,
    /// The state of the network that it was forked from, if it is a fork.
    pub(crate) base: Option<Base>,
    /// What a network has proven, if this is a part of its trie. Nodes go by their hashes.
    pub(crate) proven: Option<Proofs>,
}

impl Source {
    /// The node at an address.
    pub(crate) fn node(&self, at: &Address) -> Result<Arc<Node>, StateError> {
        let Some(proofs) = &self.proven else { return self.stored()?.node(at) };
        let reason = || "the network has not proven a node of its trie".to_owned();
        proofs.node(&at.hash).ok_or_else(|| StateError::Unreadable { reason: reason() })
    }

    /// A node in memory, with what a network has proven of it meanwhile.
    pub(crate) fn completed(&self, node: &Arc<Node>) -> Arc<Node> {
        match &self.proven {
            Some(proofs) => proofs.completed(node.clone()),
            None => node.clone(),
        }
    }

    /// Whether `child` is a part of a network's trie that was not proven.
    pub(crate) fn is_hole(&self, child: &Child) -> bool {
        match (&self.proven, child) {
            (Some(proofs), Child::Stored(at)) => proofs.node(&at.hash).is_none(),
            _ => false,
        }
    }

    /// The values that have rows of their own.
    pub(crate) fn values(&self) -> Result<&dyn ValueStore, StateError> {
        Ok(self.stored()?)
    }

    fn stored(&self) -> Result<&StoredNodes, StateError> {
        let reason = || "a state in memory refers to a store".to_owned();
        self.nodes.as_ref().ok_or_else(|| StateError::Unreadable { reason: reason() })
    }
}

fn damaged(row: u64) -> StateError {
    StateError::Unreadable { reason: format!("row {row} of the store is missing or damaged") }
}
