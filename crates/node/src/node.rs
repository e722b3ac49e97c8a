//! The node: a chain with its queue, clock and persistence.

use crate::clock::{Clock, WallClock};
use crate::contracts::{self, TemporaryDirectory};
use crate::durability::{NoJournal, Persistence};
use crate::error::NodeError;
use crate::home::{ChainSource, Home, HomeLock, read_eth_wallet};
use crate::ledger::{Ledger, WriteError};
use crate::persistence::{self, Opened, Policy};
use crate::queue::Queue;
use crate::runtime::run_blocking;
use crate::ticker::Ticker;
use keyway_chain::{Applied, Chain, ChainOptions, Checked, Input};
use near_chain_configs::Genesis;
use near_crypto::Signer;
use near_primitives::transaction::SignedTransaction;
use std::fmt;
use std::path::PathBuf;
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
    /// Of a node without a home; removed last.
    _directory: Option<TemporaryDirectory>,
}

/// How a node runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// What [`Node::submit`] and [`Node::apply`] promise when they return.
    pub durability: Durability,
    /// How many blocks may wait in memory for the store, as long as they are not longer than 48 MB
    /// and burnt no more than 3 Pgas; a start after a kill applies so many again. None: 2,000, or
    /// 10,000 without a home.
    pub checkpoint_blocks: Option<usize>,
    /// Lets checkpoints prune blocks when so many are newer and no transaction can be based on them
    /// any more. A home then also frees the states that only those blocks had, and removes inputs
    /// that a checkpoint has from its journal. None: everything is kept.
    pub keep_blocks: Option<u64>,
    /// The wasm of the contract that eth-implicit accounts run. A home keeps it from its first run
    /// on.
    pub eth_wallet_wasm: Option<PathBuf>,
    /// Tells the time of each input.
    pub clock: Arc<dyn Clock>,
}

impl Default for Options {
    /// Everything durable, by the wall clock, no block pruned.
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            checkpoint_blocks: None,
            keep_blocks: None,
            eth_wallet_wasm: None,
            clock: Arc::new(WallClock),
        }
    }
}

