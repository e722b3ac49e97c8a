//! Iterates over the entries of a trie in the order of their keys, without those of a base.

use crate::nibbles::Nibbles;
use crate::node::{Body, Child, Node, TrieValue};
use crate::source::Source;
use keyway_engine::StateError;

/// An iteration over entries. It has its own stack, because a trie can be too deep for recursion.
pub(crate) struct LocalCursor {
    source: Source,
    /// Nodes still to visit, the next one last.
    pending: Vec<Step>,
    /// Half-bytes of the current node's key.
    nibbles: Vec<u8>,
    /// Half-bytes of the key after which entries are returned; none once the iteration is past it.
    after: Option<Vec<u8>>,
    key: Vec<u8>,
}

/// A node to visit.
struct Step {
    node: Child,
    /// How many of the current half-bytes lead to the parent.
    base: usize,
    /// The half-byte that selects this node in its parent.
    nibble: Option<u8>,
}

/// The position of a node relative to the key after which entries are returned.
enum Side {
    /// Before it, with everything below.
    Before,
    /// On the path to it, or at it.
    OnPath,
    /// After it, with everything below.
    After,
}

impl LocalCursor {
    /// Begins at the first entry whose key starts with `prefix` and comes after `after`.
    pub(crate) fn new(
        root: Option<&Child>,
        source: &Source,
        prefix: &[u8],
        after: Option<&[u8]>,
    ) -> Result<Self, StateError> {
        let prefix = Nibbles::of(prefix);
        let first = match root {
            Some(root) => first_under(root, source, prefix)?,
            None => None,
        };
        let base = first.as_ref().map_or(0, |step| step.base);
        Ok(Self {
            source: source.clone(),
            pending: first.into_iter().collect(),
            nibbles: prefix.to(base).iter().collect(),
            after: after.map(|after| Nibbles::of(after).iter().collect()),
            key: Vec::new(),
        })
    }

    /// The next entry. Its value is not loaded.
    pub(crate) fn next(&mut self) -> Result<Option<(&[u8], TrieValue)>, StateError> {
        Ok(self.advance()?.map(|value| (&*self.key, value)))
    }

    /// The store of the values.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// Goes to the next entry, and leaves its key in `key`.
    fn advance(&mut self) -> Result<Option<TrieValue>, StateError> {
        while let Some(Step { node, base, nibble }) = self.pending.pop() {
            let node = node.load(&self.source)?;
            self.nibbles.truncate(base);
            self.nibbles.extend(nibble);
            self.nibbles.extend(node.path.nibbles().iter());
            let side = self.side();
            if matches!(side, Side::Before) {
                continue;
            }
            self.push_children(&node);
            if let (Side::After, Some(value)) = (side, node.value()) {
                self.key.clear();
                self.key.extend(self.nibbles.chunks(2).map(pack));
                return Ok(Some(value.clone()));
            }
        }
        Ok(None)
    }

    fn push_children(&mut self, node: &Node) {
        if let Body::Branch(branch) = &node.body {
            let base = self.nibbles.len();
            let steps = branch.children.iter().rev();
            self.pending.extend(steps.map(|(nibble, node)| Step {
                node: node.clone(),
                base,
                nibble: Some(nibble),
            }));
        }
    }

    fn side(&mut self) -> Side {
        match &self.after {
            None => Side::After,
            Some(after) if after.starts_with(&self.nibbles) => Side::OnPath,
            Some(after) if self.nibbles < *after => Side::Before,
            Some(_) => {
                self.after = None;
                Side::After
            }
        }
    }
}

/// The highest node such that exactly the keys under `prefix` are at or below it.
fn first_under(
    root: &Child,
    source: &Source,
    prefix: Nibbles<'_>,
) -> Result<Option<Step>, StateError> {
    let (mut child, mut base) = (root.clone(), 0);
    loop {
        let node = child.load(source)?;
        let (path, rest) = (node.path.nibbles(), prefix.from(base));
        if path.starts_with(rest) {
            return Ok(Some(Step { node: child, base, nibble: None }));
        }
        let Body::Branch(branch) = &node.body else { return Ok(None) };
        if !rest.starts_with(path) {
            return Ok(None);
        }
        let Some(next) = branch.children.get(rest.at(path.len())) else { return Ok(None) };
        child = next.clone();
        base += path.len() + 1;
    }
}

/// Keys are whole bytes, so half-bytes come in pairs.
fn pack(pair: &[u8]) -> u8 {
    pair.iter().fold(0, |byte, nibble| byte << 4 | nibble)
}
