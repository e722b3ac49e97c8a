//! From a genesis to the first block.

use crate::block::SealedBlock;
use crate::founding::Founding;
use crate::header::{
    BlockParts, ChunkParts, SHARD, block_header, chunk_header, encode_genesis_chunk,
};
use crate::rules::{ChainOptions, MAX_TOKENS, Rules, rules};
use crate::schedule::Schedule;
use crate::travel::MAX_HEIGHT;
use keyway_engine::StateError;
use keyway_rules::UnsupportedProtocol;
use keyway_state::{GenesisDraft, GenesisError as RecordsError, Trie};
use near_chain_configs::{Genesis, GenesisConfig, GenesisContents};
use near_crypto::PublicKey;
use near_crypto::key_conversion::is_valid_staking_key;
use near_primitives::hash::CryptoHash;
use near_primitives::num_rational::Rational32;
use near_primitives::types::{AccountId, AccountInfo, Balance, EpochId, Gas};
use near_vm_runner::ContractRuntimeCache;
use std::collections::BTreeSet;
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
    /// The records hold more yoctoNEAR than a chain can count with.
    #[error(
        "the records up to that of {account_id} hold more than {} yoctoNEAR (2^120), a thousand \
         times what NEAR has; lower the amounts",
        MAX_TOKENS.as_yoctonear()
    )]
    TooManyTokens {
        /// The account whose record was one too many.
        account_id: AccountId,
    },
    /// Nobody could produce a block.
    #[error("the genesis names no validator; add one to `validators`")]
    NoValidators,
    /// A validator is named twice.
    #[error("{account_id} is in `validators` twice; name it once, with all of its stake")]
    DuplicateValidator {
        /// The validator.
        account_id: AccountId,
    },
    /// A validator could not sign with its key.
    #[error(
        "the validator {account_id} has the key {public_key}, which is no staking key; \
         give it an ed25519 key made by `keyway key generate` or neard"
    )]
    StakingKey {
        /// The validator.
        account_id: AccountId,
        /// Its key.
        public_key: Box<PublicKey>,
    },
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
    check_validators(config)?;
    let rules = rules(config, options, contracts)?;
    let sums = founding.check(config);
    let validators = config.validators.iter();
    let validators =
        validators.map(|info| (info.account_id.clone(), info.public_key.clone(), info.amount));
    if let Some(wallet) = &rules.options.eth_wallet {
        wallet.install(&mut founding.draft)?;
    }
    // A record that is wrong by itself is told first: it may be why the sums are wrong.
    let state = settle(founding.draft, &validators.collect(), &rules)?;
    sums?;
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

/// Each validator once, with a key that can sign.
fn check_validators(config: &GenesisConfig) -> Result<(), GenesisError> {
    if config.validators.is_empty() {
        return Err(GenesisError::NoValidators);
    }
    let mut named = BTreeSet::new();
    for AccountInfo { account_id, public_key, .. } in &config.validators {
        let account_id = account_id.clone();
        if !is_valid_staking_key(public_key) {
            let public_key = Box::new(public_key.clone());
            return Err(GenesisError::StakingKey { account_id, public_key });
        }
        if !named.insert(account_id.clone()) {
            return Err(GenesisError::DuplicateValidator { account_id });
        }
    }
    Ok(())
}

/// Refuses numbers that nearcore refuses, and those that would stop or break a chain later. Returns
/// the genesis time in nanoseconds.
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
    if config.num_block_producer_seats == 0 {
        return refuse("num_block_producer_seats", &0, "at least 1");
    }
    if config.gas_limit == Gas::ZERO {
        return refuse("gas_limit", &0, "at least 1, or no receipt ever runs");
    }
    if config.genesis_height > MAX_HEIGHT {
        return refuse("genesis_height", &config.genesis_height, "at most 10000000000000");
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
    if config.gas_price_adjustment_rate == Rational32::from_integer(1) {
        return refuse("gas_price_adjustment_rate", &1, "less than 1");
    }
    let (min, max) = (config.online_min_threshold, config.online_max_threshold);
    if max <= min {
        return refuse("online_max_threshold", &max, "above online_min_threshold");
    }
    for (field, rate) in [("online_min_threshold", min), ("online_max_threshold", max)] {
        if *rate.numer() >= LARGE_PART || *rate.denom() >= LARGE_PART {
            return refuse(field, &rate, "a ratio of numbers below 10000000");
        }
    }
    let time_ns = config.genesis_time.timestamp_nanos_opt().and_then(|ns| u64::try_from(ns).ok());
    let Some(time_ns) = time_ns else {
        return refuse("genesis_time", &config.genesis_time, "between 1970 and 2262");
    };
    Ok(time_ns)
}

