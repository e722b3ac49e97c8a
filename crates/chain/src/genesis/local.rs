//! The first state of a local chain: one validator, the account `near`, and who else is asked for.

use near_chain_configs::{
    BLOCK_PRODUCER_KICKOUT_THRESHOLD, CHUNK_PRODUCER_KICKOUT_THRESHOLD,
    CHUNK_VALIDATOR_ONLY_KICKOUT_THRESHOLD, EXPECTED_EPOCH_LENGTH, FAST_EPOCH_LENGTH,
    FISHERMEN_THRESHOLD, GAS_PRICE_ADJUSTMENT_RATE, Genesis, GenesisConfig, GenesisContents,
    GenesisRecords, INITIAL_GAS_LIMIT, MAX_INFLATION_RATE, MIN_GAS_PRICE, NUM_BLOCK_PRODUCER_SEATS,
    NUM_BLOCKS_PER_YEAR, PROTOCOL_REWARD_RATE, PROTOCOL_UPGRADE_STAKE_THRESHOLD,
    TRANSACTION_VALIDITY_PERIOD, get_initial_supply,
};
use near_crypto::{KeyType, PublicKey, SecretKey};
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::shard_layout::ShardLayout;
use near_primitives::state_record::StateRecord;
use near_primitives::types::{AccountId, AccountInfo, Balance, ProtocolVersion};
use near_primitives::utils::from_timestamp;

/// What is free to choose about a local chain.
#[derive(Clone, Debug)]
pub struct LocalChain {
    /// The chain's name.
    pub chain_id: String,
    /// Short epochs.
    pub fast: bool,
    /// The account of the one validator, which is the protocol's treasury too.
    pub validator: AccountId,
    /// Its key: to produce blocks, and full access to its account.
    pub validator_key: PublicKey,
    /// The protocol that the chain speaks.
    pub protocol_version: ProtocolVersion,
    /// When the chain begins, nanoseconds since the Unix epoch, up to the year 2262. The hash of the
    /// first block follows from it, and clients tell chains apart by that hash: give each chain a
    /// moment of its own.
    pub genesis_time_ns: u64,
}

/// An account to start with.
#[derive(Clone, Debug)]
pub struct LocalAccount {
    /// Its id.
    pub account_id: AccountId,
    /// Its one full-access key.
    pub public_key: PublicKey,
    /// What it owns, yoctoNEAR.
    pub amount: Balance,
    /// What it stakes besides, yoctoNEAR.
    pub locked: Balance,
}

impl LocalChain {
    /// A chain that lives in memory: always the same name and keys, and the same moment unless
    /// another is given.
    pub fn in_memory(protocol_version: ProtocolVersion) -> Self {
        let validator = default_validator();
        let validator_key = seeded_key(validator.as_str()).public_key();
        let chain_id = "localnet".to_owned();
        Self {
            chain_id,
            fast: true,
            validator,
            validator_key,
            protocol_version,
            genesis_time_ns: GENESIS_TIME_NS,
        }
    }
}

/// The genesis of a local chain with the validator, `near` and `others`.
pub fn local_genesis(chain: &LocalChain, others: &[LocalAccount]) -> Genesis {
    let records = records(chain, others);
    let config = GenesisConfig {
        protocol_version: chain.protocol_version,
        chain_id: chain.chain_id.clone(),
        num_block_producer_seats: NUM_BLOCK_PRODUCER_SEATS,
        protocol_upgrade_stake_threshold: PROTOCOL_UPGRADE_STAKE_THRESHOLD,
        epoch_length: if chain.fast { FAST_EPOCH_LENGTH } else { EXPECTED_EPOCH_LENGTH },
        gas_limit: INITIAL_GAS_LIMIT,
        min_gas_price: MIN_GAS_PRICE,
        gas_price_adjustment_rate: GAS_PRICE_ADJUSTMENT_RATE,
        block_producer_kickout_threshold: BLOCK_PRODUCER_KICKOUT_THRESHOLD,
        chunk_producer_kickout_threshold: CHUNK_PRODUCER_KICKOUT_THRESHOLD,
        chunk_validator_only_kickout_threshold: CHUNK_VALIDATOR_ONLY_KICKOUT_THRESHOLD,
        validators: vec![AccountInfo {
            account_id: chain.validator.clone(),
            public_key: chain.validator_key.clone(),
            amount: VALIDATOR_STAKE,
        }],
        transaction_validity_period: TRANSACTION_VALIDITY_PERIOD,
        protocol_reward_rate: PROTOCOL_REWARD_RATE,
        max_inflation_rate: MAX_INFLATION_RATE,
        total_supply: get_initial_supply(&records),
        num_blocks_per_year: NUM_BLOCKS_PER_YEAR,
        protocol_treasury_account: chain.validator.clone(),
        fishermen_threshold: FISHERMEN_THRESHOLD,
        shard_layout: ShardLayout::single_shard(),
        genesis_time: from_timestamp(chain.genesis_time_ns.min(LAST_GENESIS_TIME_NS)),
        // Among the rest: height 0.
        ..GenesisConfig::default()
    };
    Genesis { config, contents: GenesisContents::Records { records: GenesisRecords(records) } }
}

