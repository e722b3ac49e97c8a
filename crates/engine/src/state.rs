//! What the engine asks of a state: values by trie key, the nodes on a path, and ordered scans.
//!
//! The engine never edits a state. It reads one through [`State`], keeps its own writes in an
//! `Overlay`, and hands them back as values.

use near_primitives::hash::CryptoHash;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A value as the trie holds it: immutable and shared.
pub type Value = Arc<[u8]>;

/// The state that a block is applied to: NEAR's Merkle trie as it was before the block.
///
/// Keys are nearcore's trie keys (`near_primitives::trie_key::TrieKey::to_vec`).
pub trait State: Send + Sync {
    /// The value under `key`.
    ///
    /// # Errors
    /// When the state cannot be read; never because the key is absent.
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StateError>;

    /// Visits every trie node on the path from the root to `key`, root first; where `key` is
    /// absent, the part of the path that exists. Contracts pay for each of them.
    ///
    /// # Errors
    /// When the state cannot be read.
    fn visit_path(&self, key: &[u8], visit: &mut dyn FnMut(PathNode)) -> Result<(), StateError>;

    /// Visits every entry whose key starts with `prefix`, in trie order, until `visit` breaks.
    ///
    /// # Errors
    /// When the state cannot be read.
    fn scan(
        &self,
        prefix: &[u8],
        visit: &mut dyn FnMut(&[u8], &Value) -> ControlFlow<()>,
    ) -> Result<(), StateError>;
}

/// One trie node on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathNode {
    /// The node's hash.
    pub hash: CryptoHash,
    /// Length of the node's serialized form, in bytes.
    pub len: usize,
}

/// The state could not be read, or holds bytes that the protocol cannot have written.
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
}
