//! The store of a chain on disk: one file, written by checkpoints, each completely or not at all.
//!
//! A [`Store`] is the archive behind a [`CachedArchive`](keyway_chain::CachedArchive). The source of
//! truth is the journal: replaying it writes a new store, unless the journal was compacted.

mod error;
mod names;
mod tables;
mod unsynced;

pub use error::StoreError;

use keyway_chain::{Archive, Checkpoint, Position};
use keyway_engine::StateError;
use keyway_state::{NodeStore, RowSink, Rows};
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use redb::backends::FileBackend;
use redb::{
    Database, Durability, ReadTransaction, ReadableDatabase, ReadableTable, StorageBackend,
    TableError, WriteTransaction,
};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::ops::{Bound, Range};
use std::path::Path;
use tables::{
    BLOCKS, BRANCHES, EPOCHS, META, PRUNED, ROWS, SNAPSHOT_HEADS, SNAPSHOTS, SUBTREES, if_there,
    meta,
};
use unsynced::Unsynced;

/// The format that this program writes.
pub const FORMAT: u32 = 7;

/// The oldest format that it reads. The next checkpoint makes it [`FORMAT`].
pub const OLDEST_FORMAT: u32 = 4;

/// A chain on disk.
pub struct Store {
    database: Database,
    /// Whether the file is opened again after a kill.
    lasting: bool,
}

/// What the newest checkpoint covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// How much of the journal's records it has applied, bytes.
    pub journal: u64,
    /// The number of the first free row.
    pub next_row: u64,
}

impl Store {
    /// Opens the store at `path`, or creates an empty one there. `chain` identifies the chain. Only
    /// one process at a time can have the store open. The file's pages that were used last stay in
    /// memory, `cache_bytes` of them.
    ///
    /// # Errors
    /// See [`StoreError`]; the file is then unchanged.
    pub fn open(path: &Path, chain: &CryptoHash, cache_bytes: usize) -> Result<Self, StoreError> {
        if !path.try_exists().map_err(redb::Error::from)? {
            make(path, chain)?;
        }
        let database = Database::builder().set_cache_size(cache_bytes).open(path);
        Self::checked(database.map_err(redb::Error::from)?, chain)
    }

    /// An empty store in a new file at `path` that is useless once this process has ended. Nothing
    /// waits for the disk.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn temporary(
        path: &Path,
        chain: &CryptoHash,
        cache_bytes: usize,
    ) -> Result<Self, StoreError> {
        let file = File::options().read(true).write(true).create(true).truncate(true).open(path);
        let file = file.and_then(|file| FileBackend::new(file).map_err(io::Error::other));
        let file = Unsynced(file.map_err(redb::Error::from)?);
        let database = Database::builder().set_cache_size(cache_bytes).create_with_backend(file);
        let store = Self::checked(database.map_err(redb::Error::from)?, chain)?;
        Ok(Self { lasting: false, ..store })
    }

    /// A store on another backend than a file, such as one that fails.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn on(backend: impl StorageBackend, chain: &CryptoHash) -> Result<Self, StoreError> {
        let database = Database::builder().set_cache_size(CACHE).create_with_backend(backend);
        Self::checked(database.map_err(redb::Error::from)?, chain)
    }

    fn checked(database: Database, chain: &CryptoHash) -> Result<Self, StoreError> {
        tables::create(&database, chain)?;
        let store = Self { database, lasting: true };
        let format = store.number(meta::FORMAT)?.unwrap_or_default();
        if !(u64::from(OLDEST_FORMAT)..=u64::from(FORMAT)).contains(&format) {
            return Err(StoreError::Format { found: format, known: FORMAT });
        }
        if store.meta(meta::CHAIN)?.as_deref() != Some(chain.as_bytes().as_slice()) {
            return Err(StoreError::OtherChain);
        }
        Ok(store)
    }

    /// What the newest checkpoint covers; none before the first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn mark(&self) -> Result<Option<Mark>, StoreError> {
        let journal = self.number(meta::JOURNAL)?;
        let next_row = self.number(meta::NEXT_ROW)?.unwrap_or_default();
        Ok(journal.map(|journal| Mark { journal, next_row }))
    }

    /// Writes a checkpoint of the chain after `journal` bytes of records. On return it survives a
    /// power cut. After an error the store is unchanged, or cannot be used any more.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn commit(&self, checkpoint: &Checkpoint, journal: u64) -> Result<(), StoreError> {
        self.begin()?.commit(checkpoint, journal)
    }

    /// Begins a checkpoint whose rows are written in parts, because they do not fit into memory.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin(&self) -> Result<Batch, StoreError> {
        let mut batch = self.database.begin_write().map_err(redb::Error::from)?;
        batch.set_durability(Durability::Immediate).map_err(redb::Error::from)?;
        // Opening after a kill must not read the whole file.
        batch.set_quick_repair(self.lasting);
        // After the batch has begun, so that nothing is written between.
        Ok(Batch { batch, before: self.reading()? })
    }

    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, redb::Error> {
        let table = self.reading()?.open_table(META)?;
        Ok(table.get(name)?.map(|value| value.value().to_vec()))
    }

    fn number(&self, name: &str) -> Result<Option<u64>, redb::Error> {
        let bytes = self.meta(name)?;
        Ok(bytes.and_then(|bytes| bytes.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))))
    }

    fn reading(&self) -> Result<ReadTransaction, redb::Error> {
        Ok(self.database.begin_read()?)
    }
}

