//! Why a home's store cannot be used.

use keyway_chain::ResumeError;
use keyway_state::StateError;
use std::error::Error;
use std::io;
use std::path::PathBuf;

/// What is wrong with a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It cannot be read or written, or is not a store of this chain.
    #[error("{} cannot be used: see that the disk has room; if that is not it, {remedy}", path.display())]
    Unusable {
        /// The store.
        path: PathBuf,
        /// How to get another one.
        remedy: StoreRemedy,
        /// What is wrong.
        source: Box<keyway_store::StoreError>,
    },
    /// A part of it cannot be read.
    #[error("{} is damaged: {remedy}", path.display())]
    Unreadable {
        /// The store.
        path: PathBuf,
        /// How to get another one.
        remedy: StoreRemedy,
        /// What is wrong.
        source: StateError,
    },
    /// The chain in it cannot be read.
    #[error("{} is damaged: {remedy}", path.display())]
    NotResumed {
        /// The store.
        path: PathBuf,
        /// How to get another one.
        remedy: StoreRemedy,
        /// What is wrong.
        source: ResumeError,
    },
    /// The journal that it was made from is missing.
    #[error(
        "{} is gone, and {} was made from it: put it back; to start over from genesis.json, move both away",
        journal.display(), path.display()
    )]
    NoJournal {
        /// The store.
        path: PathBuf,
        /// The journal.
        journal: PathBuf,
    },
}

/// How to replace a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreRemedy {
    /// The journal has all inputs since genesis.
    #[error("remove this one file, and the journal makes it again")]
    Remove,
    /// The journal was compacted: its first inputs are only in the store.
    #[error(
        "restore the directory it is in from a copy, because the journal was compacted and cannot make the store again; to start over from genesis.json, move the directory away"
    )]
    Restore,
}

impl From<StoreError> for io::Error {
    /// The error and what caused it, on one line.
    fn from(error: StoreError) -> Self {
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            words.push_str(&format!(": {error}"));
            cause = error.source();
        }
        Self::other(words)
    }
}
