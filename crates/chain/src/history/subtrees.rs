//! The inner nodes of the Merkle tree over the hashes of a chain's blocks.
//!
//! The leaves are the blocks, numbered from 0. A subtree is complete when it has all its leaves, and
//! never changes then. So each is kept with its last leaf: a leaf's *row* has the hashes of the complete
//! subtrees that end with it, the smallest first, which is the block's own hash. There are two hashes
//! for each block on the whole, and a path to the root takes some of each level only.

use crate::history::lineage::Lineage;
use keyway_engine::StateError;
use near_primitives::hash::CryptoHash;
use near_primitives::merkle::{
    Direction, MerklePath, MerklePathItem, PartialMerkleTree, combine_hash,
};
use std::convert::Infallible;

/// The rows of a chain's newest blocks. A clone shares them.
#[derive(Clone, Default)]
pub(crate) struct Subtrees {
    /// The first leaf that has its row here.
    first: u64,
    /// The first leaf that the chain does not have.
    end: u64,
    /// The rows, one after the other.
    hashes: imbl::Vector<CryptoHash>,
}

impl Subtrees {
    /// No rows of a chain with `leaves` blocks.
    pub(crate) fn after(leaves: u64) -> Self {
        Self { first: leaves, end: leaves, ..Self::default() }
    }

    /// All rows of a chain with these blocks, oldest first.
    pub(crate) fn of(blocks: impl IntoIterator<Item = CryptoHash>) -> Self {
        let (mut tree, mut subtrees) = (PartialMerkleTree::default(), Self::default());
        for hash in blocks {
            subtrees.push(&tree, hash);
            tree.insert(hash);
        }
        subtrees
    }

    /// Adds the row of the block after those in `before`.
    pub(crate) fn push(&mut self, before: &PartialMerkleTree, hash: CryptoHash) {
        if self.hashes.is_empty() {
            self.first = before.size();
        }
        self.hashes.extend(row_after(before, hash));
        self.end = before.size().saturating_add(1);
    }

    /// Adds a row before all others.
    pub(crate) fn push_front(&mut self, row: Vec<CryptoHash>) {
        let mut hashes: imbl::Vector<_> = row.into();
        hashes.append(std::mem::take(&mut self.hashes));
        self.hashes = hashes;
        self.first = self.first.saturating_sub(1);
    }

    /// The row of a leaf.
    pub(crate) fn row(&self, leaf: u64) -> Option<Vec<CryptoHash>> {
        if !(self.first..self.end).contains(&leaf) {
            return None;
        }
        let at = self.place(leaf)?;
        (at..at + row_length(leaf)).map(|at| self.hashes.get(at).copied()).collect()
    }

    /// Drops all rows but those of the newest `count` blocks.
    pub(crate) fn keep_newest(&mut self, count: usize) {
        let first = self.end.saturating_sub(count as u64);
        if first > self.first
            && let Some(dropped) = self.place(first)
        {
            self.hashes = self.hashes.skip(dropped);
            self.first = first;
        }
    }

    /// The first leaf that the chain does not have.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// Where a leaf's row begins.
    fn place(&self, leaf: u64) -> Option<usize> {
        usize::try_from(hashes_before(leaf) - hashes_before(self.first)).ok()
    }
}

/// The archive's bytes of a row: the hashes one after the other.
pub(crate) fn row_bytes(row: &[CryptoHash]) -> Vec<u8> {
    row.iter().flat_map(|hash| hash.0).collect()
}

/// A row of the archive.
///
/// # Errors
/// [`StateError::Corrupt`] when it does not have the length of this leaf's row.
pub(crate) fn read_row(leaf: u64, bytes: &[u8]) -> Result<Vec<CryptoHash>, StateError> {
    let (hashes, rest) = bytes.as_chunks();
    if hashes.len() != row_length(leaf) || !rest.is_empty() {
        let what = format!("the subtrees that end with block {leaf}: {} bytes", bytes.len());
        return Err(StateError::Corrupt { what });
    }
    Ok(hashes.iter().copied().map(CryptoHash).collect())
}

/// The branch of a leaf: that of the last part of `lineage` whose first leaf is not above it.
/// `first_leaf` says with which leaf a branch begins; none where it has no row.
///
/// # Errors
/// Those of `first_leaf`.
pub(crate) fn branch_of<E>(
    lineage: &Lineage,
    leaf: u64,
    first_leaf: impl Fn(u64) -> Result<Option<u64>, E>,
) -> Result<u64, E> {
    let branch = |place| lineage.branch_at(place).unwrap_or_default();
    let (mut low, mut high) = (0, lineage.count());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match first_leaf(branch(middle))?.is_some_and(|first| first <= leaf) {
            true => low = middle,
            false => high = middle,
        }
    }
    Ok(branch(low))
}

/// The leaves whose rows [`path`] reads.
pub(crate) fn leaves_of_path(leaf: u64, leaves: u64) -> Vec<u64> {
    let mut read = Vec::new();
    let listed: Result<_, Infallible> = path(leaf, leaves, |last, _| {
        read.push(last);
        Ok(CryptoHash::default())
    });
    let Ok(_) = listed;
    read.sort_unstable();
    read.dedup();
    read
}

