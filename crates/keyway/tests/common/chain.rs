//! A chain with one rich account.

use keyway::protocol::{Action, PublicKey, SignedTransaction};
use keyway::{AccountId, NearToken};
use keyway_chain::{Chain, ChainOptions, Input, LocalAccount, LocalChain, local_genesis};
use keyway_node::{Node, WallClock, shared_contracts};
use keyway_rpc::{Service, Settings};
use near_chain_configs::Genesis;
use near_crypto::{InMemorySigner, KeyType, SecretKey};
use near_primitives::action::TransferAction;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{Transaction, TransactionV0};
use std::time::Duration;

/// The producer of all blocks.
pub(crate) const VALIDATOR: &str = "test.near";
/// An account with a billion NEAR and one full-access key.
pub(crate) const ALICE: &str = "alice.near";

/// A chain of two blocks after the genesis. Its node has short time limits and lists keys in pages.
pub(crate) fn service() -> Service {
    let signer = InMemorySigner::from_secret_key(id(VALIDATOR), key(VALIDATOR));
    let options = ChainOptions { signer: Some(signer), ..ChainOptions::default() };
    let mut chain = Chain::with_options(&genesis(), options, shared_contracts()).unwrap();
    for _ in 0..2 {
        chain.apply(Input::Tick, 0).unwrap();
    }
    let settings = Settings {
        wait: Duration::from_millis(250),
        view_access_keys_limit: Some(100),
        ..Settings::default()
    };
    Service::new(Node::in_memory(chain, WallClock), settings)
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
    keyway_test_kit::signed(transaction, &key(ALICE))
}

/// The newest block's hash.
pub(crate) fn head(service: &Service) -> CryptoHash {
    *service.node().snapshot().head().hash()
}

/// The key that anybody can derive.
pub(crate) fn key(seed: &str) -> SecretKey {
    SecretKey::from_seed(KeyType::ED25519, seed)
}

/// Its public key.
pub(crate) fn public_key(seed: &str) -> PublicKey {
    key(seed).public_key()
}

/// An account id.
pub(crate) fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn genesis() -> Genesis {
    let chain = LocalChain { chain_id: "test-chain".to_owned(), ..LocalChain::in_memory(86) };
    let alice = LocalAccount {
        account_id: id(ALICE),
        public_key: public_key(ALICE),
        amount: NearToken::from_near(1_000_000_000),
        locked: NearToken::ZERO,
    };
    local_genesis(&chain, &[alice])
}