fn records(chain: &LocalChain, others: &[LocalAccount]) -> Vec<StateRecord> {
    let validator = LocalAccount {
        account_id: chain.validator.clone(),
        public_key: chain.validator_key.clone(),
        amount: FOUNDER_BALANCE,
        locked: VALIDATOR_STAKE,
    };
    let near = account_id("near");
    let near = LocalAccount {
        public_key: seeded_key(near.as_str()).public_key(),
        account_id: near,
        amount: FOUNDER_BALANCE,
        locked: Balance::ZERO,
    };
    [&validator, &near].into_iter().chain(others).flat_map(account_with_key).collect()
}

fn account_with_key(new: &LocalAccount) -> [StateRecord; 2] {
    let account = Account::new(new.amount, new.locked, AccountContract::None, 0);
    [
        StateRecord::Account { account_id: new.account_id.clone(), account },
        StateRecord::access_key(new.account_id.clone(), &new.public_key, AccessKey::full_access()),
    ]
}

/// The key that everybody can derive from `seed`: for development only.
pub fn seeded_key(seed: &str) -> SecretKey {
    SecretKey::from_seed(KeyType::ED25519, seed)
}

/// The validator's account where no other is asked for.
pub fn default_validator() -> AccountId {
    account_id("test.near")
}

fn account_id(text: &str) -> AccountId {
    text.parse().expect("the account ids written in this file are valid")
}

/// What the validator and `near` own at first.
const FOUNDER_BALANCE: Balance = Balance::from_near(1_000_000_000);

/// 2025-01-01T00:00:00Z.
const GENESIS_TIME_NS: u64 = 1_735_689_600_000_000_000;

/// In the year 2262: what a genesis can say.
const LAST_GENESIS_TIME_NS: u64 = i64::MAX as u64;

/// What the validator stakes.
const VALIDATOR_STAKE: Balance = Balance::from_near(50_000_000);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_has_the_key_that_every_sandbox_has() {
        let key = seeded_key("near").public_key().to_string();
        assert!(key.starts_with("ed25519:546XB2"), "{key}");
    }

    #[test]
    fn the_moment_tells_chains_apart_and_nothing_else_does() {
        let block = |genesis_time_ns| {
            let chain = LocalChain { genesis_time_ns, ..LocalChain::in_memory(88) };
            let cache = std::sync::Arc::new(near_vm_runner::NoContractRuntimeCache);
            *crate::Chain::new(&local_genesis(&chain, &[]), cache).unwrap().head().hash()
        };
        assert_eq!(block(7), block(7));
        assert_ne!(block(7), block(8));
        block(u64::MAX);
    }

    #[test]
    fn the_values_are_neards() {
        let chain = LocalChain { fast: false, ..LocalChain::in_memory(86) };
        let json = serde_json::to_value(local_genesis(&chain, &[])).unwrap();
        let supply = "2050000000000000000000000000000000";
        for (field, value) in [
            ("genesis_height", serde_json::json!(0)),
            ("protocol_version", serde_json::json!(86)),
            ("epoch_length", serde_json::json!(500)),
            ("gas_limit", serde_json::json!(1_000_000_000_000_000_u64)),
            ("min_gas_price", serde_json::json!("100000000")),
            ("max_gas_price", serde_json::json!("10000000000000000000000")),
            ("transaction_validity_period", serde_json::json!(100)),
            ("protocol_treasury_account", serde_json::json!("test.near")),
            ("total_supply", serde_json::json!(supply)),
        ] {
            assert_eq!(json[field], value, "{field}");
        }
        assert!(json["shard_layout"].get("V2").is_some(), "{}", json["shard_layout"]);
        assert_eq!(json["records"].as_array().unwrap().len(), 4);
    }
}
