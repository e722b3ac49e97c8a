//! The store that checkpoints are written to.

use crate::error::{NodeError, StoreError, StoreRemedy};
use crate::home::{ChainSource, Home, HomeLock};
use crate::journal::Fingerprint;
use keyway_chain::{Archived, BlockPruner, CachedArchive, Chain, Checkpoint, RowCollector};
use keyway_state::{RowSink, StateError};
use keyway_store::{Mark, Store};
use near_primitives::hash::CryptoHash;
use std::path::PathBuf;
use std::sync::Arc;

/// A store. It is created when the first checkpoint needs it.
pub(crate) struct CheckpointStore {
    path: PathBuf,
    chain: CryptoHash,
    /// Memory for pages of the file.
    cache_bytes: usize,
    /// Deletes old blocks with each checkpoint, if [`CheckpointStore::keeping`].
    pruner: Option<BlockPruner>,
    /// Frees rows with each checkpoint, if [`CheckpointStore::freeing_rows`].
    collector: Option<RowCollector>,
    remedy: StoreRemedy,
    /// Whether the store goes with the process.
    temporary: bool,
    store: Option<(Arc<Store>, CachedArchive)>,
    /// The lock of the home it is in; dropped last.
    _lock: Option<HomeLock>,
}

impl CheckpointStore {
    /// The store of `home`, opened if it exists. The journal beside it begins at
    /// `journal_start`; the node has `memory_bytes`.
    ///
    /// # Errors
    /// When the store cannot be used.
    pub(crate) fn of(
        home: &Home,
        lock: HomeLock,
        fingerprint: &Fingerprint,
        journal_start: u64,
        memory_bytes: usize,
    ) -> Result<Self, StoreError> {
        let mut store = Self::at(home.store(), *fingerprint.hash(), memory_bytes);
        if journal_start > 0 {
            store.remedy = StoreRemedy::Restore;
        }
        store._lock = Some(lock);
        if store.path.exists() {
            store.open()?;
        }
        Ok(store)
    }

    /// A store that is not opened yet. `chain` identifies the chain; a part of `memory_bytes` is for
    /// pages of the file.
    pub(crate) fn at(path: PathBuf, chain: CryptoHash, memory_bytes: usize) -> Self {
        let remedy = StoreRemedy::Remove;
        let (pruner, collector, store, _lock) = (None, None, None, None);
        let (cache_bytes, temporary) = (memory_bytes / CACHE_PARTS, false);
        Self { path, chain, cache_bytes, pruner, collector, remedy, temporary, store, _lock }
    }

    /// The same store, which goes with the process.
    pub(crate) fn temporary(self) -> Self {
        Self { temporary: true, ..self }
    }

    /// The same store; if a number is given, checkpoints prune old blocks that are not among the
    /// newest `keep_blocks`.
    pub(crate) fn keeping(self, keep_blocks: Option<u64>) -> Self {
        Self { pruner: keep_blocks.map(BlockPruner::keeping), ..self }
    }

    /// The same store; if blocks are pruned, checkpoints also free rows of states that no block
    /// needs. The chain may go back to its snapshots, and must never be replaced by another one.
    pub(crate) fn freeing_rows(self) -> Self {
        let collector = self.pruner.is_some().then(RowCollector::default);
        Self { collector, ..self }
    }

    fn open(&mut self) -> Result<(Arc<Store>, CachedArchive), StoreError> {
        if let Some(open) = &self.store {
            return Ok(open.clone());
        }
        let open = if self.temporary { Store::temporary } else { Store::open };
        let store = open(&self.path, &self.chain, self.cache_bytes);
        let store = Arc::new(store.map_err(|error| self.unusable(error))?);
        let archive = CachedArchive::new(store.clone(), STATE_CACHE_BYTES);
        Ok(self.store.insert((store, archive)).clone())
    }

