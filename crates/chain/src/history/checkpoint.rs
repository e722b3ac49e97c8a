//! From a chain in memory to one that is read from an archive, and back.

use crate::blocks::block::SealedBlock;
use crate::chain::Chain;
use crate::epochs::schedule::{Epoch, Schedule};
use crate::history::archive::CachedArchive;
use crate::history::index::History;
use crate::history::stored::{self, Head};
use crate::inputs::refusals::Refusals;
use crate::spec::{ChainOptions, ChainSpec};
use keyway_engine::StateError;
use keyway_rules::UnsupportedProtocol;
use keyway_state::{Placed, Rows};
use near_chain_configs::GenesisConfig;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{BlockHeight, EpochId, Gas};
use near_vm_runner::ContractRuntimeCache;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What an archive lacks of a chain. Written whole or not at all.
#[derive(Debug)]
pub struct Checkpoint {
    /// The rows of states.
    pub rows: Rows,
    /// Blocks by height: hash and bytes.
    pub blocks: Vec<(BlockHeight, CryptoHash, Vec<u8>)>,
    /// Leaves the archive before the rest goes in; see [`Checkpoint::prune`].
    pub pruned: Pruned,
    /// Rows of states that leave the archive; see [`RowCollector`](crate::RowCollector).
    pub freed: Vec<u64>,
    /// Names; each replaces what the archive had under it.
    pub names: Vec<(CryptoHash, Vec<u8>)>,
    /// Epochs; each replaces what the archive had under it.
    pub epochs: Vec<(CryptoHash, Vec<u8>)>,
    /// Replaces the archive's head.
    pub head: Vec<u8>,
    /// The first height that it does not cover.
    end: BlockHeight,
}

/// What leaves an archive with a checkpoint.
#[derive(Debug, Default)]
pub struct Pruned {
    /// Heights and hashes of blocks. The hashes stay, for the proofs that light clients ask for.
    pub blocks: Vec<(BlockHeight, CryptoHash)>,
    /// Names that are known of these blocks alone.
    pub names: Vec<CryptoHash>,
}

/// What a checkpoint has put away.
#[derive(Clone, Debug)]
pub struct Archived {
    archive: CachedArchive,
    placed: Arc<Placed>,
    end: BlockHeight,
}

impl Checkpoint {
    /// To be called when the archive behind `archive` has it.
    pub fn written(self, archive: &CachedArchive) -> Archived {
        archive.forget(&self.pruned.blocks);
        let placed = Arc::new(self.rows.settle(&archive.nodes));
        Archived { archive: archive.clone(), placed, end: self.end }
    }
}

/// Why a chain cannot go on from an archive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// The genesis asks for rules that this build does not have.
    #[error(transparent)]
    Protocol(#[from] UnsupportedProtocol),
    /// The archive cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// The archive was never written to.
    #[error("the archive holds no chain")]
    Empty,
}

