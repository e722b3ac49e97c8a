//! Why a journal cannot be read back.

use crate::home::HomeError;
use keyway_node::{DecodeError, Refused};
use std::io;
use std::path::PathBuf;

/// What is wrong with a journal. The file is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum JournalError {
    /// The system does not let us read it.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The journal.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The system does not let us write to it.
    #[error("{} cannot be written", path.display())]
    Unwritable {
        /// The journal.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A new journal could not be begun.
    #[error("the chain's journal cannot be begun")]
    NotBegun {
        /// Which file, and why.
        source: Box<HomeError>,
    },
    /// It is no journal.
    #[error(
        "{} is no journal of this program: remove the directory it is in to start over from genesis.json",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Another version of this program wrote it.
    #[error(
        "{} has format {found}, this program reads {known}: open the home with the version that made it, or remove the directory it is in to start over from genesis.json",
        path.display()
    )]
    Format {
        /// The journal.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// The genesis is not the one that the chain started from.
    #[error(
        "genesis.json or eth_wallet.wasm was changed after the chain of {} had started: undo the change to go on, or remove the directory the journal is in to start over from the new genesis",
        path.display()
    )]
    OtherGenesis {
        /// The journal.
        path: PathBuf,
    },
    /// A record in the middle does not decode.
    #[error("{}, read from byte {from} on", path.display())]
    Record {
        /// The journal.
        path: PathBuf,
        /// Where reading began, bytes.
        from: u64,
        /// What does not decode; its offsets count from where reading began.
        source: DecodeError,
    },
    /// The store was made from a longer journal.
    #[error(
        "{} has {had} bytes, but the store beside it was made from {needed}: put the whole journal back, or remove the store to go on from this one",
        path.display()
    )]
    Short {
        /// The journal.
        path: PathBuf,
        /// Its length, bytes.
        had: u64,
        /// The length that the store knows, bytes.
        needed: u64,
    },
    /// The rules refuse what they accepted when it was written.
    #[error(
        "{}: the input at byte {offset} was accepted once and is refused now: open the home with the version that made it, or remove the directory the journal is in to start over",
        path.display()
    )]
    Diverged {
        /// The journal.
        path: PathBuf,
        /// Where the input starts, bytes.
        offset: u64,
        /// The refusal.
        source: Box<Refused>,
    },
}