/// From here on nearcore fears that products overflow.
const LARGE_PART: i32 = 10_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Chain;
    use crate::tests::chain::{account_record, genesis, id};
    use near_crypto::{KeyType, SecretKey};
    use near_primitives::account::{Account, AccountContract};
    use near_primitives::state_record::StateRecord;
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
    fn validators_are_named_once_and_have_staking_keys() {
        let error = refused(|genesis| {
            let again = genesis.config.validators[0].clone();
            genesis.config.validators.push(again);
        });
        assert!(error.starts_with("test.near is in `validators` twice"), "{error}");
        let error = refused(|genesis| {
            let key = SecretKey::from_seed(KeyType::SECP256K1, "test.near").public_key();
            genesis.config.validators[0].public_key = key;
        });
        assert!(error.starts_with("the validator test.near has the key secp256k1:"), "{error}");
        let error = refused(|genesis| {
            genesis.config.validators[0].public_key = PublicKey::empty(KeyType::ED25519);
        });
        assert!(error.contains("which is no staking key"), "{error}");
    }

    #[test]
    fn a_record_that_is_wrong_is_told_before_the_sum_that_it_makes_wrong() {
        let error = refused(|genesis| {
            let GenesisContents::Records { records } = &mut genesis.contents else { return };
            records.0.push(account_record("alice.near", 7, None));
        });
        assert!(error.contains("alice.near has two Account records"), "{error}");
    }

    #[test]
    fn more_tokens_than_can_be_counted_with_are_refused_by_name() {
        let error = refused(|genesis| {
            let GenesisContents::Records { records } = &mut genesis.contents else { return };
            let amount = Balance::from_yoctonear(u128::MAX - 1);
            let account = Account::new(amount, Balance::ZERO, AccountContract::None, 182);
            records.0.push(StateRecord::Account { account_id: id("rich.near"), account });
        });
        assert!(error.starts_with("the records up to that of rich.near hold more"), "{error}");
    }

    #[test]
    fn numbers_that_break_a_chain_are_refused() {
        let error = refused(|genesis| genesis.config.epoch_length = 0);
        assert_eq!(error, "epoch_length is 0 in the genesis, but must be at least 1");
        let error = refused(|genesis| genesis.config.max_inflation_rate = Rational32::new(3, 2));
        assert_eq!(error, "max_inflation_rate is 3/2 in the genesis, but must be between 0 and 1");
        let error = refused(|genesis| genesis.config.max_gas_price = Balance::ZERO);
        assert!(error.contains("at most max_gas_price"), "{error}");
        let error = refused(|genesis| {
            genesis.config.gas_price_adjustment_rate = Rational32::from_integer(1);
        });
        assert!(error.ends_with("must be less than 1"), "{error}");
        let error = refused(|genesis| {
            genesis.config.online_min_threshold = genesis.config.online_max_threshold;
        });
        assert!(error.contains("above online_min_threshold"), "{error}");
        let error = refused(|genesis| {
            genesis.config.online_max_threshold = Rational32::new(9_999_999, 10_000_000);
        });
        assert!(error.starts_with("online_max_threshold is 9999999/10000000"), "{error}");
        let error = refused(|genesis| genesis.config.gas_limit = Gas::ZERO);
        assert!(error.contains("gas_limit is 0"), "{error}");
        let error = refused(|genesis| genesis.config.genesis_height = u64::MAX);
        assert!(error.contains("genesis_height"), "{error}");
        let error = refused(|genesis| genesis.config.protocol_version = 3);
        assert!(error.contains("protocol version 3"), "{error}");
    }
}
