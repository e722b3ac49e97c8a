//! Transactions on their way to the chain: bounded, and taken together.

use crate::ledger::{Ledger, WriteError};
use keyway_node::{Applied, Checked};
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// What waits while the chain is at work. One thread at a time takes all of it to the chain; it is
/// there only while something waits.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    jobs: Vec<Job>,
    /// Whether a thread is taking them.
    served: bool,
}

#[derive(Debug)]
struct Job {
    transaction: Checked,
    done: oneshot::Sender<Result<Applied, WriteError>>,
}

impl Queue {
    /// Gives a transaction to the chain, and waits until it is durable or refused.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub(crate) async fn include(
        self: &Arc<Self>,
        ledger: &Arc<Ledger>,
        transaction: Checked,
    ) -> Result<Applied, WriteError> {
        let (done, result) = oneshot::channel();
        if self.push(Job { transaction, done })? {
            let (queue, ledger) = (Arc::clone(self), Arc::clone(ledger));
            tokio::task::spawn_blocking(move || queue.serve(&ledger));
        }
        // Only a thread that panicked leaves a job without a result.
        result.await.unwrap_or(Err(WriteError::Lost))
    }

    /// Adds a job; true when a thread has to be found for it.
    fn push(&self, job: Job) -> Result<bool, WriteError> {
        let mut waiting = self.waiting();
        if waiting.jobs.len() >= MAX_WAITING {
            return Err(WriteError::Busy { waiting: MAX_WAITING });
        }
        waiting.jobs.push(job);
        Ok(!std::mem::replace(&mut waiting.served, true))
    }

    fn serve(&self, ledger: &Ledger) {
        let _unserved = Serving(self);
        while let Some(jobs) = self.next() {
            let (transactions, askers): (Vec<_>, Vec<_>) =
                jobs.into_iter().map(|job| (job.transaction, job.done)).unzip();
            for (asker, result) in askers.into_iter().zip(ledger.include(transactions)) {
                // Who has gone away does not hear of it.
                let _gone = asker.send(result);
            }
        }
    }

    /// All that waits; none when this thread is no longer needed.
    fn next(&self) -> Option<Vec<Job>> {
        let mut waiting = self.waiting();
        waiting.served = !waiting.jobs.is_empty();
        waiting.served.then(|| take(&mut waiting.jobs))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics while it is held.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread that takes jobs. Should it panic, the next job finds another.
struct Serving<'q>(&'q Queue);

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut waiting = self.0.waiting();
            waiting.served = false;
            waiting.jobs.clear();
        }
    }
}

/// How many transactions may wait. At the speed of one processor that is less than a second.
const MAX_WAITING: usize = 4_096;
