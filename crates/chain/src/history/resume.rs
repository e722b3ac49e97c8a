//! Reading a chain, or one of its snapshots, from an archive.

use crate::chain::{Carried, Chain};
use crate::epochs::archived::{ArchivedEpochs, EarlierEpochs};
use crate::epochs::schedule::Schedule;
use crate::genesis::fork::ForkPoint;
use crate::history::archive::CachedArchive;
use crate::history::branches::{Lineages, StoredLineage};
use crate::history::index::History;
use crate::history::lineage::Position;
use crate::history::snapshots::{Saved, SnapshotTree};
use crate::history::stored::{self, Head, NewestHead};
use crate::inputs::refusals::Refusals;
use crate::spec::{ChainOptions, ChainSpec};
use keyway_engine::StateError;
use keyway_rules::UnsupportedProtocol;
use keyway_state::{BaseState, Trie};
use near_chain_configs::GenesisConfig;
use near_primitives::hash::CryptoHash;
use near_primitives::types::EpochId;
use near_vm_runner::ContractRuntimeCache;
use std::sync::Arc;

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
        let NewestHead { head, current_snapshot, next_snapshot } =
            stored::decode(&head, || "the chain's head".to_owned())?;
        let mut lineages = Lineages::of(&*archive.source);
        let first_new_branch = match &head.lineage {
            StoredLineage::Of(newest) => newest.saturating_add(1),
            // There are no entries of branches yet.
            StoredLineage::Parts(_) => 0,
        };
        let head: Head = head.try_map(|lineage| lineages.read(lineage))?;
        let saved = snapshots(archive, &mut lineages)?;
        let tree = SnapshotTree::archived(saved, current_snapshot, next_snapshot);
        let next = Position { branch: head.lineage.newest(), height: next_height(&head) };
        let spec = ChainSpec { genesis_hash: Some(head.genesis_hash), ..spec };
        let epochs = epochs(archive)?;
        let carried = Carried { first_new_branch, epochs, ..Carried::new(tree, next) };
        Ok(Self::loaded(Arc::new(spec), archive, head, carried)?)
    }

    /// The chain of a snapshot that is not in memory, with everything that a revert carries over.
    pub(crate) fn load_snapshot(&self, number: u64) -> Result<Self, StateError> {
        let what = || format!("snapshot {number}");
        let missing = || StateError::Corrupt { what: format!("{}: missing", what()) };
        let archive = self.history.archive().ok_or_else(missing)?;
        let head = archive.source.snapshot_head(number)?.ok_or_else(missing)?;
        let head: Head<StoredLineage> = stored::decode(&head, what)?;
        let head = head.try_map(|lineage| match self.carried.snapshots.lineage(number) {
            Some(known) => Ok(known.clone()),
            None => Lineages::of(&*archive.source).read(lineage),
        })?;
        Self::loaded(self.spec.clone(), archive, head, self.carried.clone())
    }

    fn loaded(
        spec: Arc<ChainSpec>,
        archive: &CachedArchive,
        head: Head,
        carried: Carried,
    ) -> Result<Self, StateError> {
        let block = |height| {
            let missing = || StateError::Corrupt { what: format!("block {height}: missing") };
            archive.block(head.lineage.position(height))?.ok_or_else(missing)
        };
        let (archived, lineage) = (carried.epochs.clone(), head.lineage.clone());
        let epochs = EarlierEpochs { archived, lineage, height: head.height };
        let schedule = Schedule::resumed(&spec, epochs, head.running.clone())
            .ok_or_else(|| StateError::Corrupt { what: "the running epoch: missing".to_owned() })?;
        let genesis = block(head.genesis_height)?;
        let leaves = head.ancestors.size().saturating_add(1);
        let mut chain = Self {
            spec,
            head: block(head.height)?,
            history: History::on(archive.clone(), genesis, head.lineage, leaves),
            schedule,
            refusals: Refusals::default(),
            ancestors: head.ancestors,
            timing: head.timing,
            pace: head.pace,
            carried,
            give_up_after: None,
        };
        chain.remember_recent()?;
        Ok(chain)
    }

    /// Reads the blocks from the newest final one on into memory.
    fn remember_recent(&mut self) -> Result<(), StateError> {
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
        let Some(archive) = self.history.archive().cloned() else { return Ok(()) };
        let first_leaf = self.leaf(&last_final);
        let mut next = Some(last_final);
        while let Some(block) = next {
            let height = block.height();
            self.history.push(&block)?;
            // The branch may have later blocks, which are not of this chain.
            next = match height < self.head.height() {
                true => {
                    let above = archive.above(self.history.lineage(), height)?;
                    above.map_or(Ok(None), |at| archive.block(at))?
                }
                false => None,
            };
        }
        self.history.remember_subtrees(first_leaf)
    }
}

/// The height of the first block above a head; damage may have put the head anywhere.
fn next_height(head: &Head) -> u64 {
    head.height.saturating_add(1)
}

fn epochs(archive: &CachedArchive) -> Result<ArchivedEpochs, StateError> {
    let all = archive.source.epochs()?.into_iter();
    let read = all.map(|(branch, id, bytes)| {
        let epoch = stored::decode(&bytes, || format!("the epoch {id}"))?;
        Ok(((branch, EpochId(id)), Arc::new(epoch)))
    });
    Ok(ArchivedEpochs::default().extended(read.collect::<Result<Vec<_>, StateError>>()?))
}

fn snapshots(
    archive: &CachedArchive,
    lineages: &mut Lineages<'_>,
) -> Result<Vec<Saved>, StateError> {
    let all = archive.source.snapshots()?.into_iter();
    let read = all.map(|(number, bytes)| {
        let saved: Saved<StoredLineage> = stored::decode(&bytes, || format!("snapshot {number}"))?;
        saved.try_map(|lineage| lineages.read(lineage))
    });
    read.collect()
}
