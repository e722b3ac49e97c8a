//! Sorts any number of rows by their keys, in memory or in files.

use super::account::AccountRow;
use super::error::GenesisError;
use borsh::{BorshDeserialize, BorshSerialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, btree_map};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The value that records give a key of the state.
#[derive(Debug, BorshDeserialize, BorshSerialize)]
pub(super) enum Row {
    /// An account, which several records describe.
    Account(Box<AccountRow>),
    /// Anything else: its bytes.
    Value(Vec<u8>),
}

impl Row {
    /// Adds a later row of the same key.
    fn join(&mut self, later: Self) {
        match (self, later) {
            (Self::Account(account), Self::Account(later)) => account.join(*later),
            (row, later) => *row = later,
        }
    }

    /// About how many bytes of memory it takes, with its place in a map.
    fn weight(&self) -> usize {
        match self {
            Self::Account(_) => PLACE + size_of::<AccountRow>(),
            Self::Value(bytes) => PLACE + bytes.len(),
        }
    }
}

/// Takes rows in any order and returns them sorted. Rows that do not fit into memory go to files,
/// each of them sorted.
#[derive(Debug, Default)]
pub(super) struct Sorter {
    /// Directory of the files; without one everything stays in memory.
    dir: Option<PathBuf>,
    rows: BTreeMap<Vec<u8>, Row>,
    /// Approximate size of the rows in memory, bytes.
    weight: usize,
    runs: Vec<Run>,
}

impl Sorter {
    /// A sorter that puts what exceeds its share of memory into files in `dir`.
    pub(super) fn spilling_to(dir: &Path) -> Self {
        Self { dir: Some(dir.to_owned()), ..Self::default() }
    }

    /// Takes a row, and joins it with those of the same key that came before.
    pub(super) fn put(&mut self, key: Vec<u8>, row: Row) -> Result<(), GenesisError> {
        match self.rows.entry(key) {
            btree_map::Entry::Occupied(mut there) => there.get_mut().join(row),
            btree_map::Entry::Vacant(place) => {
                self.weight += place.key().len() + row.weight();
                place.insert(row);
            }
        }
        match &self.dir {
            Some(dir) if self.weight > MOST_IN_MEMORY => {
                self.runs.push(Run::write(dir, &self.rows)?);
                self.rows.clear();
                self.weight = 0;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// All rows, each key once.
    pub(super) fn sorted(self) -> Result<Sorted, GenesisError> {
        let mut sources: Vec<Source> =
            self.runs.into_iter().map(|run| Box::new(run) as Source).collect();
        sources.push(Box::new(self.rows.into_iter().map(Ok)));
        let mut sorted = Sorted { sources, heads: BinaryHeap::new() };
        for source in 0..sorted.sources.len() {
            sorted.refill(source)?;
        }
        Ok(sorted)
    }
}

/// Sorted rows. Rows with equal keys are in the order in which they were added.
type Source = Box<dyn Iterator<Item = io::Result<(Vec<u8>, Row)>>>;

/// The rows of several sources as one.
pub(super) struct Sorted {
    sources: Vec<Source>,
    /// The next row of each source that has one left.
    heads: BinaryHeap<Reverse<Head>>,
}

impl Sorted {
    fn next_row(&mut self) -> Result<Option<(Vec<u8>, Row)>, GenesisError> {
        let Some(Reverse(Head { key, source, mut row })) = self.heads.pop() else {
            return Ok(None);
        };
        self.refill(source)?;
        while self.heads.peek().is_some_and(|Reverse(head)| head.key == key)
            && let Some(Reverse(later)) = self.heads.pop()
        {
            row.join(later.row);
            self.refill(later.source)?;
        }
        Ok(Some((key, row)))
    }

    fn refill(&mut self, source: usize) -> Result<(), GenesisError> {
        if let Some(next) = self.sources[source].next() {
            let (key, row) = next?;
            self.heads.push(Reverse(Head { key, source, row }));
        }
        Ok(())
    }
}

impl Iterator for Sorted {
    type Item = Result<(Vec<u8>, Row), GenesisError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_row().transpose()
    }
}

/// The next row of a source: ordered by key, then by source.
struct Head {
    key: Vec<u8>,
    source: usize,
    row: Row,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&self.key, self.source).cmp(&(&other.key, other.source))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}

/// Sorted rows in an unnamed file.
#[derive(Debug)]
struct Run {
    file: BufReader<File>,
    /// Rows still to be read.
    left: usize,
}

impl Run {
    fn write(dir: &Path, rows: &BTreeMap<Vec<u8>, Row>) -> io::Result<Self> {
        let mut file = BufWriter::with_capacity(BUFFER, tempfile::tempfile_in(dir)?);
        for row in rows {
            borsh::to_writer(&mut file, &row)?;
        }
        file.flush()?;
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(Self { file: BufReader::with_capacity(BUFFER, file), left: rows.len() })
    }
}

impl Iterator for Run {
    type Item = io::Result<(Vec<u8>, Row)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        Some(<(Vec<u8>, Row)>::deserialize_reader(&mut self.file.by_ref()))
    }
}

/// Memory that a row takes in a map beside its bytes.
const PLACE: usize = 100;

/// Largest size of the rows in memory, bytes.
#[cfg(not(test))]
const MOST_IN_MEMORY: usize = 64 << 20;
#[cfg(test)]
const MOST_IN_MEMORY: usize = 1 << 10;

/// Bytes of a file that are written or read at once.
const BUFFER: usize = 64 << 10;
