//! The encoding of a node as a row of a store; see docs/format.md.
//!
//! A row begins with the protocol's body of the node. An extension's body is followed by that of
//! the branch below it. Then comes the value or, if that is longer than [`INLINE`] bytes, the number
//! of the row that holds it; then the number of each child's row. Numbers are u64, little endian.

use crate::bodies::{self, BranchForm, Form, RawValueRef};
use crate::nibbles::Path;
use crate::node::{Body, Branch, Child, Children, Node, TrieValue, ValueBytes};
use crate::source::Address;
use near_primitives::hash::{CryptoHash, hash};
use std::sync::Arc;

/// The row of a node. Its children, and its value if that is long, have rows already.
pub(crate) fn encode(node: &Node) -> Vec<u8> {
    let mut row = node.top_body();
    if let Some(branch) = node.below_extension() {
        row.extend(branch.body());
    }
    match node.value().map(|value| &value.bytes) {
        Some(ValueBytes::Memory(bytes)) => row.extend_from_slice(bytes),
        Some(ValueBytes::Row(number)) => row.extend(number.to_le_bytes()),
        None => {}
    }
    if let Body::Branch(branch) = &node.body {
        let stored = branch.children.nodes().iter().filter_map(Child::address);
        row.extend(stored.flat_map(|at| at.row.to_le_bytes()));
    }
    row
}

/// The node in a row. None if it has another hash than `name`, or is damaged.
pub(crate) fn decode(name: &CryptoHash, row: &[u8]) -> Option<Node> {
    let (form, rest) = bodies::read(row)?;
    verify(name, row, rest)?;
    let (memory, path, body) = match form {
        Form::Leaf { path, value, memory } => {
            let (value, rest) = decode_value(value, rest)?;
            rest.is_empty().then_some((memory, path, Body::Leaf(value)))?
        }
        Form::Extension { path, child, memory } => {
            let (Form::Branch(branch), behind) = bodies::read(rest)? else { return None };
            verify(&child, rest, behind)?;
            (memory, path, Body::Branch(Arc::new(decode_branch(branch, child, behind)?)))
        }
        Form::Branch(branch) => {
            let branch = decode_branch(branch, *name, rest)?;
            (branch.memory, Path::default(), Body::Branch(Arc::new(branch)))
        }
    };
    Some(Node { hash: *name, memory, path, body })
}

/// Whether a value has a row of its own.
pub(crate) fn has_own_row(value: &TrieValue) -> bool {
    value.len > INLINE
}

fn decode_branch(form: BranchForm, hash: CryptoHash, rest: &[u8]) -> Option<Branch> {
    let BranchForm { bitmap, children, value, memory } = form;
    let (value, rows) = match value {
        Some(value) => decode_value(value, rest).map(|(value, rest)| (Some(value), rest))?,
        None => (None, rest),
    };
    let (rows, []) = rows.as_chunks() else { return None };
    if rows.len() != children.len() {
        return None;
    }
    let nodes = children
        .into_iter()
        .zip(rows)
        .map(|(hash, row)| Child::Stored(Address { row: u64::from_le_bytes(*row), hash }));
    Some(Branch { hash, memory, children: Children::of(bitmap, nodes.collect()), value })
}

/// A value with its bytes or its row's number, and the rest of the row.
fn decode_value(value: RawValueRef, rest: &[u8]) -> Option<(TrieValue, &[u8])> {
    let RawValueRef { hash, len } = value;
    if len > INLINE {
        let (row, rest) = rest.split_first_chunk()?;
        let bytes = ValueBytes::Row(u64::from_le_bytes(*row));
        return Some((TrieValue { hash, len, bytes }, rest));
    }
    let (bytes, rest) = rest.split_at_checked(usize::try_from(len).ok()?)?;
    let value = TrieValue::new(bytes.into());
    (value.hash == hash).then_some((value, rest))
}

/// Checks that `name` is the hash of the body before `rest`.
fn verify(name: &CryptoHash, row: &[u8], rest: &[u8]) -> Option<()> {
    let body = row.get(..row.len() - rest.len())?;
    (hash(body) == *name).then_some(())
}

/// The longest value that is in its node's row, bytes. Accounts, keys and most contract data are
/// shorter; contracts are longer.
const INLINE: u32 = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nibbles::Nibbles;

    fn nodes() -> Vec<Arc<Node>> {
        let key = [0x12, 0x34];
        let long = TrieValue { hash: hash(b"long"), len: 1025, bytes: ValueBytes::Row(7) };
        let values = [0, 3, 1024].map(|len| TrieValue::new(vec![7; len].into()));
        let mut nodes = Vec::new();
        for path in [0, 1, 4].map(|len| Nibbles::of(&key).to(len)) {
            for value in values.iter().chain([&long]) {
                nodes.push(Node::leaf(Path::of(path), value.clone()));
            }
            for value in [None, Some(values[1].clone()), Some(long.clone())] {
                let child = |row| Child::Stored(Address { row, hash: hash(&[row as u8]) });
                let children = Children::of(0b1001, [child(5), child(1 << 40)].into());
                nodes.push(Node::branch(Path::of(path), children, value, 300));
            }
        }
        nodes
    }

    #[test]
    fn what_is_encoded_decodes_to_the_same() {
        for node in nodes() {
            let read = decode(&node.hash, &encode(&node)).unwrap();
            assert_eq!(encode(&read), encode(&node));
            assert_eq!((read.hash, read.memory), (node.hash, node.memory));
            assert_eq!((read.top(), read.top_body()), (node.top(), node.top_body()));
        }
    }

    #[test]
    fn what_a_hash_covers_cannot_change_unnoticed() {
        for node in nodes() {
            let row = encode(&node);
            let children = match &node.body {
                Body::Branch(branch) => branch.children.nodes().len(),
                Body::Leaf(_) => 0,
            };
            let long = node.value().is_some_and(has_own_row);
            let numbers = 8 * (children + usize::from(long));
            for at in 0..row.len() - numbers {
                let mut changed = row.clone();
                changed[at] ^= 1;
                assert!(decode(&node.hash, &changed).is_none(), "byte {at}");
            }
            for at in 0..row.len() {
                assert!(decode(&node.hash, &row[..at]).is_none(), "cut at {at}");
            }
            assert!(decode(&node.hash, &[row, vec![0]].concat()).is_none());
        }
    }
}
