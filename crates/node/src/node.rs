//! The node: a chain with its queue, clock and persistence.

mod include;
mod keeps;
mod without_home;

use crate::clock::{Clock, WallClock};
use crate::contracts::TemporaryDirectory;
use crate::durability::{NoJournal, Persistence};
use crate::error::NodeError;
use crate::home::{ChainSource, Home, HomeLock};
use crate::ledger::{Ledger, WriteError};
use crate::persistence::{self, MEMORY_BYTES, Opened, Policy};
use crate::queue::Queue;
use crate::runtime::run_blocking;
use crate::sealing::Sealing;
use crate::ticker::Ticker;
use keeps::Keeps;
use keyway_chain::{Applied, Chain, Checked, ForkPoint, Input};
use keyway_state::BaseState;
use near_primitives::transaction::SignedTransaction;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// A chain with a queue, a clock and, if it is durable, a home. Clones share it.
#[derive(Clone)]
pub struct Node {
    inner: Arc<Inner>,
}

struct Inner {
    ledger: Arc<Ledger>,
    queue: Arc<Queue>,
    tickers: Arc<AtomicUsize>,
    torn: u64,
    /// The directory of what the node itself keeps in its home.
    data: Option<PathBuf>,
    /// Of a node without a home; removed last.
    _directory: Option<TemporaryDirectory>,
}

/// How a node runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// What [`Node::submit`] and [`Node::apply`] promise when they return.
    pub durability: Durability,
    /// How many blocks may be in memory before a checkpoint moves them to the store. It also does so
    /// when they take more than 5 MB (see [`Options::memory_bytes`]) or burnt more than 3 Pgas. A start
    /// after a kill replays them. None: 2,000, or 10,000 without a home, where they may take 32 MB and
    /// burn any gas.
    pub checkpoint_blocks: Option<usize>,
    /// Memory for blocks that wait for a checkpoint, which is due when they take a fiftieth of it (an
    /// eighth without a home), and for the store's cache, a 64th; bytes. None: 256 MB.
    pub memory_bytes: Option<usize>,
    /// Lets checkpoints prune blocks when so many are newer and no transaction can be based on them
    /// any more. A home then also frees the states that only those blocks had, and removes inputs
    /// that a checkpoint has from its journal. None: everything is kept.
    pub keep_blocks: Option<u64>,
    /// The wasm file of the contract that eth-implicit accounts run. A home stores it at its first
    /// run.
    pub eth_wallet_wasm: Option<PathBuf>,
    /// Gives each input its time.
    pub clock: Arc<dyn Clock>,
}

impl Default for Options {
    /// Everything durable, by the wall clock, no block pruned.
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            checkpoint_blocks: None,
            memory_bytes: None,
            keep_blocks: None,
            eth_wallet_wasm: None,
            clock: Arc::new(WallClock),
        }
    }
}

/// What an acknowledged input survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The end of the process, even by a kill, but not a power cut.
    Process,
    /// A power cut: it is synced to the disk. Many transactions share one sync.
    #[default]
    Disk,
}

impl Node {
    /// The node of `home`, at the height where it stopped. The home is locked until the last clone
    /// is dropped.
    ///
    /// # Errors
    /// When another node runs on the home, or its genesis, journal or store cannot be read.
    pub fn open(home: &Home, options: Options) -> Result<Self, NodeError> {
        let lock = HomeLock::take(&home.data())?;
        let source = ChainSource::to_open(home, options.eth_wallet_wasm.as_deref())?;
        Self::opened((home, lock), source, options)
    }

    /// As [`Node::open`], for a home whose chain is a fork of another network from the block of `point`
    /// on. `base` is the network's state after that block. What it answered once it must answer again,
    /// for as long as the home lasts: a start after a kill applies the last inputs again.
    ///
    /// # Errors
    /// As [`Node::open`], and when the home's chain is no fork or began at another block.
    pub fn open_fork(
        home: &Home,
        point: ForkPoint,
        base: Arc<dyn BaseState>,
        options: Options,
    ) -> Result<Self, NodeError> {
        let lock = HomeLock::take(&home.data())?;
        let source = ChainSource::to_open_fork(home, (point, base))?;
        Self::opened((home, lock), source, options)
    }

    fn opened(
        (home, lock): (&Home, HomeLock),
        mut source: ChainSource<'_>,
        options: Options,
    ) -> Result<Self, NodeError> {
        let Opened { chain, persistence, torn } =
            persistence::open((home, lock), &mut source, options.policy())?;
        source.remember()?;
        let keeps = Keeps { data: Some(home.data()), torn, ..Keeps::default() };
        Ok(Self::new(chain, persistence, options.clock, keeps))
    }

    /// A node around `chain`, entirely in memory. It uses no file and starts no thread.
    pub fn in_memory(chain: Chain, clock: impl Clock + 'static) -> Self {
        Self::with_persistence(chain, Persistence::new(NoJournal), clock)
    }

    /// A node around `chain`, with the caller's journal and checkpoints.
    pub fn with_persistence(
        chain: Chain,
        persistence: Persistence,
        clock: impl Clock + 'static,
    ) -> Self {
        Self::new(chain, persistence, Arc::new(clock), Keeps::default())
    }

