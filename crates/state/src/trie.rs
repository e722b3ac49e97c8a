//! The trie as a value.

use crate::base::{self, Base, BaseState};
use crate::evict::StoredAddresses;
use crate::merge::Cursor;
use crate::nibbles::Nibbles;
use crate::node::{Body, Child, Node, TrieValue};
use crate::proven::PartialTries;
use crate::remade::{RemadeState, Root};
use crate::rows::{RowSink, Rows};
use crate::scan::LocalCursor;
use crate::source::{Address, Source, StoredNodes};
use crate::{build, proof, proven, update};
use keyway_engine::{PathNode, State, StateError, Value, ValueRef};
use near_primitives::hash::CryptoHash;
use std::fmt;
use std::io;
use std::mem::swap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A state: values by key, with NEAR's Merkle root over all of them.
///
/// Immutable, and cheap to clone: clones and later states share nodes. Tries with the same entries
/// have the same root, in whatever order the entries were written.
///
/// Nodes that a store has are loaded when they are needed, so reading can fail. A trie without a store
/// is all in memory; reading it cannot fail. A fork has a base as well: see [`Trie::over`].
#[derive(Clone, Default)]
pub struct Trie {
    root: Root,
    source: Source,
    /// Of a fork: what is known of the network's trie with these writes.
    network: PartialTries,
}

impl Trie {
    /// The state without entries.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The state whose root is at this address of a store; the empty state for none.
    pub fn stored(root: Option<Address>, nodes: &StoredNodes) -> Self {
        // Which writes made it is not known.
        let network = if root.is_some() { PartialTries::Lost } else { PartialTries::default() };
        Self { root: Root::Node(root.map(Child::Stored)), source: nodes.source(), network }
    }

    /// The state of a fork in which nothing was written yet: `base` answers for all keys.
    ///
    /// What is written makes a trie of its own, whose root depends on the writes alone; a deletion is
    /// a mark in it. So [`Trie::root`], snapshots and checkpoints cover what the fork wrote.
    pub fn over(base: Arc<dyn BaseState>) -> Self {
        Self::empty().forked_from(base)
    }

    /// The fork of `base` in which this trie was written: see [`Trie::written`].
    #[must_use]
    pub fn forked_from(self, base: Arc<dyn BaseState>) -> Self {
        let is_empty = self.root() == CryptoHash::default();
        let network = if is_empty { self.network } else { PartialTries::Lost };
        let source = Source { base: Some(Base::new(base)), ..self.source };
        Self { root: self.root, source, network }
    }

    /// What was written since the fork, as a trie of its own, deletion marks included; the same trie
    /// if it is no fork.
    #[must_use]
    pub fn written(&self) -> Self {
        let source = Source { base: None, ..self.source.clone() };
        Self { root: self.root.clone(), source, network: PartialTries::default() }
    }

    /// A state that `state` makes whenever somebody reads it, over the same store as this trie.
    ///
    /// Not for forks: what they know of the network is not made again.
    #[must_use]
    pub fn remade(&self, state: Arc<dyn RemadeState>) -> Self {
        let source = self.source.clone();
        Self { root: Root::Remade(state), source, network: PartialTries::default() }
    }

    /// Whether it is made again whenever somebody reads it.
    pub fn is_remade(&self) -> bool {
        matches!(self.root, Root::Remade(_))
    }

    /// Whether another network's state answers for what this trie does not have.
    pub fn is_fork(&self) -> bool {
        self.source.base.is_some()
    }

    /// A store whose tries are forks if this trie is one.
    pub fn store_beside(&self, nodes: &StoredNodes) -> StoredNodes {
        nodes.beside(&self.source)
    }

    /// The state with these entries, whose keys ascend, in memory.
    ///
    /// # Errors
    /// The first error among the entries.
    pub fn from_ascending<E: From<StateError>>(
        entries: impl Iterator<Item = Result<(Vec<u8>, Value), E>>,
    ) -> Result<Self, E> {
        build::in_memory(entries)
    }

    /// The state with these entries, whose keys ascend, in the empty store behind `nodes`: its rows go
    /// to `sink` while they are made, so memory does not grow with the state. Also returns the number
    /// of the first free row.
    ///
    /// # Errors
    /// The first error among the entries, and when the rows cannot be written.
    pub fn from_ascending_into<E: From<StateError> + From<io::Error>>(
        entries: impl Iterator<Item = Result<(Vec<u8>, Value), E>>,
        nodes: &StoredNodes,
        sink: &mut dyn RowSink,
    ) -> Result<(Self, u64), E> {
        build::in_store(entries, nodes, Rows::new(0, Arc::default()), sink)
    }

    /// The same state without the nodes and long values at `stored`, which the store behind `nodes`
    /// has.
    pub fn evict(&self, stored: &StoredAddresses, nodes: &StoredNodes) -> Self {
        let root = match &self.root {
            Root::Node(node) => Root::Node(node.as_ref().map(|node| stored.evict(node))),
            Root::Remade(_) => self.root.clone(),
        };
        let source = nodes.beside(&self.source).source();
        Self { root, source, network: self.network.clone() }
    }

    pub(crate) fn new(root: Option<Child>, source: Source) -> Self {
        Self { root: Root::Node(root), source, network: PartialTries::default() }
    }

    /// The state root; 32 zero bytes for the empty state.
    pub fn root(&self) -> CryptoHash {
        self.root.hash()
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
        match self.descend(key, |_, _| ())? {
            None => self.get_ref_below(key),
            found => Ok(found),
        }
    }

