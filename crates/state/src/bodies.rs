//! Node bodies: a node's bytes as nearcore stores them, hashes them and puts them into proofs.

use crate::nibbles::Path;
use crate::node::{Children, TrieValue};
use near_primitives::hash::CryptoHash;

/// A node's kind, length of a path, hash, value reference and `memory_usage`, in bytes.
const TAG: usize = 1;
const LENGTH: usize = 4;
const HASH: usize = 32;
const VALUE_REF: usize = LENGTH + HASH;
const MEMORY: usize = 8;
const BITMAP: usize = 2;

/// What a node, a byte of path and a byte of value add to `memory_usage`.
const NODE_WEIGHT: u64 = 50;
const PATH_BYTE_WEIGHT: u64 = 2;

/// The body of a leaf.
pub(crate) fn leaf(path: &Path, value: &TrieValue, memory: u64) -> Vec<u8> {
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
pub(crate) fn leaf_memory(path: &Path, value: &TrieValue) -> u64 {
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
pub(crate) fn branch(children: &Children, value: Option<&TrieValue>, memory: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(branch_len(children, value));
    out.push(if value.is_some() { 2 } else { 1 });
    if let Some(value) = value {
        put_value(value, &mut out);
    }
    out.extend(children.bitmap().to_le_bytes());
    for child in children.nodes() {
        out.extend(child.hash().as_bytes());
    }
    out.extend(memory.to_le_bytes());
    out
}

/// Length of a branch's body in bytes.
pub(crate) fn branch_len(children: &Children, value: Option<&TrieValue>) -> usize {
    let value = value.map_or(0, |_| VALUE_REF);
    TAG + value + BITMAP + HASH * children.nodes().len() + MEMORY
}

/// `memory_usage` of a branch whose children have `below` together.
pub(crate) fn branch_memory(below: u64, value: Option<&TrieValue>) -> u64 {
    NODE_WEIGHT + value.map_or(0, value_memory) + below
}

/// A decoded body.
pub(crate) enum Form {
    Leaf { path: Path, value: RawValueRef, memory: u64 },
    Extension { path: Path, child: CryptoHash, memory: u64 },
    Branch(BranchForm),
}

/// The decoded body of a branch.
pub(crate) struct BranchForm {
    pub(crate) bitmap: u16,
    pub(crate) children: Vec<CryptoHash>,
    pub(crate) value: Option<RawValueRef>,
    pub(crate) memory: u64,
}

/// A value's hash and length, as a body has them.
pub(crate) struct RawValueRef {
    pub(crate) hash: CryptoHash,
    /// Bytes.
    pub(crate) len: u32,
}

/// Decodes the body at the beginning of `bytes`. Returns it with the rest.
pub(crate) fn read(bytes: &[u8]) -> Option<(Form, &[u8])> {
    let (kind, mut rest) = bytes.split_first()?;
    let form = match kind {
        0 => {
            let (path, value) = (read_path(&mut rest)?, read_value(&mut rest)?);
            Form::Leaf { path, value, memory: read_number(&mut rest)? }
        }
        1 | 2 => {
            let value = if *kind == 2 { Some(read_value(&mut rest)?) } else { None };
            let bitmap = u16::from_le_bytes(take(&mut rest)?);
            let children = (0..bitmap.count_ones()).map(|_| read_hash(&mut rest));
            let children = children.collect::<Option<_>>()?;
            Form::Branch(BranchForm { bitmap, children, value, memory: read_number(&mut rest)? })
        }
        3 => {
            let (path, child) = (read_path(&mut rest)?, read_hash(&mut rest)?);
            Form::Extension { path, child, memory: read_number(&mut rest)? }
        }
        _ => return None,
    };
    Some((form, rest))
}

fn read_path(bytes: &mut &[u8]) -> Option<Path> {
    let len = usize::try_from(u32::from_le_bytes(take(bytes)?)).ok()?;
    let (path, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    Path::decode(path)
}

fn read_value(bytes: &mut &[u8]) -> Option<RawValueRef> {
    let len = u32::from_le_bytes(take(bytes)?);
    Some(RawValueRef { hash: read_hash(bytes)?, len })
}

fn read_hash(bytes: &mut &[u8]) -> Option<CryptoHash> {
    take(bytes).map(CryptoHash)
}

fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    take(bytes).map(u64::from_le_bytes)
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

fn path_memory(path: &Path) -> u64 {
    NODE_WEIGHT + PATH_BYTE_WEIGHT * path.encoded_len() as u64
}

fn value_memory(value: &TrieValue) -> u64 {
    NODE_WEIGHT + u64::from(value.len)
}

fn put_value(value: &TrieValue, out: &mut Vec<u8>) {
    out.extend(value.len.to_le_bytes());
    out.extend(value.hash.as_bytes());
}

/// Lengths are u32 in the format; no path comes near 4 GiB.
fn put_len(len: usize, out: &mut Vec<u8>) {
    out.extend((len as u32).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nibbles::Nibbles;
    use crate::node::{Child, Node};

    fn held() -> TrieValue {
        TrieValue::new([123, 245, 255].as_slice().into())
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
        let here = || Some(Child::Memory(child()));
        let mut slots = [const { None }; 16];
        (slots[3], slots[15]) = (here(), here());
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
        assert_eq!(branch_memory(2 * 105, None), 50 + 2 * 105);
        assert_eq!(branch_memory(2 * 105, Some(&held())), 50 + 53 + 2 * 105);
    }
}
