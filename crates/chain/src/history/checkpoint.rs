//! Moving blocks and states from memory to an archive, and reading a chain from an archive.

use crate::blocks::block::SealedBlock;
use crate::chain::Chain;
use crate::epochs::schedule::{Epoch, Schedule};
use crate::genesis::fork::ForkPoint;
use crate::history::archive::CachedArchive;
use crate::history::index::History;
use crate::history::stored::{self, Head};
use crate::inputs::refusals::Refusals;
use crate::spec::{ChainOptions, ChainSpec};
use keyway_engine::StateError;
use keyway_rules::UnsupportedProtocol;
use keyway_state::{BaseState, Rows, StoredAddresses, Trie};
use near_chain_configs::GenesisConfig;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{BlockHeight, EpochId, Gas};
use near_vm_runner::ContractRuntimeCache;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What an archive does not have of a chain yet. It is written completely or not at all.
#[derive(Debug)]
pub struct Checkpoint {
    /// New rows of states.
    pub rows: Rows,
    /// Blocks by height: hash and bytes.
    pub blocks: Vec<(BlockHeight, CryptoHash, Vec<u8>)>,
    /// To be deleted before the rest is added; see [`Checkpoint::prune`].
    pub pruned: Pruned,
    /// Rows of states to be deleted; see [`RowCollector`](crate::RowCollector).
    pub freed: Vec<u64>,
    /// Index entries by hash; each replaces the earlier one.
    pub names: Vec<(CryptoHash, Vec<u8>)>,
    /// Epochs by id; each replaces the earlier one.
    pub epochs: Vec<(CryptoHash, Vec<u8>)>,
    /// Replaces the archive's head.
    pub head: Vec<u8>,
    /// The first height that it does not cover.
    end: BlockHeight,
}

/// Blocks that a checkpoint deletes.
#[derive(Debug, Default)]
pub struct Pruned {
    /// Heights and hashes of blocks. The hashes stay, for the proofs that light clients ask for.
    pub blocks: Vec<(BlockHeight, CryptoHash)>,
    /// Hashes whose index entries refer to these blocks only.
    pub names: Vec<CryptoHash>,
}

/// What a written checkpoint lets a chain evict.
#[derive(Clone, Debug)]
pub struct Archived {
    archive: CachedArchive,
    addresses: Arc<StoredAddresses>,
    end: BlockHeight,
}

impl Checkpoint {
    /// Call this when the archive behind `archive` has the checkpoint.
    pub fn written(self, archive: &CachedArchive) -> Archived {
        archive.forget(&self.pruned.blocks);
        let addresses = Arc::new(self.rows.committed(&archive.nodes));
        Archived { archive: archive.clone(), addresses, end: self.end }
    }
}

