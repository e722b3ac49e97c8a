//! Half-bytes of keys, and the packed paths that trie nodes hold.

use std::iter::{chain, once};

/// A run of half-bytes inside a byte string. The trie branches on half-bytes, high one first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nibbles<'a> {
    bytes: &'a [u8],
    start: usize,
    end: usize,
}

impl<'a> Nibbles<'a> {
    /// All half-bytes of `bytes`.
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, start: 0, end: bytes.len() * 2 }
    }

    /// How many half-bytes there are.
    pub(crate) fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether there are none.
    pub(crate) fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The half-byte at `index`, 0 to 15. The index is below the length.
    pub(crate) fn at(self, index: usize) -> u8 {
        let place = self.start + index;
        let byte = self.bytes[place / 2];
        if place.is_multiple_of(2) { byte >> 4 } else { byte & 15 }
    }

    /// All but the first `count`, which are there.
    pub(crate) fn from(self, count: usize) -> Self {
        Self { start: self.start + count, ..self }
    }

    /// The first `count`, which are there.
    pub(crate) fn to(self, count: usize) -> Self {
        Self { end: self.start + count, ..self }
    }

    /// The half-bytes one by one.
    pub(crate) fn iter(self) -> impl Iterator<Item = u8> {
        (0..self.len()).map(move |index| self.at(index))
    }

    /// How many half-bytes the two have in common at their beginning.
    pub(crate) fn common_prefix(self, other: Nibbles<'_>) -> usize {
        let limit = self.len().min(other.len());
        let mut equal = 0;
        if self.start % 2 == other.start % 2 {
            // Both lie alike in their bytes, so whole bytes can be compared.
            if self.start % 2 == 1 && limit > 0 {
                if self.at(0) != other.at(0) {
                    return 0;
                }
                equal = 1;
            }
            let left = &self.bytes[(self.start + equal) / 2..][..(limit - equal) / 2];
            let right = &other.bytes[(other.start + equal) / 2..][..left.len()];
            equal += 2 * left.iter().zip(right).take_while(|(a, b)| a == b).count();
        }
        while equal < limit && self.at(equal) == other.at(equal) {
            equal += 1;
        }
        equal
    }

    /// Whether `other` is a beginning of this run.
    pub(crate) fn starts_with(self, other: Nibbles<'_>) -> bool {
        self.len() >= other.len() && self.common_prefix(other) == other.len()
    }
}

/// Half-bytes packed as node bodies have them, apart from the leaf flag: a first byte that holds
/// the first half-byte when their number is odd, then pairs. No bytes at all when empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Path(Box<[u8]>);

/// In a packed path's first byte: the number of half-bytes is odd.
const ODD: u8 = 0x10;
/// In a packed path's first byte: the path ends in a leaf.
const LEAF: u8 = 0x20;

impl Path {
    /// The run itself as a path.
    pub(crate) fn of(run: Nibbles<'_>) -> Self {
        Self::pack(run.len(), run.iter())
    }

    /// `first`, then `nibble`, then `last`.
    pub(crate) fn joined(first: Nibbles<'_>, nibble: u8, last: Nibbles<'_>) -> Self {
        let all = chain(first.iter(), chain(once(nibble), last.iter()));
        Self::pack(first.len() + 1 + last.len(), all)
    }

    fn pack(len: usize, mut nibbles: impl Iterator<Item = u8>) -> Self {
        if len == 0 {
            return Self::default();
        }
        let mut bytes = Vec::with_capacity(1 + len / 2);
        let odd = if len % 2 == 1 { nibbles.next() } else { None };
        bytes.push(odd.map_or(0, |nibble| ODD | nibble));
        while let (Some(high), Some(low)) = (nibbles.next(), nibbles.next()) {
            bytes.push(high << 4 | low);
        }
        Self(bytes.into())
    }

    /// The path in a node body, of whichever kind.
    pub(crate) fn decode(encoded: &[u8]) -> Option<Self> {
        let (first, pairs) = encoded.split_first()?;
        let first = first & !LEAF;
        if first == 0 && pairs.is_empty() {
            return Some(Self::default());
        }
        Some(Self([&[first], pairs].concat().into()))
    }

    /// The half-bytes of the path.
    pub(crate) fn nibbles(&self) -> Nibbles<'_> {
        let start = match self.0.first() {
            None => 0,
            Some(first) if first & ODD != 0 => 1,
            Some(_) => 2,
        };
        Nibbles { bytes: &self.0, start, end: self.0.len() * 2 }
    }

    /// Whether the path has no half-bytes.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Length of the path in a node body, in bytes.
    pub(crate) fn encoded_len(&self) -> usize {
        self.0.len().max(1)
    }

    /// Appends the path as the body of an extension has it.
    pub(crate) fn encode_extension(&self, out: &mut Vec<u8>) {
        self.encode(0, out);
    }

    /// Appends the path as the body of a leaf has it.
    pub(crate) fn encode_leaf(&self, out: &mut Vec<u8>) {
        self.encode(LEAF, out);
    }

    fn encode(&self, flag: u8, out: &mut Vec<u8>) {
        let (first, pairs) = self.0.split_first().unwrap_or((&0, &[]));
        out.push(first | flag);
        out.extend_from_slice(pairs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_packs_and_unpacks() {
        let key = [0x12, 0x34, 0x56];
        for start in 0..=6 {
            for end in start..=6 {
                let run = Nibbles::of(&key).to(end).from(start);
                let path = Path::of(run);
                assert!(path.nibbles().iter().eq(run.iter()), "{start}..{end}");
                assert_eq!(path.is_empty(), start == end);
            }
        }
    }

    #[test]
    fn encoding_flags_odd_paths_and_leaves() {
        let check = |nibbles: Nibbles<'_>, extension: &[u8], leaf: &[u8]| {
            let (mut as_extension, mut as_leaf) = (Vec::new(), Vec::new());
            Path::of(nibbles).encode_extension(&mut as_extension);
            Path::of(nibbles).encode_leaf(&mut as_leaf);
            assert_eq!((&*as_extension, &*as_leaf), (extension, leaf));
            assert_eq!(Path::of(nibbles).encoded_len(), leaf.len());
        };
        let key = Nibbles::of(&[0xab, 0xcd]);
        check(key, &[0x00, 0xab, 0xcd], &[0x20, 0xab, 0xcd]);
        check(key.from(1), &[0x1b, 0xcd], &[0x3b, 0xcd]);
        check(key.to(3), &[0x1a, 0xbc], &[0x3a, 0xbc]);
        check(key.from(4), &[0x00], &[0x20]);
    }

    #[test]
    fn joining_puts_the_nibble_between() {
        let key = Nibbles::of(&[0x12, 0x34]);
        let joined = Path::joined(key.to(1), 15, key.from(2));
        assert_eq!(joined.nibbles().iter().collect::<Vec<_>>(), [1, 15, 3, 4]);
    }

    #[test]
    fn common_prefix_does_not_depend_on_alignment() {
        let (even, odd) = ([0x12, 0x34, 0x56], [0x01, 0x23, 0x4f]);
        let (even, odd) = (Nibbles::of(&even), Nibbles::of(&odd).from(1));
        assert_eq!(even.common_prefix(odd), 4);
        assert_eq!(even.from(1).common_prefix(odd.from(1)), 3);
        assert_eq!(odd.common_prefix(odd.to(2)), 2);
        assert_eq!(odd.common_prefix(Nibbles::of(&[0xf0, 0x12]).from(3)), 0);
        assert!(even.starts_with(odd.to(4)) && !even.starts_with(odd));
    }
}