impl Chain {
    /// What its archive does not have of this chain yet; `next_row` is the number of the first
    /// row that is free there.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn checkpoint(&self, next_row: u64) -> Result<Checkpoint, StateError> {
        let mut rows = Rows::new(next_row, self.placed.clone());
        let mut blocks = Vec::new();
        for block in self.history.recent_from(self.first_unarchived) {
            let state = rows.add(&block.state);
            blocks.push((block.height(), *block.hash(), stored::encode_block(block, state)));
        }
        let mut names = self.history.names()?;
        // Neighbours are written together.
        names.sort_unstable_by_key(|(name, _)| *name);
        let names = names.into_iter();
        Ok(Checkpoint {
            rows,
            blocks,
            pruned: Pruned::default(),
            freed: Vec::new(),
            names: names.map(|(name, known)| (name, stored::encode(&known))).collect(),
            epochs: self.epochs_of_new_blocks()?,
            head: stored::encode(&self.stand()),
            end: self.head.height() + 1,
        })
    }

    /// The same chain, without what a checkpoint has put away, save the blocks that are not final
    /// and what is used often. The checkpoint is the last one of this chain, or of what it was when
    /// that began: a chain goes on meanwhile.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn evict(&self, archived: &Archived) -> Result<Self, StateError> {
        let mut chain = self.clone();
        chain.history =
            History::on(archived.archive.clone(), archived.without(self.genesis_block()));
        for block in self.history.recent_from(self.first_kept().min(archived.end)) {
            // Others between leave memory with the next checkpoint.
            let rests = block.height() < archived.end || block.hash() == self.head.hash();
            let block = if rests { archived.without(block) } else { block.clone() };
            chain.history.push(&block)?;
        }
        chain.head = chain.history.recent(self.head.hash()).unwrap_or(&self.head).clone();
        chain.first_unarchived = archived.end;
        chain.placed = archived.placed.clone();
        Ok(chain)
    }

    /// The chain that `archive` holds, with the rules of its genesis.
    ///
    /// # Errors
    /// See [`ResumeError`].
    pub fn resume(
        genesis: &GenesisConfig,
        options: ChainOptions,
        contracts: Arc<dyn ContractRuntimeCache>,
        archive: &CachedArchive,
    ) -> Result<Self, ResumeError> {
        let spec = ChainSpec::new(genesis, options, contracts)?;
        let head = archive.source.head()?.ok_or(ResumeError::Empty)?;
        let Head { genesis_height, height, running, ancestors, time_offset_ns, pace } =
            stored::decode(&head, || "the chain's head".to_owned())?;
        let block = |height| {
            let missing = || StateError::Corrupt { what: format!("block {height}: missing") };
            archive.block(height)?.ok_or_else(missing)
        };
        let schedule = Schedule::resumed(&spec, epochs(archive)?, running)
            .ok_or_else(|| StateError::Corrupt { what: "the running epoch: missing".to_owned() })?;
        let head = block(height)?;
        let mut chain = Self {
            spec: Arc::new(spec),
            history: History::on(archive.clone(), block(genesis_height)?),
            head,
            schedule,
            refusals: Refusals::default(),
            ancestors,
            time_offset_ns,
            pace,
            first_unarchived: height + 1,
            placed: Arc::default(),
        };
        chain.remember_recent(archive)?;
        Ok(chain)
    }

    /// Takes the blocks from the newest final one on from the archive into memory.
    fn remember_recent(&mut self, archive: &CachedArchive) -> Result<(), StateError> {
        let final_hash = self.head.header.last_final_block();
        let last_final = match *final_hash == CryptoHash::default() {
            true => self.genesis_block().clone(),
            false => self.history.by_hash(final_hash)?.ok_or_else(|| StateError::Corrupt {
                what: format!("the newest final block, {final_hash}: missing"),
            })?,
        };
        let mut next = Some(last_final);
        while let Some(block) = next {
            self.history.push(&block)?;
            let above = archive.source.height_above(block.height())?;
            next = above.map_or(Ok(None), |height| archive.block(height))?;
        }
        Ok(())
    }

    /// How many blocks are in memory, be they in an archive or not.
    pub fn blocks_in_memory(&self) -> usize {
        self.history.in_memory()
    }

    /// About the memory that these blocks take with their states, bytes.
    pub fn bytes_in_memory(&self) -> usize {
        self.history.weight()
    }

    /// What these blocks burnt: so much is run again when a chain is opened without them, gas.
    pub fn gas_in_memory(&self) -> Gas {
        self.history.gas_burnt()
    }

    fn stand(&self) -> Head {
        Head {
            genesis_height: self.genesis_block().height(),
            height: self.head.height(),
            running: self.schedule.running().clone(),
            ancestors: self.ancestors.clone(),
            time_offset_ns: self.time_offset_ns,
            pace: self.pace,
        }
    }

    /// The epochs that the blocks name which are not in the archive, or the block before them: it
    /// may be the last of an epoch, which ends when the next block is made.
    fn epochs_of_new_blocks(&self) -> Result<Vec<(CryptoHash, Vec<u8>)>, StateError> {
        let new = || self.history.recent_from(self.first_unarchived);
        let before = match new().next() {
            Some(first) => self.history.by_hash(first.header.prev_hash())?,
            None => None,
        };
        let headers = before.iter().chain(new()).map(|block| &block.header);
        let ids: BTreeSet<EpochId> =
            headers.flat_map(|header| [*header.epoch_id(), *header.next_epoch_id()]).collect();
        let epoch = |id: EpochId| {
            let ended = self.schedule.ended(&id).map(|ended| (**ended).clone());
            let info = (**self.schedule.info(&id)?).clone();
            Some((id.0, stored::encode(&Epoch { info, ended })))
        };
        Ok(ids.into_iter().filter_map(epoch).collect())
    }

    /// The height of the oldest block that stays in memory.
    fn first_kept(&self) -> BlockHeight {
        self.final_head().height()
    }
}

impl Archived {
    /// The block with its state where the archive has it.
    fn without(&self, block: &SealedBlock) -> Arc<SealedBlock> {
        let state = block.state.rested(&self.placed, &self.archive.nodes);
        Arc::new(SealedBlock { state, ..block.clone() })
    }
}

fn epochs(archive: &CachedArchive) -> Result<Vec<(EpochId, Epoch)>, StateError> {
    let rows = archive.source.epochs()?.into_iter();
    rows.map(|(id, bytes)| Ok((EpochId(id), stored::decode(&bytes, || format!("the epoch {id}"))?)))
        .collect()
}

#[cfg(test)]
mod tests {
    mod collect;
    mod prune;
    mod rest;
}
