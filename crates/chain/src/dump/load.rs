//! From a dump to a chain.

use super::DumpHead;
use super::error::LoadError;
use super::read::DumpReader;
use crate::blocks::block::SealedBlock;
use crate::chain::Chain;
use crate::epochs::schedule::Schedule;
use crate::genesis::check::{check_numbers, check_validators};
use crate::history::archive::CachedArchive;
use crate::history::index::History;
use crate::history::stored;
use crate::inputs::refusals::Refusals;
use crate::spec::{ChainOptions, ChainSpec, END_OF_TIME_NS, MAX_HEIGHT};
use keyway_state::{RowSink, Trie};
use near_chain_configs::GenesisConfig;
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
        let (head, genesis, entries) = dump.into_parts();
        let state = Trie::from_ascending(entries)?;
        start(head, &genesis, state, options, contracts)
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
        let (head, genesis, entries) = dump.into_parts();
        let (state, next_row) = Trie::from_ascending_into(entries, &archive.nodes, sink)?;
        Ok((start(head, &genesis, state, options, contracts)?, next_row))
    }
}

fn start(
    dump: DumpHead,
    genesis: &GenesisConfig,
    state: Trie,
    options: ChainOptions,
    contracts: Arc<dyn ContractRuntimeCache>,
) -> Result<Chain, LoadError> {
    let damaged = |what| LoadError::Damaged { what };
    if state.root() != dump.state_root {
        return Err(damaged("the root of the state"));
    }
    check_numbers(genesis)?;
    check_validators(genesis)?;
    let block =
        stored::decode_block_without_state(&dump.block).map_err(|_| damaged("the block"))?;
    let head = Arc::new(SealedBlock { state, ..block });
    if head.height() > MAX_HEIGHT || head.header.raw_timestamp() > END_OF_TIME_NS {
        return Err(damaged("the block's height or time"));
    }
    let spec = ChainSpec::new(genesis, options, contracts)?;
    let spec = ChainSpec { genesis_hash: Some(dump.genesis_hash), ..spec };
    let schedule = Schedule::resumed(&spec, dump.epochs, dump.running)
        .ok_or_else(|| damaged("the running epoch"))?;
    let mut history = History::default();
    history.push(&head)?;
    Ok(Chain {
        first_unarchived: head.height(),
        addresses: Arc::default(),
        spec: Arc::new(spec),
        head,
        history,
        schedule,
        refusals: Refusals::default(),
        ancestors: dump.ancestors,
        timing: dump.timing,
        pace: dump.pace,
    })
}
