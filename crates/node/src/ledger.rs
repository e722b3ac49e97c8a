//! The chain behind its locks: snapshots for readers, one writer at a time, notifications for waiters.

mod error;
mod writer;

pub use error::WriteError;

use crate::clock::{Clock, instant_now};
use crate::durability::{Persistence, Sync};
use error::Failure;
use keyway_chain::{Applied, Chain, Checked, Fate, Input, Refused};
use near_primitives::types::{BlockHeightDelta, Gas};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};
use std::thread;
use std::time::Duration;
use tokio::sync::watch;
use writer::{Tip, Version, Writer};

/// Owns the chain. Readers get immutable snapshots. A write works on a copy, which replaces the chain
/// only after the journal has the input, so an input is applied completely or not at all.
///
/// Writing continues while earlier inputs wait for the disk: the writer's chain, the *tip*, is ahead
/// of the published one. One sync makes the whole tip durable and publishes it.
pub(crate) struct Ledger {
    clock: Arc<dyn Clock>,
    published: RwLock<Arc<Chain>>,
    writer: Mutex<Writer>,
    /// Outside the writer, so that a sync does not wait for the writer.
    tip: Arc<Mutex<Tip>>,
    sync: Option<Arc<dyn Sync>>,
    /// Locked during a sync.
    synced: Mutex<Synced>,
    failure: Failure,
    /// Why the state could not be read when an input was last applied.
    trouble: Mutex<Option<String>>,
    news: watch::Sender<u64>,
    accepted: AtomicU64,
    refused: AtomicU64,
}

/// A clock that stands still: all parts of an input have one time.
#[derive(Debug)]
struct At(u64);

impl Clock for At {
    fn now_ns(&self, _chain: &Chain) -> u64 {
        self.0
    }
}

/// The version that is durable and published.
#[derive(Debug, Default)]
struct Synced {
    version: Version,
    /// Whether a sync failed. Then no later version is published, because a later sync can succeed
    /// without the data that the failed one lost.
    failed: bool,
}

/// The right to change the chain: one holder at a time.
pub(crate) struct Turn<'a>(MutexGuard<'a, Writer>);

impl Turn<'_> {
    /// Whether blocks are moved or pruned now and then, as part of a change.
    pub(crate) fn has_checkpoints(&self) -> bool {
        self.0.has_checkpoints()
    }
}

/// What became of some transactions. Only [`Ledger::await_durable`] returns it to their senders.
#[derive(Debug)]
pub(crate) struct Written {
    results: Vec<Result<Applied, Refused>>,
    version: Version,
}

