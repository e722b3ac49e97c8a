//! Transactions on their way to the chain and to the disk: bounded, and taken together.
//!
//! They stand in two lines. One leads to the chain, which takes all that wait at once. Where there
//! is a disk to wait for, a second leads there: the chain goes on with those that came meanwhile,
//! and one sync serves all that it has run.

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
    to_chain: Arc<WorkQueue<Job>>,
    to_disk: Arc<WorkQueue<Batch>>,
    room: Arc<Semaphore>,
    /// In KiB.
    bytes: Arc<Semaphore>,
}

#[derive(Debug)]
struct Job {
    transaction: Checked,
    waiter: Waiter,
}

/// Transactions that the chain has run together.
#[derive(Debug)]
struct Batch {
    written: Result<Written, WriteError>,
    waiters: Vec<Waiter>,
}

/// Who waits for an answer, and takes up room till then, also when gone away.
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

    /// Gives a transaction to the chain, and waits until it is durable or refused.
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
        match self.to_chain.push(Job { transaction, waiter }) {
            // Nobody waits in a thread of theirs for what may take longer than they want to.
            Some(turn) if long => {
                let (queue, ledger) = (self.clone(), ledger.clone());
                spawn_blocking(move || queue.begin(&ledger, turn));
            }
            Some(turn) => run_blocking(|| self.begin(ledger, turn)),
            None => {}
        }
        // Only what panicked leaves no result.
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
    fn begin(&self, ledger: &Arc<Ledger>, turn: WorkerGuard<Job>) {
        let mut batch = None;
        let more = turn.once(|jobs| {
            for part in parts(jobs) {
                let earlier = batch.replace(Batch::run(ledger, part));
                earlier.into_iter().for_each(|earlier| hand_on(&self.to_disk, ledger, earlier));
            }
        });
        if let Some(turn) = more {
            let (to_disk, ledger) = (self.to_disk.clone(), ledger.clone());
            spawn_blocking(move || serve_chain(&to_disk, &ledger, turn));
        }
        let to_settle = batch.and_then(|batch| pass_on(&self.to_disk, ledger, batch));
        let more = to_settle.and_then(|turn| turn.once(|batches| settle(ledger, batches)));
        if let Some(turn) = more {
            let ledger = ledger.clone();
            spawn_blocking(move || turn.serve(|batches| settle(&ledger, batches)));
        }
    }
}

fn serve_chain(to_disk: &Arc<WorkQueue<Batch>>, ledger: &Arc<Ledger>, turn: WorkerGuard<Job>) {
    turn.serve(|jobs| {
        for part in parts(jobs) {
            hand_on(to_disk, ledger, Batch::run(ledger, part));
        }
    });
}

/// Takes jobs apart, in order, so that none has to wait for what may run long behind it before it
/// is answered.
fn parts(jobs: Vec<Job>) -> Vec<Vec<Job>> {
    let mut parts: Vec<Vec<Job>> = Vec::new();
    let mut room = 0;
    for job in jobs {
        let gas = gas(&job.transaction);
        match parts.last_mut() {
            Some(part) if gas <= room => part.push(job),
            _ => {
                room = PART_GAS;
                parts.push(vec![job]);
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
fn hand_on(to_disk: &Arc<WorkQueue<Batch>>, ledger: &Arc<Ledger>, batch: Batch) {
    if let Some(turn) = pass_on(to_disk, ledger, batch) {
        let ledger = ledger.clone();
        spawn_blocking(move || turn.serve(|batches| settle(&ledger, batches)));
    }
}

/// Settles a batch that need not wait for a disk; else puts it in the line that leads there, and
/// returns the turn when nobody has that.
fn pass_on(
    to_disk: &Arc<WorkQueue<Batch>>,
    ledger: &Ledger,
    batch: Batch,
) -> Option<WorkerGuard<Batch>> {
    if ledger.has_disk() {
        return to_disk.push(batch);
    }
    batch.settle(ledger);
    None
}

/// The first waits for the disk, and as a rule finds that it waited for all.
fn settle(ledger: &Ledger, batches: Vec<Batch>) {
    batches.into_iter().for_each(|batch| batch.settle(ledger));
}

impl Batch {
    fn run(ledger: &Ledger, jobs: Vec<Job>) -> Self {
        let jobs = jobs.into_iter().map(|job| (job.transaction, job.waiter));
        let (transactions, waiters) = jobs.unzip();
        Self { written: ledger.include(transactions), waiters }
    }

    fn settle(self, ledger: &Ledger) {
        let count = self.waiters.len();
        let settled = self.written.and_then(|written| ledger.settle(written));
        let results = settled.unwrap_or_else(|error| vec![Err(error); count]);
        for (waiter, result) in self.waiters.into_iter().zip(results) {
            // Who has gone away does not hear of it.
            let _gone = waiter.done.send(result);
        }
    }
}

/// How many transactions may be without an answer. At the speed of one processor that is less than
/// a second.
pub const MAX_WAITING: usize = 4_096;

/// How many bytes they may have together.
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

    fn job(queue: &Queue, teragas: u64) -> Job {
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
        Job { transaction, waiter }
    }

    #[track_caller]
    fn check(teragas: &[u64], expected: &[usize]) {
        let queue = Queue::new();
        let jobs = teragas.iter().map(|gas| job(&queue, *gas)).collect();
        let parts = parts(jobs);
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), expected, "{teragas:?}");
    }

    #[test]
    fn who_is_behind_a_long_call_does_not_keep_those_before_it_waiting() {
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
        let transaction = job(&Queue::new(), 1).transaction;
        let error = queue.room_for(&transaction).unwrap_err();
        assert!(matches!(error, WriteError::Busy { waiting: 0 }), "{error}");
        assert_eq!(queue.room.available_permits(), MAX_WAITING);
    }
}
