//! From a genesis to the first block.

use crate::blocks::block::SealedBlock;
use crate::blocks::header::{
    BlockParts, ChunkParts, block_header, chunk_header, encode_genesis_chunk,
};
use crate::blocks::pace::Pace;
use crate::blocks::timing::Timing;
use crate::chain::{Carried, Chain};
use crate::epochs::schedule::Schedule;
use crate::genesis::builder::GenesisBuilder;
use crate::genesis::check::{check_validators, check_values};
use crate::genesis::error::GenesisError;
use crate::history::archive::CachedArchive;
use crate::history::index::History;
use crate::history::snapshots::SnapshotTree;
use crate::inputs::refusals::Refusals;
use crate::spec::{ChainOptions, ChainSpec};
use keyway_engine::StateError;
use keyway_state::{GenesisDraft, GenesisError as RecordsError, RowSink, Trie};
use near_chain_configs::{Genesis, GenesisConfig, GenesisContents};
use near_crypto::PublicKey;
use near_primitives::block::BlockHeader;
use near_primitives::hash::CryptoHash;
use near_primitives::merkle::PartialMerkleTree;
use near_primitives::sharding::ShardChunkHeader;
use near_primitives::types::{AccountId, Balance, EpochId, Gas};
use near_vm_runner::ContractRuntimeCache;
use std::sync::{Arc, OnceLock};

impl Chain {
    /// The chain at its genesis block, with the default options.
    ///
    /// # Errors
    /// When the genesis is invalid or not supported.
    pub fn new(
        genesis: &Genesis,
        contracts: Arc<dyn ContractRuntimeCache>,
    ) -> Result<Self, GenesisError> {
        Self::with_options(genesis, ChainOptions::default(), contracts)
    }

    /// The chain at its genesis block.
    ///
    /// # Errors
    /// When the genesis is invalid or not supported.
    pub fn with_options(
        genesis: &Genesis,
        options: ChainOptions,
        contracts: Arc<dyn ContractRuntimeCache>,
    ) -> Result<Self, GenesisError> {
        Self::from_genesis(&genesis.config, records_of(genesis)?, options, contracts)
    }

    /// The chain at its genesis block, from records that were added one by one.
    ///
    /// # Errors
    /// As [`Chain::with_options`].
    pub fn from_genesis(
        config: &GenesisConfig,
        records: GenesisBuilder,
        options: ChainOptions,
        contracts: Arc<dyn ContractRuntimeCache>,
    ) -> Result<Self, GenesisError> {
        let start = start(config, records, options, contracts, |draft, validators, spec| {
            draft.in_memory(validators, &spec.protocol.config)
        })?;
        Ok(Self::at(start)?)
    }

    /// The chain at its first block.
    pub(super) fn at(Start { spec, schedule, block }: Start) -> Result<Self, StateError> {
        let head = Arc::new(block);
        let pace = Pace::at(head.height(), head.header.raw_timestamp());
        let mut history = History::default();
        history.push(&head)?;
        let ancestors = PartialMerkleTree::default();
        history.grow(&ancestors, *head.hash());
        let first_unarchived = history.lineage().position(head.height());
        let carried = Carried::new(SnapshotTree::default(), first_unarchived);
        let chain = Self {
            spec: Arc::new(spec),
            head,
            history,
            schedule,
            refusals: Refusals::default(),
            ancestors,
            timing: Timing::default(),
            pace,
            carried,
            give_up_after: None,
        };
        Ok(chain.with_origin())
    }

    /// The chain at its genesis block, with the first state in the empty archive behind `archive`:
    /// its rows go to `sink` while they are made, so memory does not grow with the state. Also returns
    /// the number of the first free row, for [`Chain::checkpoint`].
    ///
    /// # Errors
    /// As [`Chain::with_options`], and when the rows cannot be written.
    pub fn from_genesis_into(
        (archive, sink): (&CachedArchive, &mut dyn RowSink),
        config: &GenesisConfig,
        records: GenesisBuilder,
        options: ChainOptions,
        contracts: Arc<dyn ContractRuntimeCache>,
    ) -> Result<(Self, u64), GenesisError> {
        let mut next_row = 0;
        let start = start(config, records, options, contracts, |draft, validators, spec| {
            let config = &spec.protocol.config;
            let (state, next) = draft.in_store(validators, config, &archive.nodes, sink)?;
            next_row = next;
            Ok(state)
        })?;
        Ok((Self::at(start)?, next_row))
    }
}

