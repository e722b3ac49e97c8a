//! The trie as a value.

use crate::nibbles::Nibbles;
use crate::node::{Body, Child, Held, Node};
use crate::placed::Placed;
use crate::scan::Cursor;
use crate::source::{Address, Source, StoredNodes};
use crate::{proof, update};
use keyway_engine::{PathNode, State, StateError, Value};
use near_primitives::hash::CryptoHash;
use std::fmt;
use std::mem::swap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A state: values by key, with NEAR's Merkle root over all of them.
///
/// Immutable, and cheap to clone: clones and successors share their nodes. Two tries with the
/// same entries have the same root, however they came about.
///
/// What was never written to a store is in memory; the rest is loaded when it is needed. So reading
/// can fail, but never in a trie without a store.
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

    /// The state whose root a store has; the empty state for none.
    pub fn stored(root: Option<Address>, nodes: &StoredNodes) -> Self {
        Self { root: root.map(Child::Stored), source: Source(Some(nodes.clone())) }
    }

    /// The same state, with everything evicted from memory that the store behind `nodes` has.
    pub fn rested(&self, placed: &Placed, nodes: &StoredNodes) -> Self {
        let root = self.root.as_ref().map(|root| placed.rested(root));
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
        self.find(key, |held| held.load(&self.source))?.transpose()
    }

    /// The state after `writes`; `None` removes a key, and may name one that is absent. Of several
    /// writes to one key the last counts. The order is free; ascending keys are fastest.
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
        let mut changes = Vec::with_capacity(writes.len());
        for (key, value) in &writes {
            let value = value.clone().map(Held::new);
            // A write that changes nothing must not rehash a path.
            if self.find(key.as_ref(), |held| held.hash)? != value.as_ref().map(|held| held.hash) {
                changes.push((key.as_ref(), value));
            }
        }
        let root = update::update(self.root.clone(), &self.source, changes)?;
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

    /// The node at the top, if there is one.
    pub(crate) fn top(&self) -> Option<&Child> {
        self.root.as_ref()
    }

    pub(crate) fn cursor(&self, prefix: &[u8], after: Option<&[u8]>) -> Result<Cursor, StateError> {
        Cursor::new(self.root.as_ref(), &self.source, prefix, after)
    }

    /// The result of `see` on the value under `key`.
    fn find<T>(&self, key: &[u8], see: impl FnOnce(&Held) -> T) -> Result<Option<T>, StateError> {
        let mut rest = Nibbles::of(key);
        let Some(mut child) = self.root.as_ref() else { return Ok(None) };
        let mut loaded: Arc<Node>;
        loop {
            let node = match child {
                Child::Here(node) => node,
                Child::Stored(at) => {
                    loaded = self.source.node(at)?;
                    &loaded
                }
            };
            let path = node.path.nibbles();
            if !rest.starts_with(path) {
                return Ok(None);
            }
            rest = rest.from(path.len());
            if rest.is_empty() {
                return Ok(node.value().map(see));
            }
            let Body::Branch(branch) = &node.body else { return Ok(None) };
            let Some(next) = branch.children.get(rest.at(0)) else { return Ok(None) };
            child = next;
            rest = rest.from(1);
        }
    }

    fn path(&self, key: &[u8], visit: &mut dyn FnMut(PathNode)) -> Result<(), StateError> {
        let mut rest = Nibbles::of(key);
        let mut next = self.root.as_ref();
        let mut loaded: Arc<Node>;
        while let Some(child) = next {
            let node = match child {
                Child::Here(node) => node,
                Child::Stored(at) => {
                    loaded = self.source.node(at)?;
                    &loaded
                }
            };
            visit(node.top());
            let path = node.path.nibbles();
            let Body::Branch(branch) = &node.body else { break };
            if !rest.starts_with(path) {
                break;
            }
            if !path.is_empty() {
                visit(PathNode { hash: branch.hash, len: branch.len() });
            }
            rest = rest.from(path.len());
            if rest.is_empty() {
                break;
            }
            next = branch.children.get(rest.at(0));
            rest = rest.from(1);
        }
        Ok(())
    }
}

impl State for Trie {
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StateError> {
        self.get(key)
    }

    fn visit_path(&self, key: &[u8], visit: &mut dyn FnMut(PathNode)) -> Result<(), StateError> {
        self.path(key, visit)
    }

    fn scan(
        &self,
        prefix: &[u8],
        visit: &mut dyn FnMut(&[u8], &Value) -> ControlFlow<()>,
    ) -> Result<(), StateError> {
        self.scan(prefix, None, visit)
    }
}

impl fmt::Debug for Trie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Trie").field(&self.root()).finish()
    }
}
