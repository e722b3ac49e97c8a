//! Applying a batch of writes: one pass over sorted keys, untouched nodes shared.

use crate::nibbles::{Nibbles, Path};
use crate::node::{Body, Child, Children, Held, Node, Slots};
use crate::source::Source;
use keyway_engine::StateError;
use std::sync::Arc;

/// The trie under `root` after `writes`: keys in ascending order, each once, `None` removes.
///
/// The places on the way to the key at hand stand open. When the next key leaves a place, that
/// place is closed for good: it gets its one form and is hashed, once for the whole batch.
pub(crate) fn update<'k>(
    root: Option<Child>,
    source: &Source,
    writes: impl IntoIterator<Item = (&'k [u8], Option<Held>)>,
) -> Result<Option<Child>, StateError> {
    let mut update = Update { source, root, open: Vec::new() };
    for (key, value) in writes {
        let key = Nibbles::of(key);
        update.leave(key)?;
        update.enter(key, value)?;
    }
    update.finish()
}

struct Update<'k, 's> {
    /// Where nodes come from that are not in memory.
    source: &'s Source,
    /// The root while no place stands open.
    root: Option<Child>,
    /// Open places, each below the one before it.
    open: Vec<Draft<'k>>,
}

impl<'k> Update<'k, '_> {
    /// Closes the places that are not on the way to `key`, and forks where `key` departs from a
    /// path between two places.
    fn leave(&mut self, key: Nibbles<'k>) -> Result<(), StateError> {
        // Every open place lies on the last key, so what `key` shares with that one decides.
        let Some(last) = self.open.last() else { return Ok(()) };
        let shared = last.key.common_prefix(key);
        while let Some(mut top) = self.open.pop_if(|top| top.depth > shared) {
            if top.edge <= shared {
                let mut fork = Draft::new(key, top.edge, shared);
                top.edge = shared + 1;
                fork.adopt(top, self.source)?;
                self.open.push(fork);
            } else if let Some(parent) = self.open.last_mut() {
                parent.adopt(top, self.source)?;
            }
        }
        Ok(())
    }

    /// Opens the places on the way to `key` and puts `value` at its end.
    fn enter(&mut self, key: Nibbles<'k>, value: Option<Held>) -> Result<(), StateError> {
        loop {
            let (node, edge) = match self.open.last_mut() {
                None => (self.root.take().map(|root| root.load(self.source)).transpose()?, 0),
                Some(top) if top.depth == key.len() => {
                    top.value = value;
                    return Ok(());
                }
                Some(top) => (top.take(key.at(top.depth), self.source)?, top.depth + 1),
            };
            self.open.push(match node {
                None => Draft::new(key, edge, key.len()),
                Some(node) => Draft::open(&node, key, edge),
            });
        }
    }

    fn finish(mut self) -> Result<Option<Child>, StateError> {
        while let Some(top) = self.open.pop() {
            match self.open.last_mut() {
                Some(parent) => parent.adopt(top, self.source)?,
                None => return Ok(top.close(self.source)?.map(Child::Here)),
            }
        }
        Ok(self.root)
    }
}

/// A place of the trie while it is being changed.
struct Draft<'k> {
    /// A key that leads here; it may go on beyond.
    key: Nibbles<'k>,
    /// Where in the key this place's own path begins, after the parent's half-byte.
    edge: usize,
    /// Where in the key this place is.
    depth: usize,
    slots: Slots,
    /// What the nodes in the slots weigh together.
    below: u64,
    value: Option<Held>,
}

impl<'k> Draft<'k> {
    fn new(key: Nibbles<'k>, edge: usize, depth: usize) -> Self {
        Self { key, edge, depth, slots: Slots::default(), below: 0, value: None }
    }

    /// The place where `key` reaches or leaves the path of `node`, whose path begins at `edge`.
    fn open(node: &Node, key: Nibbles<'k>, edge: usize) -> Self {
        let path = node.path.nibbles();
        let shared = key.from(edge).common_prefix(path);
        let mut draft = Self::new(key, edge, edge + shared);
        if shared < path.len() {
            let rest = Path::of(path.from(shared + 1));
            let node = node.repath(rest);
            draft.below = node.memory;
            draft.slots[usize::from(path.at(shared))] = Some(Child::Here(node));
            return draft;
        }
        draft.value = node.value().cloned();
        if let Body::Branch(branch) = &node.body {
            draft.slots = branch.children.slots();
            draft.below = branch.below();
        }
        draft
    }

    /// Takes out the child at a half-byte, to be changed.
    fn take(&mut self, nibble: u8, source: &Source) -> Result<Option<Arc<Node>>, StateError> {
        let Some(child) = &self.slots[usize::from(nibble)] else { return Ok(None) };
        let node = child.load(source)?;
        self.slots[usize::from(nibble)] = None;
        self.below -= node.memory;
        Ok(Some(node))
    }

    /// Closes a place directly below this one and takes it as a child.
    fn adopt(&mut self, child: Draft<'_>, source: &Source) -> Result<(), StateError> {
        let slot = usize::from(child.key.at(child.edge - 1));
        let node = child.close(source)?;
        self.below += node.as_ref().map_or(0, |node| node.memory);
        self.slots[slot] = node.map(Child::Here);
        Ok(())
    }

    /// The node of this place, in the one form that its contents have: nothing when it is empty,
    /// no fork where nothing forks.
    fn close(self, source: &Source) -> Result<Option<Arc<Node>>, StateError> {
        let path = self.key.to(self.depth).from(self.edge);
        let children = Children::new(self.slots);
        Ok(match (children.nodes(), self.value) {
            ([], None) => None,
            ([], Some(value)) => Some(Node::leaf(Path::of(path), value)),
            ([only], None) => {
                let only = only.load(source)?;
                let nibble = children.bitmap().trailing_zeros() as u8;
                Some(only.repath(Path::joined(path, nibble, only.path.nibbles())))
            }
            (_, value) => Some(Node::branch(Path::of(path), children, value, self.below)),
        })
    }
}
