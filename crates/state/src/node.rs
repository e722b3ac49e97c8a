//! The trie's nodes: immutable, shared, each with its hash.

use crate::bodies;
use crate::nibbles::Path;
use crate::source::{Address, Source};
use keyway_engine::{PathNode, StateError, Value, ValueRef};
use near_primitives::hash::{CryptoHash, hash};
use std::mem::take;
use std::sync::Arc;

/// A leaf or a branch, with the path from its parent.
///
/// A leaf is one node of the protocol; so is a branch without a path. A branch with a path is two:
/// the extension that holds the path, and the branch below it. Keeping the two together guarantees
/// the protocol's canonical form: no extension can point at another extension, or at a leaf.
#[derive(Debug)]
pub(crate) struct Node {
    /// The hash by which the parent refers to this node: of the leaf, extension or branch.
    pub(crate) hash: CryptoHash,
    /// `memory_usage` of the same, a weight that is part of what the protocol hashes.
    pub(crate) memory: u64,
    /// The half-bytes from the parent to this node, without the one that selects the child.
    pub(crate) path: Path,
    /// The value, or the children.
    pub(crate) body: Body,
}

/// A value, or the children.
#[derive(Debug)]
pub(crate) enum Body {
    /// One value and nothing below.
    Leaf(TrieValue),
    /// Children, perhaps a value.
    Branch(Arc<Branch>),
}

/// Two children or more, or a value and at least one child.
#[derive(Debug)]
pub(crate) struct Branch {
    /// Hash of the branch itself, without the extension above it.
    pub(crate) hash: CryptoHash,
    /// `memory_usage` of the branch itself.
    pub(crate) memory: u64,
    /// The children.
    pub(crate) children: Children,
    /// The value of the key that ends here.
    pub(crate) value: Option<TrieValue>,
}

/// A value, as a node refers to it.
#[derive(Clone, Debug)]
pub(crate) struct TrieValue {
    /// The value's hash.
    pub(crate) hash: CryptoHash,
    /// The value's length in bytes: a u32 in the protocol's nodes.
    pub(crate) len: u32,
    /// The bytes, or their row.
    pub(crate) bytes: ValueBytes,
}

/// The bytes of a value, or their row.
#[derive(Clone, Debug)]
pub(crate) enum ValueBytes {
    /// In memory.
    Memory(Value),
    /// In this row of the store, which holds nothing else.
    Row(u64),
}

impl TrieValue {
    /// Hashes the value. Nothing in a state comes near 4 GiB, the limit of lengths.
    pub(crate) fn new(bytes: Value) -> Self {
        Self { hash: hash(&bytes), len: bytes.len() as u32, bytes: ValueBytes::Memory(bytes) }
    }

    /// A reference to the value.
    pub(crate) fn reference<'s>(&self, source: &'s Source) -> Result<ValueRef<'s>, StateError> {
        Ok(match &self.bytes {
            ValueBytes::Memory(bytes) => ValueRef::in_memory(self.hash, bytes.clone()),
            ValueBytes::Row(row) => ValueRef::stored(self.hash, self.len, source.values()?, *row),
        })
    }

    /// The value, loaded if needed.
    pub(crate) fn load(&self, source: &Source) -> Result<Value, StateError> {
        match &self.bytes {
            ValueBytes::Memory(bytes) => Ok(bytes.clone()),
            ValueBytes::Row(row) => source.values()?.load(*row, &self.hash),
        }
    }
}

impl Node {
    /// A value at the end of `path`.
    pub(crate) fn leaf(path: Path, value: TrieValue) -> Arc<Self> {
        let memory = bodies::leaf_memory(&path, &value);
        let hash = hash(&bodies::leaf(&path, &value, memory));
        Arc::new(Self { hash, memory, path, body: Body::Leaf(value) })
    }

    /// A branch at the end of `path`. `below` is the `memory_usage` of its children together.
    pub(crate) fn branch(
        path: Path,
        children: Children,
        value: Option<TrieValue>,
        below: u64,
    ) -> Arc<Self> {
        let memory = bodies::branch_memory(below, value.as_ref());
        let hash = hash(&bodies::branch(&children, value.as_ref(), memory));
        Self::above(path, Arc::new(Branch { hash, memory, children, value }))
    }

    /// The same contents at the end of another path.
    pub(crate) fn repath(&self, path: Path) -> Arc<Self> {
        match &self.body {
            Body::Leaf(value) => Self::leaf(path, value.clone()),
            Body::Branch(branch) => Self::above(path, branch.clone()),
        }
    }

    /// A branch at the end of `path`.
    pub(crate) fn above(path: Path, branch: Arc<Branch>) -> Arc<Self> {
        let (mut hash_above, mut memory) = (branch.hash, branch.memory);
        if !path.is_empty() {
            memory = bodies::extension_memory(&path, branch.memory);
            hash_above = hash(&bodies::extension(&path, &branch.hash, memory));
        }
        Arc::new(Self { hash: hash_above, memory, path, body: Body::Branch(branch) })
    }

    /// The same node with an equal body, whose parts may be in memory or in the store.
    pub(crate) fn with_body(&self, body: Body) -> Self {
        Self { hash: self.hash, memory: self.memory, path: self.path.clone(), body }
    }

    /// The value of the key that ends here.
    pub(crate) fn value(&self) -> Option<&TrieValue> {
        match &self.body {
            Body::Leaf(value) => Some(value),
            Body::Branch(branch) => branch.value.as_ref(),
        }
    }

