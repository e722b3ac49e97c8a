//! What a fork learned, as records of a file: of the cache and of fork files.
//!
//! A record is a length (4 bytes, little-endian), a checksum (8 bytes), and the entry in borsh.

use crate::known::Reach;
use borsh::{BorshDeserialize, BorshSerialize};
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::types::AccountId;

/// Something that is known.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum Entry {
    /// Where the fork begins: a `ForkPoint` as JSON.
    Point(Vec<u8>),
    /// A row by its trie key; none for one that is absent.
    Row { key: Vec<u8>, value: Option<Vec<u8>> },
    /// A row with code, which is in a file of its own.
    Code { key: Vec<u8>, hash: [u8; 32] },
    /// All rows with this prefix are known, up to a key or without an end.
    Range { prefix: Vec<u8>, up_to: Option<Vec<u8>> },
    /// The last record of a fork file: how many there are before it.
    End { entries: u64 },
    /// An account that counts as absent because the source had no answer about it; only in homes.
    Assumed { account_id: AccountId },
}

impl Entry {
    pub(crate) fn range(prefix: Vec<u8>, reach: Reach) -> Self {
        let up_to = match reach {
            Reach::All => None,
            Reach::Key(key) => Some(key),
        };
        Self::Range { prefix, up_to }
    }

    /// Appends the entry's record.
    pub(crate) fn write(&self, to: &mut Vec<u8>) {
        let bytes = borsh::to_vec(self).expect("the invariant that memory can be written to");
        to.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        to.extend_from_slice(&checksum(&bytes));
        to.extend_from_slice(&bytes);
    }
}

/// The reach that a [`Entry::Range`] tells of.
pub(crate) fn reach(up_to: Option<Vec<u8>>) -> Reach {
    up_to.map_or(Reach::All, Reach::Key)
}

/// Reads records one after another.
#[derive(Debug)]
pub(crate) struct Records<'a> {
    bytes: &'a [u8],
    /// Bytes of whole records so far.
    pub(crate) intact: usize,
}

impl<'a> Records<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, intact: 0 }
    }

    /// Whether all bytes were whole records.
    pub(crate) fn is_at_end(&self) -> bool {
        self.intact == self.bytes.len()
    }
}

impl Iterator for Records<'_> {
    type Item = Entry;

    /// The next entry; none at the end and at whatever is not a whole and intact record.
    fn next(&mut self) -> Option<Entry> {
        let rest = self.bytes.get(self.intact..)?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (sum, rest) = rest.split_first_chunk::<SUM>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let bytes = rest.get(..length)?;
        if checksum(bytes) != *sum {
            return None;
        }
        let entry = borsh::from_slice(bytes).ok()?;
        self.intact += 4 + SUM + length;
        Some(entry)
    }
}

/// The first bytes of the sha256 of `bytes`.
fn checksum(bytes: &[u8]) -> [u8; SUM] {
    let CryptoHash(all) = hash(bytes);
    let mut sum = [0; SUM];
    sum.copy_from_slice(&all[..SUM]);
    sum
}

/// Bytes of a checksum.
const SUM: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entries() -> Vec<Entry> {
        vec![
            Entry::Row { key: b"k".to_vec(), value: Some(vec![1; 100]) },
            Entry::Row { key: b"absent".to_vec(), value: None },
            Entry::range(b"p".to_vec(), Reach::All),
            Entry::range(b"p".to_vec(), Reach::Key(b"pk".to_vec())),
            Entry::Code { key: b"c".to_vec(), hash: [5; 32] },
            Entry::End { entries: 5 },
            Entry::Assumed { account_id: "new.near".parse().unwrap() },
        ]
    }

    fn written() -> Vec<u8> {
        let mut bytes = Vec::new();
        entries().iter().for_each(|entry| entry.write(&mut bytes));
        bytes
    }

    #[test]
    fn records_are_read_as_they_were_written() {
        let bytes = written();
        let mut records = Records::new(&bytes);
        assert_eq!(records.by_ref().collect::<Vec<_>>(), entries());
        assert!(records.is_at_end());
    }

    proptest! {
        /// Damage ends the reading, and what was read before it is what was written.
        #[test]
        fn damage_is_never_read(at in 0..300_usize, bit in 0..8, cut in 0..300_usize) {
            let mut bytes = written();
            let at = at % bytes.len();
            bytes[at] ^= 1_u8 << bit;
            bytes.truncate(bytes.len().max(cut) - cut.min(at));
            let read: Vec<_> = Records::new(&bytes).collect();
            prop_assert!(read.len() < entries().len());
            prop_assert_eq!(&read[..], &entries()[..read.len()]);
        }
    }
}