/// A checkpoint that is being written. The store does not change until it is committed.
pub struct Batch {
    batch: WriteTransaction,
    /// The store as it is until then.
    before: ReadTransaction,
}

impl Batch {
    /// Writes the rest of the checkpoint and commits it; see [`Store::commit`].
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn commit(self, checkpoint: &Checkpoint, journal: u64) -> Result<(), StoreError> {
        let Self { batch, before } = self;
        tables::write(&before, &batch, checkpoint, journal)?;
        // A reader would keep the pages that the commit frees.
        drop(before);
        Ok(batch.commit().map_err(redb::Error::from)?)
    }
}

impl RowSink for Batch {
    fn put(&mut self, rows: &Rows) -> io::Result<()> {
        tables::write_rows(&self.batch, rows).map_err(io::Error::other)
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").finish_non_exhaustive()
    }
}

impl NodeStore for Store {
    fn row(&self, number: u64) -> Result<Option<Vec<u8>>, StateError> {
        let read = || -> Result<_, redb::Error> {
            let table = self.reading()?.open_table(ROWS)?;
            Ok(table.get(number)?.map(|row| row.value().to_vec()))
        };
        read().map_err(unreadable)
    }
}

impl Archive for Store {
    fn block(&self, at: Position) -> Result<Option<Vec<u8>>, StateError> {
        let read = || -> Result<_, redb::Error> {
            let table = self.reading()?.open_table(BLOCKS)?;
            Ok(table.get((at.branch, at.height))?.map(|row| row.value().1.to_vec()))
        };
        read().map_err(unreadable)
    }

    fn position_above(&self, at: Position) -> Result<Option<Position>, StateError> {
        let read = || -> Result<_, redb::Error> {
            let table = self.reading()?.open_table(BLOCKS)?;
            let above = (Bound::Excluded((at.branch, at.height)), Bound::Unbounded);
            let next = table.range::<(u64, u64)>(above)?.next().transpose()?;
            Ok(next.map(|(at, _)| {
                let (branch, height) = at.value();
                Position { branch, height }
            }))
        };
        read().map_err(unreadable)
    }

    fn subtrees(&self, leaves: &[(u64, u64)]) -> Result<Vec<Option<Vec<u8>>>, StateError> {
        let read = || -> Result<_, redb::Error> {
            let Some(table) = if_there(self.reading()?.open_table(SUBTREES))? else {
                return Ok(vec![None; leaves.len()]);
            };
            let row = |leaf| Ok(table.get(leaf)?.map(|row| row.value().to_vec()));
            leaves.iter().map(row).collect()
        };
        read().map_err(unreadable)
    }

    fn first_leaf(&self, branch: u64) -> Result<Option<u64>, StateError> {
        let read = || -> Result<_, redb::Error> {
            let Some(table) = if_there(self.reading()?.open_table(SUBTREES))? else {
                return Ok(None);
            };
            let first = table.range((branch, 0)..=(branch, u64::MAX))?.next().transpose()?;
            Ok(first.map(|(leaf, _)| leaf.value().1))
        };
        read().map_err(unreadable)
    }

