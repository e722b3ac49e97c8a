//! The chain behind its locks: snapshots for readers, one writer at a time, news for waiters.

use crate::clock::Clock;
use crate::journal::{Journal, Sync};
use keyway_node::{Applied, Chain, Checked, Input, Refused, Together};
use std::io;
use std::slice;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::watch;

/// Owns the chain. Readers get snapshots that no write can touch; a write works on a copy, which
/// replaces the chain only when the journal has it. So nothing is ever half-applied.
///
/// Writes go on while others wait for the disk: the writer's chain runs ahead of the published one,
/// and one sync brings all of it out.
pub(crate) struct Ledger {
    clock: Box<dyn Clock>,
    published: RwLock<Arc<Chain>>,
    writer: Mutex<Writer>,
    sync: Option<Arc<dyn Sync>>,
    /// Held by whoever syncs.
    synced: Mutex<Version>,
    news: watch::Sender<u64>,
    accepted: AtomicU64,
    refused: AtomicU64,
}

/// How often the chain was changed, and how much of that is in the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Version {
    changes: u64,
    appended: u64,
}

/// Why an input did not become part of the chain.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The rules refuse it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The journal cannot hold it.
    #[error("the journal cannot hold this input: {reason}")]
    Unwritable {
        /// The journal's words.
        reason: String,
    },
    /// The journal failed, now or earlier.
    #[error(
        "this node is read-only since its journal failed ({reason}); free the disk, then restart it"
    )]
    ReadOnly {
        /// The journal's first error.
        reason: String,
    },
    /// A chain with a journal was to go back to what it was.
    #[error("this chain has a journal, so it cannot go back; start another chain from a copy")]
    Journaled,
    /// More is sent than the chain can take.
    #[error("{waiting} transactions wait for the chain already; send this one again in a moment")]
    Busy {
        /// How many wait.
        waiting: usize,
    },
    /// A fault of the program: nobody knows what became of the input.
    #[error("the node failed while it applied this input; look it up before sending it again")]
    Lost,
}