    /// Memory of the node with its value, but without its children, in bytes.
    pub(crate) fn size(&self) -> usize {
        let value = match self.value().map(|value| &value.bytes) {
            Some(ValueBytes::Memory(bytes)) => bytes.len(),
            Some(ValueBytes::Row(_)) | None => 0,
        };
        let branch = match &self.body {
            Body::Branch(branch) => size_of::<Branch>() + size_of_val(branch.children.nodes()),
            Body::Leaf(_) => 0,
        };
        size_of::<Self>() + self.path.encoded_len() + branch + value
    }

    /// The protocol's node that the parent points at: a leaf, an extension or a branch.
    pub(crate) fn top(&self) -> PathNode {
        let len = match &self.body {
            Body::Leaf(_) => bodies::leaf_len(&self.path),
            Body::Branch(branch) if self.path.is_empty() => branch.len(),
            Body::Branch(_) => bodies::extension_len(&self.path),
        };
        PathNode { hash: self.hash, len }
    }

    /// The body of that node.
    pub(crate) fn top_body(&self) -> Vec<u8> {
        match &self.body {
            Body::Leaf(value) => bodies::leaf(&self.path, value, self.memory),
            Body::Branch(branch) if self.path.is_empty() => branch.body(),
            Body::Branch(branch) => bodies::extension(&self.path, &branch.hash, self.memory),
        }
    }

    /// The branch below the extension, if this is two nodes of the protocol.
    pub(crate) fn below_extension(&self) -> Option<&Branch> {
        match &self.body {
            Body::Branch(branch) if !self.path.is_empty() => Some(branch),
            Body::Branch(_) | Body::Leaf(_) => None,
        }
    }
}

impl Branch {
    /// The same branch with equal children and value, which may be in memory or in the store.
    pub(crate) fn with_parts(&self, children: Box<[Child]>, value: Option<TrieValue>) -> Arc<Self> {
        let children = Children::of(self.children.bitmap, children);
        Arc::new(Self { hash: self.hash, memory: self.memory, children, value })
    }

    /// `memory_usage` of the children together.
    pub(crate) fn below(&self) -> u64 {
        // Only a network's proof could state less.
        self.memory.saturating_sub(bodies::branch_memory(0, self.value.as_ref()))
    }

    /// Length of the branch's body in bytes.
    pub(crate) fn len(&self) -> usize {
        bodies::branch_len(&self.children, self.value.as_ref())
    }

    /// The branch's body.
    pub(crate) fn body(&self) -> Vec<u8> {
        bodies::branch(&self.children, self.value.as_ref(), self.memory)
    }
}

impl Drop for Branch {
    /// Frees the nodes that are not shared. Not by recursion: a contract can make the trie thousands
    /// of nodes deep.
    fn drop(&mut self) {
        let mut pending = take(&mut self.children.nodes).into_vec();
        while let Some(node) = pending.pop() {
            if let Child::Memory(node) = node
                && let Some(node) = Arc::into_inner(node)
                && let Body::Branch(branch) = node.body
                && let Some(mut branch) = Arc::into_inner(branch)
            {
                pending.append(&mut take(&mut branch.children.nodes).into_vec());
            }
        }
    }
}

/// A node, as its parent refers to it.
#[derive(Clone, Debug)]
pub(crate) enum Child {
    /// In memory.
    Memory(Arc<Node>),
    /// In the store.
    Stored(Address),
}

impl Child {
    /// The hash by which the parent refers to it.
    pub(crate) fn hash(&self) -> &CryptoHash {
        match self {
            Self::Memory(node) => &node.hash,
            Self::Stored(at) => &at.hash,
        }
    }

    /// The node, loaded if needed.
    pub(crate) fn load(&self, source: &Source) -> Result<Arc<Node>, StateError> {
        match self {
            Self::Memory(node) => Ok(source.completed(node)),
            Self::Stored(at) => source.node(at),
        }
    }

    /// Its address in the store, if it has one.
    pub(crate) fn address(&self) -> Option<&Address> {
        match self {
            Self::Memory(_) => None,
            Self::Stored(at) => Some(at),
        }
    }
}

/// Up to sixteen children, by half-byte.
#[derive(Debug)]
pub(crate) struct Children {
    bitmap: u16,
    nodes: Box<[Child]>,
}

/// A child for each half-byte that has one.
pub(crate) type Slots = [Option<Child>; 16];

impl Children {
    /// The children of the slots in use.
    pub(crate) fn new(slots: Slots) -> Self {
        let bits =
            slots.iter().enumerate().map(|(nibble, slot)| u16::from(slot.is_some()) << nibble);
        Self { bitmap: bits.sum(), nodes: slots.into_iter().flatten().collect() }
    }

    /// The children that `bitmap` names, in order.
    pub(crate) fn of(bitmap: u16, nodes: Box<[Child]>) -> Self {
        Self { bitmap, nodes }
    }

    /// The children, each in its slot.
    pub(crate) fn slots(&self) -> Slots {
        let mut slots = Slots::default();
        for (nibble, node) in self.iter() {
            slots[usize::from(nibble)] = Some(node.clone());
        }
        slots
    }

    /// The child at a half-byte.
    pub(crate) fn get(&self, nibble: u8) -> Option<&Child> {
        let bit = 1 << nibble;
        let place = (self.bitmap & (bit - 1)).count_ones() as usize;
        if self.bitmap & bit == 0 { None } else { self.nodes.get(place) }
    }

    /// The children with their half-bytes, in order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (u8, &Child)> {
        (0..16).filter_map(|nibble| Some((nibble, self.get(nibble)?)))
    }

    /// The children in order.
    pub(crate) fn nodes(&self) -> &[Child] {
        &self.nodes
    }

    /// Bit `n` is set when half-byte `n` has a child.
    pub(crate) fn bitmap(&self) -> u16 {
        self.bitmap
    }
}
