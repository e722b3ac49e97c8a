//! Transactions on their way to the chain and to the disk: a bounded queue in two stages.
//!
//! The first stage applies all transactions that wait at once, as one batch. With a journal, the
//! second stage waits for the disk: the chain goes on meanwhile, and one sync makes every batch
//! applied until then durable.

mod work_queue;

use crate::ledger::{Ledger, WriteError, Written};
use crate::runtime::run_blocking;
use keyway_chain::{Applied, Checked};
use near_primitives::action::Action;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::spawn_blocking;
use work_queue::{WorkQueue, WorkerGuard};

/// Transactions without an answer.
#[derive(Debug)]
pub(crate) struct Queue {
    to_chain: Arc<WorkQueue<Submission>>,
    to_disk: Arc<WorkQueue<AppliedBatch>>,
    room: Arc<Semaphore>,
    /// In KiB.
    bytes: Arc<Semaphore>,
}

#[derive(Debug)]
struct Submission {
    transaction: Checked,
    waiter: Waiter,
}

/// Transactions that the chain has applied as one batch.
#[derive(Debug)]
struct AppliedBatch {
    written: Result<Written, WriteError>,
    waiters: Vec<Waiter>,
}

/// The caller that waits for the result. Its place in the queue stays taken until then, even if the
/// caller has gone.
#[derive(Debug)]
struct Waiter {
    done: oneshot::Sender<Result<Applied, WriteError>>,
    _room: [OwnedSemaphorePermit; 2],
}

impl Queue {
    pub(crate) fn new() -> Self {
        let room = Arc::new(Semaphore::new(MAX_WAITING));
        let bytes = Arc::new(Semaphore::new(MAX_WAITING_BYTES / KIB));
        Self { to_chain: Arc::default(), to_disk: Arc::default(), room, bytes }
    }

    /// Submits a transaction, and waits until it is durable or refused.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub(crate) async fn include(
        self: &Arc<Self>,
        ledger: &Arc<Ledger>,
        transaction: Checked,
    ) -> Result<Applied, WriteError> {
        let _room = self.room_for(&transaction)?;
        let (done, result) = oneshot::channel();
        let waiter = Waiter { done, _room };
        let long = gas(&transaction) > SHORT_GAS;
        match self.to_chain.push(Submission { transaction, waiter }) {
            // A long call must not occupy the caller's thread.
            Some(guard) if long => {
                let (queue, ledger) = (self.clone(), ledger.clone());
                spawn_blocking(move || queue.begin(&ledger, guard));
            }
            Some(guard) => run_blocking(|| self.begin(ledger, guard)),
            None => {}
        }
        // Only a panic leaves no result.
        result.await.unwrap_or(Err(WriteError::Lost))
    }

    fn room_for(&self, transaction: &Checked) -> Result<[OwnedSemaphorePermit; 2], WriteError> {
        let size = usize::try_from(transaction.transaction().get_size()).unwrap_or(usize::MAX);
        let kib = u32::try_from(size.div_ceil(KIB)).unwrap_or(u32::MAX);
        let waiting = MAX_WAITING - self.room.available_permits();
        let room = self.room.clone().try_acquire_owned();
        let bytes = self.bytes.clone().try_acquire_many_owned(kib);
        match (room, bytes) {
            (Ok(room), Ok(bytes)) => Ok([room, bytes]),
            _ => Err(WriteError::Busy { waiting }),
        }
    }

    /// Runs what waits in this thread, because waking another takes longer than one transaction
    /// does. What comes meanwhile gets a thread.
    fn begin(&self, ledger: &Arc<Ledger>, guard: WorkerGuard<Submission>) {
        let mut batch = None;
        let more = guard.once(|submissions| {
            for part in parts(submissions) {
                let earlier = batch.replace(AppliedBatch::run(ledger, part));
                earlier.into_iter().for_each(|earlier| hand_on(&self.to_disk, ledger, earlier));
            }
        });
        if let Some(guard) = more {
            let (to_disk, ledger) = (self.to_disk.clone(), ledger.clone());
            spawn_blocking(move || serve_chain(&to_disk, &ledger, guard));
        }
        let to_flush = batch.and_then(|batch| pass_on(&self.to_disk, ledger, batch));
        let more = to_flush.and_then(|guard| guard.once(|batches| flush(ledger, batches)));
        if let Some(guard) = more {
            let ledger = ledger.clone();
            spawn_blocking(move || guard.serve(|batches| flush(&ledger, batches)));
        }
    }
}

fn serve_chain(
    to_disk: &Arc<WorkQueue<AppliedBatch>>,
    ledger: &Arc<Ledger>,
    guard: WorkerGuard<Submission>,
) {
    guard.serve(|submissions| {
        for part in parts(submissions) {
            hand_on(to_disk, ledger, AppliedBatch::run(ledger, part));
        }
    });
}

/// Splits submissions, in order, so that none waits for a long call behind it.
fn parts(submissions: Vec<Submission>) -> Vec<Vec<Submission>> {
    let mut parts: Vec<Vec<Submission>> = Vec::new();
    let mut room = 0;
    for submission in submissions {
        let gas = gas(&submission.transaction);
        match parts.last_mut() {
            Some(part) if gas <= room => part.push(submission),
            _ => {
                room = PART_GAS;
                parts.push(vec![submission]);
            }
        }
        room = room.saturating_sub(gas);
    }
    parts
}

