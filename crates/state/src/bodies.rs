//! Node bodies: the bytes that nearcore stores, hashes and puts into proofs.

use crate::nibbles::Path;
use crate::node::{Children, Held};
use near_primitives::hash::CryptoHash;

/// A node's kind, length of a path, hash, value reference and `memory_usage`, in bytes.
const TAG: usize = 1;
const LENGTH: usize = 4;
const HASH: usize = 32;
const VALUE_REF: usize = LENGTH + HASH;
const MEMORY: usize = 8;
const BITMAP: usize = 2;

/// What a node, a byte of path and a byte of value weigh in `memory_usage`.
const NODE_WEIGHT: u64 = 50;
const PATH_BYTE_WEIGHT: u64 = 2;

/// The body of a leaf.
pub(crate) fn leaf(path: &Path, value: &Held, memory: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(leaf_len(path));
    out.push(0);
    put_len(path.encoded_len(), &mut out);
    path.encode_leaf(&mut out);
    put_value(value, &mut out);
    out.extend(memory.to_le_bytes());
    out
}

/// Length of a leaf's body in bytes.
pub(crate) fn leaf_len(path: &Path) -> usize {
    TAG + LENGTH + path.encoded_len() + VALUE_REF + MEMORY
}

/// `memory_usage` of a leaf.
pub(crate) fn leaf_memory(path: &Path, value: &Held) -> u64 {
    path_memory(path) + value_memory(value)
}

/// The body of an extension: a path without a fork, to a branch.
pub(crate) fn extension(path: &Path, child: &CryptoHash, memory: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(extension_len(path));
    out.push(3);
    put_len(path.encoded_len(), &mut out);
    path.encode_extension(&mut out);
    out.extend(child.as_bytes());
    out.extend(memory.to_le_bytes());
    out
}

/// Length of an extension's body in bytes.
pub(crate) fn extension_len(path: &Path) -> usize {
    TAG + LENGTH + path.encoded_len() + HASH + MEMORY
}

/// `memory_usage` of an extension above a branch that has `child_memory`.
pub(crate) fn extension_memory(path: &Path, child_memory: u64) -> u64 {
    path_memory(path) + child_memory
}

/// The body of a branch.
pub(crate) fn branch(children: &Children, value: Option<&Held>, memory: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(branch_len(children, value));
    out.push(if value.is_some() { 2 } else { 1 });
    if let Some(value) = value {
        put_value(value, &mut out);
    }
    out.extend(children.bitmap().to_le_bytes());
    for child in children.nodes() {
        out.extend(child.hash.as_bytes());
    }
    out.extend(memory.to_le_bytes());
    out
}

/// Length of a branch's body in bytes.
pub(crate) fn branch_len(children: &Children, value: Option<&Held>) -> usize {
    let value = value.map_or(0, |_| VALUE_REF);
    TAG + value + BITMAP + HASH * children.nodes().len() + MEMORY
}

/// `memory_usage` of a branch.
pub(crate) fn branch_memory(children: &Children, value: Option<&Held>) -> u64 {
    let below: u64 = children.nodes().iter().map(|child| child.memory).sum();
    NODE_WEIGHT + value.map_or(0, value_memory) + below
}

fn path_memory(path: &Path) -> u64 {
    NODE_WEIGHT + PATH_BYTE_WEIGHT * path.encoded_len() as u64
}

fn value_memory(value: &Held) -> u64 {
    NODE_WEIGHT + value.bytes.len() as u64
}

fn put_value(value: &Held, out: &mut Vec<u8>) {
    put_len(value.bytes.len(), out);
    out.extend(value.hash.as_bytes());
}

/// Lengths are u32 in the format; nothing in the state comes near 4 GiB.
fn put_len(len: usize, out: &mut Vec<u8>) {
    out.extend((len as u32).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nibbles::Nibbles;
    use crate::node::Node;

    fn held() -> Held {
        Held::new([123, 245, 255].as_slice().into())
    }

    #[test]
    fn a_leaf_is_its_path_value_reference_and_weight() {
        let key = [0x12, 0x3f];
        let path = Path::of(Nibbles::of(&key).from(1));
        let body = leaf(&path, &held(), 42);
        let mut expected = vec![0, 2, 0, 0, 0, 0x32, 0x3f, 3, 0, 0, 0];
        expected.extend(held().hash.as_bytes());
        expected.extend([42, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(body, expected);
        assert_eq!(leaf_len(&path), body.len());
        assert_eq!(leaf_memory(&path, &held()), 50 + 2 * 2 + 50 + 3);
    }

    #[test]
    fn an_extension_is_its_path_child_and_weight() {
        let path = Path::of(Nibbles::of(&[0xab]));
        let body = extension(&path, &CryptoHash([7; 32]), 258);
        let mut expected = vec![3, 2, 0, 0, 0, 0, 0xab];
        expected.extend([7; 32]);
        expected.extend([2, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(body, expected);
        assert_eq!(extension_len(&path), body.len());
        assert_eq!(extension_memory(&path, 1000), 1000 + 50 + 2 * 2);
    }

    #[test]
    fn a_branch_lists_its_children_in_order() {
        let child = || Node::leaf(Path::default(), held());
        let mut slots = [const { None }; 16];
        (slots[3], slots[15]) = (Some(child()), Some(child()));
        let children = Children::new(slots);
        for value in [None, Some(held())] {
            let body = branch(&children, value.as_ref(), 1);
            let mut expected = vec![1];
            if let Some(value) = &value {
                expected = vec![2, 3, 0, 0, 0];
                expected.extend(value.hash.as_bytes());
            }
            expected.extend([0b0000_1000, 0b1000_0000]);
            expected.extend(child().hash.as_bytes());
            expected.extend(child().hash.as_bytes());
            expected.extend([1, 0, 0, 0, 0, 0, 0, 0]);
            assert_eq!(body, expected);
            assert_eq!(branch_len(&children, value.as_ref()), body.len());
        }
        assert_eq!(branch_memory(&children, None), 50 + 2 * 105);
        assert_eq!(branch_memory(&children, Some(&held())), 50 + 53 + 2 * 105);
    }
}
