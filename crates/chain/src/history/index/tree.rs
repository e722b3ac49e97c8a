//! The Merkle tree over the hashes of all blocks.

use super::History;
use crate::history::archive::CachedArchive;
use crate::history::subtrees::{self, Subtrees};
use keyway_engine::StateError;
use near_primitives::hash::CryptoHash;
use near_primitives::merkle::{MerklePath, PartialMerkleTree};
use near_primitives::types::BlockHeight;
use std::collections::BTreeMap;

impl History {
    /// Adds a block to the tree, the one after those in `before`.
    pub(crate) fn grow(&mut self, before: &PartialMerkleTree, hash: CryptoHash) {
        self.subtrees.push(before, hash);
    }

    /// The rows of blocks in memory.
    pub(crate) fn subtrees(&self) -> &Subtrees {
        &self.subtrees
    }

    /// Reads into memory what the archive has of the tree from `first`, the leaf of the oldest block in
    /// memory, on.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub(crate) fn remember_subtrees(&mut self, first: u64) -> Result<(), StateError> {
        let Some(archive) = self.archive.clone() else { return Ok(()) };
        let leaves: Vec<_> = (first..self.subtrees.end()).rev().collect();
        for row in self.archived_rows(&archive, &leaves)? {
            // An archive of an older format has none.
            let Some(row) = row else { break };
            self.subtrees.push_front(row);
        }
        Ok(())
    }

    /// The path from a leaf of the tree to the root of the tree over the first `leaves` blocks, of which
    /// the highest is below `height`. Reads as many rows as the tree has levels, twice at most.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub(crate) fn block_path(
        &self,
        leaf: u64,
        leaves: u64,
        height: BlockHeight,
    ) -> Result<MerklePath, StateError> {
        let read = subtrees::leaves_of_path(leaf, leaves);
        let rows = match self.rows(&read)? {
            Some(rows) => rows,
            // The archive has an older format until the next checkpoint.
            None => {
                let all = Subtrees::of(self.hashes_below(height)?);
                read.iter().filter_map(|leaf| Some((*leaf, all.row(*leaf)?))).collect()
            }
        };
        let missing = || StateError::Corrupt { what: "the tree of blocks: missing".to_owned() };
        subtrees::path(leaf, leaves, |last, level| {
            let hash = rows.get(&last).and_then(|row| row.get(level as usize));
            hash.copied().ok_or_else(missing)
        })
    }

    /// The hashes of the blocks below `height`, oldest first, as an archive of an older format has them.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub(crate) fn hashes_below(&self, height: BlockHeight) -> Result<Vec<CryptoHash>, StateError> {
        let Some(archive) = &self.archive else { return Ok(Vec::new()) };
        let mut hashes = Vec::new();
        let in_memory = self.lowest_in_memory().unwrap_or(height);
        for (branch, heights) in self.lineage.parts(0..height.min(in_memory)) {
            hashes.extend(archive.source.hashes(branch, heights)?);
        }
        hashes.extend(self.by_height.range(..height).map(|(_, block)| *block.hash()));
        Ok(hashes)
    }

    /// The rows of some leaves; none if the archive lacks one.
    fn rows(&self, leaves: &[u64]) -> Result<Option<Rows>, StateError> {
        let mut rows = Rows::new();
        let mut others = Vec::new();
        for leaf in leaves {
            match self.subtrees.row(*leaf) {
                Some(row) => drop(rows.insert(*leaf, row)),
                None => others.push(*leaf),
            }
        }
        if others.is_empty() {
            return Ok(Some(rows));
        }
        let Some(archive) = &self.archive else { return Ok(None) };
        for (leaf, row) in others.iter().zip(self.archived_rows(archive, &others)?) {
            let Some(row) = row else { return Ok(None) };
            rows.insert(*leaf, row);
        }
        Ok(Some(rows))
    }

    fn archived_rows(
        &self,
        archive: &CachedArchive,
        leaves: &[u64],
    ) -> Result<Vec<Option<Vec<CryptoHash>>>, StateError> {
        let place = |leaf: &u64| {
            let first_leaf = |branch| archive.source.first_leaf(branch);
            Ok((subtrees::branch_of(&self.lineage, *leaf, first_leaf)?, *leaf))
        };
        let places = leaves.iter().map(place).collect::<Result<Vec<_>, StateError>>()?;
        let rows = archive.source.subtrees(&places)?.into_iter().zip(leaves);
        rows.map(|(row, leaf)| row.map(|row| subtrees::read_row(*leaf, &row)).transpose()).collect()
    }
}

/// Rows by leaf.
type Rows = BTreeMap<u64, Vec<CryptoHash>>;
