//! Transactions that wait for a block that is sealed by hand or at an interval.

use super::{Answer, Queue, Submission};
use crate::ledger::{Ledger, WriteError};
use crate::sealing::Sealing;
use crate::ticker::Ticker;
use keyway_chain::{Checked, Refused};
use std::mem::{replace, take};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The transactions, and when blocks are sealed. Their number is bounded by their places in the queue.
#[derive(Debug, Default)]
pub(crate) struct Held(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    sealing: Sealing,
    ticker: Option<Ticker>,
    submissions: Vec<Submission>,
}

impl Held {
    /// When blocks are sealed.
    pub(crate) fn sealing(&self) -> Sealing {
        self.inner().sealing
    }

    /// How many transactions wait.
    pub(crate) fn len(&self) -> usize {
        self.inner().submissions.len()
    }

    /// Changes when blocks are sealed. Returns the transactions that no longer wait.
    fn set(&self, sealing: Sealing, ticker: Option<Ticker>) -> Vec<Submission> {
        let mut inner = self.inner();
        inner.sealing = sealing;
        let before = replace(&mut inner.ticker, ticker);
        let released = match sealing {
            Sealing::AtOnce => take(&mut inner.submissions),
            Sealing::ByHand | Sealing::Every(_) => Vec::new(),
        };
        drop(inner);
        drop(before);
        released
    }

    /// Lets submissions wait. Returns them if they need not.
    pub(super) fn keep(&self, submissions: Vec<Submission>) -> Vec<Submission> {
        let mut inner = self.inner();
        if inner.sealing == Sealing::AtOnce {
            return submissions;
        }
        inner.submissions.extend(submissions);
        Vec::new()
    }

    /// Takes all that wait, those of one key in the order of their nonces.
    fn take(&self) -> Vec<Submission> {
        let mut submissions = take(&mut self.inner().submissions);
        submissions.sort_by_key(|each| each.transaction.transaction().transaction.nonce().nonce());
        submissions
    }

    /// Those that still wait go back, before later ones.
    fn put_back(&self, mut submissions: Vec<Submission>) {
        let mut inner = self.inner();
        submissions.append(&mut inner.submissions);
        inner.submissions = submissions;
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// The transactions that wait for a block, and when blocks are sealed.
    pub(crate) fn held(&self) -> &Held {
        &self.held
    }

    /// Changes when blocks are sealed; `ticker` does it, if anything does.
    pub(crate) fn set_sealing(
        self: &Arc<Self>,
        ledger: &Arc<Ledger>,
        sealing: Sealing,
        ticker: Option<Ticker>,
    ) {
        for submission in self.held.set(sealing, ticker) {
            self.push(Arc::downgrade(ledger), submission);
        }
    }

    /// Seals a block with transactions that wait, and answers their callers.
    ///
    /// # Errors
    /// See [`WriteError`]. They still wait then.
    pub(crate) fn seal_held(&self, ledger: &Ledger) -> Result<(), WriteError> {
        let submissions = self.held.take();
        let transactions: Vec<Checked> =
            submissions.iter().map(|each| each.transaction.clone()).collect();
        let results = match ledger.seal_with(&transactions) {
            Ok(results) => results,
            Err(error) => {
                self.held.put_back(submissions);
                return Err(error);
            }
        };
        let mut waiting = Vec::new();
        for (submission, result) in submissions.into_iter().zip(results) {
            match result {
                None => waiting.push(submission),
                Some(result) => {
                    let result = result.map_err(WriteError::from);
                    Answer { waiter: submission.waiter, result }.send();
                }
            }
        }
        self.held.put_back(waiting);
        Ok(())
    }
}

/// Refuses at once what the head refuses: it does not wait for a block. Returns the rest. Reading a
/// state may take long.
pub(super) fn admitted(ledger: &Arc<Ledger>, submissions: Vec<Submission>) -> Vec<Submission> {
    let chain = ledger.newest();
    let mut admitted = Vec::new();
    for submission in submissions {
        match chain.admit_checked(&submission.transaction) {
            Err(refused @ Refused::Transaction(_)) => {
                // It may be there already, which is no refusal; then its block tells.
                let hash = submission.transaction.hash();
                match chain.transaction(&hash) {
                    Ok(None) => {
                        let result = Err(WriteError::from(refused));
                        Answer { waiter: submission.waiter, result }.send();
                    }
                    _ => admitted.push(submission),
                }
            }
            _ => admitted.push(submission),
        }
    }
    admitted
}
