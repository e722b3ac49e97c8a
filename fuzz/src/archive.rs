//! An archive in memory whose entries can be replaced.

use crate::draw::drawn;
use keyway_chain::{Archive, CachedArchive, Chain, Input};
use keyway_engine::StateError;
use keyway_property_tests::{build, strategy, world};
use keyway_state::NodeStore;
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// What a store holds of a chain.
#[derive(Clone, Debug)]
pub struct Entries {
    rows: BTreeMap<u64, Vec<u8>>,
    blocks: BTreeMap<BlockHeight, (CryptoHash, Vec<u8>)>,
    names: BTreeMap<CryptoHash, Vec<u8>>,
    epochs: BTreeMap<CryptoHash, Vec<u8>>,
    head: Vec<u8>,
}

impl Entries {
    /// Those of a chain with transactions, receipts and two epochs.
    pub fn sound() -> Self {
        let mut chain = crate::start(88);
        for choice in 0..12 {
            transact(&mut chain, choice);
        }
        let checkpoint = chain.checkpoint(0).expect("a chain in memory can be read");
        let blocks = checkpoint.blocks.into_iter();
        Self {
            rows: checkpoint.rows.iter().collect(),
            blocks: blocks.map(|(height, hash, bytes)| (height, (hash, bytes))).collect(),
            names: checkpoint.names.into_iter().collect(),
            epochs: checkpoint.epochs.into_iter().collect(),
            head: checkpoint.head,
        }
    }

    /// Puts `bytes` in the place of the entry number `at` of a kind.
    pub fn replace(&mut self, kind: u8, at: usize, bytes: Vec<u8>) {
        let entry = match kind {
            0 => at_number(self.blocks.values_mut(), at).map(|(_, bytes)| bytes),
            1 => at_number(self.rows.values_mut(), at),
            2 => at_number(self.names.values_mut(), at),
            3 => at_number(self.epochs.values_mut(), at),
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
            vec![&self.head],
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
    fn block(&self, height: BlockHeight) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.blocks.get(&height).map(|(_, bytes)| bytes.clone()))
    }

    fn height_above(&self, height: BlockHeight) -> Result<Option<BlockHeight>, StateError> {
        let above = height.checked_add(1).and_then(|from| self.blocks.range(from..).next());
        Ok(above.map(|(height, _)| *height))
    }

    fn hashes_below(&self, height: BlockHeight) -> Result<Vec<CryptoHash>, StateError> {
        Ok(self.blocks.range(..height).map(|(_, (hash, _))| *hash).collect())
    }

    fn name(&self, name: &CryptoHash) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.names.get(name).cloned())
    }

    fn rows(&self, numbers: Range<u64>, most: usize) -> Result<Vec<u64>, StateError> {
        Ok(self.rows.range(numbers).take(most).map(|(row, _)| *row).collect())
    }

    fn epochs(&self) -> Result<Vec<(CryptoHash, Vec<u8>)>, StateError> {
        Ok(self.epochs.iter().map(|(id, bytes)| (*id, bytes.clone())).collect())
    }

    fn head(&self) -> Result<Option<Vec<u8>>, StateError> {
        Ok(Some(self.head.clone()))
    }
}
