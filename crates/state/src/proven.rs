//! The part of a network's trie that it has proven, and how local writes change it.
//!
//! A contract pays for each trie node on the path to a row that it writes or removes, as the trie was
//! before the block. A fork does not have the network's trie, but a network proves the data of a
//! small contract: then the nodes on the way to it and below it are known. They are put into a
//! *pool* by their hashes, from which [`PartialTries`] take their nodes. What the pool does not have
//! is a *hole*: a part of the trie where other contracts have their data.

use crate::base::{Base, BaseState};
use crate::bodies::{self, BranchForm, Form, RawValueRef};
use crate::nibbles::{Nibbles, Path};
use crate::node::{Body, Branch, Child, Children, Node, TrieValue, ValueBytes};
use crate::source::{Address, Source};
use crate::update;
use keyway_engine::{PathNode, StateError, Value};
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::trie_key::{ACCOUNT_DATA_SEPARATOR, col};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The proofs of a network, as far as they were needed. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Proofs {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    /// By hash. An extension is here without the branch below it.
    nodes: HashMap<CryptoHash, Arc<Node>>,
    /// The root of the trie that has the data of a contract, by the prefix of its keys; none if the
    /// network gives no proof of it.
    roots: HashMap<Vec<u8>, Option<CryptoHash>>,
    /// Length of all bodies together, bytes.
    bytes: usize,
}

impl Debug for Proofs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proofs").field("nodes", &self.inner().nodes.len()).finish_non_exhaustive()
    }
}

impl Proofs {
    /// The root of the trie whose nodes on all paths to `prefix`, and below it, are known; none if
    /// the network does not prove them. Asks for them the first time.
    fn root(&self, base: &dyn BaseState, prefix: &[u8]) -> Result<Option<CryptoHash>, StateError> {
        if let Some(root) = self.inner().roots.get(prefix) {
            return Ok(*root);
        }
        let is_full = self.inner().bytes >= MOST_BYTES;
        // Outside the lock, because this may wait for a network.
        let proof = if is_full { None } else { base.proof(prefix)? };
        let mut inner = self.inner();
        let root = proof.and_then(|bodies| inner.add(&bodies));
        inner.roots.insert(prefix.to_vec(), root);
        Ok(root)
    }

    /// The node with this hash.
    pub(crate) fn node(&self, name: &CryptoHash) -> Option<Arc<Node>> {
        let node = self.inner().nodes.get(name).cloned();
        node.map(|node| self.completed(node))
    }

