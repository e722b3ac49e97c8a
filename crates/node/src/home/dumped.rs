//! A home whose chain starts from a dump instead of a genesis with records.

use super::Home;
use crate::error::{FileError, HomeError};
use keyway_chain::{DumpReader, LoadError};
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// A dump that is being read from a file.
pub(crate) type DumpFile = DumpReader<BufReader<File>>;

/// Opens a dump.
///
/// # Errors
/// When the file cannot be read, is not a dump, or its head is damaged.
pub(crate) fn open_dump(path: &Path) -> Result<DumpFile, LoadError> {
    DumpReader::open(BufReader::new(File::open(path)?))
}

impl Home {
    /// The dump that the chain starts from; none if it starts from genesis.json.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn dump(&self) -> Result<Option<DumpFile>, HomeError> {
        let path = self.dir.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        self.dump_error(open_dump(&path)).map(Some)
    }

    /// Names the file in an error.
    pub(super) fn dump_error<T>(&self, result: Result<T, LoadError>) -> Result<T, HomeError> {
        result.map_err(|source| unloadable(&self.dir.join(FILE), source))
    }
}

/// Copies the dump at `from` to the home at `dir`, whole or not at all. Returns it opened.
///
/// # Errors
/// When it is not a dump, or cannot be copied.
pub(super) fn copy(from: &Path, dir: &Path) -> Result<DumpFile, HomeError> {
    let dump = open_dump(from).map_err(|source| unloadable(from, source))?;
    let (part, path) = (dir.join(PART), dir.join(FILE));
    let copied = fs::copy(from, &part).and_then(|_| fs::rename(&part, &path));
    copied.map_err(|source| FileError::Unwritable { path, source })?;
    Ok(dump)
}

fn unloadable(path: &Path, source: LoadError) -> HomeError {
    HomeError::Load { path: PathBuf::from(path), source: Box::new(source) }
}

/// Name of the file with the dump.
const FILE: &str = "start.keyway";

/// Name of the file while it is copied.
const PART: &str = "start.keyway.part";
