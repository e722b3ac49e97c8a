//! Transactions on their way to the chain and to the disk: bounded, and taken together.
//!
//! They stand in two lines. One leads to the chain, which takes all that wait at once. Where there
//! is a disk to wait for, a second leads there: the chain goes on with those that came meanwhile,
//! and one sync serves all that it has run.

mod line;

use crate::ledger::{Ledger, WriteError, Written};
use crate::service::off_the_reactor;
use keyway_node::{Applied, Checked};
use line::{Line, Turn};
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
            off_the_reactor(|| self.begin(ledger, turn));
        }
        // Only what panicked leaves no result.
        result.await.unwrap_or(Err(WriteError::Lost))
    }

    /// Runs what waits in this thread, because waking another takes longer than one transaction
    /// does. What comes meanwhile gets a thread.
    fn begin(&self, ledger: &Arc<Ledger>, turn: Turn<Job>) {
        let mut batch = None;
        let more = turn.once(|jobs| batch = Some(Batch::run(ledger, jobs)));
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

fn serve_chain(to_disk: &Arc<Line<Batch>>, ledger: &Arc<Ledger>, turn: Turn<Job>) {
    turn.serve(|jobs| {
        if let Some(turn) = pass_on(to_disk, ledger, Batch::run(ledger, jobs)) {
            let ledger = ledger.clone();
            spawn_blocking(move || turn.serve(|batches| settle(&ledger, batches)));
        }
    });
}

/// Settles a batch that need not wait for a disk; else puts it in the line that leads there, and
/// returns the turn when nobody has that.
fn pass_on(to_disk: &Arc<Line<Batch>>, ledger: &Ledger, batch: Batch) -> Option<Turn<Batch>> {
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
        let jobs = jobs.into_iter().map(|job| (job.transaction, job.asker));
        let (transactions, askers) = jobs.unzip();
        Self { written: ledger.include(transactions), askers }
    }

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