    fn new(
        chain: Chain,
        persistence: Persistence,
        clock: Arc<dyn Clock>,
        Keeps { torn, data, directory }: Keeps,
    ) -> Self {
        let inner = Inner {
            ledger: Arc::new(Ledger::new(chain, persistence, clock)),
            queue: Arc::new(Queue::new()),
            tickers: Arc::default(),
            torn,
            data,
            _directory: directory,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Bytes that were cut off the end of the journal when it was opened: records whose write was
    /// interrupted by a kill or a power cut. They were never acknowledged.
    pub fn torn_bytes(&self) -> u64 {
        self.inner.torn
    }

    /// The chain as it is now: a value that later inputs do not change. All of it is durable. With
    /// [`Options::keep_blocks`], old blocks of a snapshot can be pruned while it is held.
    pub fn snapshot(&self) -> Arc<Chain> {
        self.inner.ledger.snapshot()
    }

    /// Notifies when a newer snapshot is available. Subscribe before taking the snapshot.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.inner.ledger.subscribe()
    }

    /// Includes a transaction. Returns when all of its receipts have run and it is durable.
    /// Transactions that wait at the same time share blocks and syncs.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn submit(&self, transaction: SignedTransaction) -> Result<Applied, WriteError> {
        self.submit_checked(Checked::new(transaction), Duration::ZERO).await
    }

    /// As [`Node::submit`], for a transaction whose signature has been checked. A client may send
    /// several transactions of one key at once, and they arrive in any order. One whose nonce leaves a
    /// gap waits for those before it, for at most `gap_wait`.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn submit_checked(
        &self,
        transaction: Checked,
        gap_wait: Duration,
    ) -> Result<Applied, WriteError> {
        self.inner.queue.include(&self.inner.ledger, transaction, gap_wait).await
    }

    /// Applies an input at the time of the node's clock. Returns when it is durable.
    ///
    /// # Errors
    /// See [`WriteError`]. The chain is then unchanged, except that it remembers why it refused a
    /// transaction.
    pub fn apply(&self, input: Input) -> Result<Applied, WriteError> {
        run_blocking(|| self.inner.ledger.apply(input))
    }

    /// Applies an input at the time of `clock`.
    ///
    /// # Errors
    /// As [`Node::apply`].
    pub fn apply_by(&self, clock: &dyn Clock, input: Input) -> Result<Applied, WriteError> {
        run_blocking(|| self.inner.ledger.apply_by(clock, input))
    }

    /// Seals an empty block.
    ///
    /// # Errors
    /// When writing to disk fails or failed earlier, or the state cannot be read.
    pub fn tick(&self) -> Result<(), WriteError> {
        self.apply(Input::Tick).map(drop)
    }

    /// Seals an empty block every `period` (at least 1 ms) until the ticker is dropped, while
    /// [`Node::sealing`] is [`Sealing::AtOnce`]. Call it in a tokio runtime.
    pub fn tick_every(&self, period: Duration) -> Ticker {
        let node = self.clone();
        let tick = move || match node.sealing() {
            Sealing::AtOnce => node.apply(Input::IntervalTick).map(drop),
            Sealing::ByHand | Sealing::Every(_) => Ok(()),
        };
        Ticker::start(tick, period, self.inner.tickers.clone())
    }

    /// Whether blocks follow without transactions: a ticker seals them, or somebody does by hand.
    pub fn is_ticking(&self) -> bool {
        self.inner.tickers.load(Ordering::Relaxed) > 0 || self.sealing() != Sealing::AtOnce
    }

    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.inner.queue
    }

    pub(crate) fn ledger(&self) -> &Arc<Ledger> {
        &self.inner.ledger
    }

    /// The directory of what the node itself keeps; none without a home.
    pub(crate) fn data(&self) -> Option<&Path> {
        self.inner.data.as_deref()
    }

    pub(crate) fn tickers(&self) -> Arc<AtomicUsize> {
        self.inner.tickers.clone()
    }

    /// Gives the node while it is there.
    pub(crate) fn weak(&self) -> impl Fn() -> Option<Self> + Send + use<> {
        let inner = Arc::downgrade(&self.inner);
        move || inner.upgrade().map(|inner| Self { inner })
    }

    /// Replaces the chain by `chain`, such as an earlier [`Node::snapshot`].
    ///
    /// # Errors
    /// [`WriteError::Journaled`] when the node has a journal.
    pub fn restore(&self, chain: Chain) -> Result<(), WriteError> {
        self.inner.ledger.restore(chain)
    }

    /// Checks that the node accepts inputs.
    ///
    /// # Errors
    /// [`WriteError::ReadOnly`] after a write to disk failed.
    pub fn check_writable(&self) -> Result<(), WriteError> {
        self.inner.ledger.check()
    }

    /// Why the node does not accept inputs; none while it does.
    pub fn trouble(&self) -> Option<String> {
        self.inner.ledger.trouble()
    }

    /// How many transactions were accepted and how many refused since the start.
    pub fn transaction_counts(&self) -> (u64, u64) {
        self.inner.ledger.counts()
    }

    /// Stops accepting inputs and writes a last checkpoint, so that the next start need not replay
    /// anything. It waits up to half a second for an input that is being applied. Nothing is lost
    /// without this call: the next start replays the last inputs.
    ///
    /// # Errors
    /// [`NodeError::Close`] when the checkpoint cannot be written.
    pub fn close(&self) -> Result<(), NodeError> {
        let closed = run_blocking(|| self.inner.ledger.close());
        closed.map(drop).map_err(|source| NodeError::Close { source })
    }
}

impl Options {
    fn policy(&self) -> Policy {
        Policy {
            synced: self.durability == Durability::Disk,
            checkpoint_blocks: self.checkpoint_blocks,
            memory_bytes: self.memory_bytes.unwrap_or(MEMORY_BYTES),
            keep_blocks: self.keep_blocks,
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("chain", &self.snapshot()).finish_non_exhaustive()
    }
}
