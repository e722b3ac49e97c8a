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
use crate::home::Home;
use crate::journal::{self, Fingerprint, Journal};
use aside::Aside;
use bounds::Bounds;
use keyway_node::{Chain, Input};
use keyway_rpc::Sync;
use rest::Rest;
use std::io;
use std::sync::Arc;
use sync::ToDisk;

/// Keeps the chain of a home.
pub(crate) struct Keeper {
    journal: Journal,
    to_disk: Arc<ToDisk>,
    durable: bool,
    checkpoints: Aside,
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

/// Opens the chain of `home`, and keeps it as `args` say.
///
/// # Errors
/// When what happened cannot be read back.
pub(crate) fn open(
    home: &Home,
    mut beginning: Beginning<'_>,
    fingerprint: &Fingerprint,
    args: &RunArgs,
) -> Result<Opened, CliError> {
    let bounds = Bounds::of(args.checkpoint_blocks.unwrap_or(MOST_BLOCKS));
    let path = home.journal();
    let mut rest = Rest::of(home, fingerprint, args.keep_blocks)?;
    let mark = rest.mark()?;
    let from = mark.map_or(0, |mark| mark.journal);
    let tail = match journal::tail(&path, fingerprint, from)? {
        None if from > 0 => return Err(rest.without_journal(path).into()),
        tail => tail,
    };
    let mut chain = match mark {
        Some(_) => rest.resume(beginning)?,
        None if beginning.is_large()? => rest.begin(beginning)?,
        None => beginning.start()?,
    };
    let replayed = tail.map(|tail| {
        // Its end may not be on the disk, and what is made of it will be seen.
        tail.sync()?;
        tail.apply(&mut chain, |chain, records| -> Result<(), CliError> {
            if bounds.are_passed_by(chain) {
                let shelved = rest.take(chain, records)?;
                *chain = rest.rested(chain, &shelved)?;
            }
            Ok(())
        })
    });
    let replayed = replayed.transpose()?;
    let journal = Journal::append_to(&path, fingerprint, replayed.map(|(whole, _)| whole))?;
    let torn = replayed.map_or(0, |(_, torn)| torn);
    let keeper = Keeper::new(journal, rest, args, bounds)?;
    Ok(Opened { chain, keeper, torn })
}

impl Keeper {
    fn new(journal: Journal, rest: Rest, args: &RunArgs, bounds: Bounds) -> Result<Self, CliError> {
        let to_disk = Arc::new(ToDisk::new(journal.file().clone()));
        let checkpoints = Aside::new(rest, Some(to_disk.clone()), bounds);
        let checkpoints = checkpoints.map_err(|source| CliError::System { source })?;
        let durable = args.durability == Durability::Block;
        Ok(Self { journal, to_disk, durable, checkpoints })
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
}

/// How many blocks wait in memory for a home's store, unless the command line says so.
const MOST_BLOCKS: usize = 2_000;
