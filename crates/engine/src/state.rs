//! What the engine needs of a state: values by trie key, the nodes on a path, and keys by
//! prefix.
//!
//! The engine never edits a state. It reads one through [`State`], keeps its own writes in an
//! `Overlay`, and hands them back as values.

use near_primitives::hash::{CryptoHash, hash};
use std::fmt;
use std::sync::Arc;

/// A value as the trie holds it: immutable and shared.
pub type Value = Arc<[u8]>;

/// The state that a block is applied to: NEAR's Merkle trie as it was before the block.
///
/// Keys are nearcore's trie keys (`near_primitives::trie_key::TrieKey::to_vec`).
pub trait State: Send + Sync {
    /// A reference to the value under `key`. Its bytes are not loaded.
    ///
    /// # Errors
    /// When the state cannot be read; never because the key is absent.
    fn get_ref(&self, key: &[u8]) -> Result<Option<ValueRef<'_>>, StateError>;

    /// As [`State::get_ref`]; also visits every trie node on the path from the root to `key`, root
    /// first. Where `key` is absent, that is the part of the path that exists. Contracts pay for
    /// each node.
    ///
    /// # Errors
    /// As [`State::get_ref`].
    fn get_ref_visiting(
        &self,
        key: &[u8],
        visit: &mut dyn FnMut(PathNode),
    ) -> Result<Option<ValueRef<'_>>, StateError>;

    /// As [`State::get_ref_visiting`], for a write or a removal that pays for the nodes. Also returns
    /// how many more there are at most: a fork knows only a part of the trie.
    ///
    /// # Errors
    /// As [`State::get_ref`].
    fn get_ref_paying(
        &self,
        key: &[u8],
        visit: &mut dyn FnMut(PathNode),
    ) -> Result<(Option<ValueRef<'_>>, u64), StateError> {
        Ok((self.get_ref_visiting(key, visit)?, 0))
    }

    /// Visits every key that starts with `prefix`, in trie order.
    ///
    /// # Errors
    /// When the state cannot be read.
    fn visit_keys(&self, prefix: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<(), StateError>;
}

/// A reference to a value: its hash and length, which the trie's node contains, and a way to its
/// bytes.
#[derive(Clone)]
pub struct ValueRef<'s> {
    hash: CryptoHash,
    len: u32,
    bytes: Bytes<'s>,
}

/// The bytes that a reference leads to.
#[derive(Clone)]
enum Bytes<'s> {
    Memory(Value),
    Stored { store: &'s dyn ValueStore, row: u64 },
}

/// A store of values that are too long for their nodes.
pub trait ValueStore: Send + Sync {
    /// The value in row `row`, verified against its hash.
    ///
    /// # Errors
    /// When the row cannot be read, is missing, or has another hash.
    fn load(&self, row: u64, hash: &CryptoHash) -> Result<Value, StateError>;
}

impl<'s> ValueRef<'s> {
    /// A reference to a value in memory. `hash` is its hash.
    pub fn in_memory(hash: CryptoHash, value: Value) -> Self {
        // The protocol's nodes give lengths in 32 bits; no value comes near 4 GiB.
        Self { hash, len: value.len() as u32, bytes: Bytes::Memory(value) }
    }

    /// A reference to the value of `len` bytes in row `row` of `store`. `hash` is its hash.
    pub fn stored(hash: CryptoHash, len: u32, store: &'s dyn ValueStore, row: u64) -> Self {
        Self { hash, len, bytes: Bytes::Stored { store, row } }
    }

    /// The value's sha256.
    pub fn hash(&self) -> CryptoHash {
        self.hash
    }

    /// The value's length in bytes.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether the value has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn load(&self) -> Result<Value, StateError> {
        match &self.bytes {
            Bytes::Memory(value) => Ok(value.clone()),
            Bytes::Stored { store, row } => store.load(*row, &self.hash),
        }
    }
}

impl From<Value> for ValueRef<'_> {
    /// Hashes the value.
    fn from(value: Value) -> Self {
        Self::in_memory(hash(&value), value)
    }
}

/// Two references are equal when their values are, wherever these are.
impl PartialEq for ValueRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

impl Eq for ValueRef<'_> {}

impl fmt::Debug for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hash, len, .. } = self;
        f.debug_struct("ValueRef").field("hash", hash).field("len", len).finish_non_exhaustive()
    }
}

/// One trie node on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathNode {
    /// The node's hash.
    pub hash: CryptoHash,
    /// Length of the node's serialized form, in bytes.
    pub len: usize,
}

/// Why a block is not applied: the state could not be read, holds bytes that the protocol cannot have
/// written, or its caller waits no longer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The bytes under a key do not decode.
    #[error("the state holds undecodable bytes for {what}")]
    Corrupt {
        /// What was to be decoded, with the account it belongs to.
        what: String,
    },
    /// The store behind the state failed.
    #[error("the state could not be read: {reason}")]
    Unreadable {
        /// The store's reason.
        reason: String,
    },
    /// Nothing is wrong, but the block takes longer than its caller waits.
    #[error("the block takes longer than its caller waits")]
    GivenUp,
}