impl Ledger {
    pub(crate) fn new(chain: Chain, persistence: Persistence, clock: Arc<dyn Clock>) -> Self {
        let chain = Arc::new(chain);
        let tip = Tip { chain: chain.clone(), version: Version::default() };
        let tip = Arc::new(Mutex::new(tip));
        let failure = Failure::default();
        Ledger {
            clock,
            published: RwLock::new(chain),
            sync: persistence.journal.sync(),
            writer: Mutex::new(Writer::new(persistence, tip.clone(), failure.clone())),
            tip,
            synced: Mutex::default(),
            failure,
            trouble: Mutex::default(),
            news: watch::Sender::new(0),
            accepted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// The chain as it is now.
    pub(crate) fn snapshot(&self) -> Arc<Chain> {
        Arc::clone(&self.published.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The chain after the last input. It may not be durable yet, so it must not be shown to clients.
    pub(crate) fn newest(&self) -> Arc<Chain> {
        writer::tip(&self.tip).chain.clone()
    }

    /// Whether the chain is a fork: then reading its state may wait for a network.
    pub(crate) fn is_fork(&self) -> bool {
        self.snapshot().forked_from().is_some()
    }

    /// Notifies when a newer snapshot is available. Subscribe before taking the snapshot.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Applies `input` at the present time. Blocks until it is durable.
    ///
    /// # Errors
    /// See [`WriteError`]. The chain is then unchanged, except that it remembers why it refused a
    /// transaction.
    pub(crate) fn apply(&self, input: Input) -> Result<Applied, WriteError> {
        self.apply_by(&*self.clock, input)
    }

    /// Applies `input` at the time of `clock`.
    ///
    /// # Errors
    /// As [`Ledger::apply`].
    pub(crate) fn apply_by(&self, clock: &dyn Clock, input: Input) -> Result<Applied, WriteError> {
        match input {
            Input::FastForward { delta_height, block_delay_ns } => {
                self.fast_forward(clock, delta_height, block_delay_ns)
            }
            input => self.apply_whole(clock, input),
        }
    }

    /// Applies the parts one by one. Between them other inputs can be applied and blocks evicted.
    fn fast_forward(
        &self,
        clock: &dyn Clock,
        delta_height: BlockHeightDelta,
        block_delay_ns: u64,
    ) -> Result<Applied, WriteError> {
        let chain = self.newest();
        let began = At(clock.now_ns(&chain));
        chain.can_fast_forward(delta_height, block_delay_ns, began.0).map_err(Refused::from)?;
        let target = chain.head().height().saturating_add(delta_height);
        loop {
            let newest = self.newest();
            // A revert takes the target away.
            let part = newest.fast_forward_part(target, block_delay_ns);
            let Some(part) = part.filter(|_| newest.branch() == chain.branch()) else {
                return Ok(Applied::Sealed);
            };
            self.apply_whole(&began, part)?;
        }
    }

    fn apply_whole(&self, clock: &dyn Clock, input: Input) -> Result<Applied, WriteError> {
        let transactions = match &input {
            Input::Batch(batch) => batch.transactions.len(),
            _ => 0,
        };
        let (outcome, version) = self.writer().apply(clock, input)?;
        self.remember(std::slice::from_ref(&outcome));
        self.publish_through(version)?;
        self.count(outcome.is_ok(), transactions);
        Ok(outcome?)
    }

    /// Includes transactions at the present time, without waiting for the disk.
    ///
    /// # Errors
    /// See [`WriteError`]. None is included then.
    pub(crate) fn include(&self, transactions: Vec<Checked>) -> Result<Written, WriteError> {
        self.include_in(Turn(self.writer()), transactions)
    }

    /// The turn to change the chain; none while another input is being applied.
    pub(crate) fn try_turn(&self) -> Option<Turn<'_>> {
        match self.writer.try_lock() {
            Ok(writer) => Some(Turn(writer)),
            Err(TryLockError::Poisoned(writer)) => Some(Turn(writer.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// As [`Ledger::include`], with the turn that was taken.
    ///
    /// # Errors
    /// As [`Ledger::include`].
    pub(crate) fn include_in(
        &self,
        mut turn: Turn<'_>,
        transactions: Vec<Checked>,
    ) -> Result<Written, WriteError> {
        let (results, version) = turn.0.include(&*self.clock, transactions)?;
        drop(turn);
        self.remember(&results);
        Ok(Written { results, version })
    }

    /// As [`Ledger::include_in`] of one transaction; none, and nothing is done, if its blocks burn more
    /// than `gas` or compile a contract.
    ///
    /// # Errors
    /// As [`Ledger::include`].
    pub(crate) fn include_if_short(
        &self,
        mut turn: Turn<'_>,
        transaction: Checked,
        gas: Gas,
    ) -> Result<Option<Written>, WriteError> {
        let included = turn.0.include_if_short(&*self.clock, transaction, gas)?;
        drop(turn);
        let Some((results, version)) = included else { return Ok(None) };
        self.remember(&results);
        Ok(Some(Written { results, version }))
    }

    /// Blocks until `written` is durable. Returns what became of each transaction, in order.
    ///
    /// # Errors
    /// [`WriteError::ReadOnly`].
    pub(crate) fn await_durable(
        &self,
        written: Written,
    ) -> Result<Vec<Result<Applied, WriteError>>, WriteError> {
        self.publish_through(written.version)?;
        let results = written.results.into_iter();
        let results = results.inspect(|result| self.count(result.is_ok(), 1));
        Ok(results.map(|result| result.map_err(WriteError::from)).collect())
    }

    /// Seals a block with waiting transactions. Blocks until it is durable. The results are in the
    /// order of the transactions; none for one that waits for a later block.
    ///
    /// # Errors
    /// See [`WriteError`]. All of them still wait then.
    pub(crate) fn seal_with(&self, transactions: &[Checked]) -> Result<Vec<Fate>, WriteError> {
        let (results, version) = self.writer().seal_with(&*self.clock, transactions)?;
        self.publish_through(version)?;
        for result in results.iter().flatten() {
            self.count(result.is_ok(), 1);
        }
        Ok(results)
    }

    /// Checks that inputs are accepted.
    ///
    /// # Errors
    /// [`WriteError::ReadOnly`].
    pub(crate) fn check(&self) -> Result<(), WriteError> {
        self.failure.check()
    }

    /// Why inputs are not accepted or applied; none while they are.
    pub(crate) fn trouble(&self) -> Option<String> {
        let failed = self.check().err().map(|error| error.to_string());
        failed.or_else(|| self.last_trouble().clone())
    }

    /// Keeps an error of the state until an input is applied again. Refusals by the rules are not
    /// trouble of the chain.
    fn remember(&self, results: &[Result<Applied, Refused>]) {
        let unreadable = results.iter().find_map(|result| match result {
            Err(Refused::State(error)) => Some(error.to_string()),
            _ => None,
        });
        if unreadable.is_some() || results.iter().any(Result::is_ok) {
            *self.last_trouble() = unreadable;
        }
    }

    fn last_trouble(&self) -> MutexGuard<'_, Option<String>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether [`Ledger::await_durable`] waits for a disk.
    pub(crate) fn has_disk(&self) -> bool {
        self.sync.is_some()
    }

    /// Replaces the chain.
    ///
    /// # Errors
    /// [`WriteError::Journaled`].
    pub(crate) fn restore(&self, chain: Chain) -> Result<(), WriteError> {
        let version = self.writer().restore(chain)?;
        self.publish_through(version)
    }

    /// Returns when the chain of `version`, or a later one, is durable and published.
    fn publish_through(&self, version: Version) -> Result<(), WriteError> {
        // If another thread held this lock, its sync usually covered this version as well.
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if synced.version.changes >= version.changes {
            return Ok(());
        }
        if synced.failed {
            self.check()?;
        }
        let Tip { chain, version: newest } = writer::tip(&self.tip).clone();
        if newest.appended > synced.version.appended
            && let Some(sync) = &self.sync
            && let Err(error) = sync.sync()
        {
            synced.failed = true;
            return Err(self.failure.fail(&error));
        }
        synced.version = newest;
        self.publish(chain);
        Ok(())
    }

    /// Stops accepting inputs and writes a last checkpoint. Returns false, and does nothing, when an
    /// input takes longer than [`LAST_WRITE`].
    ///
    /// # Errors
    /// When that fails.
    pub(crate) fn close(&self) -> io::Result<bool> {
        let began = instant_now();
        loop {
            match self.writer.try_lock() {
                Ok(mut writer) => return writer.close().map(|()| true),
                Err(TryLockError::Poisoned(writer)) => {
                    return writer.into_inner().close().map(|()| true);
                }
                Err(TryLockError::WouldBlock) if began.elapsed() > LAST_WRITE => return Ok(false),
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
            }
        }
    }

    /// How many transactions were accepted and how many refused since the start.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.accepted.load(Ordering::Relaxed), self.refused.load(Ordering::Relaxed))
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // A panic during a write affects only a copy of the chain, so poison can be ignored.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, accepted: bool, transactions: usize) {
        let counter = if accepted { &self.accepted } else { &self.refused };
        counter.fetch_add(u64::try_from(transactions).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn publish(&self, chain: Arc<Chain>) {
        let mut next = chain;
        let mut published = self.published.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut next, &mut *published);
        drop(published);
        self.news.send_modify(|version| *version = version.wrapping_add(1));
    }
}

/// How long closing waits for an input that is being applied.
const LAST_WRITE: Duration = Duration::from_millis(500);