/// What an acknowledged input survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The end of the process, however it ends, but not a power cut.
    Process,
    /// A power cut: it is on the disk's surface. Many transactions share the wait.
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
        let mut source = ChainSource::to_open(home, options.eth_wallet_wasm.as_deref())?;
        let Opened { chain, persistence, torn } =
            persistence::open((home, lock), &mut source, options.policy())?;
        source.remember()?;
        Ok(Self::new(chain, persistence, options.clock, torn, None))
    }

    /// A node without a home: its inputs are gone when it ends. Blocks that memory should not hold,
    /// and compiled contracts, are in a private directory below the system's temporary one, which
    /// goes with the node. `signer` signs its blocks.
    ///
    /// # Errors
    /// When the genesis makes no chain, or the system has no room for the directory.
    pub fn temporary(
        genesis: &Genesis,
        signer: Option<Signer>,
        options: Options,
    ) -> Result<Self, NodeError> {
        let parent = std::env::temp_dir();
        let directory = TemporaryDirectory::make(&parent)
            .map_err(|source| NodeError::Temporary { path: parent, source })?;
        let eth_wallet = options.eth_wallet_wasm.as_deref();
        let eth_wallet =
            eth_wallet.map(|path| read_eth_wallet(path, &genesis.config.chain_id)).transpose()?;
        let chain_options = ChainOptions { signer, eth_wallet, ..ChainOptions::default() };
        let contracts = contracts::temporary(directory.path());
        let chain = Chain::with_options(genesis, chain_options, contracts)
            .map_err(|error| NodeError::Genesis(Box::new(error)))?;
        let persistence = persistence::spilling_to(directory.path(), options.policy())?;
        Ok(Self::new(chain, persistence, options.clock, 0, Some(directory)))
    }

    /// A node around `chain`, all in memory: it uses no file and no thread of its own.
    pub fn in_memory(chain: Chain, clock: impl Clock + 'static) -> Self {
        Self::with_persistence(chain, Persistence::new(NoJournal), clock)
    }

    /// A node around `chain` that keeps it in ways of the caller's.
    pub fn with_persistence(
        chain: Chain,
        persistence: Persistence,
        clock: impl Clock + 'static,
    ) -> Self {
        Self::new(chain, persistence, Arc::new(clock), 0, None)
    }

    fn new(
        chain: Chain,
        persistence: Persistence,
        clock: Arc<dyn Clock>,
        torn: u64,
        directory: Option<TemporaryDirectory>,
    ) -> Self {
        let inner = Inner {
            ledger: Arc::new(Ledger::new(chain, persistence, clock)),
            queue: Arc::new(Queue::new()),
            tickers: Arc::default(),
            torn,
            _directory: directory,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Bytes that were cut off the journal's end when it was opened: a record whose writing a kill
    /// or power cut interrupted. Nobody was told of it.
    pub fn torn_bytes(&self) -> u64 {
        self.inner.torn
    }

    /// The chain as it is now: a value that later inputs do not change. All of it is durable. With
    /// [`Options::keep_blocks`], old blocks of a snapshot can be pruned while it is held.
    pub fn snapshot(&self) -> Arc<Chain> {
        self.inner.ledger.snapshot()
    }

    /// Tells when a snapshot is out of date. Subscribe before taking the snapshot.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.inner.ledger.subscribe()
    }

    /// Includes a transaction; returns when all of its receipts ran, and it is durable. What waits at
    /// the same time shares blocks and syncs.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn submit(&self, transaction: SignedTransaction) -> Result<Applied, WriteError> {
        self.submit_checked(Checked::new(transaction), Duration::ZERO).await
    }

    /// As [`Node::submit`], for a transaction whose signature was checked before. A client may send
    /// several transactions of one key at once, and they arrive in any order: one whose nonce leaves
    /// a gap waits for those before it, for at most `gap_wait`.
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

    /// Applies an input at the time that the node's clock tells; returns when it is durable.
    ///
    /// # Errors
    /// See [`WriteError`]; the chain is then as before, save that it remembers why it refused a
    /// transaction.
    pub fn apply(&self, input: Input) -> Result<Applied, WriteError> {
        run_blocking(|| self.inner.ledger.apply(input))
    }

    /// Applies an input at the time that `clock` tells.
    ///
    /// # Errors
    /// As [`Node::apply`].
    pub fn apply_by(&self, clock: &dyn Clock, input: Input) -> Result<Applied, WriteError> {
        run_blocking(|| self.inner.ledger.apply_by(clock, input))
    }

    /// Seals an empty block.
    ///
    /// # Errors
    /// When the chain could not be kept, now or earlier, or its state cannot be read.
    pub fn tick(&self) -> Result<(), WriteError> {
        self.apply(Input::Tick).map(drop)
    }

    /// Seals an empty block every `period`, at least 1 ms, until the ticker is dropped. To be called
    /// in a tokio runtime.
    pub fn tick_every(&self, period: Duration) -> Ticker {
        let node = self.clone();
        let tick = move || node.apply(Input::IntervalTick).map(drop);
        Ticker::start(tick, period, self.inner.tickers.clone())
    }

    /// Whether empty blocks are sealed all the time.
    pub fn is_ticking(&self) -> bool {
        self.inner.tickers.load(Ordering::Relaxed) > 0
    }

    /// Puts `chain`, such as an earlier [`Node::snapshot`], in the place of the chain.
    ///
    /// # Errors
    /// [`WriteError::Journaled`] when the node keeps its inputs.
    pub fn restore(&self, chain: Chain) -> Result<(), WriteError> {
        self.inner.ledger.restore(chain)
    }

    /// That inputs are taken.
    ///
    /// # Errors
    /// [`WriteError::ReadOnly`] once the chain could not be kept.
    pub fn check_writable(&self) -> Result<(), WriteError> {
        self.inner.ledger.check()
    }

    /// Why nothing is written now, if so.
    pub fn trouble(&self) -> Option<String> {
        self.inner.ledger.trouble()
    }

    /// How many transactions were accepted and how many refused since the start.
    pub fn transaction_counts(&self) -> (u64, u64) {
        self.inner.ledger.counts()
    }

    /// Takes no more inputs and writes a last checkpoint, so that no input is applied again when the
    /// home is opened. An input that is being applied is waited for, but not long. Without it nothing
    /// is lost: the next start applies the last inputs again.
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
            keep_blocks: self.keep_blocks,
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("chain", &self.snapshot()).finish_non_exhaustive()
    }
}
