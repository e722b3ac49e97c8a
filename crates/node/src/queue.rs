//! Transactions on their way to the chain and to the disk: a bounded queue in two stages.
//!
//! The first stage applies all transactions that wait at once, as one batch. With a journal, the
//! second stage waits for the disk: the chain goes on meanwhile, and one sync makes every batch
//! applied until then durable.

mod gap;
mod held;
mod prepare;
mod short;
mod work_queue;

use crate::ledger::{Ledger, WriteError, Written};
use crate::sealing::Sealing;
use held::Held;
use keyway_chain::{Applied, Checked};
use near_primitives::action::Action;
use prepare::Preparation;
pub(crate) use short::is_short;
pub use short::may_be_short;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::{spawn_blocking, yield_now};
use work_queue::{WorkQueue, WorkerGuard};

/// Transactions without an answer.
#[derive(Debug)]
pub(crate) struct Queue {
    preparation: Preparation,
    to_chain: Arc<WorkQueue<Submission>>,
    to_disk: Arc<WorkQueue<AppliedBatch>>,
    held: Held,
    room: Arc<Semaphore>,
    /// In KiB.
    bytes: Arc<Semaphore>,
}

#[derive(Debug)]
struct Submission {
    transaction: Checked,
    /// How long it may wait for transactions of its key with lower nonces.
    gap_wait: Duration,
    waiter: Waiter,
}

impl Submission {
    fn is_short(&self) -> bool {
        is_short(self.transaction.transaction().transaction.actions())
    }
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
        let preparation = Preparation::new();
        let (to_chain, to_disk, held) = (Arc::default(), Arc::default(), Held::default());
        Self { preparation, to_chain, to_disk, held, room, bytes }
    }

    /// Submits a transaction, and waits until it is durable or refused. One whose nonce leaves a gap
    /// waits for at most `gap_wait` for those before it.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub(crate) async fn include(
        self: &Arc<Self>,
        ledger: &Arc<Ledger>,
        transaction: Checked,
        gap_wait: Duration,
    ) -> Result<Applied, WriteError> {
        let _room = self.room_for(&transaction)?;
        let (done, result) = oneshot::channel();
        let waiter = Waiter { done, _room };
        let submission = Submission { transaction, gap_wait, waiter };
        self.prepare_and_push(Arc::downgrade(ledger), submission);
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

    /// Queues a submission; a task serves the queue while there is something in it.
    fn push(self: &Arc<Self>, ledger: Weak<Ledger>, submission: Submission) {
        if let Some(guard) = self.to_chain.push(submission) {
            tokio::spawn(Worker { queue: self.clone(), ledger, guard: Some(guard) }.serve());
        }
    }
}

/// The task that applies what waits for the chain.
///
/// Like all workers of the queue it drops the ledger before it answers: with the last answer a
/// caller may drop the node and open its home again.
struct Worker {
    queue: Arc<Queue>,
    ledger: Weak<Ledger>,
    guard: Option<WorkerGuard<Submission>>,
}

impl Worker {
    async fn serve(mut self) {
        while let Some(guard) = self.guard.as_ref() {
            // Requests that have arrived by now come first: many transactions share blocks.
            yield_now().await;
            for part in parts(self.take(guard).await) {
                self.apply(part).await;
            }
            self.guard = self.guard.take().and_then(WorkerGuard::finish);
        }
    }

    /// The waiting submissions that may run now.
    async fn take(&self, guard: &WorkerGuard<Submission>) -> Vec<Submission> {
        let submissions = self.hold(guard.take()).await;
        // Without a ledger there are no callers any more.
        let Some(ledger) = self.ledger.upgrade() else { return Vec::new() };
        let (ready, early) = if ledger.is_fork() {
            // A panic loses only these.
            let split = spawn_blocking(move || gap::split(&ledger, submissions));
            split.await.unwrap_or_default()
        } else {
            gap::split(&ledger, submissions)
        };
        for submission in early {
            let (queue, ledger) = (self.queue.clone(), self.ledger.clone());
            tokio::spawn(async move {
                let submission = gap::wait(&ledger, submission).await;
                queue.push(ledger, submission);
            });
        }
        ready
    }

    /// Lets submissions wait for a block that is sealed by hand or at an interval. Returns them if
    /// they need not.
    async fn hold(&self, submissions: Vec<Submission>) -> Vec<Submission> {
        if self.queue.held.sealing() == Sealing::AtOnce {
            return submissions;
        }
        let Some(ledger) = self.ledger.upgrade() else { return Vec::new() };
        // A panic loses only these.
        let admitted = spawn_blocking(move || held::admitted(&ledger, submissions));
        self.queue.held.keep(admitted.await.unwrap_or_default())
    }

    /// Applies a batch: here if that is short, because finding another thread takes longer. A fork may
    /// wait for a network.
    async fn apply(&self, part: Vec<Submission>) {
        let is_fork = self.ledger.upgrade().is_some_and(|ledger| ledger.is_fork());
        let left = match !is_fork && part.iter().all(Submission::is_short) {
            true => self.apply_here(part),
            false => Some(part),
        };
        let Some(part) = left else { return };
        let (queue, ledger) = (self.queue.clone(), self.ledger.clone());
        let applied = spawn_blocking(move || {
            let Some(ledger) = ledger.upgrade() else { return };
            let batch = AppliedBatch::run(&ledger, part);
            hand_on(&queue.to_disk, ledger, batch);
        });
        // A panic loses only the batch.
        let _panicked = applied.await;
    }

