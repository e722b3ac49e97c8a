//! The trie as a value.

use crate::nibbles::Nibbles;
use crate::node::{Body, Held, Node};
use crate::scan::Cursor;
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
#[derive(Clone, Default)]
pub struct Trie {
    root: Option<Arc<Node>>,
}

impl Trie {
    /// The state without entries.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The state root; 32 zero bytes for the empty state.
    pub fn root(&self) -> CryptoHash {
        self.root.as_ref().map_or_else(CryptoHash::default, |node| node.hash)
    }

    /// The value under `key`.
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.find(key).cloned()
    }

    /// The state after `writes`; `None` removes a key, and may name one that is absent. Of several
    /// writes to one key the last counts. The order is free; ascending keys are fastest.
    pub fn apply<K: AsRef<[u8]>>(
        &self,
        writes: impl IntoIterator<Item = (K, Option<Value>)>,
    ) -> Self {
        let mut writes: Vec<_> = writes.into_iter().collect();
        writes.sort_by(|(a, _), (b, _)| a.as_ref().cmp(b.as_ref()));
        writes.dedup_by(|later, earlier| {
            let same = later.0.as_ref() == earlier.0.as_ref();
            if same {
                swap(later, earlier);
            }
            same
        });
        // A write that changes nothing must not cost the hashing of a path.
        writes.retain(|(key, value)| self.find(key.as_ref()) != value.as_ref());
        let writes = writes.iter().map(|(key, value)| (key.as_ref(), value.clone().map(Held::new)));
        Self { root: update::update(self.root.clone(), writes) }
    }

    /// Shows the entries whose key starts with `prefix` and comes after `after`, in the order of
    /// their keys, until `visit` breaks.
    pub fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        visit: &mut dyn FnMut(&[u8], &Value) -> ControlFlow<()>,
    ) {
        let mut cursor = self.cursor(prefix, after);
        while let Some((key, value)) = cursor.next() {
            if visit(key, value).is_break() {
                return;
            }
        }
    }

    /// The bodies of all nodes that nearcore reads to list the entries under `prefix`: those on
    /// the way from the root, then everything below, parents before children. They prove the
    /// listing, and that it is complete, to whoever knows the root.
    pub fn prove_prefix(&self, prefix: &[u8]) -> Vec<Vec<u8>> {
        proof::prefix(self.root.as_deref(), prefix)
    }

    pub(crate) fn cursor(&self, prefix: &[u8], after: Option<&[u8]>) -> Cursor<'_> {
        Cursor::new(self.root.as_deref(), prefix, after)
    }

    fn find(&self, key: &[u8]) -> Option<&Value> {
        let mut rest = Nibbles::of(key);
        let mut node = self.root.as_ref()?;
        loop {
            let path = node.path.nibbles();
            if !rest.starts_with(path) {
                return None;
            }
            rest = rest.from(path.len());
            if rest.is_empty() {
                return node.value().map(|value| &value.bytes);
            }
            let Body::Branch(branch) = &node.body else { return None };
            node = branch.children.get(rest.at(0))?;
            rest = rest.from(1);
        }
    }

    fn path(&self, key: &[u8], visit: &mut dyn FnMut(PathNode)) {
        let mut rest = Nibbles::of(key);
        let mut next = self.root.as_ref();
        while let Some(node) = next {
            visit(node.top());
            let path = node.path.nibbles();
            let Body::Branch(branch) = &node.body else { return };
            if !rest.starts_with(path) {
                return;
            }
            if !path.is_empty() {
                visit(PathNode { hash: branch.hash, len: branch.len() });
            }
            rest = rest.from(path.len());
            if rest.is_empty() {
                return;
            }
            next = branch.children.get(rest.at(0));
            rest = rest.from(1);
        }
    }
}

impl State for Trie {
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StateError> {
        Ok(self.get(key))
    }

    fn visit_path(&self, key: &[u8], visit: &mut dyn FnMut(PathNode)) -> Result<(), StateError> {
        self.path(key, visit);
        Ok(())
    }

    fn scan(
        &self,
        prefix: &[u8],
        visit: &mut dyn FnMut(&[u8], &Value) -> ControlFlow<()>,
    ) -> Result<(), StateError> {
        self.scan(prefix, None, visit);
        Ok(())
    }
}

impl fmt::Debug for Trie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Trie").field(&self.root()).finish()
    }
}
