//! From a dump to a chain.

use super::DumpHead;
use super::error::LoadError;
use super::read::{DumpReader, Parts};
use crate::blocks::block::SealedBlock;
use crate::chain::{Carried, Chain};
use crate::epochs::archived::{ArchivedEpochs, EarlierEpochs};
use crate::epochs::schedule::Schedule;
use crate::genesis::check::{check_numbers, check_validators};
use crate::genesis::fork::ForkPoint;
use crate::history::archive::CachedArchive;
use crate::history::index::History;
use crate::history::snapshots::SnapshotTree;
use crate::history::stored;
use crate::inputs::refusals::Refusals;
use crate::spec::{ChainOptions, ChainSpec, END_OF_TIME_NS, MAX_HEIGHT};
use keyway_state::{BaseState, RowSink, Trie};
use near_primitives::hash::CryptoHash;
use near_vm_runner::ContractRuntimeCache;
use std::io::Read;
use std::sync::Arc;

impl Chain {
    /// A chain that goes on where the dumped one was: its first block is the dumped one's newest, and
    /// the same inputs at the same times give the same blocks from there. Blocks before it are unknown.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub fn load(
        dump: DumpReader<impl Read>,
        options: ChainOptions,
        contracts: Arc<dyn ContractRuntimeCache>,
    ) -> Result<Self, LoadError> {
        let (parts, entries) = dump.into_parts();
        parts.check_own()?;
        let state = Trie::from_ascending(entries)?;
        let spec = own_spec(&parts, options, contracts)?;
        start(parts.head, spec, state)
    }

    /// As [`Chain::load`], with the state in the empty archive behind `archive`: its rows go to `sink`
    /// while they are made, so memory does not grow with the state. Also returns the number of the
    /// first free row, for [`Chain::checkpoint`].
    ///
    /// # Errors
    /// As [`Chain::load`], and when the rows cannot be written.
    pub fn load_into(
        (archive, sink): (&CachedArchive, &mut dyn RowSink),
        dump: DumpReader<impl Read>,
        options: ChainOptions,
        contracts: Arc<dyn ContractRuntimeCache>,
    ) -> Result<(Self, u64), LoadError> {
        let (parts, entries) = dump.into_parts();
        parts.check_own()?;
        let (state, next_row) = Trie::from_ascending_into(entries, &archive.nodes, sink)?;
        let spec = own_spec(&parts, options, contracts)?;
        Ok((start(parts.head, spec, state)?, next_row))
    }

    /// As [`Chain::load`], for a dump of a fork; `base` is the network's state after the block `hash`,
    /// where the fork began.
    ///
    /// # Errors
    /// As [`Chain::load`], and when the dump is not of a fork from that block.
    pub fn load_fork(
        dump: DumpReader<impl Read>,
        (hash, base): (CryptoHash, Arc<dyn BaseState>),
        options: ChainOptions,
        contracts: Arc<dyn ContractRuntimeCache>,
    ) -> Result<Self, LoadError> {
        let (parts, entries) = dump.into_parts();
        let (epoch_height, protocol_version) = parts.check_fork(&hash)?;
        let Parts { head, genesis, fork_block } = parts;
        let block = fork_block.expect("invariant: a dump of a fork has its block");
        check_numbers(&genesis)?;
        let point = ForkPoint {
            genesis,
            genesis_hash: head.genesis_hash,
            block,
            protocol_version,
            epoch_height,
            // The schedule comes from the dump.
            epoch_start_height: 0,
            validators: Vec::new(),
            next_validators: Vec::new(),
        };
        let spec = ChainSpec::forked(&point, options, contracts)?;
        start(head, spec, Trie::from_ascending(entries)?.forked_from(base))
    }
}

/// The rules of a chain that is no fork.
fn own_spec(
    parts: &Parts,
    options: ChainOptions,
    contracts: Arc<dyn ContractRuntimeCache>,
) -> Result<ChainSpec, LoadError> {
    check_numbers(&parts.genesis)?;
    check_validators(&parts.genesis)?;
    let spec = ChainSpec::new(&parts.genesis, options, contracts)?;
    Ok(ChainSpec { genesis_hash: Some(parts.head.genesis_hash), ..spec })
}

fn start(dump: DumpHead, spec: ChainSpec, state: Trie) -> Result<Chain, LoadError> {
    let damaged = |what| LoadError::Damaged { what };
    if state.root() != dump.state_root {
        return Err(damaged("the root of the state"));
    }
    let block = stored::decode_dumped(&dump.block).map_err(|_| damaged("the block"))?;
    let head = Arc::new(SealedBlock { state, ..block });
    if head.height() > MAX_HEIGHT || head.header.raw_timestamp() > END_OF_TIME_NS {
        return Err(damaged("the block's height or time"));
    }
    let epochs = dump.epochs.into_iter().map(|(id, epoch)| ((0, id), Arc::new(epoch)));
    let archived = ArchivedEpochs::default().extended(epochs);
    let epochs = EarlierEpochs { archived, ..EarlierEpochs::default() };
    let schedule = Schedule::resumed(&spec, epochs, dump.running)
        .ok_or_else(|| damaged("the running epoch"))?;
    let mut history = History::default();
    history.push(&head)?;
    history.grow(&dump.ancestors, *head.hash());
    let first_unarchived = history.lineage().position(head.height());
    let chain = Chain {
        spec: Arc::new(spec),
        head,
        history,
        schedule,
        refusals: Refusals::default(),
        ancestors: dump.ancestors,
        timing: dump.timing,
        pace: dump.pace,
        carried: Carried::new(SnapshotTree::default(), first_unarchived),
        give_up_after: None,
    };
    Ok(chain.with_origin())
}
