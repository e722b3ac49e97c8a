//! How a home keeps its chain: the store has the chain at the last checkpoint, and the journal has
//! the inputs since then. Opening a home loads the one and replays the other.

mod bounds;
mod store;
mod thread;

use crate::durability::{Journal, NoJournal, Persistence, Sync};
use crate::error::NodeError;
use crate::home::{ChainSource, Home, HomeLock};
use crate::journal::{End, Fingerprint, JournalFile, Tail};
pub(crate) use bounds::MEMORY_BYTES;

use bounds::Bounds;
use keyway_chain::{CachedArchive, Chain, HeadState, Input};
use keyway_state::{RowSink, StateError};
use near_primitives::hash::CryptoHash;
use std::io;
use std::path::Path;
use std::sync::Arc;
use store::CheckpointStore;
use thread::CheckpointThread;

/// How a node writes to the disk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// Whether an input is synced before it is published and acknowledged.
    pub(crate) synced: bool,
    /// Blocks that may be in memory before a checkpoint is due; none: the default.
    pub(crate) checkpoint_blocks: Option<usize>,
    /// For blocks and the store's cache, bytes.
    pub(crate) memory_bytes: usize,
    /// How many blocks the store keeps at least; none: it keeps all.
    pub(crate) keep_blocks: Option<u64>,
}

/// A home's chain, opened.
pub(crate) struct Opened {
    /// The chain where it stopped.
    pub(crate) chain: Chain,
    /// Its journal and checkpoints.
    pub(crate) persistence: Persistence,
    /// Bytes cut off the journal's end: records whose write was interrupted.
    pub(crate) torn: u64,
}

/// Opens the chain of `home`, which is `lock`ed.
///
/// # Errors
/// When the journal or the store cannot be used.
pub(crate) fn open(
    (home, lock): (&Home, HomeLock),
    source: &mut ChainSource<'_>,
    policy: Policy,
) -> Result<Opened, NodeError> {
    let fingerprint = fingerprint(source);
    let blocks = policy.checkpoint_blocks.unwrap_or(MOST_BLOCKS);
    let bounds = Bounds::of(blocks, policy.memory_bytes);
    let path = home.journal();
    // Checked first: if the genesis was changed, the error should not blame the store.
    let start = Tail::start(&path, &fingerprint)?.unwrap_or_default();
    let memory = policy.memory_bytes;
    let store = CheckpointStore::of(home, lock.clone(), &fingerprint, start, memory)?;
    let mut store = store.keeping(policy.keep_blocks).freeing_rows();
    let mark = store.mark()?;
    let from = mark.map_or(0, |mark| mark.journal);
    let tail = match Tail::of(&path, &fingerprint, from)? {
        None if from > 0 => return Err(store.without_journal(path).into()),
        tail => tail,
    };
    let mut chain = match mark {
        Some(_) => store.resume(source)?,
        None => store.start(source)?,
    };
    let replayed = tail.map(|tail| {
        // Its end may not be on the disk yet, and the replayed chain is published.
        tail.sync()?;
        replay_tail(&mut store, &mut chain, tail, bounds)
    });
    let replayed = replayed.transpose()?;
    let file = JournalFile::append_to(&path, &fingerprint, replayed)?;
    let torn = replayed.map_or(0, |end| end.torn);
    let at = store.mark()?.map_or(0, |mark| mark.journal);
    let checkpoints = CheckpointThread::new(store, Some(file.disk().clone()), bounds);
    let checkpoints = checkpoints.map_err(|source| NodeError::Thread { source })?.from(at);
    // Without pruning, the journal stays complete, so that a lost store can be made again.
    let compacts = policy.keep_blocks.is_some();
    let journal = HomeJournal { file, synced: policy.synced, compacts, _lock: lock };
    Ok(Opened { chain, persistence: Persistence::new(journal).with_checkpoints(checkpoints), torn })
}

/// For a chain without a home: stores no inputs, and evicts old blocks and state to a file in `dir`
/// that is useless once the chain is gone.
///
/// # Errors
/// When the system starts no thread.
pub(crate) fn spilling_to(dir: &Path, policy: Policy) -> Result<Persistence, NodeError> {
    spilling(spill(dir, policy), policy)
}

/// As [`spilling_to`], for the chain that `make` makes in that file, whose state may be larger than
/// memory: see [`CheckpointStore::begin_with`].
///
/// # Errors
/// Those of `make`, and as [`spilling_to`].
pub(crate) fn begun_in(
    dir: &Path,
    policy: Policy,
    make: impl FnOnce(&CachedArchive, &mut dyn RowSink) -> Result<(Chain, u64), NodeError>,
) -> Result<(Chain, Persistence), NodeError> {
    let mut store = spill(dir, policy);
    let chain = store.begin_with(make)?;
    Ok((chain, spilling(store, policy)?))
}

