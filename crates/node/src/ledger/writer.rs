//! The writer applies one input at a time and appends it to the journal before the next.

use super::error::{Failure, WriteError};
use crate::clock::Clock;
use crate::durability::Persistence;
use keyway_chain::{Applied, Chain, Checked, Fate, HeadState, InBlock, Included, Input, Refused};
use near_primitives::types::Gas;
use std::io;
use std::slice;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Changes the chain. Behind a lock, so that one thread writes at a time.
pub(super) struct Writer {
    persistence: Persistence,
    failure: Failure,
    tip: Arc<Mutex<Tip>>,
}

/// The chain after the last input, and its version.
#[derive(Clone)]
pub(super) struct Tip {
    pub(super) chain: Arc<Chain>,
    pub(super) version: Version,
}

/// Counts the changes of the chain, and those among them that were appended to the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) changes: u64,
    pub(super) appended: u64,
}

/// What became of some transactions, in order, and the version with those that were included.
pub(super) type Results = (Vec<Result<Applied, Refused>>, Version);

/// Locks the tip, which is held only to read or replace it.
pub(super) fn tip(tip: &Mutex<Tip>) -> MutexGuard<'_, Tip> {
    tip.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Writer {
    pub(super) fn new(persistence: Persistence, tip: Arc<Mutex<Tip>>, failure: Failure) -> Self {
        Self { persistence, failure, tip }
    }

    /// Applies an input and appends it. The inner error is the chain's, which may then remember a
    /// refusal.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub(super) fn apply(
        &mut self,
        clock: &dyn Clock,
        input: Input,
    ) -> Result<(Result<Applied, Refused>, Version), WriteError> {
        self.failure.check()?;
        let mut chain = self.copy();
        let now_ns = clock.now_ns(&chain);
        let outcome = chain.apply(input.clone(), now_ns);
        if matches!(outcome, Ok(_) | Err(Refused::Transaction(_))) {
            let changed = outcome.as_ref().is_ok_and(Applied::changed);
            self.accept(chain, now_ns, if changed { slice::from_ref(&input) } else { &[] })?;
        }
        Ok((outcome, self.version()))
    }

    /// Includes transactions and appends their inputs. The inner errors are the chain's.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub(super) fn include(
        &mut self,
        clock: &dyn Clock,
        transactions: Vec<Checked>,
    ) -> Result<Results, WriteError> {
        self.failure.check()?;
        let mut chain = self.copy();
        let now_ns = clock.now_ns(&chain);
        let Included { results, inputs } = chain.include_batch(transactions, now_ns);
        self.accept(chain, now_ns, &inputs)?;
        Ok((results, self.version()))
    }

    /// As [`Writer::include`] of one transaction; none, and nothing is done, if its blocks burn more than
    /// `gas` or compile a contract.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub(super) fn include_if_short(
        &mut self,
        clock: &dyn Clock,
        transaction: Checked,
        gas: Gas,
    ) -> Result<Option<Results>, WriteError> {
        self.failure.check()?;
        let mut chain = self.copy();
        let now_ns = clock.now_ns(&chain);
        let Some(Included { results, inputs }) = chain.include_if_short(transaction, gas, now_ns)
        else {
            return Ok(None);
        };
        self.accept(chain, now_ns, &inputs)?;
        Ok(Some((results, self.version())))
    }

    /// Seals a block with waiting transactions and appends its input. The results are in the order of
    /// the transactions; none for one that waits for a later block.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub(super) fn seal_with(
        &mut self,
        clock: &dyn Clock,
        transactions: &[Checked],
    ) -> Result<(Vec<Fate>, Version), WriteError> {
        self.failure.check()?;
        let mut chain = self.copy();
        let now_ns = clock.now_ns(&chain);
        let InBlock { results, input } =
            chain.seal_with(transactions, now_ns).map_err(Refused::from)?;
        self.accept(chain, now_ns, slice::from_ref(&input))?;
        Ok((results, self.version()))
    }

    pub(super) fn has_checkpoints(&self) -> bool {
        self.persistence.checkpoints.is_some()
    }

    /// Replaces the chain.
    ///
    /// # Errors
    /// [`WriteError::Journaled`].
    pub(super) fn restore(&mut self, chain: Chain) -> Result<Version, WriteError> {
        if self.persistence.journal.keeps() {
            return Err(WriteError::Journaled);
        }
        let chain = chain.in_place_of(&tip(&self.tip).chain);
        self.replace(chain, 0);
        Ok(self.version())
    }

    /// Stops accepting inputs and writes a last checkpoint.
    ///
    /// # Errors
    /// When that fails.
    pub(super) fn close(&mut self) -> io::Result<()> {
        if self.failure.check().is_err() {
            return Ok(());
        }
        self.failure.set(&io::Error::other("the node is stopping"));
        let chain = tip(&self.tip).chain.clone();
        let Persistence { journal, checkpoints } = &mut self.persistence;
        let position = journal.position();
        let Some(checkpoints) = checkpoints else { return Ok(()) };
        checkpoints.finish(&chain, position)?;
        journal.checkpointed(checkpoints.covered())
    }

    /// Appends the inputs that led to `chain`, then makes it the tip.
    fn accept(&mut self, chain: Chain, now_ns: u64, inputs: &[Input]) -> Result<(), WriteError> {
        if inputs.is_empty() {
            self.replace(chain, 0);
            return Ok(());
        }
        self.record(now_ns, inputs, chain.head_state())?;
        self.replace(chain, 1);
        // The inputs are in the journal, so they stay accepted even if the next step fails.
        if let Err(error) = self.evict() {
            drop(self.failure.fail(&error));
        }
        Ok(())
    }

    /// Evicts what a checkpoint has written, and lets the journal drop its inputs.
    fn evict(&mut self) -> io::Result<()> {
        let chain = tip(&self.tip).chain.clone();
        let Persistence { journal, checkpoints } = &mut self.persistence;
        let Some(checkpoints) = checkpoints else { return Ok(()) };
        let Some(chain) = checkpoints.evict(&chain, journal.position())? else { return Ok(()) };
        let compacted = journal.checkpointed(checkpoints.covered());
        self.replace(chain, 0);
        compacted
    }

    fn record(&mut self, now_ns: u64, inputs: &[Input], head: HeadState) -> Result<(), WriteError> {
        self.persistence.journal.append(now_ns, inputs, head).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => WriteError::Unwritable { reason: error.to_string() },
            _ => self.failure.fail(&error),
        })
    }

    fn replace(&self, chain: Chain, appended: u64) {
        let chain = Arc::new(chain);
        let mut tip = tip(&self.tip);
        tip.chain = chain;
        tip.version.changes += 1;
        tip.version.appended += appended;
    }

    fn copy(&self) -> Chain {
        Chain::clone(&tip(&self.tip).chain)
    }

    fn version(&self) -> Version {
        tip(&self.tip).version
    }
}
