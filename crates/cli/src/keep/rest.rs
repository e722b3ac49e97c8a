//! The store of a chain.

use super::KeepError;
use crate::chain::Beginning;
use crate::error::CliError;
use crate::home::{Home, HomeLock};
use crate::journal::Fingerprint;
use keyway_chain::{Chain, Checkpoint, Shelf, Shelved};
use keyway_state::StateError;
use keyway_store::{Mark, Store};
use near_primitives::hash::CryptoHash;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

/// The place where a chain rests: a store, made when it is needed first.
pub(super) struct Rest {
    path: PathBuf,
    chain: CryptoHash,
    keep_blocks: Option<u64>,
    store: Option<(Arc<Store>, Shelf)>,
    /// Of the home it is in; let go of last.
    lock: Option<HomeLock>,
}

impl Rest {
    /// The place of `home`, opened when it is there.
    ///
    /// # Errors
    /// When the store cannot be used.
    pub(super) fn of(
        home: &Home,
        lock: HomeLock,
        fingerprint: &Fingerprint,
    ) -> Result<Self, KeepError> {
        let mut rest = Self::at(home.store(), *fingerprint.hash());
        rest.lock = Some(lock);
        if rest.path.exists() {
            rest.open()?;
        }
        Ok(rest)
    }

    /// A place that is not opened yet, for the chain that `chain` tells from others.
    pub(super) fn at(path: PathBuf, chain: CryptoHash) -> Self {
        Self { path, chain, keep_blocks: None, store: None, lock: None }
    }

    /// The same place; if a number is given, it forgets old blocks that are not among the newest
    /// `keep_blocks`.
    pub(super) fn keeping(self, keep_blocks: Option<u64>) -> Self {
        Self { keep_blocks, ..self }
    }

    /// The lock of the home it is in.
    pub(super) fn lock(&self) -> Option<HomeLock> {
        self.lock.clone()
    }

    fn open(&mut self) -> Result<(Arc<Store>, Shelf), KeepError> {
        if let Some(open) = &self.store {
            return Ok(open.clone());
        }
        let unusable =
            |source| KeepError::Unusable { path: self.path.clone(), source: Box::new(source) };
        let store = Arc::new(Store::open(&self.path, &self.chain).map_err(unusable)?);
        let shelf = Shelf::new(store.clone(), CACHED_NODES);
        Ok(self.store.insert((store, shelf)).clone())
    }

    /// Where the store stands, if there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn mark(&self) -> Result<Option<Mark>, KeepError> {
        let Some((store, _)) = &self.store else { return Ok(None) };
        store.mark().map_err(|source| self.unusable(source))
    }

    /// The chain at its genesis block: in memory, or in the store when there are many records.
    ///
    /// # Errors
    /// When the genesis makes no chain, or the store cannot be written.
    pub(super) fn start(&mut self, mut beginning: Beginning<'_>) -> Result<Chain, CliError> {
        if beginning.is_large()? { self.begin(beginning) } else { beginning.start() }
    }

    /// Its state goes to the store as it is made: a kill leaves nothing.
    fn begin(&mut self, beginning: Beginning<'_>) -> Result<Chain, CliError> {
        let (store, shelf) = self.open()?;
        let mut batch = store.begin().map_err(|source| self.unusable(source))?;
        let (chain, next_row) = beginning.start_on(&shelf, &mut batch)?;
        let checkpoint = chain.checkpoint(next_row)?;
        batch.commit(&checkpoint, 0).map_err(|source| self.unusable(source))?;
        Ok(chain.rest(&checkpoint.written(&shelf))?)
    }

    /// The chain where the newest checkpoint has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn resume(&mut self, beginning: Beginning<'_>) -> Result<Chain, KeepError> {
        let (_, shelf) = self.open()?;
        let path = || self.path.clone();
        beginning.resume(&shelf).map_err(|source| KeepError::NotResumed { path: path(), source })
    }

    /// Writes what `chain` has in memory; it is the chain after so many bytes of records, all of
    /// which are on the disk: a store must never know more than the journal.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub(super) fn take(&mut self, chain: &Chain, records: u64) -> Result<Shelved, KeepError> {
        let (store, shelf) = self.open()?;
        let next_row = self.mark()?.map_or(0, |mark| mark.next_row);
        let checkpoint =
            self.checkpoint(chain, next_row).map_err(|error| self.unreadable(error))?;
        store.commit(&checkpoint, records).map_err(|source| self.unusable(source))?;
        Ok(checkpoint.written(&shelf))
    }

    fn checkpoint(&self, chain: &Chain, next_row: u64) -> Result<Checkpoint, StateError> {
        let mut checkpoint = chain.checkpoint(next_row)?;
        if let Some(keep) = self.keep_blocks {
            checkpoint.prune(chain, keep)?;
        }
        Ok(checkpoint)
    }

    /// `chain`, without what was put away of it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn rested(&self, chain: &Chain, shelved: &Shelved) -> Result<Chain, KeepError> {
        chain.rest(shelved).map_err(|error| self.unreadable(error))
    }

    /// `error`, of a chain that rests here: when its state cannot be read, the store is damaged.
    pub(super) fn blamed(&self, error: CliError) -> CliError {
        match error {
            CliError::State(source) if self.store.is_some() => self.unreadable(source).into(),
            other => other,
        }
    }

    fn unreadable(&self, source: StateError) -> KeepError {
        KeepError::Unreadable { path: self.path.clone(), source }
    }

    fn unusable(&self, source: keyway_store::StoreError) -> KeepError {
        KeepError::Unusable { path: self.path.clone(), source: Box::new(source) }
    }

    pub(super) fn without_journal(&self, journal: PathBuf) -> KeepError {
        KeepError::NoJournal { path: self.path.clone(), journal }
    }
}

/// How many nodes of states stay in memory: some 40 MB.
const CACHED_NODES: NonZeroUsize = NonZeroUsize::new(60_000).expect("it is not zero");