    /// Applies a batch, or returns it if another input is being applied.
    fn apply_here(&self, part: Vec<Submission>) -> Option<Vec<Submission>> {
        let ledger = self.ledger.upgrade()?;
        let batch = match catch_unwind(AssertUnwindSafe(|| AppliedBatch::try_run(&ledger, part))) {
            Ok(Ok(batch)) => batch,
            Ok(Err(part)) => return Some(part),
            Err(_panicked) => return None,
        };
        hand_on(&self.queue.to_disk, ledger, batch);
        None
    }
}

impl Drop for Worker {
    /// A runtime that ends drops its tasks; callers from other runtimes may still wait.
    fn drop(&mut self) {
        let (Some(guard), Some(ledger)) = (self.guard.take(), self.ledger.upgrade()) else {
            return;
        };
        guard.serve(|submissions| {
            let batch = AppliedBatch::run(&ledger, submissions);
            batch.settle(&ledger).into_iter().for_each(Answer::send);
        });
    }
}

/// Splits submissions, in order, so that no answer waits for a long call that comes later.
fn parts(submissions: Vec<Submission>) -> Vec<Vec<Submission>> {
    let mut parts: Vec<Vec<Submission>> = Vec::new();
    let mut room = 0;
    for submission in submissions {
        let gas = gas(&submission.transaction);
        match parts.last_mut() {
            Some(part) if gas <= room && part.len() < PART_LENGTH => part.push(submission),
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

/// Finishes a batch at once if there is no disk to wait for; otherwise queues it for the disk, and
/// finds a thread that waits if there is none.
fn hand_on(to_disk: &Arc<WorkQueue<AppliedBatch>>, ledger: Arc<Ledger>, batch: AppliedBatch) {
    if !ledger.has_disk() {
        return finish(ledger, vec![batch]);
    }
    if let Some(guard) = to_disk.push(batch) {
        let ledger = Arc::downgrade(&ledger);
        spawn_blocking(move || {
            guard.serve(|batches| {
                if let Some(ledger) = ledger.upgrade() {
                    finish(ledger, batches);
                }
            });
        });
    }
}

/// Waits until batches are durable, and answers. Usually the first one's sync covers the rest.
fn finish(ledger: Arc<Ledger>, batches: Vec<AppliedBatch>) {
    let answers: Vec<_> = batches.into_iter().flat_map(|batch| batch.settle(&ledger)).collect();
    drop(ledger);
    answers.into_iter().for_each(Answer::send);
}

/// The result of a transaction, and its caller.
struct Answer {
    waiter: Waiter,
    result: Result<Applied, WriteError>,
}

impl Answer {
    fn send(self) {
        // The caller may have gone.
        let _gone = self.waiter.done.send(self.result);
    }
}

impl AppliedBatch {
    fn run(ledger: &Ledger, submissions: Vec<Submission>) -> Self {
        let (transactions, waiters) = unzip(submissions);
        Self { written: ledger.include(transactions), waiters }
    }

    /// As [`AppliedBatch::run`], but returns the submissions if another input is being applied.
    fn try_run(ledger: &Ledger, submissions: Vec<Submission>) -> Result<Self, Vec<Submission>> {
        let Some(turn) = ledger.try_turn() else { return Err(submissions) };
        let (transactions, waiters) = unzip(submissions);
        Ok(Self { written: ledger.include_in(turn, transactions), waiters })
    }

    fn settle(self, ledger: &Ledger) -> Vec<Answer> {
        let count = self.waiters.len();
        let settled = self.written.and_then(|written| ledger.await_durable(written));
        let results = settled.unwrap_or_else(|error| vec![Err(error); count]);
        let answers = self.waiters.into_iter().zip(results);
        answers.map(|(waiter, result)| Answer { waiter, result }).collect()
    }
}

fn unzip(submissions: Vec<Submission>) -> (Vec<Checked>, Vec<Waiter>) {
    submissions.into_iter().map(|each| (each.transaction, each.waiter)).unzip()
}

/// How many transactions may wait for a result: less than a second's work for one core.
pub const MAX_WAITING: usize = 4_096;

/// How many bytes waiting transactions may have together.
pub const MAX_WAITING_BYTES: usize = 64 * 1024 * KIB;

/// The most gas of calls that run together before they are answered; a single one may have more.
const PART_GAS: u64 = 300_000_000_000_000;

/// How many transactions run together at most before they are answered: as many as share a block.
const PART_LENGTH: usize = 128;

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
        let call = FunctionCallAction {
            method_name: "main".to_owned(),
            args: Vec::new(),
            gas: Gas::from_teragas(teragas),
            deposit: Balance::ZERO,
        };
        let transaction = checked(vec![Action::FunctionCall(Box::new(call))]);
        let waiter =
            Waiter { done: oneshot::channel().0, _room: queue.room_for(&transaction).unwrap() };
        Submission { transaction, gap_wait: Duration::ZERO, waiter }
    }

    fn checked(actions: Vec<Action>) -> Checked {
        let key = SecretKey::from_seed(KeyType::ED25519, "alice.near");
        let transaction = Transaction::V0(TransactionV0 {
            signer_id: "alice.near".parse().unwrap(),
            public_key: key.public_key(),
            nonce: 1,
            receiver_id: "alice.near".parse().unwrap(),
            block_hash: CryptoHash::default(),
            actions,
        });
        Checked::new(keyway_test_kit::signed(transaction, &key))
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
        check(&[0; 200], &[128, 72]);
        check(&[], &[]);
    }

    #[tokio::test]
    async fn what_waits_for_a_node_that_is_gone_is_dropped() {
        let queue = Arc::new(Queue::new());
        let (done, result) = oneshot::channel();
        let mut left = submission(&queue, 1);
        left.waiter.done = done;
        queue.push(Weak::new(), left);
        let answered = tokio::time::timeout(Duration::from_secs(20), result).await;
        assert!(answered.unwrap().is_err());
        assert_eq!(queue.room.available_permits(), MAX_WAITING);
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
