//! Checkpoints in a thread of their own, while the chain goes on.

use super::bounds::Bounds;
use super::rest::Rest;
use super::sync::ToDisk;
use keyway_chain::{Chain, Shelved};
use keyway_rpc::Sync;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvError, SyncSender, TryRecvError, sync_channel};
use std::thread;

/// Takes a chain's blocks to its store whenever there is much in memory.
pub(super) struct Aside {
    bounds: Bounds,
    orders: SyncSender<Order>,
    written: Receiver<io::Result<Shelved>>,
    /// Whether a checkpoint is under way.
    busy: bool,
    /// Bytes of records that the last checkpoint comes from.
    at: u64,
}

/// A chain, and how many bytes of records it comes from.
struct Order {
    chain: Arc<Chain>,
    records: u64,
}

impl Aside {
    /// Writes to `rest`, as soon as there is more in memory than `bounds` say; before, `journal` is
    /// forced to the disk, where there is one.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub(super) fn new(
        mut rest: Rest,
        journal: Option<Arc<ToDisk>>,
        bounds: Bounds,
    ) -> io::Result<Self> {
        let (orders, taken) = sync_channel::<Order>(1);
        let (done, written) = sync_channel(1);
        let write = move |order: Order| {
            // A store must never know more than the journal.
            journal.as_ref().map_or(Ok(()), |journal| journal.sync())?;
            rest.take(&order.chain, order.records).map_err(io::Error::from)
        };
        let work = move || {
            let results = taken.into_iter().map(write);
            // The node has ended when nobody wants them.
            results.map_while(|result| done.send(result).ok()).for_each(drop);
        };
        thread::Builder::new().name("checkpoints".to_owned()).spawn(work)?;
        Ok(Self { bounds, orders, written, busy: false, at: 0 })
    }

    /// The same where the store has the chain after `records` bytes of records already.
    pub(super) fn from(self, records: u64) -> Self {
        Self { at: records, ..self }
    }

    /// `chain`, which comes from `records` bytes of records, without what a checkpoint has put away
    /// meanwhile; none when it stays as it is. Begins a checkpoint when it is time.
    ///
    /// # Errors
    /// When the last checkpoint could not be written.
    pub(super) fn rest(&mut self, chain: &Arc<Chain>, records: u64) -> io::Result<Option<Chain>> {
        let rested = if self.busy { self.rested(chain)? } else { None };
        if !self.busy && self.bounds.are_passed_by(rested.as_ref().unwrap_or(chain)) {
            let chain = rested.clone().map_or_else(|| chain.clone(), Arc::new);
            self.begin(chain, records);
        }
        Ok(rested)
    }

    /// Takes all of `chain`, which comes from `records` bytes of records, to the store, and waits
    /// until it is there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn finish(&mut self, chain: &Arc<Chain>, records: u64) -> io::Result<()> {
        let shelved = if self.busy { self.take(true)? } else { None };
        if records == self.at {
            return Ok(());
        }
        let chain = match shelved {
            Some(shelved) => Arc::new(chain.rest(&shelved).map_err(io::Error::other)?),
            None => chain.clone(),
        };
        self.begin(chain, records);
        self.take(true).map(drop)
    }

    fn begin(&mut self, chain: Arc<Chain>, records: u64) {
        self.busy = self.orders.send(Order { chain, records }).is_ok();
        self.at = records;
    }

    fn rested(&mut self, chain: &Chain) -> io::Result<Option<Chain>> {
        // A disk that does not keep up holds up the chain, or memory would have no end.
        let wait = self.bounds.meanwhile().are_passed_by(chain);
        let Some(shelved) = self.take(wait)? else { return Ok(None) };
        chain.rest(&shelved).map(Some).map_err(io::Error::other)
    }

    /// The checkpoint under way, when it is written; else waits for it, or returns none.
    fn take(&mut self, wait: bool) -> io::Result<Option<Shelved>> {
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
                result.map(Some)
            }
        }
    }
}
