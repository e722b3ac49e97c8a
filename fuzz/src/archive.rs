//! An archive in memory whose entries can be replaced.

use crate::draw::drawn;
use keyway_chain::{Archive, CachedArchive, Chain, Input, Position};
use keyway_engine::StateError;
use keyway_property_tests::{build, strategy, world};
use keyway_state::NodeStore;
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use std::collections::BTreeMap;
use std::ops::{Bound, Range};
use std::sync::Arc;

/// What a store holds of a chain.
#[derive(Clone, Debug)]
pub struct Entries {
    rows: BTreeMap<u64, Vec<u8>>,
    blocks: BTreeMap<Position, (CryptoHash, Vec<u8>)>,
    subtrees: BTreeMap<(u64, u64), Vec<u8>>,
    names: BTreeMap<(CryptoHash, u64), Vec<u8>>,
    epochs: BTreeMap<(u64, CryptoHash), Vec<u8>>,
    head: Vec<u8>,
    branches: BTreeMap<u64, Vec<u8>>,
    snapshots: BTreeMap<u64, Vec<u8>>,
    snapshot_heads: BTreeMap<u64, Vec<u8>>,
}

impl Entries {
    /// Those of a chain with transactions, receipts and two epochs.
    pub fn sound() -> Self {
        let mut chain = crate::start(88);
        for choice in 0..12 {
            transact(&mut chain, choice);
            if choice == 6 {
                let input = Input::SaveSnapshot { name: SNAPSHOT.to_owned(), note: String::new() };
                chain.apply(input, world::NOW).expect("it is the only one");
            }
        }
        let checkpoint = chain.checkpoint(0).expect("a chain in memory can be read");
        Self {
            rows: checkpoint.rows.iter().collect(),
            blocks: checkpoint.blocks().map(|(at, hash, bytes)| (at, (hash, bytes))).collect(),
            names: checkpoint.names().map(|(name, on, bytes)| ((name, on), bytes)).collect(),
            subtrees: checkpoint.subtrees.into_iter().collect(),
            epochs: checkpoint
                .epochs
                .into_iter()
                .map(|(on, id, bytes)| ((on, id), bytes))
                .collect(),
            head: checkpoint.head,
            branches: checkpoint.branches.into_iter().collect(),
            snapshots: checkpoint.snapshots.into_iter().collect(),
            snapshot_heads: checkpoint.snapshot_heads.into_iter().collect(),
        }
    }

    /// Puts `bytes` in the place of the entry number `at` of a kind.
    pub fn replace(&mut self, kind: u8, at: usize, bytes: Vec<u8>) {
        let entry = match kind {
            0 => at_number(self.blocks.values_mut(), at).map(|(_, bytes)| bytes),
            1 => at_number(self.rows.values_mut(), at),
            2 => at_number(self.names.values_mut(), at),
            3 => at_number(self.epochs.values_mut(), at),
            4 => at_number(self.snapshots.values_mut(), at),
            5 => at_number(self.snapshot_heads.values_mut(), at),
            7 => at_number(self.branches.values_mut(), at),
            _ => Some(&mut self.head),
        };
        if let Some(entry) = entry {
            *entry = bytes;
        }
    }

    /// One entry after the other, as the bytes that [`Entries::replace`] takes, without checksums.
    pub fn each(&self) -> Vec<(u8, u8, Vec<u8>)> {
        let blocks = self.blocks.values().map(|(_, bytes)| bytes).collect::<Vec<_>>();
        let kinds = [
            blocks,
            self.rows.values().collect(),
            self.names.values().collect(),
            self.epochs.values().collect(),
            self.snapshots.values().collect(),
            self.snapshot_heads.values().collect(),
            vec![&self.head],
            self.branches.values().collect(),
        ];
        let numbered = (0..).zip(kinds).flat_map(|(kind, entries)| {
            (0..=255).zip(entries).map(move |(at, bytes)| (kind, at, bytes.clone()))
        });
        let cut = |bytes: Vec<u8>| bytes[..bytes.len().saturating_sub(8)].to_vec();
        numbered.map(|(kind, at, bytes)| (kind, at, cut(bytes))).collect()
    }

    /// What a chain reads from.
    pub fn into_cached(self) -> CachedArchive {
        CachedArchive::new(Arc::new(self), 32_000)
    }
}

fn transact(chain: &mut Chain, choice: u8) {
    let Some(plan) = drawn(&strategy::contract_transaction(), &[choice]) else { return };
    let head = chain.head().clone();
    let at = build::Moment { state: &head.state, height: head.height() + 1, base: *head.hash() };
    let tx = build::transaction(at, &plan);
    let _ = chain.apply(Input::transaction(tx), world::NOW);
}

fn at_number<T>(entries: impl ExactSizeIterator<Item = T>, at: usize) -> Option<T> {
    let number = at % entries.len().max(1);
    entries.skip(number).next()
}

impl NodeStore for Entries {
    fn row(&self, number: u64) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.rows.get(&number).cloned())
    }
}

impl Archive for Entries {
    fn block(&self, at: Position) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.blocks.get(&at).map(|(_, bytes)| bytes.clone()))
    }

    fn position_above(&self, at: Position) -> Result<Option<Position>, StateError> {
        let above = (Bound::Excluded(at), Bound::Unbounded);
        Ok(self.blocks.range(above).next().map(|(at, _)| *at))
    }

    fn subtrees(&self, leaves: &[(u64, u64)]) -> Result<Vec<Option<Vec<u8>>>, StateError> {
        Ok(leaves.iter().map(|leaf| self.subtrees.get(leaf).cloned()).collect())
    }

    fn first_leaf(&self, branch: u64) -> Result<Option<u64>, StateError> {
        let mut on = self.subtrees.range((branch, 0)..=(branch, u64::MAX));
        Ok(on.next().map(|((_, leaf), _)| *leaf))
    }

    fn hashes(
        &self,
        branch: u64,
        heights: Range<BlockHeight>,
    ) -> Result<Vec<CryptoHash>, StateError> {
        let at = |height| Position { branch, height };
        let blocks = self.blocks.range(at(heights.start)..at(heights.end));
        Ok(blocks.map(|(_, (hash, _))| *hash).collect())
    }

    fn names(&self, name: &CryptoHash) -> Result<Vec<(u64, Vec<u8>)>, StateError> {
        let names = self.names.range((*name, 0)..=(*name, u64::MAX));
        Ok(names.map(|((_, branch), bytes)| (*branch, bytes.clone())).collect())
    }

    fn rows(&self, numbers: Range<u64>, most: usize) -> Result<Vec<u64>, StateError> {
        Ok(self.rows.range(numbers).take(most).map(|(row, _)| *row).collect())
    }

    fn epochs(&self) -> Result<Vec<(u64, CryptoHash, Vec<u8>)>, StateError> {
        let epochs = self.epochs.iter();
        Ok(epochs.map(|((branch, id), bytes)| (*branch, *id, bytes.clone())).collect())
    }

    fn branch(&self, number: u64) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.branches.get(&number).cloned())
    }

    fn snapshots(&self) -> Result<Vec<(u64, Vec<u8>)>, StateError> {
        Ok(self.snapshots.clone().into_iter().collect())
    }

    fn snapshot_head(&self, number: u64) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.snapshot_heads.get(&number).cloned())
    }

    fn head(&self) -> Result<Option<Vec<u8>>, StateError> {
        Ok(Some(self.head.clone()))
    }
}

/// The snapshot of [`Entries::sound`].
pub const SNAPSHOT: &str = "snapshot";
