//! A chain with one rich account.

use keyway::{AccountId, Action, NearToken, PublicKey, SignedTransaction};
use keyway_node::{Chain, ChainOptions, Input};
use keyway_rpc::{Forget, Service, Settings};
use near_chain_configs::{Genesis, GenesisConfig, GenesisContents, GenesisRecords};
use near_crypto::{InMemorySigner, KeyType, SecretKey};
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::action::TransferAction;
use near_primitives::hash::CryptoHash;
use near_primitives::num_rational::Rational32;
use near_primitives::shard_layout::ShardLayout;
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::{Transaction, TransactionV0};
use near_primitives::types::{AccountInfo, Gas};
use near_vm_runner::NoContractRuntimeCache;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// The producer of all blocks.
pub(crate) const VALIDATOR: &str = "test.near";
/// An account with a billion NEAR and one full-access key.
pub(crate) const ALICE: &str = "alice.near";

/// A chain of two blocks besides the genesis; its node has little patience and shows keys in pages.
pub(crate) fn service() -> Service {
    let signer = InMemorySigner::from_secret_key(id(VALIDATOR), key(VALIDATOR));
    let options = ChainOptions { signer: Some(signer), ..ChainOptions::default() };
    let mut chain =
        Chain::with_options(&genesis(), options, Arc::new(NoContractRuntimeCache)).unwrap();
    for _ in 0..2 {
        chain.apply(Input::Tick, 0).unwrap();
    }
    let settings = Settings {
        wait: Duration::from_millis(250),
        max_unpaged_keys: Some(100),
        ..Settings::default()
    };
    Service::new(chain, Box::new(Forget), settings)
}

/// A transfer of 1 yoctoNEAR from Alice.
pub(crate) fn transfer(service: &Service, nonce: u64) -> SignedTransaction {
    let deposit = NearToken::from_yoctonear(1);
    signed(service, nonce, VALIDATOR, vec![Action::Transfer(TransferAction { deposit })])
}

/// A transaction of Alice's on the newest block.
pub(crate) fn signed(
    service: &Service,
    nonce: u64,
    receiver: &str,
    actions: Vec<Action>,
) -> SignedTransaction {
    let transaction = Transaction::V0(TransactionV0 {
        signer_id: id(ALICE),
        public_key: public_key(ALICE),
        nonce,
        receiver_id: id(receiver),
        block_hash: head(service),
        actions,
    });
    let (hash, _) = transaction.get_hash_and_size();
    SignedTransaction::new(key(ALICE).sign(hash.as_ref()), transaction)
}

/// The newest block's hash.
pub(crate) fn head(service: &Service) -> CryptoHash {
    *service.chain().head().hash()
}

/// The key that everybody knows.
pub(crate) fn key(seed: &str) -> SecretKey {
    SecretKey::from_seed(KeyType::ED25519, seed)
}

/// Its public half.
pub(crate) fn public_key(seed: &str) -> PublicKey {
    key(seed).public_key()
}

/// An account id.
pub(crate) fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn genesis() -> Genesis {
    let stake = NearToken::from_near(50_000_000);
    let records =
        [(VALIDATOR, stake), (ALICE, NearToken::ZERO)].into_iter().flat_map(account).collect();
    let config = GenesisConfig {
        protocol_version: 86,
        chain_id: "test-chain".to_owned(),
        num_block_producer_seats: 50,
        epoch_length: 60,
        gas_limit: Gas::from_gas(1_000_000_000_000_000),
        min_gas_price: NearToken::from_yoctonear(100_000_000),
        gas_price_adjustment_rate: Rational32::new(1, 100),
        block_producer_kickout_threshold: 90,
        chunk_producer_kickout_threshold: 90,
        validators: vec![AccountInfo {
            account_id: id(VALIDATOR),
            public_key: public_key(VALIDATOR),
            amount: stake,
        }],
        transaction_validity_period: 100,
        protocol_reward_rate: Rational32::new(1, 10),
        max_inflation_rate: Rational32::new(1, 20),
        total_supply: NearToken::from_near(2_050_000_000),
        num_blocks_per_year: 31_536_000,
        protocol_treasury_account: id(VALIDATOR),
        fishermen_threshold: NearToken::from_near(10),
        shard_layout: one_shard(),
        ..GenesisConfig::default()
    };
    Genesis { config, contents: GenesisContents::Records { records: GenesisRecords(records) } }
}

fn one_shard() -> ShardLayout {
    let layout = json!({"V2": {
        "boundary_accounts": [],
        "shard_ids": [0],
        "id_to_index_map": {"0": 0},
        "index_to_id_map": {"0": 0},
        "shards_split_map": null,
        "shards_parent_map": null,
        "version": 0,
    }});
    serde_json::from_value(layout).unwrap()
}

fn account((name, locked): (&str, NearToken)) -> [StateRecord; 2] {
    let account =
        Account::new(NearToken::from_near(1_000_000_000), locked, AccountContract::None, 0);
    [
        StateRecord::Account { account_id: id(name), account },
        StateRecord::access_key(id(name), public_key(name), AccessKey::full_access()),
    ]
}
