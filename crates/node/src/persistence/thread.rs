//! Writes checkpoints on a thread of their own while the chain continues.

use super::bounds::Bounds;
use super::store::CheckpointStore;
use crate::durability::{Checkpoints, Sync};
use crate::journal::DiskSync;
use keyway_chain::{Archived, Chain};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvError, SyncSender, TryRecvError, sync_channel};
use std::thread::{self, JoinHandle};

/// Moves a chain's blocks to its store whenever too much is in memory.
pub(crate) struct CheckpointThread {
    bounds: Bounds,
    /// None only during drop.
    orders: Option<SyncSender<Order>>,
    written: Receiver<io::Result<Archived>>,
    thread: Option<JoinHandle<()>>,
    /// Whether a checkpoint is being written.
    busy: bool,
    /// The position of the journal that the last checkpoint comes from.
    at: u64,
    /// The same of the last one that is written.
    covered: u64,
}

/// A chain, and the position of the journal that led to it.
struct Order {
    chain: Arc<Chain>,
    records: u64,
}

impl CheckpointThread {
    /// Writes a checkpoint to `store` whenever the chain in memory exceeds `bounds`, after it has
    /// synced `journal`, if there is one.
    ///
    /// # Errors
    /// When the system starts no thread.
    pub(crate) fn new(
        mut store: CheckpointStore,
        journal: Option<Arc<DiskSync>>,
        bounds: Bounds,
    ) -> io::Result<Self> {
        let (orders, taken) = sync_channel::<Order>(1);
        let (done, written) = sync_channel(1);
        let write = move |order: Order| {
            // A store must never know more than the journal.
            journal.as_ref().map_or(Ok(()), |journal| journal.sync())?;
            store.write(&order.chain, order.records).map_err(io::Error::from)
        };
        let work = move || {
            let results = taken.into_iter().map(write);
            // Sending fails when the node has ended.
            results.map_while(|result| done.send(result).ok()).for_each(drop);
        };
        let thread = thread::Builder::new().name("checkpoints".to_owned()).spawn(work)?;
        let (orders, thread) = (Some(orders), Some(thread));
        Ok(Self { bounds, orders, written, thread, busy: false, at: 0, covered: 0 })
    }

    /// The same, where the store already has the chain at the journal's position `records`.
    pub(crate) fn from(mut self, records: u64) -> Self {
        (self.at, self.covered) = (records, records);
        self
    }

    fn begin(&mut self, chain: Arc<Chain>, records: u64) {
        let order = Order { chain, records };
        self.busy = self.orders.as_ref().is_some_and(|orders| orders.send(order).is_ok());
        self.at = records;
    }

    fn evicted(&mut self, chain: &Chain) -> io::Result<Option<Chain>> {
        // The chain waits for a disk that cannot keep up; otherwise memory would not be bounded.
        let wait = self.bounds.meanwhile().exceeded_by(chain);
        let Some(archived) = self.take(wait)? else { return Ok(None) };
        chain.evict(&archived).map(Some).map_err(io::Error::other)
    }

    /// The checkpoint that is being written: waits for it, or returns none if it is not done.
    fn take(&mut self, wait: bool) -> io::Result<Option<Archived>> {
        let result = match wait {
            true => self.written.recv().map_err(|RecvError| TryRecvError::Disconnected),
            false => self.written.try_recv(),
        };
        match result {
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => {
                Err(io::Error::other("the thread that writes checkpoints has ended"))
            }
            Ok(result) => {
                self.busy = false;
                let archived = result?;
                self.covered = self.at;
                Ok(Some(archived))
            }
        }
    }
}

impl Checkpoints for CheckpointThread {
    /// Returns the chain without what a finished checkpoint has written. Begins a checkpoint if one is
    /// due.
    fn evict(&mut self, chain: &Arc<Chain>, position: u64) -> io::Result<Option<Chain>> {
        let evicted = if self.busy { self.evicted(chain)? } else { None };
        if !self.busy && self.bounds.exceeded_by(evicted.as_ref().unwrap_or(chain)) {
            let chain = evicted.clone().map_or_else(|| chain.clone(), Arc::new);
            self.begin(chain, position);
        }
        Ok(evicted)
    }

    fn finish(&mut self, chain: &Arc<Chain>, position: u64) -> io::Result<()> {
        let archived = if self.busy { self.take(true)? } else { None };
        if position == self.at {
            return Ok(());
        }
        let chain = match archived {
            Some(archived) => Arc::new(chain.evict(&archived).map_err(io::Error::other)?),
            None => chain.clone(),
        };
        self.begin(chain, position);
        self.take(true).map(drop)
    }

    fn covered(&self) -> u64 {
        self.covered
    }
}

impl Drop for CheckpointThread {
    /// Waits until the thread has closed the store, so that the home can be opened again at once.
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _it_panicked = thread.join();
        }
    }
}
