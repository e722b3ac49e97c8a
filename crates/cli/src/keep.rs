//! How a home keeps its chain: the journal has every input, the store has the chain as it was some
//! inputs ago. What opens a home takes the one and applies the rest of the other.

mod error;
mod sync;

pub(crate) use error::KeepError;

use crate::args::{Durability, RunArgs};
use crate::chain::Beginning;
use crate::error::CliError;
use crate::home::Home;
use crate::journal::{self, Fingerprint, Journal};
use keyway_node::{Chain, Input, Shelf};
use keyway_rpc::Sync;
use keyway_store::{Mark, Store};
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use sync::ToDisk;

/// Keeps the chain of a home.
pub(crate) struct Keeper {
    journal: Journal,
    durable: bool,
    most_blocks: usize,
    rest: Rest,
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
    let (path, most_blocks) = (home.journal(), args.checkpoint_blocks);
    let mut rest = Rest::of(home, fingerprint)?;
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
        tail.apply(&mut chain, |chain, records| -> Result<(), CliError> {
            if chain.blocks_in_memory() > most_blocks {
                *chain = rest.take(chain, records)?;
            }
            Ok(())
        })
    });
    let replayed = replayed.transpose()?;
    let journal = Journal::append_to(&path, fingerprint, replayed.map(|(whole, _)| whole))?;
    let torn = replayed.map_or(0, |(_, torn)| torn);
    let durable = args.durability == Durability::Block;
    Ok(Opened { chain, keeper: Keeper { journal, durable, most_blocks, rest }, torn })
}

impl keyway_rpc::Journal for Keeper {
    fn append(&mut self, now_ns: u64, input: &Input) -> io::Result<()> {
        self.journal.append(now_ns, input)
    }

    fn sync(&self) -> Option<Arc<dyn Sync>> {
        let file = || self.journal.file().clone();
        self.durable.then(|| Arc::new(ToDisk(file())) as Arc<dyn Sync>)
    }

    fn rest(&mut self, chain: &Chain) -> io::Result<Option<Chain>> {
        if chain.blocks_in_memory() <= self.most_blocks {
            return Ok(None);
        }
        // A store must never know more than the journal.
        self.journal.file().sync_data()?;
        let rested = self.rest.take(chain, self.journal.records());
        rested.map(Some).map_err(|error| io::Error::other(error.words()))
    }
}

/// The place where a chain rests: a store, made when it is needed first.
struct Rest {
    path: PathBuf,
    fingerprint: Fingerprint,
    store: Option<(Arc<Store>, Shelf)>,
}

impl Rest {
    fn of(home: &Home, fingerprint: &Fingerprint) -> Result<Self, KeepError> {
        let (path, fingerprint) = (home.store(), *fingerprint);
        let mut rest = Self { path, fingerprint, store: None };
        if rest.path.exists() {
            rest.open()?;
        }
        Ok(rest)
    }

    fn open(&mut self) -> Result<(Arc<Store>, Shelf), KeepError> {
        if let Some(open) = &self.store {
            return Ok(open.clone());
        }
        let unusable =
            |source| KeepError::Unusable { path: self.path.clone(), source: Box::new(source) };
        let store = Arc::new(Store::open(&self.path, self.fingerprint.hash()).map_err(unusable)?);
        let shelf = Shelf::new(store.clone(), CACHED_NODES);
        Ok(self.store.insert((store, shelf)).clone())
    }

    fn mark(&self) -> Result<Option<Mark>, KeepError> {
        let Some((store, _)) = &self.store else { return Ok(None) };
        store.mark().map_err(|source| self.unusable(source))
    }

    /// Takes what `chain` has in memory into the store; it is the chain after so many bytes of
    /// records.
    fn take(&mut self, chain: &Chain, records: u64) -> Result<Chain, KeepError> {
        let (store, shelf) = self.open()?;
        let next_row = self.mark()?.map_or(0, |mark| mark.next_row);
        let unreadable = |error| KeepError::Unreadable { path: self.path.clone(), source: error };
        let checkpoint = chain.checkpoint(&shelf, next_row).map_err(unreadable)?;
        store.commit(&checkpoint, records).map_err(|source| self.unusable(source))?;
        chain.rest(&shelf, checkpoint).map_err(unreadable)
    }

    /// The chain at its genesis block, its state in the store as it is made: a kill leaves nothing.
    fn begin(&mut self, beginning: Beginning<'_>) -> Result<Chain, CliError> {
        let (store, shelf) = self.open()?;
        let mut batch = store.begin().map_err(|source| self.unusable(source))?;
        let (chain, next_row) = beginning.start_on(&shelf, &mut batch)?;
        let checkpoint = chain.checkpoint(&shelf, next_row)?;
        batch.commit(&checkpoint, 0).map_err(|source| self.unusable(source))?;
        Ok(chain.rest(&shelf, checkpoint)?)
    }

    /// The chain where the newest checkpoint has it.
    fn resume(&mut self, beginning: Beginning<'_>) -> Result<Chain, KeepError> {
        let (_, shelf) = self.open()?;
        let path = || self.path.clone();
        beginning.resume(&shelf).map_err(|source| KeepError::NotResumed { path: path(), source })
    }

    fn unusable(&self, source: keyway_store::StoreError) -> KeepError {
        KeepError::Unusable { path: self.path.clone(), source: Box::new(source) }
    }

    fn without_journal(&self, journal: PathBuf) -> KeepError {
        KeepError::NoJournal { path: self.path.clone(), journal }
    }
}

/// How many nodes of states stay in memory: some 40 MB.
const CACHED_NODES: NonZeroUsize = NonZeroUsize::new(60_000).expect("it is not zero");
