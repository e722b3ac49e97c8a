//! How a home keeps its chain: the journal has every input, the store has the chain as it was some
//! inputs ago. What opens a home takes the one and applies the rest of the other.

mod aside;
mod bounds;
mod error;
mod rest;
mod scratch;
mod sync;

pub(crate) use error::KeepError;
pub(crate) use scratch::Scratch;

use crate::args::{Durability, RunArgs};
use crate::chain::Beginning;
use crate::error::CliError;
use crate::home::{Home, HomeLock};
use crate::journal::{End, Fingerprint, Journal, Tail};
use aside::Aside;
use bounds::Bounds;
use keyway_chain::{Chain, Input};
use keyway_rpc::Sync;
use rest::Rest;
use std::io;
use std::path::Path;
use std::sync::Arc;
use sync::ToDisk;

/// Keeps the chain of a home.
pub(crate) struct Keeper {
    journal: Journal,
    to_disk: Arc<ToDisk>,
    durable: bool,
    checkpoints: Aside,
    /// Let go of last.
    _lock: Option<HomeLock>,
}

/// A home's chain, opened.
pub(crate) struct Opened {
    /// The chain where it stopped.
    pub(crate) chain: Chain,
    /// What keeps it from now on.
    pub(crate) keeper: Keeper,
    /// Bytes cut off the journal's end: a record whose writing was cut short.
    pub(crate) torn: u64,
}

/// Opens the chain of `home`, which is `lock`ed, and keeps it as `args` say.
///
/// # Errors
/// When what happened cannot be read back.
pub(crate) fn open(
    (home, lock): (&Home, HomeLock),
    beginning: Beginning<'_>,
    fingerprint: &Fingerprint,
    args: &RunArgs,
) -> Result<Opened, CliError> {
    let bounds = Bounds::of(args.checkpoint_blocks.unwrap_or(MOST_BLOCKS));
    let path = home.journal();
    // Whose chain it is, the journal tells: a store of another one is not what is wrong then.
    Tail::of(&path, fingerprint, 0)?;
    let mut rest = Rest::of(home, lock, fingerprint)?.keeping(args.keep_blocks);
    let mark = rest.mark()?;
    let from = mark.map_or(0, |mark| mark.journal);
    let tail = match Tail::of(&path, fingerprint, from)? {
        None if from > 0 => return Err(rest.without_journal(path).into()),
        tail => tail,
    };
    let mut chain = match mark {
        Some(_) => rest.resume(beginning)?,
        None => rest.start(beginning)?,
    };
    let replayed = tail.map(|tail| {
        // Its end may not be on the disk, and what is made of it will be seen.
        tail.sync()?;
        follow(&mut rest, &mut chain, tail, bounds)
    });
    let replayed = replayed.transpose()?;
    let journal = Journal::append_to(&path, fingerprint, replayed)?;
    let torn = replayed.map_or(0, |end| end.torn);
    let keeper = Keeper::new(journal, rest, args, bounds)?;
    Ok(Opened { chain, keeper, torn })
}

/// The chain of `home` where its journal ends, also while a node runs on it. What memory should
/// not hold goes to a file in `dir`, which is of no use without the chain.
///
/// # Errors
/// As [`open`], and when there is no room in `dir`.
pub(crate) fn replay(
    home: &Home,
    beginning: Beginning<'_>,
    fingerprint: &Fingerprint,
    dir: &Path,
) -> Result<Chain, CliError> {
    let mut rest = Rest::at(dir.join("store"), *fingerprint.hash());
    let tail = Tail::of(&home.journal(), fingerprint, 0)?;
    let mut chain = rest.start(beginning)?;
    if let Some(tail) = tail {
        follow(&mut rest, &mut chain, tail, Bounds::of(MOST_BLOCKS))?;
    }
    Ok(chain)
}

/// Applies `tail` to `chain`, which goes to `rest` whenever it passes `bounds`.
fn follow(rest: &mut Rest, chain: &mut Chain, tail: Tail, bounds: Bounds) -> Result<End, CliError> {
    let followed = tail.apply(chain, |chain, records| -> Result<(), CliError> {
        if bounds.are_passed_by(chain) {
            let shelved = rest.take(chain, records)?;
            *chain = rest.rested(chain, &shelved)?;
        }
        Ok(())
    });
    followed.map_err(|error| rest.blamed(error))
}

impl Keeper {
    fn new(journal: Journal, rest: Rest, args: &RunArgs, bounds: Bounds) -> Result<Self, CliError> {
        let (to_disk, lock) = (Arc::new(ToDisk::new(journal.synced().clone())), rest.lock());
        let at = rest.mark()?.map_or(0, |mark| mark.journal);
        let checkpoints = Aside::new(rest, Some(to_disk.clone()), bounds).map(|all| all.from(at));
        let checkpoints = checkpoints.map_err(|source| CliError::System { source })?;
        let durable = args.durability == Durability::Block;
        Ok(Self { journal, to_disk, durable, checkpoints, _lock: lock })
    }
}

impl keyway_rpc::Journal for Keeper {
    fn append(&mut self, now_ns: u64, inputs: &[Input]) -> io::Result<()> {
        self.journal.append(now_ns, inputs)
    }

    fn sync(&self) -> Option<Arc<dyn Sync>> {
        self.durable.then(|| self.to_disk.clone() as Arc<dyn Sync>)
    }

    fn rest(&mut self, chain: &Arc<Chain>) -> io::Result<Option<Chain>> {
        self.checkpoints.rest(chain, self.journal.records())
    }

    fn close(&mut self, chain: &Arc<Chain>) -> io::Result<()> {
        self.checkpoints.finish(chain, self.journal.records())
    }
}

/// How many blocks wait in memory for a home's store, unless the command line says so.
const MOST_BLOCKS: usize = 2_000;
