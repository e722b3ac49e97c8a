//! How a home keeps its chain: the journal has every input, the store has the chain as it was some
//! inputs ago. What opens a home takes the one and applies the rest of the other.

mod bounds;
mod store;
mod thread;

use crate::durability::{Journal, NoJournal, Persistence, Sync};
use crate::error::NodeError;
use crate::home::{ChainSource, Home, HomeLock};
use crate::journal::{End, Fingerprint, JournalFile, Tail};
use bounds::Bounds;
use keyway_chain::{Chain, HeadState, Input};
use near_primitives::hash::CryptoHash;
use std::io;
use std::path::Path;
use std::sync::Arc;
use store::CheckpointStore;
use thread::CheckpointThread;

/// How a node writes to the disk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// Whether an input is synced before anybody hears of it.
    pub(crate) synced: bool,
    /// Blocks that may wait in memory for a checkpoint; none: what is usual.
    pub(crate) checkpoint_blocks: Option<usize>,
    /// How many blocks the store keeps at least; none: all.
    pub(crate) keep_blocks: Option<u64>,
}

/// A home's chain, opened.
pub(crate) struct Opened {
    /// The chain where it stopped.
    pub(crate) chain: Chain,
    /// What keeps it from now on.
    pub(crate) persistence: Persistence,
    /// Bytes cut off the journal's end: a record whose writing was cut short.
    pub(crate) torn: u64,
}

/// Opens the chain of `home`, which is `lock`ed.
///
/// # Errors
/// When the inputs so far cannot be read back.
pub(crate) fn open(
    (home, lock): (&Home, HomeLock),
    source: &mut ChainSource<'_>,
    policy: Policy,
) -> Result<Opened, NodeError> {
    let fingerprint = fingerprint(source);
    let bounds = Bounds::of(policy.checkpoint_blocks.unwrap_or(MOST_BLOCKS));
    let path = home.journal();
    // Whose chain it is, the journal tells: a store of another one is not what is wrong then.
    let start = Tail::start(&path, &fingerprint)?.unwrap_or_default();
    let store = CheckpointStore::of(home, lock.clone(), &fingerprint, start)?;
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
        // Its end may not be on the disk, and what is made of it will be seen.
        tail.sync()?;
        replay_tail(&mut store, &mut chain, tail, bounds)
    });
    let replayed = replayed.transpose()?;
    let file = JournalFile::append_to(&path, &fingerprint, replayed)?;
    let torn = replayed.map_or(0, |end| end.torn);
    let at = store.mark()?.map_or(0, |mark| mark.journal);
    let checkpoints = CheckpointThread::new(store, Some(file.disk().clone()), bounds);
    let checkpoints = checkpoints.map_err(|source| NodeError::Thread { source })?.from(at);
    // Without pruning, the journal is the whole history, and promises it when the store is lost.
    let compacts = policy.keep_blocks.is_some();
    let journal = HomeJournal { file, synced: policy.synced, compacts, _lock: lock };
    Ok(Opened { chain, persistence: Persistence::new(journal).with_checkpoints(checkpoints), torn })
}

/// For a chain without a home: keeps no input, and moves what memory should not hold to a file in
/// `dir`, which is of no use without the chain.
///
/// # Errors
/// When there is no thread to be had.
pub(crate) fn spilling_to(dir: &Path, policy: Policy) -> Result<Persistence, NodeError> {
    let store = CheckpointStore::at(dir.join(SPILL), CryptoHash::default());
    let bounds = Bounds::of(policy.checkpoint_blocks.unwrap_or(MOST_BLOCKS_WITHOUT_HOME));
    let checkpoints = CheckpointThread::new(store.keeping(policy.keep_blocks), None, bounds);
    let checkpoints = checkpoints.map_err(|source| NodeError::Thread { source })?;
    Ok(Persistence::new(NoJournal).with_checkpoints(checkpoints))
}

/// The chain of `home` where its journal ends, also while a node runs on it. What memory should
/// not hold goes to a file in `dir`, which is of no use without the chain.
///
/// A journal that was compacted needs the store, which one process at a time can use. So the home is
/// then locked, until the returned lock is dropped, and what memory should not hold goes to its store.
///
/// # Errors
/// As [`open`], and when there is no room in `dir`.
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
        Some(lock) => CheckpointStore::of(home, lock.clone(), &fingerprint, start)?,
        None => CheckpointStore::at(dir.join(SPILL), *fingerprint.hash()),
    };
    let mark = store.mark()?;
    let tail = Tail::of(&path, &fingerprint, mark.map_or(0, |mark| mark.journal))?;
    let mut chain = match mark {
        Some(_) => store.resume(source)?,
        None => store.start(source)?,
    };
    if let Some(tail) = tail {
        tail.sync()?;
        replay_tail(&mut store, &mut chain, tail, Bounds::of(MOST_BLOCKS))?;
    }
    Ok((chain, lock))
}

fn fingerprint(source: &ChainSource<'_>) -> Fingerprint {
    Fingerprint::of(source.genesis_hash(), source.eth_wallet())
}

/// Applies `tail` to `chain`, which goes to `store` whenever it exceeds `bounds`.
fn replay_tail(
    store: &mut CheckpointStore,
    chain: &mut Chain,
    tail: Tail,
    bounds: Bounds,
) -> Result<End, NodeError> {
    let replayed = tail.apply(chain, |chain, records| -> Result<(), NodeError> {
        if bounds.exceeded_by(chain) {
            let archived = store.write(chain, records)?;
            *chain = store.evicted(chain, &archived)?;
        }
        Ok(())
    });
    replayed.map_err(|error| store.blamed(error))
}

/// The journal of a home.
struct HomeJournal {
    file: JournalFile,
    synced: bool,
    /// Whether records that a checkpoint has are removed.
    compacts: bool,
    /// Let go of last.
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

/// How many blocks wait in memory for a home's store where nothing else is asked for.
const MOST_BLOCKS: usize = 2_000;

/// The same without a home: more, as nobody has to wait for them when the node is started again.
const MOST_BLOCKS_WITHOUT_HOME: usize = 10_000;

/// Name of the store of a chain without a home.
const SPILL: &str = "store";
