//! From a genesis to the first block.

use crate::block::SealedBlock;
use crate::founding::Founding;
use crate::header::{
    BlockParts, ChunkParts, SHARD, block_header, chunk_header, encode_genesis_chunk,
};
use crate::rules::{ChainOptions, Rules, rules};
use crate::schedule::Schedule;
use keyway_engine::{StateError, UnsupportedProtocol};
use keyway_state::{GenesisDraft, GenesisError as RecordsError, Trie};
use near_chain_configs::{Genesis, GenesisConfig, GenesisContents};
use near_crypto::PublicKey;
use near_primitives::hash::CryptoHash;
use near_primitives::num_rational::Rational32;
use near_primitives::types::{AccountId, Balance, EpochId, Gas};
use near_vm_runner::ContractRuntimeCache;
use std::sync::{Arc, OnceLock};

/// Why a genesis makes no chain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenesisError {
    /// The genesis asks for rules that this build does not have.
    #[error(transparent)]
    Protocol(#[from] UnsupportedProtocol),
    /// The records are in another file, or are named by a state root only.
    #[error("the genesis does not hold its records: put them into `records`")]
    RecordsElsewhere,
    /// The sum over the records is not what the genesis claims.
    #[error(
        "wrong total supply: the records hold {} yoctoNEAR (amount + locked), \
         total_supply says {}; set total_supply to {}",
        records.as_yoctonear(), claimed.as_yoctonear(), records.as_yoctonear()
    )]
    TotalSupply {
        /// Sum of amount and locked over all account records, yoctoNEAR.
        records: Balance,
        /// The genesis's `total_supply`, yoctoNEAR.
        claimed: Balance,
    },
    /// The records hold more yoctoNEAR than 128 bits can count.
    #[error("the records hold more than {} yoctoNEAR; lower the amounts", u128::MAX)]
    SupplyOverflow,
    /// Nobody could produce a block.
    #[error("the genesis names no validator; add one to `validators`")]
    NoValidators,
    /// A validator's stake is not what its record locks.
    #[error(
        "{account_id} has {} yoctoNEAR locked in the records and {} at stake in \
         `validators`; make them equal",
        locked.as_yoctonear(), staked.as_yoctonear()
    )]
    Stake {
        /// The validator.
        account_id: AccountId,
        /// `locked` of its record, yoctoNEAR; zero when there is no record.
        locked: Balance,
        /// Its `amount` in `validators`, yoctoNEAR; zero when it is not named there.
        staked: Balance,
    },
    /// The genesis is laid out for several shards.
    #[error(
        "the genesis has {shards} shards (first id {first}); this node runs one shard with id 0"
    )]
    Shards {
        /// How many shards.
        shards: u64,
        /// Id of the first one.
        first: u64,
    },
    /// A number that no chain can work with.
    #[error("{field} is {value} in the genesis, but must be {need}")]
    Value {
        /// The genesis field.
        field: &'static str,
        /// What it holds.
        value: String,
        /// What it may hold.
        need: &'static str,
    },
    /// A record contradicts another.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// The state cannot be made.
    #[error(transparent)]
    State(#[from] StateError),
}

/// A genesis made into what a chain starts from.
pub(crate) struct Start {
    pub(crate) rules: Rules,
    pub(crate) schedule: Schedule,
    pub(crate) block: SealedBlock,
}

/// The validators with their stakes, yoctoNEAR.
type Validators = Vec<(AccountId, PublicKey, Balance)>;

/// The records of a genesis that holds them.
pub(crate) fn records_of(genesis: &Genesis) -> Result<Founding, GenesisError> {
    let GenesisContents::Records { records } = &genesis.contents else {
        return Err(GenesisError::RecordsElsewhere);
    };
    let mut founding = Founding::default();
    for record in &records.0 {
        founding.add(record.clone())?;
    }
    Ok(founding)
}

/// Checks a genesis and builds its block; `settle` makes the records into a state.
pub(crate) fn start(
    config: &GenesisConfig,
    mut founding: Founding,
    options: ChainOptions,
    contracts: Arc<dyn ContractRuntimeCache>,
    settle: impl FnOnce(GenesisDraft, &Validators, &Rules) -> Result<Trie, RecordsError>,
) -> Result<Start, GenesisError> {
    let time_ns = check_values(config)?;
    founding.check(config)?;
    let rules = rules(config, options, contracts)?;
    let validators = config.validators.iter();
    let validators =
        validators.map(|info| (info.account_id.clone(), info.public_key.clone(), info.amount));
    if let Some(wallet) = &rules.options.eth_wallet {
        wallet.install(&mut founding.draft)?;
    }
    let state = settle(founding.draft, &validators.collect(), &rules)?;
    let schedule = Schedule::at_genesis(&rules, time_ns);
    let block = genesis_block(&rules, &schedule, state, time_ns);
    Ok(Start { rules, schedule, block })
}

