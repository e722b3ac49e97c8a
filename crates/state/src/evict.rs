//! Evicts from tries what a store has.

use crate::node::{Body, Branch, Child, Node, TrieValue, ValueBytes};
use crate::row;
use crate::source::Address;
use near_primitives::hash::CryptoHash;
use std::collections::HashMap;
use std::sync::Arc;

/// The row numbers of nodes and long values that a store has, while tries may still have them in
/// memory.
///
/// Nodes and values have a map each, because a value may have the bytes of a node, and so its hash.
#[derive(Debug, Default)]
pub struct StoredAddresses {
    pub(crate) nodes: HashMap<CryptoHash, u64>,
    pub(crate) values: HashMap<CryptoHash, u64>,
}

impl StoredAddresses {
    /// The same trie, with every stored node and value replaced by its address. Visits only nodes
    /// that are not stored.
    pub(crate) fn evict(&self, root: &Child) -> Child {
        // Not by recursion: a contract can make the trie thousands of nodes deep.
        let mut open: Vec<(&Node, &Branch, Vec<Child>)> = Vec::new();
        let mut child = root;
        loop {
            if let Some((node, branch, first)) = self.unstored_branch(child) {
                open.push((node, branch, Vec::new()));
                child = first;
                continue;
            }
            let mut done = self.evict_one(child);
            loop {
                let Some((node, branch, mut children)) = open.pop() else { return done };
                children.push(done);
                if let Some(next) = branch.children.nodes().get(children.len()) {
                    open.push((node, branch, children));
                    child = next;
                    break;
                }
                let value = branch.value.as_ref().map(|value| self.evict_value(value));
                let body = Body::Branch(branch.with_parts(children.into(), value));
                done = Child::Memory(Arc::new(node.with_body(body)));
            }
        }
    }

    /// A branch that is not stored, and its first child.
    fn unstored_branch<'c>(&self, child: &'c Child) -> Option<(&'c Node, &'c Branch, &'c Child)> {
        let Child::Memory(node) = child else { return None };
        let Body::Branch(branch) = &node.body else { return None };
        let is_stored = self.nodes.contains_key(&node.hash);
        let first = branch.children.nodes().first().filter(|_| !is_stored);
        first.map(|first| (&**node, &**branch, first))
    }

    /// Evicts a leaf or a stored node.
    fn evict_one(&self, child: &Child) -> Child {
        let Child::Memory(node) = child else { return child.clone() };
        let hash = node.hash;
        match (self.nodes.get(&hash), &node.body) {
            (Some(row), _) => Child::Stored(Address { row: *row, hash }),
            (None, Body::Leaf(value)) if row::has_own_row(value) => {
                Child::Memory(Arc::new(node.with_body(Body::Leaf(self.evict_value(value)))))
            }
            (None, _) => child.clone(),
        }
    }

    fn evict_value(&self, value: &TrieValue) -> TrieValue {
        match self.values.get(&value.hash) {
            Some(row) if row::has_own_row(value) => {
                TrieValue { bytes: ValueBytes::Row(*row), ..value.clone() }
            }
            _ => value.clone(),
        }
    }
}
