//! A small chain, its service, and ways to ask it and to compare what it says.

#![allow(dead_code, reason = "each test file uses its share")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

pub(crate) mod shape;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use keyway_chain::{Chain, ChainOptions, Input, LocalAccount, LocalChain, local_genesis};
use keyway_node::{Journal, NoJournal, Node, Persistence, WallClock};
use keyway_rpc::{Service, Settings};
use near_chain_configs::Genesis;
use near_crypto::{InMemorySigner, KeyType, PublicKey, SecretKey};
use near_primitives::action::{Action, TransferAction};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{SignedTransaction, Transaction, TransactionV0};
use near_primitives::types::{AccountId, Balance, ProtocolVersion};
use near_vm_runner::NoContractRuntimeCache;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The producer of all blocks.
pub(crate) const VALIDATOR: &str = "test.near";
/// An account with a balance and one full-access key.
pub(crate) const ALICE: &str = "alice.near";

/// A chain of two blocks besides the genesis, and patience of a quarter of a second.
pub(crate) fn service() -> Service {
    service_with(NoJournal)
}

/// The same with a journal.
pub(crate) fn service_with(journal: impl Journal + 'static) -> Service {
    start(86, Persistence::new(journal), Settings::default())
}

/// The same with settings of one's own.
pub(crate) fn service_as(settings: Settings) -> Service {
    start(86, Persistence::new(NoJournal), settings)
}

/// The same at another protocol version.
pub(crate) fn service_of(version: ProtocolVersion, settings: Settings) -> Service {
    start(version, Persistence::new(NoJournal), settings)
}

/// The same with a journal and checkpoints.
pub(crate) fn service_kept_by(persistence: Persistence) -> Service {
    start(86, persistence, Settings::default())
}

fn start(version: ProtocolVersion, persistence: Persistence, settings: Settings) -> Service {
    let signer = InMemorySigner::from_secret_key(id(VALIDATOR), key(VALIDATOR));
    let options = ChainOptions { signer: Some(signer), ..ChainOptions::default() };
    let mut chain =
        Chain::with_options(&genesis(version), options, Arc::new(NoContractRuntimeCache)).unwrap();
    for _ in 0..2 {
        chain.apply(Input::Tick, 0).unwrap();
    }
    let settings = Settings {
        rpc_addr: Some("127.0.0.1:3030".to_owned()),
        wait: Duration::from_millis(250),
        ..settings
    };
    Service::new(Node::with_persistence(chain, persistence, WallClock), settings)
}

/// Calls a method; HTTP status and the body without `jsonrpc` and `id`.
pub(crate) async fn call(service: &Service, method: &str, params: Value) -> (u16, Value) {
    let request = json!({"jsonrpc": "2.0", "id": "dontcare", "method": method, "params": params});
    let (status, mut body) = post(service, request.to_string().as_bytes()).await;
    let members = body.as_object_mut().unwrap();
    assert_eq!(members.remove("jsonrpc"), Some(json!("2.0")));
    assert_eq!(members.remove("id"), Some(json!("dontcare")));
    (status, body)
}

/// The result of a call that succeeds.
#[track_caller]
pub(crate) fn result((status, body): (u16, Value)) -> Value {
    assert_eq!(status, 200, "{body}");
    body.get("result").unwrap_or_else(|| panic!("no result: {body}")).clone()
}

/// Answers a body that must come back as JSON.
pub(crate) async fn post(service: &Service, body: &[u8]) -> (u16, Value) {
    let answer = service.answer(body).await;
    assert_eq!(
        answer.content_type,
        "application/json",
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

/// A transfer of 1 yoctoNEAR from Alice, as clients send it.
pub(crate) fn transfer(service: &Service, nonce: u64) -> SignedTransaction {
    let action = Action::Transfer(TransferAction { deposit: Balance::from_yoctonear(1) });
    signed(service, nonce, VALIDATOR, vec![action])
}

/// A transaction of Alice on the head.
pub(crate) fn signed(
    service: &Service,
    nonce: u64,
    receiver: &str,
    actions: Vec<Action>,
) -> SignedTransaction {
    signed_by(ALICE, service, nonce, receiver, actions)
}

/// A transaction of `signer`, with the key that everybody knows, on the head.
pub(crate) fn signed_by(
    signer: &str,
    service: &Service,
    nonce: u64,
    receiver: &str,
    actions: Vec<Action>,
) -> SignedTransaction {
    let key = key(signer);
    let transaction = Transaction::V0(TransactionV0 {
        signer_id: id(signer),
        public_key: key.public_key(),
        nonce,
        receiver_id: id(receiver),
        block_hash: head(service),
        actions,
    });
    keyway_test_kit::signed(transaction, &key)
}

/// Sends a transaction and waits for its end; the result of `send_tx`, which must not be a failure.
pub(crate) async fn sent(service: &Service, transaction: &SignedTransaction) -> Value {
    let done = result(call(service, "send_tx", json!([encoded(transaction)])).await);
    assert!(done["status"].get("SuccessValue").is_some(), "{done}");
    done
}

/// A transaction in base64.
pub(crate) fn encoded(transaction: &SignedTransaction) -> String {
    BASE64_STANDARD.encode(borsh::to_vec(transaction).unwrap())
}

/// The head's hash.
pub(crate) fn head(service: &Service) -> CryptoHash {
    *service.node().snapshot().head().hash()
}

/// The key that everybody knows.
pub(crate) fn key(account_id: &str) -> SecretKey {
    SecretKey::from_seed(KeyType::ED25519, account_id)
}

/// Its public half.
pub(crate) fn public_key(account_id: &str) -> PublicKey {
    key(account_id).public_key()
}

/// An account id.
pub(crate) fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn genesis(version: ProtocolVersion) -> Genesis {
    let chain =
        LocalChain { chain_id: "test-chain-keyway".to_owned(), ..LocalChain::in_memory(version) };
    let alice = LocalAccount {
        account_id: id(ALICE),
        public_key: public_key(ALICE),
        amount: Balance::from_near(1_000_000_000),
        locked: Balance::ZERO,
    };
    local_genesis(&chain, &[alice])
}

/// Returns when `count` calls of a method have begun, and have let go of this thread.
pub(crate) async fn begun(service: &Service, method: &str, count: u32) {
    let line = format!("keyway_rpc_requests_total{{method=\"{method}\"}} {count}\n");
    let counted = async {
        while !service.metrics().contains(&line) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), counted).await.expect("the call has begun");
}
