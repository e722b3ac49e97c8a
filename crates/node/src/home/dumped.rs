//! A home whose chain starts from a dump instead of a genesis with records.

use super::Home;
use crate::error::{FileError, HomeError};
use keyway_chain::{DumpReader, LoadError};
use near_chain_configs::GenesisConfig;
use near_primitives::hash::CryptoHash;
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

/// The genesis of the dump at `from`.
///
/// # Errors
/// When it is not a dump.
pub(super) fn genesis(from: &Path) -> Result<GenesisConfig, HomeError> {
    let dump = open_dump(from).map_err(|source| unloadable(from, source))?;
    Ok(dump.genesis().clone())
}

/// Copies the dump at `from` to the home at `dir`, whole and undamaged or not at all. It is of a fork
/// that began at the block `fork`, or of no fork.
///
/// # Errors
/// When it is incomplete or damaged, of another fork, or cannot be copied.
pub(super) fn copy(from: &Path, dir: &Path, fork: Option<&CryptoHash>) -> Result<(), HomeError> {
    let (part, path) = (dir.join(PART), dir.join(FILE));
    let unwritable = |source| FileError::Unwritable { path: path.clone(), source };
    fs::copy(from, &part).map_err(unwritable)?;
    if let Err(source) = verify(&part, fork) {
        fs::remove_file(&part).map_err(unwritable)?;
        return Err(unloadable(from, source));
    }
    Ok(fs::rename(&part, &path).map_err(unwritable)?)
}

fn verify(path: &Path, fork: Option<&CryptoHash>) -> Result<(), LoadError> {
    let dump = open_dump(path)?;
    match fork {
        Some(block) => dump.verify_fork(block),
        None => dump.verify(),
    }
}

fn unloadable(path: &Path, source: LoadError) -> HomeError {
    HomeError::Load { path: PathBuf::from(path), source: Box::new(source) }
}

/// Name of the file with the dump.
const FILE: &str = "start.keyway";

/// Name of the file while it is copied.
const PART: &str = "start.keyway.part";
