//! Transactions that overtook others of their key.
//!
//! A client may send several transactions of one key at once, and they arrive in any order. nearcore
//! gathers them for a block and sorts them by nonce. Here a transaction runs when it arrives, and
//! those that it overtook would be refused. So transactions of one key that wait together are put
//! in order, and one whose nonce still leaves a gap waits a moment.

use super::Submission;
use crate::ledger::Ledger;
use keyway_chain::Chain;
use keyway_state::read;
use near_crypto::PublicKey;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::{AccountId, Nonce, NonceIndex};
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::task::spawn_blocking;

/// Puts the submissions of each key in the order of their nonces, and splits off those that leave a
/// gap and may wait. One that would be refused in any case does not wait.
pub(super) fn split(
    ledger: &Ledger,
    mut submissions: Vec<Submission>,
) -> (Vec<Submission>, Vec<Submission>) {
    if submissions.iter().all(|each| each.gap_wait.is_zero()) {
        return (submissions, Vec::new());
    }
    sort(&mut submissions);
    let chain = ledger.newest();
    let mut nonces: HashMap<Lane, Option<Nonce>> = HashMap::new();
    let mut is_ready = |each: &Submission| {
        // Without a signature it is refused, and closes no gap of the key that it names.
        if !each.transaction.is_signed() {
            return true;
        }
        let tx = each.transaction.transaction();
        let lane = lane(tx);
        let last = nonces.entry(lane.clone()).or_insert_with(|| last_nonce(&chain, &lane));
        let nonce = tx.transaction.nonce().nonce();
        let early = !each.gap_wait.is_zero() && leaves_gap(*last, nonce);
        if early && chain.admit_checked(&each.transaction).is_ok() {
            return false;
        }
        *last = last.map(|last| last.max(nonce));
        true
    };
    submissions.into_iter().partition(|each| is_ready(each))
}

/// Waits until a submission leaves no gap, or its time is over: then the gap is intended.
pub(super) async fn wait(ledger: &Weak<Ledger>, submission: Submission) -> Submission {
    let tx = submission.transaction.transaction();
    let nonce = tx.transaction.nonce().nonce();
    let Some(mut news) = ledger.upgrade().map(|ledger| ledger.subscribe()) else {
        return submission;
    };
    let still_open = || {
        let (ledger, lane) = (ledger.clone(), lane(tx));
        let is_open =
            move |ledger: Arc<Ledger>| leaves_gap(last_nonce(&ledger.newest(), &lane), nonce);
        // Off the runtime's threads: the state may be on a disk, or in another network.
        let open = spawn_blocking(move || ledger.upgrade().is_some_and(is_open));
        async { open.await.unwrap_or(false) }
    };
    let closed = async { while still_open().await && news.changed().await.is_ok() {} };
    let _closed_or_out_of_patience = tokio::time::timeout(submission.gap_wait, closed).await;
    Submission { gap_wait: Duration::ZERO, ..submission }
}

/// What a nonce belongs to: a key, or a row of a gas key.
type Lane = (AccountId, PublicKey, Option<NonceIndex>);

fn lane(tx: &SignedTransaction) -> Lane {
    let transaction = &tx.transaction;
    let index = transaction.nonce().nonce_index();
    (transaction.signer_id().clone(), transaction.public_key().clone(), index)
}

/// Each lane keeps the places that its submissions had, and takes them in the order of their nonces.
fn sort(submissions: &mut Vec<Submission>) {
    let mut places: HashMap<Lane, Vec<usize>> = HashMap::new();
    let signed = |(_, each): &(usize, &Submission)| each.transaction.is_signed();
    for (place, each) in submissions.iter().enumerate().filter(signed) {
        places.entry(lane(each.transaction.transaction())).or_default().push(place);
    }
    let mut ordered: Vec<Option<Submission>> = submissions.drain(..).map(Some).collect();
    for places in places.into_values().filter(|places| places.len() > 1) {
        let mut mine: Vec<_> = places.iter().filter_map(|place| ordered[*place].take()).collect();
        mine.sort_by_key(|each| each.transaction.transaction().transaction.nonce().nonce());
        places.into_iter().zip(mine).for_each(|(place, each)| ordered[place] = Some(each));
    }
    submissions.extend(ordered.into_iter().flatten());
}

fn leaves_gap(last: Option<Nonce>, nonce: Nonce) -> bool {
    last.is_some_and(|last| (2..=MOST_OVERTAKEN).contains(&nonce.saturating_sub(last)))
}

/// A larger gap is intended: clients rarely have so many transactions of one key in flight, and some, like
/// keyway's signer, take their nonces from the clock.
const MOST_OVERTAKEN: Nonce = 128;

