//! Checks of a genesis: numbers and validators that no chain can work with are errors.

use crate::blocks::header::SHARD;
use crate::genesis::error::GenesisError;
use crate::spec::MAX_HEIGHT;
use near_chain_configs::GenesisConfig;
use near_crypto::key_conversion::is_valid_staking_key;
use near_primitives::num_rational::Rational32;
use near_primitives::types::{AccountInfo, Gas};
use std::collections::BTreeSet;

/// Each validator once, with a key that can sign.
pub(crate) fn check_validators(config: &GenesisConfig) -> Result<(), GenesisError> {
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
pub(super) fn check_values(config: &GenesisConfig) -> Result<u64, GenesisError> {
    let shards = config.shard_layout.num_shards();
    let first = config.shard_layout.shard_ids().next().unwrap_or(SHARD);
    if shards != 1 || first != SHARD {
        return Err(GenesisError::Shards { shards, first: first.into() });
    }
    check_numbers(config)?;
    let time_ns = config.genesis_time.timestamp_nanos_opt().and_then(|ns| u64::try_from(ns).ok());
    time_ns.ok_or_else(|| GenesisError::Value {
        field: "genesis_time",
        value: config.genesis_time.to_string(),
        need: "between 1970 and 2262",
    })
}

/// The part of [`check_values`] that also holds for a network of many shards.
pub(crate) fn check_numbers(config: &GenesisConfig) -> Result<(), GenesisError> {
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
    Ok(())
}

/// From here on nearcore fears that products overflow.
const LARGE_PART: i32 = 10_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Chain;
    use crate::tests::chain::{account_record, genesis, id};
    use near_chain_configs::{Genesis, GenesisContents};
    use near_crypto::{KeyType, PublicKey, SecretKey};
    use near_primitives::account::{Account, AccountContract};
    use near_primitives::state_record::StateRecord;
    use near_primitives::types::Balance;
    use near_vm_runner::NoContractRuntimeCache;
    use std::sync::Arc;

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
