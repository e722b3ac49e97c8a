//! Applies writes in one pass over sorted keys; untouched nodes are shared.

use crate::nibbles::{Nibbles, Path};
use crate::node::{Body, Child, Children, Held, Node, Slots};
use crate::source::Source;
use keyway_engine::StateError;
use std::sync::Arc;

/// The trie under `root` after `writes`: keys in ascending order, each once, `None` removes.
pub(crate) fn update<'k>(
    root: Option<Child>,
    source: &Source,
    writes: impl IntoIterator<Item = (&'k [u8], Option<Held>)>,
) -> Result<Option<Child>, StateError> {
    let mut update = Update::new(root, source, |node| Ok::<_, StateError>(Child::Here(node)));
    for (key, value) in writes {
        update.write(key, value)?;
    }
    update.finish()
}

/// A trie that is being changed, by keys in ascending order, each once.
///
/// The places on the path to the current key are open. When the next key leaves a place, the place is
/// closed: it gets its canonical form and is hashed, once for all writes.
pub(crate) struct Update<'s, K> {
    /// The source of nodes that are not in memory.
    source: &'s Source,
    /// Where new nodes go.
    keep: K,
    /// The root while no place is open.
    root: Option<Child>,
    /// The current key.
    key: Vec<u8>,
    /// Open places on the way to the key, each below the one before it.
    open: Vec<Draft>,
}

impl<'s, K, E> Update<'s, K>
where
    K: FnMut(Arc<Node>) -> Result<Child, E>,
    E: From<StateError>,
{
    /// Begins with the trie under `root`. Each node that is made is given to `keep`, which says
    /// how its parent shall know it; children come before their parents.
    pub(crate) fn new(root: Option<Child>, source: &'s Source, keep: K) -> Self {
        Self { source, keep, root, key: Vec::new(), open: Vec::new() }
    }

    /// Puts `value` under `key`, or removes what is there.
    pub(crate) fn write(&mut self, key: &[u8], value: Option<Held>) -> Result<(), E> {
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

    /// Closes the places that are not on the way to `next`, and forks where `next` departs from a
    /// path between two places.
    fn leave(&mut self, next: Nibbles<'_>) -> Result<(), E> {
        let shared = Nibbles::of(&self.key).common_prefix(next);
        while let Some(mut top) = self.open.pop_if(|top| top.depth > shared) {
            let fork = top.edge <= shared;
            if fork {
                self.open.push(Draft::new(top.edge, shared));
                top.edge = shared + 1;
            }
            let closed = self.close(top)?;
            if let Some(parent) = self.open.last_mut() {
                parent.adopt(closed);
            }
        }
        Ok(())
    }

    /// Opens the places on the way to the key at hand and puts `value` at its end.
    fn enter(&mut self, value: Option<Held>) -> Result<(), E> {
        let key = Nibbles::of(&self.key);
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
                None => Draft::new(edge, key.len()),
                Some(node) => Draft::open(&node, key, edge),
            });
        }
    }

    /// Gives a place on the way to the key at hand the one form that its contents have: nothing
    /// when it is empty, no fork where nothing forks.
    fn close(&mut self, place: Draft) -> Result<Closed, E> {
        let key = Nibbles::of(&self.key);
        let path = key.to(place.depth).from(place.edge);
        let children = Children::new(place.slots);
        let node = match (children.nodes(), place.value) {
            ([], None) => None,
            ([], Some(value)) => Some(Node::leaf(Path::of(path), value)),
            ([only], None) => {
                let only = only.load(self.source)?;
                let nibble = children.bitmap().trailing_zeros() as u8;
                Some(only.repath(Path::joined(path, nibble, only.path.nibbles())))
            }
            (_, value) => Some(Node::branch(Path::of(path), children, value, place.below)),
        };
        let slot = if place.edge == 0 { 0 } else { key.at(place.edge - 1) };
        let Some(node) = node else { return Ok(Closed { slot, node: None }) };
        let memory = node.memory;
        Ok(Closed { slot, node: Some(((self.keep)(node)?, memory)) })
    }
}

/// A place of the trie while it is being changed.
struct Draft {
    /// Where in the key this place's own path begins, after the parent's half-byte.
    edge: usize,
    /// Where in the key this place is.
    depth: usize,
    slots: Slots,
    /// What the nodes in the slots weigh together.
    below: u64,
    value: Option<Held>,
}

/// What a place came to.
struct Closed {
    /// Its half-byte in the place above.
    slot: u8,
    /// Its node and what that weighs, unless nothing is left of it.
    node: Option<(Child, u64)>,
}

impl Draft {
    fn new(edge: usize, depth: usize) -> Self {
        Self { edge, depth, slots: Slots::default(), below: 0, value: None }
    }

    /// The place where `key` reaches or leaves the path of `node`, whose path begins at `edge`.
    fn open(node: &Node, key: Nibbles<'_>, edge: usize) -> Self {
        let path = node.path.nibbles();
        let shared = key.from(edge).common_prefix(path);
        let mut draft = Self::new(edge, edge + shared);
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

    /// Takes what a place directly below this one came to.
    fn adopt(&mut self, closed: Closed) {
        let (child, memory) = closed.node.unzip();
        self.below += memory.unwrap_or_default();
        self.slots[usize::from(closed.slot)] = child;
    }
}