/// The last nonce of a key, or of a gas key's row.
fn last_nonce(chain: &Chain, (signer_id, public_key, index): &Lane) -> Option<Nonce> {
    let state = &chain.head().state;
    match index {
        Some(index) => read::gas_key_nonce(state, signer_id, public_key, *index).ok()?,
        None => Some(read::access_key(state, signer_id, public_key).ok()??.nonce),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::WallClock;
    use crate::durability::{NoJournal, Persistence};
    use crate::queue::{Queue, Waiter};
    use keyway_chain::{Checked, LocalAccount, LocalChain, local_genesis, seeded_key};
    use near_crypto::{KeyType, SecretKey};
    use near_primitives::action::{Action, TransferAction};
    use near_primitives::hash::CryptoHash;
    use near_primitives::transaction::{Transaction, TransactionV0};
    use near_primitives::types::Balance;
    use near_vm_runner::NoContractRuntimeCache;
    use tokio::sync::oneshot;

    fn submission(queue: &Queue, (signer, nonce): (&str, Nonce)) -> Submission {
        let key = SecretKey::from_seed(KeyType::ED25519, signer);
        let transaction = Checked::new(keyway_test_kit::signed(
            Transaction::V0(TransactionV0 {
                signer_id: signer.parse().unwrap(),
                public_key: key.public_key(),
                nonce,
                receiver_id: "near".parse().unwrap(),
                block_hash: CryptoHash::default(),
                actions: Vec::new(),
            }),
            &key,
        ));
        waiting(queue, transaction)
    }

    fn waiting(queue: &Queue, transaction: Checked) -> Submission {
        let waiter =
            Waiter { done: oneshot::channel().0, _room: queue.room_for(&transaction).unwrap() };
        Submission { transaction, gap_wait: Duration::from_millis(50), waiter }
    }

    #[test]
    fn each_key_takes_its_places_in_the_order_of_its_nonces() {
        let queue = Queue::new();
        let sent = [("alice", 3), ("bob", 9), ("alice", 1), ("bob", 8), ("carol", 5), ("alice", 2)];
        let mut submissions = sent.map(|each| submission(&queue, each)).into();
        sort(&mut submissions);
        let sorted: Vec<_> = submissions
            .iter()
            .map(|each| &each.transaction.transaction().transaction)
            .map(|tx| (tx.signer_id().as_str(), tx.nonce().nonce()))
            .collect();
        let expected =
            [("alice", 1), ("bob", 8), ("alice", 2), ("bob", 9), ("carol", 5), ("alice", 3)];
        assert_eq!(sorted, expected);
    }

    /// Anybody can send a transaction that names a key of somebody else's.
    #[test]
    fn a_forged_transaction_closes_no_gap() {
        let alice = LocalAccount {
            account_id: "alice.near".parse().unwrap(),
            public_key: seeded_key("alice.near").public_key(),
            amount: Balance::from_near(10),
            locked: Balance::ZERO,
        };
        let genesis = local_genesis(&LocalChain::in_memory(86), &[alice]);
        let chain = Chain::new(&genesis, Arc::new(NoContractRuntimeCache)).unwrap();
        let base = *chain.head().hash();
        let ledger = Ledger::new(chain, Persistence::new(NoJournal), Arc::new(WallClock));
        let queue = Queue::new();
        let transfer = |nonce, signed_by: &str| {
            let deposit = Balance::from_near(1);
            let transaction = Transaction::V0(TransactionV0 {
                signer_id: "alice.near".parse().unwrap(),
                public_key: seeded_key("alice.near").public_key(),
                nonce,
                receiver_id: "near".parse().unwrap(),
                block_hash: base,
                actions: vec![Action::Transfer(TransferAction { deposit })],
            });
            let signed = keyway_test_kit::signed(transaction, &seeded_key(signed_by));
            waiting(&queue, Checked::new(signed))
        };
        let early = |all| split(&ledger, all).1.len();
        assert_eq!(early(vec![transfer(1, "mallory.near"), transfer(2, "alice.near")]), 1);
        assert_eq!(early(vec![transfer(2, "alice.near"), transfer(1, "alice.near")]), 0);
    }

    #[test]
    fn only_a_small_gap_is_one_that_others_may_close() {
        assert!(!leaves_gap(None, 7), "there is no key");
        assert!(!leaves_gap(Some(6), 7));
        assert!(!leaves_gap(Some(7), 7), "it is refused");
        assert!(leaves_gap(Some(5), 7));
        assert!(leaves_gap(Some(0), MOST_OVERTAKEN));
        assert!(!leaves_gap(Some(0), MOST_OVERTAKEN + 1));
    }
}