impl Ledger {
    pub(crate) fn new(chain: Chain, journal: Box<dyn Journal>, clock: Box<dyn Clock>) -> Self {
        let chain = Arc::new(chain);
        Ledger {
            clock,
            published: RwLock::new(chain.clone()),
            sync: journal.sync(),
            writer: Mutex::new(Writer {
                journal,
                failure: None,
                chain,
                version: Version::default(),
            }),
            synced: Mutex::default(),
            news: watch::Sender::new(0),
            accepted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// The chain as it is now.
    pub(crate) fn snapshot(&self) -> Arc<Chain> {
        Arc::clone(&self.published.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells when a snapshot is out of date. Subscribe before taking the snapshot.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Applies `input` at the present time; blocks until it is durable.
    ///
    /// # Errors
    /// See [`WriteError`]; the chain is then as before, save that it remembers why it refused a
    /// transaction.
    pub(crate) fn apply(&self, input: Input) -> Result<Applied, WriteError> {
        self.apply_by(&*self.clock, input)
    }

    /// Applies `input` at the time that `clock` tells.
    ///
    /// # Errors
    /// As [`Ledger::apply`].
    pub(crate) fn apply_by(&self, clock: &dyn Clock, input: Input) -> Result<Applied, WriteError> {
        let counts = matches!(input, Input::Transaction(_));
        let (outcome, version) = {
            let mut writer = self.writer();
            writer.check()?;
            let outcome = writer.apply(clock, input)?;
            (outcome, writer.version)
        };
        self.publish_through(version)?;
        if counts {
            self.count(outcome.is_ok());
        }
        Ok(outcome?)
    }

    /// Includes transactions at the present time; blocks until they are durable. What becomes of
    /// each, in their order.
    pub(crate) fn include(&self, transactions: Vec<Checked>) -> Vec<Result<Applied, WriteError>> {
        let count = transactions.len();
        self.try_include(transactions).unwrap_or_else(|error| vec![Err(error); count])
    }

    fn try_include(
        &self,
        transactions: Vec<Checked>,
    ) -> Result<Vec<Result<Applied, WriteError>>, WriteError> {
        let (results, version) = {
            let mut writer = self.writer();
            writer.check()?;
            let results = writer.include(&*self.clock, transactions)?;
            (results, writer.version)
        };
        self.publish_through(version)?;
        Ok(results
            .into_iter()
            .inspect(|result| self.count(result.is_ok()))
            .map(|result| result.map_err(WriteError::from))
            .collect())
    }

    /// Puts `chain` in the place of the chain.
    ///
    /// # Errors
    /// [`WriteError::Journaled`].
    pub(crate) fn restore(&self, chain: Chain) -> Result<(), WriteError> {
        let version = {
            let mut writer = self.writer();
            if writer.journal.keeps() {
                return Err(WriteError::Journaled);
            }
            writer.replace(Arc::new(chain));
            writer.version
        };
        self.publish_through(version)
    }

    /// Returns when everybody sees the chain of `version`, or a later one, because it is durable.
    fn publish_through(&self, version: Version) -> Result<(), WriteError> {
        // Whoever comes here while another syncs finds, as a rule, that it synced for both.
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if synced.changes >= version.changes {
            return Ok(());
        }
        let (chain, newest) = {
            let writer = self.writer();
            // What was appended before a failure may be lost with it.
            writer.check()?;
            (writer.chain.clone(), writer.version)
        };
        if newest.appended > synced.appended
            && let Some(sync) = &self.sync
        {
            sync.sync().map_err(|error| self.writer().fail(&error))?;
        }
        *synced = newest;
        self.publish(chain);
        Ok(())
    }

    /// How many transactions were accepted and how many refused since the start.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.accepted.load(Ordering::Relaxed), self.refused.load(Ordering::Relaxed))
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // A panic while writing leaves a copy behind, never the chain: poison means nothing here.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, accepted: bool) {
        let counter = if accepted { &self.accepted } else { &self.refused };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn publish(&self, chain: Arc<Chain>) {
        let mut next = chain;
        let mut published = self.published.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut next, &mut *published);
        drop(published);
        self.news.send_modify(|version| *version = version.wrapping_add(1));
    }
}

struct Writer {
    journal: Box<dyn Journal>,
    failure: Option<String>,
    /// The chain after the last input.
    chain: Arc<Chain>,
    version: Version,
}

impl Writer {
    /// Applies an input and appends it. The inner error is the chain's, after which the chain may
    /// know more than before.
    fn apply(
        &mut self,
        clock: &dyn Clock,
        input: Input,
    ) -> Result<Result<Applied, Refused>, WriteError> {
        let mut chain = Chain::clone(&self.chain);
        let now_ns = clock.now_ns(&chain);
        let outcome = chain.apply(input.clone(), now_ns);
        if matches!(outcome, Ok(_) | Err(Refused::Transaction(_))) {
            let changed = outcome.as_ref().is_ok_and(Applied::changed);
            self.accept(chain, now_ns, if changed { slice::from_ref(&input) } else { &[] })?;
        }
        Ok(outcome)
    }

    /// Includes transactions and appends them. The inner errors are the chain's.
    fn include(
        &mut self,
        clock: &dyn Clock,
        transactions: Vec<Checked>,
    ) -> Result<Vec<Result<Applied, Refused>>, WriteError> {
        let mut chain = Chain::clone(&self.chain);
        let now_ns = clock.now_ns(&chain);
        let Together { results, inputs } = chain.include_together(transactions, now_ns);
        self.accept(chain, now_ns, &inputs)?;
        Ok(results)
    }

    /// Makes `chain` the writer's once the journal has the inputs that led to it.
    fn accept(
        &mut self,
        mut chain: Chain,
        now_ns: u64,
        inputs: &[Input],
    ) -> Result<(), WriteError> {
        if !inputs.is_empty() {
            self.record(now_ns, inputs)?;
            self.version.appended += 1;
            chain = self.rested(chain);
        }
        self.replace(Arc::new(chain));
        Ok(())
    }

    fn replace(&mut self, chain: Arc<Chain>) {
        self.chain = chain;
        self.version.changes += 1;
    }

    /// The chain where the journal wants it. A journal that fails at this has the input already.
    fn rested(&mut self, chain: Chain) -> Chain {
        match self.journal.rest(&chain) {
            Ok(rested) => rested.unwrap_or(chain),
            Err(error) => {
                self.fail(&error);
                chain
            }
        }
    }

    fn check(&self) -> Result<(), WriteError> {
        match &self.failure {
            None => Ok(()),
            Some(reason) => Err(WriteError::ReadOnly { reason: reason.clone() }),
        }
    }

    fn record(&mut self, now_ns: u64, inputs: &[Input]) -> Result<(), WriteError> {
        self.journal.append_all(now_ns, inputs).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => WriteError::Unwritable { reason: error.to_string() },
            _ => self.fail(&error),
        })
    }

    fn fail(&mut self, error: &io::Error) -> WriteError {
        tracing::error!(%error, "the journal failed: no more inputs are taken");
        let reason = error.to_string();
        self.failure = Some(reason.clone());
        WriteError::ReadOnly { reason }
    }
}
