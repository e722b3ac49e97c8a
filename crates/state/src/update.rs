//! Applies writes in one pass over sorted keys; untouched nodes are shared.

use crate::nibbles::{Nibbles, Path};
use crate::node::{Body, Child, Children, Node, Slots, TrieValue};
use crate::source::Source;
use keyway_engine::StateError;
use std::sync::Arc;

/// The trie under `root` after `writes`: keys in ascending order, each once; `None` removes a key.
pub(crate) fn update<'k>(
    root: Option<Child>,
    source: &Source,
    writes: impl IntoIterator<Item = (&'k [u8], Option<TrieValue>)>,
) -> Result<Option<Child>, StateError> {
    let mut update = Update::new(root, source, |node| Ok::<_, StateError>(Child::Memory(node)));
    for (key, value) in writes {
        update.write(key, value)?;
    }
    update.finish()
}

/// A trie that is being changed, by keys in ascending order, each once.
///
/// The nodes on the path to the current key are open. When the next key leaves the path of a node,
/// that node is closed: it gets its canonical form and is hashed, once for all writes below it. A node
/// whose writes changed nothing is closed as it was, without hashing.
pub(crate) struct Update<'s, K> {
    /// The source of nodes that are not in memory.
    source: &'s Source,
    /// Stores a new node, or keeps it in memory.
    keep: K,
    /// The root while no node is open.
    root: Option<Child>,
    /// The current key.
    key: Vec<u8>,
    /// Open nodes on the path to the key, each below the one before it.
    open: Vec<OpenNode>,
}

impl<'s, K, E> Update<'s, K>
where
    K: FnMut(Arc<Node>) -> Result<Child, E>,
    E: From<StateError>,
{
    /// Begins with the trie under `root`. `keep` gets each new node, children before parents, and
    /// returns what its parent contains of it.
    pub(crate) fn new(root: Option<Child>, source: &'s Source, keep: K) -> Self {
        Self { source, keep, root, key: Vec::new(), open: Vec::new() }
    }

    /// Writes `value` under `key`, or removes the value there.
    pub(crate) fn write(&mut self, key: &[u8], value: Option<TrieValue>) -> Result<(), E> {
        self.leave(Nibbles::of(key))?;
        self.key.clear();
        self.key.extend_from_slice(key);
        self.enter(value)
    }

    /// The root after all writes.
    pub(crate) fn finish(mut self) -> Result<Option<Child>, E> {
        while let Some(top) = self.open.pop() {
            let closed = self.close(top)?;
            match self.open.last_mut() {
                Some(parent) => parent.adopt(closed),
                None => return Ok(closed.node.map(|(child, _)| child)),
            }
        }
        Ok(self.root)
    }

    /// Closes the nodes that are not on the path to `next`. Where `next` departs between two nodes,
    /// opens a branch there.
    fn leave(&mut self, next: Nibbles<'_>) -> Result<(), E> {
        let shared = Nibbles::of(&self.key).common_prefix(next);
        while let Some(mut top) = self.open.pop_if(|top| top.depth > shared) {
            if top.edge <= shared {
                self.open.push(top.split(shared));
            }
            let closed = self.close(top)?;
            if let Some(parent) = self.open.last_mut() {
                parent.adopt(closed);
            }
        }
        Ok(())
    }

    /// Opens the nodes on the path to the current key and puts `value` at its end.
    fn enter(&mut self, value: Option<TrieValue>) -> Result<(), E> {
        let key = Nibbles::of(&self.key);
        loop {
            let (child, edge) = match self.open.last_mut() {
                None => (self.root.take(), 0),
                Some(top) if top.depth == key.len() => {
                    top.set(value);
                    return Ok(());
                }
                Some(top) => (top.slots[usize::from(key.at(top.depth))].take(), top.depth + 1),
            };
            let Some(child) = child else {
                self.open.push(OpenNode::new(edge, key.len()));
                continue;
            };
            let node = child.load(self.source)?;
            if let Some(parent) = self.open.last_mut() {
                parent.children_memory = parent.children_memory.saturating_sub(node.memory);
            }
            self.open.push(OpenNode::of(child, &node, key, edge));
        }
    }

    /// Gives a node on the path to the current key the one form that its contents have: nothing
    /// when it is empty, no branch where nothing forks.
    fn close(&mut self, open: OpenNode) -> Result<Closed, E> {
        let key = Nibbles::of(&self.key);
        let slot = if open.edge == 0 { 0 } else { key.at(open.edge - 1) };
        let changed = open.changed;
        if let Some(original) = open.original.filter(|_| !changed) {
            return Ok(Closed { slot, node: Some(original), changed });
        }
        let path = key.to(open.depth).from(open.edge);
        let children = Children::new(open.slots);
        let node = match (children.nodes(), open.value) {
            ([], None) => None,
            ([], Some(value)) => Some(Node::leaf(Path::of(path), value)),
            // Elsewhere a branch forks. What is in a hole cannot be joined with what is above it.
            ([only], None) if !self.source.is_hole(only) => {
                let only = only.load(self.source)?;
                let nibble = children.bitmap().trailing_zeros() as u8;
                Some(only.repath(Path::joined(path, nibble, only.path.nibbles())))
            }
            (_, value) => Some(Node::branch(Path::of(path), children, value, open.children_memory)),
        };
        let Some(node) = node else { return Ok(Closed { slot, node: None, changed }) };
        let memory = node.memory;
        Ok(Closed { slot, node: Some(((self.keep)(node)?, memory)), changed })
    }
}

