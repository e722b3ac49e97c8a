//! Evicts from tries what a store has.

use crate::node::{Body, Branch, Bytes, Child, Held, Node};
use crate::record;
use crate::source::Address;
use near_primitives::hash::CryptoHash;
use std::collections::HashMap;
use std::sync::Arc;

/// The addresses in a store of nodes and long values that tries may still have in memory.
///
/// They are kept apart: a value with the bytes of a node, and so its hash, needs a row of its own.
#[derive(Debug, Default)]
pub struct Placed {
    pub(crate) nodes: HashMap<CryptoHash, u64>,
    pub(crate) values: HashMap<CryptoHash, u64>,
}

impl Placed {
    /// The same trie without what has an address. Visits only nodes without one.
    pub(crate) fn rested(&self, root: &Child) -> Child {
        // Not by recursion: a contract can make the trie thousands of nodes deep.
        let mut open: Vec<(&Node, &Branch, Vec<Child>)> = Vec::new();
        let mut child = root;
        loop {
            if let Some((node, branch, first)) = self.fork(child) {
                open.push((node, branch, Vec::new()));
                child = first;
                continue;
            }
            let mut done = self.end(child);
            loop {
                let Some((node, branch, mut children)) = open.pop() else { return done };
                children.push(done);
                if let Some(next) = branch.children.nodes().get(children.len()) {
                    open.push((node, branch, children));
                    child = next;
                    break;
                }
                let value = branch.value.as_ref().map(|value| self.value(value));
                let body = Body::Branch(branch.moved(children.into(), value));
                done = Child::Here(Arc::new(node.moved(body)));
            }
        }
    }

    /// A fork without an address, and its first child.
    fn fork<'c>(&self, child: &'c Child) -> Option<(&'c Node, &'c Branch, &'c Child)> {
        let Child::Here(node) = child else { return None };
        let Body::Branch(branch) = &node.body else { return None };
        let unplaced = !self.nodes.contains_key(&node.hash);
        let first = branch.children.nodes().first().filter(|_| unplaced);
        first.map(|first| (&**node, &**branch, first))
    }

    /// What needs no look below it.
    fn end(&self, child: &Child) -> Child {
        let Child::Here(node) = child else { return child.clone() };
        let hash = node.hash;
        match (self.nodes.get(&hash), &node.body) {
            (Some(row), _) => Child::Stored(Address { row: *row, hash }),
            (None, Body::Leaf(value)) if record::is_apart(value) => {
                Child::Here(Arc::new(node.moved(Body::Leaf(self.value(value)))))
            }
            (None, _) => child.clone(),
        }
    }

    fn value(&self, value: &Held) -> Held {
        match self.values.get(&value.hash) {
            Some(row) if record::is_apart(value) => {
                Held { bytes: Bytes::Apart(*row), ..value.clone() }
            }
            _ => value.clone(),
        }
    }
}
