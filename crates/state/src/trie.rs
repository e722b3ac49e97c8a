//! The trie as a value.

use crate::evict::StoredAddresses;
use crate::nibbles::Nibbles;
use crate::node::{Body, Child, Node, TrieValue};
use crate::scan::Cursor;
use crate::source::{Address, Source, StoredNodes};
use crate::{proof, update};
use keyway_engine::{PathNode, State, StateError, Value, ValueRef};
use near_primitives::hash::CryptoHash;
use std::fmt;
use std::mem::swap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A state: values by key, with NEAR's Merkle root over all of them.
///
/// Immutable, and cheap to clone: clones and later states share nodes. Tries with the same entries
/// have the same root, in whatever order the entries were written.
///
/// Nodes that a store has are loaded when they are needed, so reading can fail. A trie without a store
/// is all in memory; reading it cannot fail.
#[derive(Clone, Default)]
pub struct Trie {
    root: Option<Child>,
    source: Source,
}

impl Trie {
    /// The state without entries.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The state whose root is at this address of a store; the empty state for none.
    pub fn stored(root: Option<Address>, nodes: &StoredNodes) -> Self {
        Self { root: root.map(Child::Stored), source: Source(Some(nodes.clone())) }
    }

    /// The same state without the nodes and long values at `stored`, which the store behind `nodes`
    /// has.
    pub fn evict(&self, stored: &StoredAddresses, nodes: &StoredNodes) -> Self {
        let root = self.root.as_ref().map(|root| stored.evict(root));
        Self { root, source: Source(Some(nodes.clone())) }
    }

    pub(crate) fn new(root: Option<Child>, source: Source) -> Self {
        Self { root, source }
    }

    /// The state root; 32 zero bytes for the empty state.
    pub fn root(&self) -> CryptoHash {
        self.root.as_ref().map_or_else(CryptoHash::default, |root| *root.hash())
    }

    /// The value under `key`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn get(&self, key: &[u8]) -> Result<Option<Value>, StateError> {
        self.get_ref(key)?.map(|value| value.load()).transpose()
    }

    /// A reference to the value under `key`. Its bytes are not loaded.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn get_ref(&self, key: &[u8]) -> Result<Option<ValueRef<'_>>, StateError> {
        self.descend(key, |_, _| ())
    }

    /// The state after `writes`, in any order. `None` removes a key, which may be absent. The last of
    /// several writes to one key counts.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn apply<K: AsRef<[u8]>>(
        &self,
        writes: impl IntoIterator<Item = (K, Option<Value>)>,
    ) -> Result<Self, StateError> {
        let mut writes: Vec<_> = writes.into_iter().collect();
        writes.sort_by(|(a, _), (b, _)| a.as_ref().cmp(b.as_ref()));
        writes.dedup_by(|later, earlier| {
            let same = later.0.as_ref() == earlier.0.as_ref();
            if same {
                swap(later, earlier);
            }
            same
        });
        let writes =
            writes.iter().map(|(key, value)| (key.as_ref(), value.clone().map(TrieValue::new)));
        let root = update::update(self.root.clone(), &self.source, writes)?;
        Ok(Self { root, source: self.source.clone() })
    }

    /// Visits the entries whose key starts with `prefix` and comes after `after`, in the order of
    /// their keys, until `visit` breaks.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        visit: &mut dyn FnMut(&[u8], &Value) -> ControlFlow<()>,
    ) -> Result<(), StateError> {
        let mut cursor = self.cursor(prefix, after)?;
        while let Some((key, value)) = cursor.next()? {
            if visit(key, &value).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The bodies of all nodes that nearcore reads to list the entries under `prefix`: those on
    /// the way from the root, then everything below, parents before children. They prove the
    /// listing and its completeness to anybody who knows the root.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn prove_prefix(&self, prefix: &[u8]) -> Result<Vec<Vec<u8>>, StateError> {
        proof::prefix(self.root.as_ref(), &self.source, prefix)
    }

    /// The root's node, if there is one.
    pub(crate) fn top(&self) -> Option<&Child> {
        self.root.as_ref()
    }

    pub(crate) fn cursor(&self, prefix: &[u8], after: Option<&[u8]>) -> Result<Cursor, StateError> {
        Cursor::new(self.root.as_ref(), &self.source, prefix, after)
    }

    /// Walks from the root to `key`. Calls `visit` with each node on the path, and with whether the
    /// key goes on below its own path. Returns the value at the end.
    fn descend(
        &self,
        key: &[u8],
        mut visit: impl FnMut(&Node, bool),
    ) -> Result<Option<ValueRef<'_>>, StateError> {
        let mut rest = Nibbles::of(key);
        let Some(mut child) = self.root.as_ref() else { return Ok(None) };
        let mut loaded: Arc<Node>;
        loop {
            let node = match child {
                Child::Memory(node) => node,
                Child::Stored(at) => {
                    loaded = self.source.node(at)?;
                    &loaded
                }
            };
            let path = node.path.nibbles();
            let matches = rest.starts_with(path);
            visit(node, matches);
            if !matches {
                return Ok(None);
            }
            rest = rest.from(path.len());
            if rest.is_empty() {
                return node.value().map(|value| value.reference(&self.source)).transpose();
            }
            let Body::Branch(branch) = &node.body else { return Ok(None) };
            let Some(next) = branch.children.get(rest.at(0)) else { return Ok(None) };
            child = next;
            rest = rest.from(1);
        }
    }
}

impl State for Trie {
    fn get_ref(&self, key: &[u8]) -> Result<Option<ValueRef<'_>>, StateError> {
        self.get_ref(key)
    }

    fn get_ref_visiting(
        &self,
        key: &[u8],
        visit: &mut dyn FnMut(PathNode),
    ) -> Result<Option<ValueRef<'_>>, StateError> {
        self.descend(key, |node, matches| {
            visit(node.top());
            // Below an extension is a branch, which a key that leaves the path does not reach.
            if let Some(branch) = node.below_extension().filter(|_| matches) {
                visit(PathNode { hash: branch.hash, len: branch.len() });
            }
        })
    }

    fn visit_keys(&self, prefix: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<(), StateError> {
        let mut cursor = self.cursor(prefix, None)?;
        while let Some(key) = cursor.next_key()? {
            visit(key);
        }
        Ok(())
    }
}

impl fmt::Debug for Trie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Trie").field(&self.root()).finish()
    }
}
