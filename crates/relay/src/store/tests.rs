//! One suite for every store. A store's own tests call [`suite`] with an empty one.

mod budgets;
mod leases;
mod requests;
mod sending;
mod webhooks;

use super::*;
use crate::{Kind, State};
use keyway::AccountId;
use keyway::protocol::{Action, Nonce, PublicKey, SignedTransaction};
use near_primitives::action::TransferAction;
use near_primitives::transaction::TransactionNonce;

/// Checks everything that a store promises. Each test uses names of its own, so one store serves all.
pub(crate) async fn suite(store: Arc<dyn Store>) {
    requests::all(&store).await;
    leases::all(&store).await;
    sending::all(&store).await;
    budgets::all(&store).await;
    webhooks::all(&store).await;
}

pub(crate) const LONG: Duration = Duration::from_secs(3_600);
const KEY: &str = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";

pub(crate) fn yocto(amount: u128) -> NearToken {
    NearToken::from_yoctonear(amount)
}

fn app(name: &str) -> AppName {
    name.parse().unwrap()
}

fn instance(name: &str) -> InstanceId {
    name.parse().unwrap()
}

fn account(name: &str) -> AccountId {
    name.parse().unwrap()
}

pub(crate) fn random_id() -> RequestId {
    let mut random = [0; 10];
    getrandom::fill(&mut random).unwrap();
    RequestId::new(1_790_000_000_000, random)
}

/// Work that differs by `amount`.
fn transfer(amount: u128) -> Work {
    let deposit = yocto(amount);
    let actions = vec![Action::Transfer(TransferAction { deposit })];
    Work::intent(account("bob.near"), actions, None).unwrap()
}

pub(crate) fn new_request(name: &str, amount: u128) -> NewRequest {
    NewRequest {
        id: random_id(),
        app: app(name),
        work: transfer(amount),
        idempotency_key: None,
        most: yocto(amount),
        charges: vec![Charge { key: BudgetKey::App(app(name)), limit: None }],
    }
}

/// A request that was cancelled.
pub(crate) fn ended_request() -> Request {
    let NewRequest { id, app, work, idempotency_key, most, charges } = new_request("ended", 5);
    let state = State::Ended { at_ms: 1, ending: Ending::Cancelled };
    let (accepted_ms, signatures) = (0, 0);
    Request { id, app, work, idempotency_key, most, charges, accepted_ms, signatures, state }
}

/// A delegate action of the sender, whose signature does not matter here.
fn delegate(sender: &str, nonce: Nonce) -> Work {
    use near_primitives::action::delegate::{DelegateAction, SignedDelegateAction};
    let delegate_action = DelegateAction {
        sender_id: account(sender),
        receiver_id: account("game.near"),
        actions: Vec::new(),
        nonce,
        max_block_height: 100,
        public_key: KEY.parse().unwrap(),
    };
    let signature = near_crypto::Signature::empty(near_crypto::KeyType::ED25519);
    Work::delegate(SignedDelegateAction { delegate_action, signature })
}

pub(crate) fn lane(account_id: &str, row: Option<u16>) -> LaneId {
    let public_key: PublicKey = KEY.parse().unwrap();
    LaneId { account_id: account(account_id), public_key, row }
}

fn signed(lane: &LaneId, nonce: Nonce) -> Signed {
    let transaction: SignedTransaction = keyway_rules::with_blank_signature(
        keyway_rules::Unsigned {
            signer_id: lane.account_id.clone(),
            public_key: lane.public_key.clone(),
            nonce: TransactionNonce::from_nonce(nonce),
            receiver_id: account("bob.near"),
            block_hash: CryptoHash::default(),
            actions: Vec::new(),
        }
        .into_transaction(),
    );
    Signed::new(&transaction, 7)
}

async fn accepted(store: &Arc<dyn Store>, new: NewRequest) -> Request {
    match store.accept(new).await.unwrap() {
        Accepted::New(request) => *request,
        other => panic!("{other:?}"),
    }
}

async fn leased(store: &Arc<dyn Store>, lane: &LaneId, owner: &str, time: Duration) -> Lease {
    let leases = store.lease(std::slice::from_ref(lane), &instance(owner), time, 1).await.unwrap();
    let [lease] = <[Lease; 1]>::try_from(leases).expect("the lane is free");
    lease
}

fn succeeded(hash: CryptoHash, cost: u128) -> Ending {
    Ending::Succeeded {
        hash,
        cost: yocto(cost),
        gas_burnt: keyway::Gas::from_gas(1),
        value: String::new(),
    }
}

#[tokio::test]
async fn the_embedded_store_in_memory() {
    suite(Arc::new(EmbeddedStore::in_memory().unwrap())).await;
}

#[tokio::test]
async fn the_embedded_store_in_a_file() {
    let dir = tempfile::tempdir().unwrap();
    suite(Arc::new(EmbeddedStore::open(&dir.path().join("relay.redb")).unwrap())).await;
}

#[tokio::test]
async fn a_file_keeps_everything_over_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("relay.redb");
    let open = || -> Arc<dyn Store> { Arc::new(EmbeddedStore::open(&path).unwrap()) };
    let store = open();
    let request = accepted(&store, new_request("restart", 5)).await;
    let lane = lane("restart.near", Some(3));
    let lease = leased(&store, &lane, "first", LONG).await;
    let number = lease.fence.number;
    assert!(store.begin(&lease.fence, request.id, signed(&lane, 9)).await.unwrap());
    let second = EmbeddedStore::open(&path);
    assert!(matches!(second, Err(StoreError::Unavailable { .. })), "one process at a time");
    drop(store);

    let store = open();
    // Nobody else can have the file, so the lease has ended.
    let lease = leased(&store, &lane, "second", LONG).await;
    assert!(lease.fence.number > number);
    assert_eq!(lease.last_nonce, Some(9));
    assert_eq!(lease.unproved, Some((request.id, signed(&lane, 9))));
    let kept = store.request(request.id).await.unwrap().unwrap();
    assert_eq!(kept.work.kind(), Kind::Intent);
    assert!(matches!(kept.state, State::Sent { .. }));
    let [tally] = store.tallies(&[BudgetKey::App(app("restart"))]).await.unwrap()[..] else {
        panic!("one counter")
    };
    assert_eq!(tally, Tally { spent: yocto(0), reserved: yocto(5) });
}

#[tokio::test]
async fn a_file_that_is_not_a_store_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("relay.redb");
    std::fs::write(&path, "not a store").unwrap();
    let refused = EmbeddedStore::open(&path).unwrap_err().to_string();
    assert!(refused.contains("relay.redb"), "{refused}");
}