    fn hashes(
        &self,
        branch: u64,
        heights: Range<BlockHeight>,
    ) -> Result<Vec<CryptoHash>, StateError> {
        let range = || (branch, heights.start)..(branch, heights.end);
        let read = || -> Result<_, redb::Error> {
            let reading = self.reading()?;
            let mut hashes = BTreeMap::new();
            if let Some(pruned) = if_there(reading.open_table(PRUNED))? {
                for row in pruned.range(range())? {
                    let (at, hash) = row?;
                    hashes.insert(at.value(), CryptoHash(*hash.value()));
                }
            }
            for row in reading.open_table(BLOCKS)?.range(range())? {
                let (at, block) = row?;
                hashes.insert(at.value(), CryptoHash(*block.value().0));
            }
            Ok(hashes.into_values().collect())
        };
        read().map_err(unreadable)
    }

    fn names(&self, name: &CryptoHash) -> Result<Vec<(u64, Vec<u8>)>, StateError> {
        let read = || -> Result<_, redb::Error> {
            Ok(names::read(&self.reading()?, name)?.into_iter().collect())
        };
        read().map_err(unreadable)
    }

    fn rows(&self, numbers: Range<u64>, most: usize) -> Result<Vec<u64>, StateError> {
        let read = || -> Result<_, redb::Error> {
            let table = self.reading()?.open_table(ROWS)?;
            let rows = table.range(numbers)?.take(most);
            rows.map(|row| Ok(row?.0.value())).collect()
        };
        read().map_err(unreadable)
    }

    fn epochs(&self) -> Result<Vec<(u64, CryptoHash, Vec<u8>)>, StateError> {
        let read = || -> Result<_, redb::Error> {
            let table = self.reading()?.open_table(EPOCHS)?;
            let mut epochs = Vec::new();
            for row in table.iter()? {
                let (key, epoch) = row?;
                let (branch, id) = key.value();
                epochs.push((branch, CryptoHash(*id), epoch.value().to_vec()));
            }
            Ok(epochs)
        };
        read().map_err(unreadable)
    }

    fn branch(&self, number: u64) -> Result<Option<Vec<u8>>, StateError> {
        let read = || -> Result<_, redb::Error> {
            let table = match self.reading()?.open_table(BRANCHES) {
                // Until format 5.
                Err(TableError::TableDoesNotExist(_)) => return Ok(None),
                table => table?,
            };
            Ok(table.get(number)?.map(|branch| branch.value().to_vec()))
        };
        read().map_err(unreadable)
    }

    fn snapshots(&self) -> Result<Vec<(u64, Vec<u8>)>, StateError> {
        let read = || -> Result<_, redb::Error> {
            let table = self.reading()?.open_table(SNAPSHOTS)?;
            let rows = table.iter()?;
            rows.map(|row| row.map(|(number, bytes)| (number.value(), bytes.value().to_vec())))
                .map(|row| Ok(row?))
                .collect()
        };
        read().map_err(unreadable)
    }

    fn snapshot_head(&self, number: u64) -> Result<Option<Vec<u8>>, StateError> {
        let read = || -> Result<_, redb::Error> {
            let table = self.reading()?.open_table(SNAPSHOT_HEADS)?;
            Ok(table.get(number)?.map(|head| head.value().to_vec()))
        };
        read().map_err(unreadable)
    }

    fn head(&self) -> Result<Option<Vec<u8>>, StateError> {
        self.meta(meta::HEAD).map_err(unreadable)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

/// Creates an empty store as another file, and renames it when it is complete on the disk: an
/// unfinished store could not be opened.
fn make(path: &Path, chain: &CryptoHash) -> Result<(), redb::Error> {
    let new = path.with_added_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        other => other.map_err(redb::Error::from)?,
    }
    tables::create(&Database::create(&new)?, chain)?;
    for_owner_only(&new).map_err(redb::Error::from)?;
    fs::rename(&new, path).and_then(|()| sync_directory_of(path)).map_err(redb::Error::from)
}

#[cfg(unix)]
fn for_owner_only(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn for_owner_only(_: &Path) -> io::Result<()> {
    Ok(())
}

fn sync_directory_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(directory) if cfg!(unix) => File::open(Path::new(".").join(directory))?.sync_all(),
        _ => Ok(()),
    }
}

fn unreadable(error: redb::Error) -> StateError {
    StateError::Unreadable { reason: error.to_string() }
}

/// The cache of a database on another backend, bytes.
const CACHE: usize = 32 << 20;