/// What a chain starts from.
pub(super) struct Start {
    pub(super) spec: ChainSpec,
    pub(super) schedule: Schedule,
    pub(super) block: SealedBlock,
}

/// The validators with their stakes, yoctoNEAR.
type Validators = Vec<(AccountId, PublicKey, Balance)>;

/// The records of a genesis that holds them.
fn records_of(genesis: &Genesis) -> Result<GenesisBuilder, GenesisError> {
    let GenesisContents::Records { records } = &genesis.contents else {
        return Err(GenesisError::RecordsElsewhere);
    };
    let mut builder = GenesisBuilder::default();
    for record in &records.0 {
        builder.add(record.clone())?;
    }
    Ok(builder)
}

/// Checks a genesis and builds its block; `make_state` makes the records into a state.
fn start(
    config: &GenesisConfig,
    mut builder: GenesisBuilder,
    options: ChainOptions,
    contracts: Arc<dyn ContractRuntimeCache>,
    make_state: impl FnOnce(GenesisDraft, &Validators, &ChainSpec) -> Result<Trie, RecordsError>,
) -> Result<Start, GenesisError> {
    let time_ns = check_values(config)?;
    check_validators(config)?;
    let spec = ChainSpec::new(config, options, contracts)?;
    let sums = builder.check(config);
    let validators = config.validators.iter();
    let validators =
        validators.map(|info| (info.account_id.clone(), info.public_key.clone(), info.amount));
    if let Some(wallet) = &spec.options.eth_wallet {
        wallet.install(&mut builder.draft)?;
    }
    // An invalid record is reported first, because it may be why the sums are wrong.
    let state = make_state(builder.draft, &validators.collect(), &spec)?;
    sums?;
    let schedule = Schedule::at_genesis(&spec, time_ns);
    let block = genesis_block(&spec, &schedule, state, time_ns);
    Ok(Start { spec, schedule, block })
}

fn genesis_block(spec: &ChainSpec, schedule: &Schedule, state: Trie, time_ns: u64) -> SealedBlock {
    let config = &spec.genesis;
    let nothing = CryptoHash::default();
    let chunk = chunk_header(ChunkParts {
        version: config.protocol_version,
        height: config.genesis_height,
        prev_block_hash: nothing,
        prev_state_root: state.root(),
        prev_outcome_root: nothing,
        prev_outgoing_root: nothing,
        prev_gas_used: Gas::ZERO,
        prev_balance_burnt: Balance::ZERO,
        prev_proposals: Vec::new(),
        gas_limit: config.gas_limit,
        encoded: encode_genesis_chunk(),
        transactions: &[],
    });
    let parts = BlockParts {
        version: config.protocol_version,
        height: config.genesis_height,
        prev_height: 0,
        prev_hash: nothing,
        ordinal: 1,
        timestamp_ns: time_ns,
        random_value: nothing,
        epoch_id: EpochId::default(),
        next_epoch_id: EpochId::default(),
        next_bp_hash: schedule.next_bp_hash(spec),
        next_gas_price: config.min_gas_price,
        total_supply: config.total_supply,
        last_final_block: nothing,
        last_ds_final_block: nothing,
        block_merkle_root: nothing,
    };
    let header = block_header(parts, &chunk);
    first_block((header, chunk, spec.author.clone()), config.min_gas_price, schedule, state)
}

/// A block that nothing has happened in, with its state.
pub(super) fn first_block(
    (header, chunk, author): (BlockHeader, ShardChunkHeader, AccountId),
    gas_price: Balance,
    schedule: &Schedule,
    state: Trie,
) -> SealedBlock {
    SealedBlock {
        header,
        chunk,
        author,
        transactions: Vec::new(),
        incoming: Arc::default(),
        processed: Vec::new(),
        outgoing: Arc::default(),
        outcomes: Vec::new(),
        unknown_nodes: Vec::new(),
        changes: Vec::new(),
        state,
        gas_used: Gas::ZERO,
        balance_burnt: Balance::ZERO,
        proposals: Vec::new(),
        delayed: false,
        gas_price,
        epoch_height: schedule.current_info().height,
        stakes: schedule.stakes().clone(),
        paths: OnceLock::new(),
    }
}