/// A node of the trie that is being changed.
struct OpenNode {
    /// Where in the key the node's own path begins, after the parent's half-byte.
    edge: usize,
    /// Where in the key the node's path ends.
    depth: usize,
    slots: Slots,
    /// `memory_usage` of the children in the slots together.
    children_memory: u64,
    value: Option<TrieValue>,
    /// What the parent contained before, with its `memory_usage`.
    original: Option<(Child, u64)>,
    /// Whether a write changed the value or anything below.
    changed: bool,
}

/// What an open node came to.
struct Closed {
    /// Its half-byte in the parent.
    slot: u8,
    /// The node with its `memory_usage`, unless nothing is left of it.
    node: Option<(Child, u64)>,
    changed: bool,
}

impl OpenNode {
    fn new(edge: usize, depth: usize) -> Self {
        Self {
            edge,
            depth,
            slots: Slots::default(),
            children_memory: 0,
            value: None,
            original: None,
            changed: false,
        }
    }

    /// Opens `node`, which the parent contains as `child` and whose path begins at `edge`. If `key`
    /// leaves that path, opens an empty branch there instead, with the node below it.
    fn of(child: Child, node: &Node, key: Nibbles<'_>, edge: usize) -> Self {
        let path = node.path.nibbles();
        let shared = key.from(edge).common_prefix(path);
        let mut open = Self::new(edge, edge + shared);
        open.original = Some((child, node.memory));
        if shared < path.len() {
            let below = node.repath(Path::of(path.from(shared + 1)));
            open.children_memory = below.memory;
            open.slots[usize::from(path.at(shared))] = Some(Child::Memory(below));
            return open;
        }
        open.value = node.value().cloned();
        if let Body::Branch(branch) = &node.body {
            open.slots = branch.children.slots();
            open.children_memory = branch.below();
        }
        open
    }

    fn set(&mut self, value: Option<TrieValue>) {
        let hash = |value: &Option<TrieValue>| value.as_ref().map(|value| value.hash);
        self.changed |= hash(&self.value) != hash(&value);
        self.value = value;
    }

    /// Shortens the node's path, so that it begins below `depth`. Returns an open branch at `depth`,
    /// above it.
    fn split(&mut self, depth: usize) -> Self {
        let mut branch = Self::new(self.edge, depth);
        branch.original = self.original.take();
        self.edge = depth + 1;
        branch
    }

    /// Takes what the node directly below this one came to.
    fn adopt(&mut self, closed: Closed) {
        let (child, memory) = closed.node.unzip();
        self.children_memory += memory.unwrap_or_default();
        self.slots[usize::from(closed.slot)] = child;
        self.changed |= closed.changed;
    }
}
