//! The genesis of the tests: a validator, and a few accounts with one full-access key each, whose
//! label is the account's name.

use crate::tx::{id, public};
use near_chain_configs::{Genesis, GenesisConfig, GenesisContents, GenesisRecords};
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::num_rational::Rational32;
use near_primitives::state_record::StateRecord;
use near_primitives::types::{AccountInfo, Balance, Gas};

/// The named accounts with 1,000 NEAR each; `test.near` validates.
const ACCOUNTS: [&str; 5] = ["near", "alice.near", "bob.near", "carol.near", "app.near"];

/// The genesis of a chain that runs protocol `version`.
pub(crate) fn genesis(version: u32) -> Genesis {
    let mut records = account("test.near", 50_000_000);
    ACCOUNTS.iter().for_each(|name| records.extend(account(name, 0)));
    let config = GenesisConfig {
        protocol_version: version,
        genesis_time: serde_json::from_str("\"2025-01-01T00:00:00Z\"").expect("it is a time"),
        chain_id: "test-chain-protocol".to_owned(),
        num_block_producer_seats: 50,
        // Longer than any test, so that no epoch ends in the middle of one.
        epoch_length: 10_000,
        gas_limit: Gas::from_gas(1_000_000_000_000_000),
        min_gas_price: Balance::from_yoctonear(crate::fees::PRICE),
        max_gas_price: Balance::from_near(1),
        gas_price_adjustment_rate: Rational32::new(1, 100),
        validators: vec![AccountInfo {
            account_id: id("test.near"),
            public_key: public("test.near"),
            amount: Balance::from_near(50_000_000),
        }],
        transaction_validity_period: 100,
        protocol_reward_rate: Rational32::new(1, 10),
        max_inflation_rate: Rational32::new(1, 20),
        total_supply: Balance::from_near(50_006_000),
        num_blocks_per_year: 31_536_000,
        protocol_treasury_account: id("near"),
        fishermen_threshold: Balance::from_near(10),
        ..GenesisConfig::default()
    };
    Genesis { config, contents: GenesisContents::Records { records: GenesisRecords(records) } }
}

fn account(name: &str, locked_near: u128) -> Vec<StateRecord> {
    let (amount, locked) = (Balance::from_near(1_000), Balance::from_near(locked_near));
    let account = Account::new(amount, locked, AccountContract::None, 182);
    vec![
        StateRecord::Account { account_id: id(name), account },
        StateRecord::access_key(id(name), public(name), AccessKey::full_access()),
    ]
}