/// Why a chain cannot be read from an archive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// The genesis requires a protocol version that this build does not have.
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
    /// What the archive does not have of this chain yet. `next_row` is the number of the archive's
    /// first free row.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn checkpoint(&self, next_row: u64) -> Result<Checkpoint, StateError> {
        let mut rows = Rows::new(next_row, self.addresses.clone());
        let mut blocks = Vec::new();
        for block in self.history.recent_from(self.first_unarchived) {
            let state = rows.add(&block.state);
            blocks.push((block.height(), *block.hash(), stored::encode_block(block, state)));
        }
        let mut names = self.history.names()?;
        // Written in the order of the table.
        names.sort_unstable_by_key(|(name, _)| *name);
        let names = names.into_iter();
        Ok(Checkpoint {
            rows,
            blocks,
            pruned: Pruned::default(),
            freed: Vec::new(),
            names: names.map(|(name, known)| (name, stored::encode(&known))).collect(),
            epochs: self.epochs_of_new_blocks()?,
            head: stored::encode(&self.stored_head()),
            end: self.head.height() + 1,
        })
    }

    /// The same chain without what a checkpoint has written, except for blocks that are not final. The
    /// checkpoint is the last one of this chain, and may have been begun some inputs ago.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn evict(&self, archived: &Archived) -> Result<Self, StateError> {
        let mut chain = self.clone();
        chain.history = History::on(
            archived.archive.beside(&self.head.state),
            archived.without(self.genesis_block()),
        );
        for block in self.history.recent_from(self.first_kept().min(archived.end)) {
            // Newer blocks are evicted after the next checkpoint.
            let evicted = block.height() < archived.end || block.hash() == self.head.hash();
            let block = if evicted { archived.without(block) } else { block.clone() };
            chain.history.push(&block)?;
        }
        chain.head = chain.history.recent(self.head.hash()).unwrap_or(&self.head).clone();
        chain.first_unarchived = archived.end;
        chain.addresses = archived.addresses.clone();
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
        Self::resume_with(ChainSpec::new(genesis, options, contracts)?, archive)
    }

    /// The fork of `base` at `point` that `archive` holds.
    ///
    /// # Errors
    /// See [`ResumeError`].
    pub fn resume_fork(
        point: &ForkPoint,
        base: Arc<dyn BaseState>,
        options: ChainOptions,
        contracts: Arc<dyn ContractRuntimeCache>,
        archive: &CachedArchive,
    ) -> Result<Self, ResumeError> {
        let spec = ChainSpec::forked(point, options, contracts)?;
        Self::resume_with(spec, &archive.beside(&Trie::over(base)))
    }

    fn resume_with(spec: ChainSpec, archive: &CachedArchive) -> Result<Self, ResumeError> {
        let head = archive.source.head()?.ok_or(ResumeError::Empty)?;
        let Head { genesis_height, genesis_hash, height, running, ancestors, timing, pace } =
            stored::decode(&head, || "the chain's head".to_owned())?;
        let block = |height| {
            let missing = || StateError::Corrupt { what: format!("block {height}: missing") };
            archive.block(height)?.ok_or_else(missing)
        };
        let schedule = Schedule::resumed(&spec, epochs(archive)?, running)
            .ok_or_else(|| StateError::Corrupt { what: "the running epoch: missing".to_owned() })?;
        let head = block(height)?;
        let mut chain = Self {
            spec: Arc::new(ChainSpec { genesis_hash: Some(genesis_hash), ..spec }),
            history: History::on(archive.clone(), block(genesis_height)?),
            head,
            schedule,
            refusals: Refusals::default(),
            ancestors,
            timing,
            pace,
            first_unarchived: height + 1,
            addresses: Arc::default(),
        };
        chain.remember_recent(archive)?;
        Ok(chain)
    }

    /// Reads the blocks from the newest final one on into memory.
    fn remember_recent(&mut self, archive: &CachedArchive) -> Result<(), StateError> {
        let final_hash = self.head.header.last_final_block();
        let last_final = match self.history.by_hash(final_hash)? {
            Some(block) => block,
            // The first blocks of a fork or a loaded chain name blocks that it does not have.
            None if *final_hash == CryptoHash::default() || self.begins_late() => {
                self.genesis_block().clone()
            }
            None => Err(StateError::Corrupt {
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

    /// How many blocks are in memory, including those that are also in the archive.
    pub fn blocks_in_memory(&self) -> usize {
        self.history.in_memory()
    }

    /// An estimate of the memory of these blocks and their states, bytes.
    pub fn bytes_in_memory(&self) -> usize {
        self.history.weight()
    }

    /// The gas that these blocks burnt. A start without them replays it.
    pub fn gas_in_memory(&self) -> Gas {
        self.history.gas_burnt()
    }

    fn stored_head(&self) -> Head {
        Head {
            genesis_height: self.genesis_block().height(),
            genesis_hash: self.genesis_hash(),
            height: self.head.height(),
            running: self.schedule.running().clone(),
            ancestors: self.ancestors.clone(),
            timing: self.timing,
            pace: self.pace,
        }
    }

    /// The epochs named by blocks that the archive does not have, and by the block before them: it may
    /// be the last of an epoch, which ends only when the next block is sealed.
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
    /// The block, with its state evicted to the archive.
    fn without(&self, block: &SealedBlock) -> Arc<SealedBlock> {
        let state = block.state.evict(&self.addresses, &self.archive.nodes);
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
    mod evict;
    mod prune;
}
