//! Checkpoints in a thread of their own, while the chain goes on.

use super::rest::Rest;
use super::sync::ToDisk;
use keyway_node::{Chain, Shelved};
use keyway_rpc::Sync;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvError, SyncSender, TryRecvError, sync_channel};
use std::thread;

/// Writes one checkpoint at a time.
pub(super) struct Aside {
    orders: SyncSender<Order>,
    written: Receiver<io::Result<Shelved>>,
    busy: bool,
}

/// A chain, and how many bytes of records it comes from.
struct Order {
    chain: Arc<Chain>,
    records: u64,
}

impl Aside {
    /// Writes to `rest` what is in the journal, which `journal` forces to the disk before.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub(super) fn new(mut rest: Rest, journal: Arc<ToDisk>) -> io::Result<Self> {
        let (orders, taken) = sync_channel::<Order>(1);
        let (done, written) = sync_channel(1);
        let write = move |order: Order| {
            // A store must never know more than the journal.
            journal.sync()?;
            rest.take(&order.chain, order.records).map_err(io::Error::from)
        };
        let work = move || {
            let results = taken.into_iter().map(write);
            // The node has ended when nobody wants them.
            results.map_while(|result| done.send(result).ok()).for_each(drop);
        };
        thread::Builder::new().name("checkpoints".to_owned()).spawn(work)?;
        Ok(Self { orders, written, busy: false })
    }

    /// Whether a checkpoint is under way.
    pub(super) fn is_busy(&self) -> bool {
        self.busy
    }

    /// Begins a checkpoint; the one before was taken.
    pub(super) fn begin(&mut self, chain: Arc<Chain>, records: u64) {
        self.busy = self.orders.send(Order { chain, records }).is_ok();
    }

    /// The checkpoint that was begun last, when it is written; else waits for it, or returns none.
    ///
    /// # Errors
    /// When it could not be written.
    pub(super) fn take(&mut self, wait: bool) -> io::Result<Option<Shelved>> {
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
