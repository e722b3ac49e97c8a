//! Where cases start: the records of a generated state, and a whole chain on them.

use crate::build::permission;
use crate::plan::{AccountPlan, PermissionPlan};
use crate::{driver, keys};
use keyway_chain::Chain;
use near_chain_configs::{Genesis, GenesisConfig, GenesisContents, GenesisRecords};
use near_crypto::{KeyType, PublicKey};
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::hash::hash;
use near_primitives::num_rational::Rational32;
use near_primitives::state_record::StateRecord;
use near_primitives::types::{AccountId, AccountInfo, Balance, Gas, ProtocolVersion};
use near_vm_runner::{ContractRuntimeCache, MockContractRuntimeCache};
use std::sync::{Arc, LazyLock};

/// The time of all cases: 2025-01-01T00:00:01Z in nanoseconds.
pub const NOW: u64 = 1_735_689_601_000_000_000;

/// The first protocol version with gas keys.
pub const GAS_KEYS_FROM: ProtocolVersion = 85;

/// The first protocol version with universal accounts.
const UNIVERSAL_FROM: ProtocolVersion = 88;

static CONTRACTS: LazyLock<Arc<MockContractRuntimeCache>> = LazyLock::new(Arc::default);

/// Compiled contracts, shared by all cases.
pub fn contracts() -> Arc<dyn ContractRuntimeCache> {
    CONTRACTS.clone()
}

/// The accounts of `plans` with their keys, codes and data, the validator and the treasury.
pub fn records(plans: &[AccountPlan], version: ProtocolVersion) -> Vec<StateRecord> {
    let mut records = Vec::new();
    for (number, plan) in plans.iter().enumerate() {
        add_account(&mut records, number, plan, version);
    }
    if version >= UNIVERSAL_FROM {
        let account = Account::new_uninitialized(Balance::from_near(5), 100, 0);
        let account_id = keys::account_id(keys::UNIVERSAL).clone();
        records.push(StateRecord::Account { account_id, account });
    }
    for (name, locked) in [("test.near", 50_000_000), ("near", 0)] {
        let (amount, locked) = (Balance::from_near(1_000_000_000), Balance::from_near(locked));
        let account = Account::new(amount, locked, AccountContract::None, 0);
        records.push(StateRecord::Account { account_id: id(name), account });
        records.push(StateRecord::access_key(id(name), validator_key(), AccessKey::full_access()));
    }
    records
}

fn add_account(
    records: &mut Vec<StateRecord>,
    number: usize,
    plan: &AccountPlan,
    version: ProtocolVersion,
) {
    let account_id = keys::account_id(number).clone();
    let has_contract = number < keys::WITH_CONTRACT;
    let contract = match number {
        _ if has_contract => AccountContract::Local(hash(driver::CODE)),
        keys::WITH_GLOBAL_CONTRACT => AccountContract::Global(hash(driver::CODE)),
        _ => AccountContract::None,
    };
    // What stands on the account must be paid for, or its receipts could only fail.
    let bytes = if has_contract { driver::CODE.len() + 3_000 } else { plan.data + 3_000 };
    let stake = if has_contract || plan.data > 0 { bytes as u128 * 10_u128.pow(19) } else { 0 };
    let amount = Balance::from_yoctonear(plan.amount + stake);
    let account = Account::new(amount, Balance::ZERO, contract, 0);
    records.push(StateRecord::Account { account_id: account_id.clone(), account });
    if has_contract {
        let code = driver::CODE.to_vec();
        records.push(StateRecord::Contract { account_id: account_id.clone(), code });
    }
    if plan.data > 0 {
        records.push(StateRecord::Data {
            account_id,
            data_key: b"data".to_vec().into(),
            value: vec![7; plan.data].into(),
        });
    }
    add_key(records, number, 0, &PermissionPlan::Full);
    for (slot, key) in plan.keys.iter().enumerate() {
        let Some(key) = key else { continue };
        let is_gas_key = matches!(key, PermissionPlan::GasFull(_) | PermissionPlan::GasCall(..));
        if version >= GAS_KEYS_FROM || (!is_gas_key && slot + 1 < keys::SLOTS - 1) {
            add_key(records, number, slot + 1, key);
        }
    }
}

fn add_key(records: &mut Vec<StateRecord>, number: usize, slot: usize, plan: &PermissionPlan) {
    let account_id = keys::account_id(number).clone();
    let public_key = keys::public(number, slot);
    let access_key = AccessKey { nonce: 0, permission: permission(plan) };
    let rows = access_key.gas_key_info().map_or(0, |info| info.num_nonces);
    records.push(StateRecord::access_key(account_id.clone(), public_key.clone(), access_key));
    records.extend((0..rows).map(|index| StateRecord::GasKeyNonce {
        account_id: account_id.clone(),
        public_key: public_key.into(),
        index,
        nonce: u64::from(index),
    }));
}

/// What a generated state is the start of.
pub fn genesis(plans: &[AccountPlan], version: ProtocolVersion, epoch_length: u64) -> Genesis {
    let records = records(plans, version);
    let config = GenesisConfig {
        protocol_version: version,
        genesis_time: serde_json::from_str("\"2025-01-01T00:00:00Z\"").expect("it is a time"),
        chain_id: "test-chain-keyway".to_owned(),
        num_block_producer_seats: 50,
        epoch_length,
        gas_limit: Gas::from_gas(1_000_000_000_000_000),
        min_gas_price: Balance::from_yoctonear(100_000_000),
        max_gas_price: Balance::from_yoctonear(10_u128.pow(22)),
        gas_price_adjustment_rate: Rational32::new(1, 100),
        validators: vec![AccountInfo {
            account_id: id("test.near"),
            public_key: validator_key(),
            amount: Balance::from_near(50_000_000),
        }],
        transaction_validity_period: 1_000,
        protocol_reward_rate: Rational32::new(1, 10),
        max_inflation_rate: Rational32::new(1, 20),
        total_supply: Balance::from_yoctonear(supply(&records)),
        num_blocks_per_year: 31_536_000,
        protocol_treasury_account: id("near"),
        fishermen_threshold: Balance::from_near(10),
        ..GenesisConfig::default()
    };
    Genesis { config, contents: GenesisContents::Records { records: GenesisRecords(records) } }
}

/// The chain on [`genesis`].
pub fn chain(plans: &[AccountPlan], version: ProtocolVersion, epoch_length: u64) -> Chain {
    let genesis = genesis(plans, version, epoch_length);
    Chain::new(&genesis, contracts()).expect("the genesis is sound")
}

/// The supply as genesis states it: what is in gas keys from the start does not count, yoctoNEAR.
fn supply(records: &[StateRecord]) -> u128 {
    let tokens = |record: &StateRecord| match record {
        StateRecord::Account { account, .. } => {
            account.amount().as_yoctonear() + account.locked().as_yoctonear()
        }
        _ => 0,
    };
    records.iter().map(tokens).sum()
}

/// The validator's key, which signs nothing here.
pub fn validator_key() -> PublicKey {
    PublicKey::from_seed(KeyType::ED25519, "test.near")
}

fn id(name: &str) -> AccountId {
    name.parse().expect("the names here are account ids")
}