    /// Where the store stands, if there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn mark(&self) -> Result<Option<Mark>, StoreError> {
        let Some((store, _)) = &self.store else { return Ok(None) };
        store.mark().map_err(|source| self.unusable(source))
    }

    /// The chain at its genesis block: in memory, or in the store when there are many records.
    ///
    /// # Errors
    /// When the genesis makes no chain, or the store cannot be written.
    pub(crate) fn start(&mut self, source: &mut ChainSource<'_>) -> Result<Chain, NodeError> {
        if source.is_large()? { self.begin(source) } else { source.start() }
    }

    fn begin(&mut self, chain_source: &mut ChainSource<'_>) -> Result<Chain, NodeError> {
        self.begin_with(|archive, sink| Ok(chain_source.start_on(archive, sink)?))
    }

    /// The chain that `make` makes in the empty store, with the number of the first free row. The state
    /// goes to the store while it is built, in one transaction: a kill leaves nothing.
    ///
    /// # Errors
    /// Those of `make`, and when the store cannot be written.
    pub(crate) fn begin_with(
        &mut self,
        make: impl FnOnce(&CachedArchive, &mut dyn RowSink) -> Result<(Chain, u64), NodeError>,
    ) -> Result<Chain, NodeError> {
        let (store, archive) = self.open()?;
        let mut batch = store.begin().map_err(|source| self.unusable(source))?;
        let (chain, next_row) = make(&archive, &mut batch)?;
        let checkpoint = chain.checkpoint(next_row)?;
        batch.commit(&checkpoint, 0).map_err(|source| self.unusable(source))?;
        Ok(chain.evict(&checkpoint.written(&archive))?)
    }

    /// The chain where the newest checkpoint has it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn resume(
        &mut self,
        chain_source: &mut ChainSource<'_>,
    ) -> Result<Chain, StoreError> {
        let (_, archive) = self.open()?;
        let (path, remedy) = (self.path.clone(), self.remedy);
        let resumed = chain_source.resume(&archive);
        resumed.map_err(|source| StoreError::NotResumed { path, remedy, source })
    }

    /// Writes what `chain` has in memory; it is the chain after so many bytes of records, all of
    /// which are on the disk: a store must never know more than the journal.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub(crate) fn write(&mut self, chain: &Chain, records: u64) -> Result<Archived, StoreError> {
        let (store, archive) = self.open()?;
        let next_row = self.mark()?.map_or(0, |mark| mark.next_row);
        let checkpoint = self.checkpoint(chain, next_row);
        let checkpoint = checkpoint.map_err(|error| self.unreadable(error))?;
        store.commit(&checkpoint, records).map_err(|source| self.unusable(source))?;
        Ok(checkpoint.written(&archive))
    }

    fn checkpoint(&mut self, chain: &Chain, next_row: u64) -> Result<Checkpoint, StateError> {
        let mut checkpoint = chain.checkpoint(next_row)?;
        if let Some(pruner) = &mut self.pruner {
            pruner.prune(chain, &mut checkpoint)?;
        }
        if let Some(collector) = &mut self.collector
            && let Err(error) = collector.collect(chain, &mut checkpoint, next_row)
        {
            // Reading the damaged row is an error for whoever needs it; a checkpoint does not.
            tracing::warn!(%error, "rows of old states are not freed any more");
            self.collector = None;
        }
        Ok(checkpoint)
    }

    /// `chain` without what the store has of it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn evicted(&self, chain: &Chain, archived: &Archived) -> Result<Chain, StoreError> {
        chain.evict(archived).map_err(|error| self.unreadable(error))
    }

    /// `error`, of a chain whose state is here: when that cannot be read, the store is damaged.
    pub(crate) fn blamed(&self, error: NodeError) -> NodeError {
        match error {
            NodeError::State(source) if self.store.is_some() => self.unreadable(source).into(),
            other => other,
        }
    }

    fn unreadable(&self, source: StateError) -> StoreError {
        StoreError::Unreadable { path: self.path.clone(), remedy: self.remedy, source }
    }

    fn unusable(&self, source: keyway_store::StoreError) -> StoreError {
        let (path, source) = (self.path.clone(), Box::new(source));
        StoreError::Unusable { path, remedy: self.remedy, source }
    }

    pub(crate) fn without_journal(&self, journal: PathBuf) -> StoreError {
        StoreError::NoJournal { path: self.path.clone(), journal }
    }
}

/// The part of the node's memory that pages of the file may take: 4 MB of 256. The system has the file's
/// pages in its own cache.
const CACHE_PARTS: usize = 64;

/// Memory of the nodes and long values of stored states that were used last, bytes.
const STATE_CACHE_BYTES: usize = 16 << 20;