/// The gas that the calls of a transaction are given; a delegated action counts as a whole call.
fn gas(transaction: &Checked) -> u64 {
    let actions = transaction.transaction().transaction.actions();
    let of = |action: &Action| match action {
        Action::Delegate(_) | Action::DelegateV2(_) => PART_GAS,
        action => action.get_prepaid_gas().as_gas(),
    };
    actions.iter().map(of).fold(0, u64::saturating_add)
}

/// As [`pass_on`]; a thread waits for the disk.
fn hand_on(to_disk: &Arc<WorkQueue<AppliedBatch>>, ledger: &Arc<Ledger>, batch: AppliedBatch) {
    if let Some(guard) = pass_on(to_disk, ledger, batch) {
        let ledger = ledger.clone();
        spawn_blocking(move || guard.serve(|batches| flush(&ledger, batches)));
    }
}

/// Finishes a batch at once if there is no disk to wait for; otherwise queues it for the disk, and
/// returns the guard if no worker has it.
fn pass_on(
    to_disk: &Arc<WorkQueue<AppliedBatch>>,
    ledger: &Ledger,
    batch: AppliedBatch,
) -> Option<WorkerGuard<AppliedBatch>> {
    if ledger.has_disk() {
        return to_disk.push(batch);
    }
    batch.flush(ledger);
    None
}

/// Waits for the disk; usually the first batch's sync covers the rest.
fn flush(ledger: &Ledger, batches: Vec<AppliedBatch>) {
    batches.into_iter().for_each(|batch| batch.flush(ledger));
}

impl AppliedBatch {
    fn run(ledger: &Ledger, submissions: Vec<Submission>) -> Self {
        let submissions =
            submissions.into_iter().map(|submission| (submission.transaction, submission.waiter));
        let (transactions, waiters) = submissions.unzip();
        Self { written: ledger.include(transactions), waiters }
    }

    fn flush(self, ledger: &Ledger) {
        let count = self.waiters.len();
        let flushed = self.written.and_then(|written| ledger.settle(written));
        let results = flushed.unwrap_or_else(|error| vec![Err(error); count]);
        for (waiter, result) in self.waiters.into_iter().zip(results) {
            // The caller may have gone.
            let _gone = waiter.done.send(result);
        }
    }
}

/// How many transactions may wait for a result: less than a second's work for one core.
pub const MAX_WAITING: usize = 4_096;

/// How many bytes waiting transactions may have together.
pub const MAX_WAITING_BYTES: usize = 64 * 1024 * KIB;

/// Calls with more gas than this run in a thread of their own: they may take some hundred
/// milliseconds.
const SHORT_GAS: u64 = 30_000_000_000_000;

/// With so much gas at most, calls run together before they are answered; one by itself may have
/// more.
const PART_GAS: u64 = 300_000_000_000_000;

const KIB: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use near_crypto::{KeyType, SecretKey};
    use near_primitives::action::FunctionCallAction;
    use near_primitives::hash::CryptoHash;
    use near_primitives::transaction::{Transaction, TransactionV0};
    use near_primitives::types::{Balance, Gas};

    fn submission(queue: &Queue, teragas: u64) -> Submission {
        let key = SecretKey::from_seed(KeyType::ED25519, "alice.near");
        let call = FunctionCallAction {
            method_name: "main".to_owned(),
            args: Vec::new(),
            gas: Gas::from_teragas(teragas),
            deposit: Balance::ZERO,
        };
        let transaction = Transaction::V0(TransactionV0 {
            signer_id: "alice.near".parse().unwrap(),
            public_key: key.public_key(),
            nonce: 1,
            receiver_id: "alice.near".parse().unwrap(),
            block_hash: CryptoHash::default(),
            actions: vec![Action::FunctionCall(Box::new(call))],
        });
        let transaction = Checked::new(keyway_test_kit::signed(transaction, &key));
        let waiter =
            Waiter { done: oneshot::channel().0, _room: queue.room_for(&transaction).unwrap() };
        Submission { transaction, waiter }
    }

    #[track_caller]
    fn check(teragas: &[u64], expected: &[usize]) {
        let queue = Queue::new();
        let submissions = teragas.iter().map(|gas| submission(&queue, *gas)).collect();
        let parts = parts(submissions);
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), expected, "{teragas:?}");
    }

    #[test]
    fn a_long_call_does_not_delay_those_before_it() {
        // Sixteen calls of 1 Pgas ran before any of them was answered.
        check(&[1_000, 1_000, 1], &[1, 1, 1]);
        check(&[1, 1, 300, 1], &[2, 1, 1]);
        check(&[100, 100, 100, 100], &[3, 1]);
        check(&[0; 200], &[200]);
        check(&[], &[]);
    }

    #[test]
    fn large_transactions_fill_the_queue_by_their_bytes() {
        let queue = Queue::new();
        let _most = queue.bytes.clone().try_acquire_many_owned(64 * 1024).unwrap();
        let transaction = submission(&Queue::new(), 1).transaction;
        let error = queue.room_for(&transaction).unwrap_err();
        assert!(matches!(error, WriteError::Busy { waiting: 0 }), "{error}");
        assert_eq!(queue.room.available_permits(), MAX_WAITING);
    }
}
