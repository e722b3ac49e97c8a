//! Transactions on their way to the chain and to the disk: bounded, and taken together.
//!
//! They stand in two lines. One leads to the chain, which takes all that wait at once. Where there
//! is a disk to wait for, a second leads there: the chain goes on with those that came meanwhile,
//! and one sync serves all that it has run.

mod line;

use crate::ledger::{Ledger, WriteError, Written};
use keyway_node::{Applied, Checked};
use line::Line;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::spawn_blocking;

/// Transactions without an answer.
#[derive(Debug)]
pub(crate) struct Queue {
    to_chain: Arc<Line<Job>>,
    to_disk: Arc<Line<Batch>>,
    room: Arc<Semaphore>,
}

#[derive(Debug)]
struct Job {
    transaction: Checked,
    asker: Asker,
}

/// Transactions that the chain has run together.
#[derive(Debug)]
struct Batch {
    written: Result<Written, WriteError>,
    askers: Vec<Asker>,
}

/// Who waits for an answer, and takes up room till then, also when gone away.
#[derive(Debug)]
struct Asker {
    done: oneshot::Sender<Result<Applied, WriteError>>,
    _room: OwnedSemaphorePermit,
}

impl Queue {
    pub(crate) fn new() -> Self {
        let room = Arc::new(Semaphore::new(MAX_WAITING));
        Self { to_chain: Arc::default(), to_disk: Arc::default(), room }
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
        let busy = |_| WriteError::Busy { waiting: MAX_WAITING };
        let room = self.room.clone().try_acquire_owned().map_err(busy)?;
        let (done, result) = oneshot::channel();
        let asker = Asker { done, _room: room };
        if let Some(turn) = self.to_chain.push(Job { transaction, asker }) {
            let (queue, ledger) = (self.clone(), ledger.clone());
            spawn_blocking(move || turn.serve(|jobs| queue.run(&ledger, jobs)));
        }
        // Only what panicked leaves no result.
        result.await.unwrap_or(Err(WriteError::Lost))
    }

    fn run(&self, ledger: &Arc<Ledger>, jobs: Vec<Job>) {
        let jobs = jobs.into_iter().map(|job| (job.transaction, job.asker));
        let (transactions, askers) = jobs.unzip();
        let batch = Batch { written: ledger.include(transactions), askers };
        if !ledger.has_disk() {
            return batch.settle(ledger);
        }
        if let Some(turn) = self.to_disk.push(batch) {
            let ledger = ledger.clone();
            spawn_blocking(move || {
                // The first waits for the disk, and as a rule finds that it waited for all.
                turn.serve(|batches| batches.into_iter().for_each(|batch| batch.settle(&ledger)));
            });
        }
    }
}

impl Batch {
    fn settle(self, ledger: &Ledger) {
        let count = self.askers.len();
        let settled = self.written.and_then(|written| ledger.settle(written));
        let results = settled.unwrap_or_else(|error| vec![Err(error); count]);
        for (asker, result) in self.askers.into_iter().zip(results) {
            // Who has gone away does not hear of it.
            let _gone = asker.done.send(result);
        }
    }
}

/// How many transactions may be without an answer. At the speed of one processor that is less than
/// a second.
const MAX_WAITING: usize = 4_096;