/// The path from a leaf to the root of the tree over the first `leaves` blocks, in NEAR's Merkle
/// tree, where a node without a sibling moves up as it is. `complete` reads the hash at a level (0 for
/// a leaf) of the row of a leaf.
///
/// # Errors
/// Those of `complete`.
pub(crate) fn path<E>(
    leaf: u64,
    leaves: u64,
    mut complete: impl FnMut(u64, u32) -> Result<CryptoHash, E>,
) -> Result<MerklePath, E> {
    let mut path = MerklePath::new();
    let mut level = 0;
    while (leaves - 1) >> level > 0 {
        let sibling = (leaf >> level) ^ 1;
        if sibling << level < leaves {
            let direction = match sibling < leaf >> level {
                true => Direction::Left,
                false => Direction::Right,
            };
            path.push(MerklePathItem {
                hash: subtree(level, sibling, leaves, &mut complete)?,
                direction,
            });
        }
        level += 1;
    }
    Ok(path)
}

/// The hash of the subtree number `index` of a level, of which the first `leaves` blocks may have only a
/// part.
fn subtree<E>(
    level: u32,
    index: u64,
    leaves: u64,
    complete: &mut impl FnMut(u64, u32) -> Result<CryptoHash, E>,
) -> Result<CryptoHash, E> {
    let end = (index + 1) << level;
    if end <= leaves {
        return complete(end - 1, level);
    }
    // A leaf is complete, so this one has two halves.
    let left = subtree(level - 1, 2 * index, leaves, complete)?;
    let right = 2 * index + 1;
    match right << (level - 1) < leaves {
        true => Ok(combine_hash(&left, &subtree(level - 1, right, leaves, complete)?)),
        false => Ok(left),
    }
}

/// The row of the block after those in `before`.
fn row_after(before: &PartialMerkleTree, hash: CryptoHash) -> Vec<CryptoHash> {
    let mut row = vec![hash];
    // The last hashes of the path are the left siblings, from the bottom up.
    let left = before.get_path().iter().rev().take(row_length(before.size()) - 1);
    for left in left {
        let last = row.last().unwrap_or(&hash);
        row.push(combine_hash(left, last));
    }
    row
}

/// How many complete subtrees end with a leaf.
fn row_length(leaf: u64) -> usize {
    leaf.trailing_ones() as usize + 1
}

/// How many hashes the rows of all leaves before one have together.
fn hashes_before(leaf: u64) -> u64 {
    leaf.saturating_mul(2) - u64::from(leaf.count_ones())
}

#[cfg(test)]
mod tests {
    use super::*;
    use near_primitives::hash::hash;
    use near_primitives::merkle::verify_hash;

    fn block(leaf: u64) -> CryptoHash {
        hash(&leaf.to_le_bytes())
    }

    /// The rows of some blocks, and the roots of the trees over the blocks before each.
    fn grown(leaves: u64) -> (Subtrees, Vec<CryptoHash>) {
        let (mut tree, mut subtrees) = (PartialMerkleTree::default(), Subtrees::default());
        let mut roots = Vec::new();
        for leaf in 0..leaves {
            roots.push(tree.root());
            subtrees.push(&tree, block(leaf));
            tree.insert(block(leaf));
        }
        (subtrees, roots)
    }

    #[test]
    fn each_leaf_has_a_path_to_each_later_root_over_few_rows() {
        let (subtrees, roots) = grown(70);
        for (leaves, root) in (0..70).zip(&roots) {
            for leaf in 0..leaves {
                let complete = |last, level: u32| {
                    subtrees.row(last).and_then(|row| row.get(level as usize).copied()).ok_or(())
                };
                let path = path(leaf, leaves, complete).unwrap();
                assert!(verify_hash(*root, &path, block(leaf)), "{leaf} of {leaves}");
            }
        }
        for leaf in [0, 5_000_000, 9_999_998] {
            let read = leaves_of_path(leaf, 9_999_999).len();
            assert!((1..48).contains(&read), "{read} rows for a path of {leaf}");
        }
    }

    #[test]
    fn what_stays_of_the_rows_is_what_it_was() {
        let (whole, _) = grown(100);
        for count in [0, 1, 36, 64, 100, 1_000] {
            let mut part = whole.clone();
            part.keep_newest(count);
            for leaf in 0..100 {
                let kept = (leaf >= 100_u64.saturating_sub(count as u64)).then(|| whole.row(leaf));
                assert_eq!(part.row(leaf), kept.flatten(), "{leaf} with {count}");
            }
            assert_eq!(part.end(), 100);
        }
        let mut part = whole.clone();
        part.keep_newest(20);
        part.push_front(whole.row(79).unwrap());
        assert_eq!(
            [79, 80, 99].map(|leaf| part.row(leaf)),
            [79, 80, 99].map(|leaf| whole.row(leaf))
        );
    }

    #[test]
    fn a_row_of_another_length_is_damage() {
        let (subtrees, _) = grown(8);
        let row = subtrees.row(7).unwrap();
        assert_eq!(read_row(7, &row_bytes(&row)), Ok(row.clone()));
        for bytes in [row_bytes(&row[1..]), row_bytes(&row)[1..].to_vec(), Vec::new()] {
            let error = read_row(7, &bytes).unwrap_err();
            assert!(matches!(error, StateError::Corrupt { .. }), "{error}");
        }
    }

    #[test]
    fn a_leaf_is_on_the_last_branch_that_begins_before_it() {
        let lineage = Lineage::default().branched(10, 3).branched(20, 5).branched(30, 6);
        let first = |branch| {
            Ok::<_, Infallible>(
                [(0, 0), (3, 7), (5, 12)]
                    .into_iter()
                    .find(|(on, _)| *on == branch)
                    .map(|(_, first)| first),
            )
        };
        for (leaf, branch) in [(0, 0), (6, 0), (7, 3), (11, 3), (12, 5), (1_000, 5)] {
            assert_eq!(branch_of(&lineage, leaf, first), Ok(branch), "{leaf}");
        }
    }
}
