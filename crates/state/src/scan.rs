//! Iterates over entries in the order of their keys.

use crate::nibbles::Nibbles;
use crate::node::{Body, Child, Held, Node};
use crate::source::Source;
use keyway_engine::{StateError, Value};

/// An iteration over entries. It keeps its own stack, so depth costs no recursion.
pub(crate) struct Cursor {
    source: Source,
    /// Places still to visit, the next one last.
    pending: Vec<Step>,
    /// Half-bytes of the current place.
    nibbles: Vec<u8>,
    /// Half-bytes of the key after which entries count; none once the iteration is past it.
    after: Option<Vec<u8>>,
    key: Vec<u8>,
}

/// A place to visit.
struct Step {
    node: Child,
    /// How many of the current half-bytes lead to the parent.
    base: usize,
    /// The parent's half-byte for this place.
    nibble: Option<u8>,
}

/// Where a place lies relative to the key after which entries count.
enum Side {
    /// Before it, with everything below.
    Before,
    /// On the way to it, or at it.
    OnTheWay,
    /// After it, with everything below.
    After,
}

impl Cursor {
    /// Stands before the first entry whose key starts with `prefix` and comes after `after`.
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

    /// The next entry.
    pub(crate) fn next(&mut self) -> Result<Option<(&[u8], Value)>, StateError> {
        let Some(value) = self.advance()? else { return Ok(None) };
        Ok(Some((&self.key, value.load(&self.source)?)))
    }

    /// The key of the next entry, whose value is not loaded.
    pub(crate) fn next_key(&mut self) -> Result<Option<&[u8]>, StateError> {
        Ok(self.advance()?.map(|_| &*self.key))
    }

    /// Goes to the next entry, and leaves its key in `key`.
    fn advance(&mut self) -> Result<Option<Held>, StateError> {
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
            Some(after) if after.starts_with(&self.nibbles) => Side::OnTheWay,
            Some(after) if self.nibbles < *after => Side::Before,
            Some(_) => {
                self.after = None;
                Side::After
            }
        }
    }
}

/// The highest place such that all keys under `prefix`, and no others, are at or below it.
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