    /// A reference to the base's value under `key`, which is not in the local trie.
    fn get_ref_below(&self, key: &[u8]) -> Result<Option<ValueRef<'_>>, StateError> {
        match &self.source.base {
            Some(base) if base::is_known(key) && !self.is_deleted(key)? => base.get_ref(key),
            _ => Ok(None),
        }
    }

    /// Whether the base's value under `key` was deleted since the fork.
    pub(crate) fn is_deleted(&self, key: &[u8]) -> Result<bool, StateError> {
        Ok(self.descend(&base::deletion_mark(key), |_, _| ())?.is_some())
    }

    /// Whether `key` was written since the fork, and not deleted.
    pub(crate) fn is_written(&self, key: &[u8]) -> Result<bool, StateError> {
        Ok(self.descend(key, |_, _| ())?.is_some())
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
        let network = match &self.source.base {
            Some(base) => {
                let writes = writes.iter().map(|(key, value)| (key.as_ref(), value.as_ref()));
                self.network.after(base, writes)?
            }
            None => PartialTries::default(),
        };
        let marks = self.marks_of(&writes);
        // Marks come after all keys.
        let writes = writes
            .iter()
            .map(|(key, value)| (key.as_ref(), value.clone()))
            .chain(marks.iter().map(|(mark, value)| (&**mark, value.clone())))
            .map(|(key, value)| (key, value.map(TrieValue::new)));
        let root = update::update(self.root.node()?, &self.source, writes)?;
        Ok(Self { root: Root::Node(root), source: self.source.clone(), network })
    }

    /// Of a fork: a mark for each key that is removed, and the removal of the mark of one that is
    /// written. Whether the base has the key does not matter, so that the root depends on the writes
    /// alone.
    fn marks_of<K: AsRef<[u8]>>(
        &self,
        writes: &[(K, Option<Value>)],
    ) -> Vec<(Vec<u8>, Option<Value>)> {
        if !self.is_fork() {
            return Vec::new();
        }
        let known = writes.iter().filter(|(key, _)| base::is_known(key.as_ref()));
        let mark = |(key, value): &(K, Option<Value>)| {
            (base::deletion_mark(key.as_ref()), value.is_none().then(Value::default))
        };
        known.map(mark).collect()
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
    /// When the store cannot be read, and on a fork, which has only a part of the nodes.
    pub fn prove_prefix(&self, prefix: &[u8]) -> Result<Vec<Vec<u8>>, StateError> {
        if self.is_fork() {
            let reason = "a fork has no proofs: it knows only a part of the network's trie";
            return Err(StateError::Unreadable { reason: reason.to_owned() });
        }
        proof::prefix(self.root.node()?.as_ref(), &self.source, prefix)
    }

    /// The base, if this is a fork.
    pub(crate) fn base(&self) -> Option<&Base> {
        self.source.base.as_ref()
    }

    /// The root's node, if there is one.
    pub(crate) fn top(&self) -> Result<Option<Child>, StateError> {
        self.root.node()
    }

    pub(crate) fn cursor(&self, prefix: &[u8], after: Option<&[u8]>) -> Result<Cursor, StateError> {
        Cursor::new(self, prefix, after)
    }

    /// The entries of the local trie alone.
    pub(crate) fn local_cursor(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
    ) -> Result<LocalCursor, StateError> {
        LocalCursor::new(self.root.node()?.as_ref(), &self.source, prefix, after)
    }

    /// Walks from the root to `key`. Calls `visit` with each node on the path, and with whether the
    /// key goes on below its own path. Returns the value at the end.
    fn descend(
        &self,
        key: &[u8],
        mut visit: impl FnMut(&Node, bool),
    ) -> Result<Option<ValueRef<'_>>, StateError> {
        let mut rest = Nibbles::of(key);
        let remade;
        let top = match &self.root {
            Root::Node(node) => node,
            Root::Remade(_) => {
                remade = self.root.node()?;
                &remade
            }
        };
        let Some(mut child) = top.as_ref() else { return Ok(None) };
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
        let found = self.descend(key, |node, matches| {
            visit(node.top());
            // Below an extension is a branch, which a key that leaves the path does not reach.
            if let Some(branch) = node.below_extension().filter(|_| matches) {
                visit(PathNode { hash: branch.hash, len: branch.len() });
            }
        })?;
        match found {
            None => self.get_ref_below(key),
            found => Ok(found),
        }
    }

    fn get_ref_paying(
        &self,
        key: &[u8],
        visit: &mut dyn FnMut(PathNode),
    ) -> Result<(Option<ValueRef<'_>>, u64), StateError> {
        let Some(base) = &self.source.base else {
            return Ok((self.get_ref_visiting(key, visit)?, 0));
        };
        let mut nodes = Vec::new();
        let found = self.get_ref_visiting(key, &mut |node| nodes.push(node))?;
        // Both are parts of the network's path with the local writes in it.
        let mut exact = false;
        if let Some(known) = self.network.path(base, key)?
            && (known.exact || known.nodes.len() > nodes.len())
        {
            (nodes, exact) = (known.nodes, known.exact);
        }
        let unknown = if exact { 0 } else { proven::longest_path(key) - nodes.len() as u64 };
        nodes.into_iter().for_each(visit);
        Ok((found, unknown))
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