    /// The same node; an extension with the branch below it, if that was proven meanwhile.
    pub(crate) fn completed(&self, node: Arc<Node>) -> Arc<Node> {
        let Some(stub) = stub(&node) else { return node };
        let below = self.inner().nodes.get(&stub.hash).cloned();
        match below.as_ref().map(|below| &below.body) {
            Some(Body::Branch(branch)) => {
                Arc::new(node.with_body(Body::Branch(Arc::clone(branch))))
            }
            _ => node,
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Adds the nodes of a proof. Returns the hash of the first, the root; none if they do not decode.
    fn add(&mut self, bodies: &[Vec<u8>]) -> Option<CryptoHash> {
        let nodes: Option<Vec<_>> = bodies.iter().map(|body| decode(body)).collect();
        let nodes = nodes?;
        let root = nodes.first()?.hash;
        self.bytes += bodies.iter().map(Vec::len).sum::<usize>();
        self.nodes.extend(nodes.into_iter().map(|node| (node.hash, Arc::new(node))));
        Some(root)
    }
}

/// The parts of a network's tries that were proven, as local writes have changed them.
///
/// There is a trie for each shard. Only contract data is tracked: no other column is paid for by its
/// path, and no write to another column changes how many nodes lie above that of contract data.
#[derive(Clone, Debug)]
pub(crate) enum PartialTries {
    Tracked(Arc<Tracked>),
    /// Earlier writes are not in them, so they say nothing.
    Lost,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Tracked {
    /// By the root at the fork: the root now; none when that is not known any more. A trie that is
    /// not here is as it was.
    roots: BTreeMap<CryptoHash, Option<Child>>,
    /// Prefixes of contracts without a proof that have new rows, in one of these tries or in another.
    unplaced: BTreeSet<Vec<u8>>,
}

/// What is known of the path to a key.
#[derive(Debug)]
pub(crate) struct KnownPath {
    /// The nodes, root first.
    pub(crate) nodes: Vec<PathNode>,
    /// Whether these are all.
    pub(crate) exact: bool,
    /// Whether the key ends between two nodes of the trie, so that writing it would add one.
    splits: bool,
}

impl Default for PartialTries {
    fn default() -> Self {
        Self::Tracked(Arc::default())
    }
}

impl PartialTries {
    /// The tries after writes to a state over `base`, whose keys ascend.
    ///
    /// # Errors
    /// When a proof cannot be had now.
    pub(crate) fn after<'k>(
        &self,
        base: &Base,
        writes: impl Iterator<Item = (&'k [u8], Option<&'k Value>)>,
    ) -> Result<Self, StateError> {
        let Self::Tracked(tracked) = self else { return Ok(Self::Lost) };
        let mut tracked = Arc::clone(tracked);
        let mut by_root: BTreeMap<CryptoHash, Vec<_>> = BTreeMap::new();
        for (key, value) in writes {
            let Some(prefix) = data_prefix(key) else { continue };
            match base.proofs.root(&*base.state, prefix)? {
                Some(root) => by_root.entry(root).or_default().push((key, value)),
                None => {
                    let is_known =
                        tracked.unplaced.contains(prefix) || tracked.unplaced.len() > MOST_UNPLACED;
                    if value.is_some() && !is_known {
                        Arc::make_mut(&mut tracked).unplaced.insert(prefix.to_vec());
                    }
                }
            }
        }
        for (root, writes) in by_root {
            if let Some(now) = tracked.now(&root) {
                let after = written(now, &base.proofs, writes);
                Arc::make_mut(&mut tracked).roots.insert(root, after);
            }
        }
        Ok(Self::Tracked(tracked))
    }

    /// The nodes on the path to `key`; none if nothing is known.
    ///
    /// # Errors
    /// When a proof cannot be had now.
    pub(crate) fn path(&self, base: &Base, key: &[u8]) -> Result<Option<KnownPath>, StateError> {
        let (Self::Tracked(tracked), Some(prefix)) = (self, data_prefix(key)) else {
            return Ok(None);
        };
        let Some(root) = base.proofs.root(&*base.state, prefix)? else { return Ok(None) };
        let Some(now) = tracked.now(&root) else { return Ok(None) };
        let mut path = walk(&now, &base.proofs, key);
        path.exact &= tracked.unplaced.len() <= MOST_UNPLACED
            && !tracked.unplaced.iter().any(|prefix| walk(&now, &base.proofs, prefix).splits);
        Ok(Some(path))
    }
}

impl Tracked {
    /// The root now of the trie that had `root` at the fork.
    fn now(&self, root: &CryptoHash) -> Option<Child> {
        self.roots
            .get(root)
            .cloned()
            .unwrap_or(Some(Child::Stored(Address { row: 0, hash: *root })))
    }
}

/// A partial trie after writes; none if it is not known.
fn written(root: Child, proofs: &Proofs, writes: Vec<(&[u8], Option<&Value>)>) -> Option<Child> {
    let source = Source { proven: Some(proofs.clone()), ..Source::default() };
    // What is written inside a hole changes nothing that is known.
    let known = writes.into_iter().filter(|(key, _)| walk(&root, proofs, key).exact);
    let known = known.map(|(key, value)| (key, value.map(without_bytes)));
    let known: Vec<_> = known.collect();
    update::update(Some(root), &source, known).ok().flatten()
}

/// The value as a node refers to it. Nobody reads it here.
fn without_bytes(value: &Value) -> TrieValue {
    TrieValue { bytes: ValueBytes::Row(0), ..TrieValue::new(value.clone()) }
}

/// Walks from `root` to `key`, as far as nodes are known.
fn walk(root: &Child, proofs: &Proofs, key: &[u8]) -> KnownPath {
    let mut path = KnownPath { nodes: Vec::new(), exact: false, splits: false };
    let (mut rest, mut child) = (Nibbles::of(key), root.clone());
    // Whether the node before is a branch with nothing but this one: in truth they are one node.
    let mut joined = false;
    loop {
        let node = match &child {
            Child::Memory(node) => Some(proofs.completed(node.clone())),
            Child::Stored(at) => proofs.node(&at.hash),
        };
        let Some(node) = node else { return path };
        path.nodes.extend((!joined).then(|| node.top()));
        let own = node.path.nibbles();
        if !rest.starts_with(own) {
            path.splits = rest.common_prefix(own) < rest.len();
            path.exact = true;
            return path;
        }
        rest = rest.from(own.len());
        let Body::Branch(branch) = &node.body else {
            path.exact = true;
            return path;
        };
        if is_stub(branch) {
            return path;
        }
        let joins = branch.value.is_none() && branch.children.nodes().len() == 1;
        if !joins && (joined || !own.is_empty()) {
            path.nodes.push(PathNode { hash: branch.hash, len: branch.len() });
        }
        let next = if rest.is_empty() { None } else { branch.children.get(rest.at(0)) };
        let Some(next) = next else {
            path.splits = joins && !rest.is_empty();
            path.exact = true;
            return path;
        };
        child = next.clone();
        rest = rest.from(1);
        joined = joins;
    }
}

/// The most nodes that the path to a key can have: one for each half-byte, and one at its end.
pub(crate) fn longest_path(key: &[u8]) -> u64 {
    2 * key.len() as u64 + 1
}

/// The branch of a node, if only its hash was proven: with the extension above it.
fn stub(node: &Node) -> Option<&Branch> {
    match &node.body {
        Body::Branch(branch) if is_stub(branch) => Some(branch),
        Body::Branch(_) | Body::Leaf(_) => None,
    }
}

fn is_stub(branch: &Branch) -> bool {
    branch.children.nodes().is_empty()
}

/// The node of a body as a network sends it; none if it is no body.
fn decode(body: &[u8]) -> Option<Node> {
    let name = hash(body);
    let (form, rest) = bodies::read(body)?;
    if !rest.is_empty() {
        return None;
    }
    let (path, memory, body) = match form {
        Form::Leaf { path, value, memory } => (path, memory, Body::Leaf(reference(&value))),
        Form::Branch(BranchForm { bitmap, children, value, memory }) => {
            let children = children.into_iter().map(|hash| Child::Stored(Address { row: 0, hash }));
            let children = Children::of(bitmap, children.collect());
            let value = value.as_ref().map(reference);
            let branch = Branch { hash: name, memory, children, value };
            (Path::default(), memory, Body::Branch(Arc::new(branch)))
        }
        Form::Extension { path, child, memory } => {
            let below = memory.checked_sub(bodies::extension_memory(&path, 0))?;
            let children = Children::of(0, Box::default());
            let branch = Branch { hash: child, memory: below, children, value: None };
            (path, memory, Body::Branch(Arc::new(branch)))
        }
    };
    // No sum of such weights overflows.
    let is_possible = memory <= MOST_MEMORY && !matches!(&body, Body::Branch(_) if memory < 50);
    is_possible.then_some(Node { hash: name, memory, path, body })
}

fn reference(value: &RawValueRef) -> TrieValue {
    TrieValue { hash: value.hash, len: value.len, bytes: ValueBytes::Row(0) }
}

/// The prefix of all contract data of the account whose data `key` is; none for other keys.
fn data_prefix(key: &[u8]) -> Option<&[u8]> {
    let own = key.strip_prefix(&[col::CONTRACT_DATA])?;
    let id = own.iter().position(|byte| *byte == ACCOUNT_DATA_SEPARATOR)?;
    key.get(..id + 2)
}

/// The most bytes of proofs that are kept; later contracts have no proof.
const MOST_BYTES: usize = 64 << 20;

/// With so many new contracts it takes too long to see whether they are on a path.
const MOST_UNPLACED: usize = 100;

/// The largest `memory_usage` that a node can have, far above that of any state.
const MOST_MEMORY: u64 = 1 << 56;