fn spill(dir: &Path, policy: Policy) -> CheckpointStore {
    let path = dir.join(SPILL);
    CheckpointStore::at(path, CryptoHash::default(), policy.memory_bytes).temporary()
}

fn spilling(store: CheckpointStore, policy: Policy) -> Result<Persistence, NodeError> {
    let blocks = policy.checkpoint_blocks.unwrap_or(MOST_BLOCKS_WITHOUT_HOME);
    let bounds = Bounds::without_home(blocks, policy.memory_bytes);
    let checkpoints = CheckpointThread::new(store.keeping(policy.keep_blocks), None, bounds);
    let checkpoints = checkpoints.map_err(|source| NodeError::Thread { source })?;
    Ok(Persistence::new(NoJournal).with_checkpoints(checkpoints))
}

/// The chain of `home` at the end of its journal, also while a node runs on it. Old blocks and state
/// are evicted to a file in `dir` that is useless once the chain is gone.
///
/// A compacted journal needs the store, which only one process can use at a time. The home is then
/// locked until the returned lock is dropped, and blocks and state are evicted to its store.
///
/// # Errors
/// As [`open`], and when `dir` cannot be written to.
pub(crate) fn replay(
    home: &Home,
    source: &mut ChainSource<'_>,
    dir: &Path,
) -> Result<(Chain, Option<HomeLock>), NodeError> {
    let fingerprint = fingerprint(source);
    let path = home.journal();
    let start = Tail::start(&path, &fingerprint)?.unwrap_or_default();
    let lock = (start > 0).then(|| HomeLock::take(&home.data())).transpose()?;
    let mut store = match &lock {
        Some(lock) => CheckpointStore::of(home, lock.clone(), &fingerprint, start, MEMORY_BYTES)?,
        None => {
            let path = dir.join(SPILL);
            CheckpointStore::at(path, *fingerprint.hash(), MEMORY_BYTES).temporary()
        }
    };
    let mark = store.mark()?;
    let tail = Tail::of(&path, &fingerprint, mark.map_or(0, |mark| mark.journal))?;
    let mut chain = match mark {
        Some(_) => store.resume(source)?,
        None => store.start(source)?,
    };
    if let Some(tail) = tail {
        if lock.is_some() {
            // The home's store must never have more than the journal on the disk.
            tail.sync()?;
        }
        replay_tail(&mut store, &mut chain, tail, Bounds::of(MOST_BLOCKS, MEMORY_BYTES))?;
    }
    Ok((chain, lock))
}

fn fingerprint(source: &ChainSource<'_>) -> Fingerprint {
    Fingerprint::of(source.genesis_hash(), source.eth_wallet())
}

/// Applies `tail` to `chain`. Whenever that exceeds `bounds`, a checkpoint goes to `store`.
fn replay_tail(
    store: &mut CheckpointStore,
    chain: &mut Chain,
    tail: Tail,
    bounds: Bounds,
) -> Result<End, NodeError> {
    let is_fork = chain.forked_from().is_some();
    let replayed = tail.apply(chain, |chain, records| -> Result<(), NodeError> {
        if bounds.exceeded_by(chain) {
            let archived = store.write(chain, records)?;
            *chain = store.evicted(chain, &archived)?;
        }
        Ok(())
    });
    replayed.map_err(|error| match error {
        NodeError::State(source @ StateError::Unreadable { .. }) if is_fork => {
            NodeError::Replay { source }
        }
        error => store.blamed(error),
    })
}

/// The journal of a home.
struct HomeJournal {
    file: JournalFile,
    synced: bool,
    /// Whether records are removed once a checkpoint has them.
    compacts: bool,
    /// Released last.
    _lock: HomeLock,
}

impl Journal for HomeJournal {
    fn append(&mut self, now_ns: u64, inputs: &[Input], head: HeadState) -> io::Result<()> {
        self.file.append(now_ns, inputs, head)
    }

    fn sync(&self) -> Option<Arc<dyn Sync>> {
        self.synced.then(|| self.file.disk().clone() as Arc<dyn Sync>)
    }

    fn position(&self) -> u64 {
        self.file.position()
    }

    fn checkpointed(&mut self, position: u64) -> io::Result<()> {
        if self.compacts { self.file.compact(position) } else { Ok(()) }
    }
}

/// How many blocks may be in memory before a checkpoint is due, by default.
const MOST_BLOCKS: usize = 2_000;

/// The same without a home: more, because no start has to replay them.
const MOST_BLOCKS_WITHOUT_HOME: usize = 10_000;

/// Name of the store of a chain without a home.
const SPILL: &str = "store";