fn genesis_block(rules: &Rules, schedule: &Schedule, state: Trie, time_ns: u64) -> SealedBlock {
    let config = &rules.genesis;
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
        next_bp_hash: schedule.next_bp_hash(rules),
        next_gas_price: config.min_gas_price,
        total_supply: config.total_supply,
        last_final_block: nothing,
        last_ds_final_block: nothing,
        block_merkle_root: nothing,
    };
    SealedBlock {
        header: block_header(parts, &chunk),
        chunk,
        author: rules.author.clone(),
        transactions: Vec::new(),
        incoming: Arc::default(),
        processed: Vec::new(),
        outgoing: Arc::default(),
        outcomes: Vec::new(),
        changes: Vec::new(),
        state,
        gas_used: Gas::ZERO,
        balance_burnt: Balance::ZERO,
        proposals: Vec::new(),
        delayed: false,
        gas_price: config.min_gas_price,
        epoch_height: schedule.current_info().height,
        stakes: schedule.stakes().clone(),
        paths: OnceLock::new(),
    }
}

/// Refuses numbers that would stop or break a chain later. Returns the genesis time in nanoseconds.
fn check_values(config: &GenesisConfig) -> Result<u64, GenesisError> {
    let shards = config.shard_layout.num_shards();
    let first = config.shard_layout.shard_ids().next().unwrap_or(SHARD);
    if shards != 1 || first != SHARD {
        return Err(GenesisError::Shards { shards, first: first.into() });
    }
    let refuse = |field, value: &dyn std::fmt::Display, need| {
        Err(GenesisError::Value { field, value: value.to_string(), need })
    };
    if config.epoch_length == 0 {
        return refuse("epoch_length", &config.epoch_length, "at least 1");
    }
    if config.minimum_stake_divisor == 0 {
        return refuse("minimum_stake_divisor", &config.minimum_stake_divisor, "at least 1");
    }
    if config.min_gas_price > config.max_gas_price {
        return refuse("min_gas_price", &config.min_gas_price, "at most max_gas_price");
    }
    let rates = [
        ("gas_price_adjustment_rate", config.gas_price_adjustment_rate),
        ("max_inflation_rate", config.max_inflation_rate),
        ("protocol_reward_rate", config.protocol_reward_rate),
        ("minimum_stake_ratio", config.minimum_stake_ratio),
        ("online_min_threshold", config.online_min_threshold),
        ("online_max_threshold", config.online_max_threshold),
    ];
    for (field, rate) in rates {
        if rate < Rational32::from_integer(0) || rate > Rational32::from_integer(1) {
            return refuse(field, &rate, "between 0 and 1");
        }
    }
    let time_ns = config.genesis_time.timestamp_nanos_opt().and_then(|ns| u64::try_from(ns).ok());
    let Some(time_ns) = time_ns else {
        return refuse("genesis_time", &config.genesis_time, "between 1970 and 2262");
    };
    Ok(time_ns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Chain;
    use crate::tests::chain::genesis;
    use near_vm_runner::NoContractRuntimeCache;

    #[track_caller]
    fn refused(change: impl FnOnce(&mut Genesis)) -> String {
        let mut genesis = genesis();
        change(&mut genesis);
        let cache = Arc::new(NoContractRuntimeCache);
        Chain::new(&genesis, cache).expect_err("a bad genesis").to_string()
    }

    #[test]
    fn a_wrong_supply_names_both_numbers() {
        let error = refused(|genesis| genesis.config.total_supply = Balance::from_near(7));
        assert!(error.contains("2050001000000000000000000000000000 yoctoNEAR"), "{error}");
        assert!(error.contains("total_supply says 7000000000000000000000000"), "{error}");
    }

    #[test]
    fn a_stake_that_is_not_locked_is_refused() {
        let error = refused(|genesis| {
            genesis.config.validators[0].amount = Balance::from_yoctonear(8);
        });
        assert!(
            error.starts_with("test.near has 50000000000000000000000000000000 yocto"),
            "{error}"
        );
    }

    #[test]
    fn a_genesis_without_validators_or_records_is_refused() {
        assert!(refused(|genesis| genesis.config.validators.clear()).contains("no validator"));
        let error = refused(|genesis| {
            genesis.contents = GenesisContents::StateRoots { state_roots: Vec::new() };
        });
        assert!(error.contains("records"), "{error}");
    }

    #[test]
    fn numbers_that_break_a_chain_are_refused() {
        let error = refused(|genesis| genesis.config.epoch_length = 0);
        assert_eq!(error, "epoch_length is 0 in the genesis, but must be at least 1");
        let error = refused(|genesis| genesis.config.max_inflation_rate = Rational32::new(3, 2));
        assert_eq!(error, "max_inflation_rate is 3/2 in the genesis, but must be between 0 and 1");
        let error = refused(|genesis| genesis.config.max_gas_price = Balance::ZERO);
        assert!(error.contains("at most max_gas_price"), "{error}");
        let error = refused(|genesis| genesis.config.protocol_version = 3);
        assert!(error.contains("protocol version 3"), "{error}");
    }
}
