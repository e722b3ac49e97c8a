//! Why a journal cannot be read.

use super::home::FileError;
use keyway_chain::{ReadError, ReplayError};
use std::path::PathBuf;

/// What is wrong with a journal. The file is unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The system does not let us read or write it.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not a journal.
    #[error(
        "{} is not a journal of this program: put the journal back; to start over from genesis.json, move the directory it is in away",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Its header is damaged.
    #[error(
        "{} is damaged in its first bytes, and genesis.json is not the reason: restore the file from a copy; to start over from genesis.json, move the directory it is in away",
        path.display()
    )]
    Header {
        /// The journal.
        path: PathBuf,
    },
    /// Another version of this program wrote it.
    #[error(
        "{} has format {found}, this program reads {known}: open the home with the version that made it; to start over from genesis.json, move the directory it is in away",
        path.display()
    )]
    Format {
        /// The journal.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The format that this program reads.
        known: u32,
    },
    /// The genesis is not the one that the chain started from.
    #[error(
        "genesis.json, eth_wallet.wasm or the block of a fork was changed after the chain of {} had started: undo the change to go on; to start over from the new genesis, move the directory the journal is in away",
        path.display()
    )]
    OtherGenesis {
        /// The journal.
        path: PathBuf,
    },
    /// A record cannot be read.
    #[error("{}", path.display())]
    Record {
        /// The journal.
        path: PathBuf,
        /// Which record, and what is wrong with it.
        source: ReadError,
    },
    /// The records that are needed were removed by a compaction, and the store that had them is gone
    /// or older than that.
    #[error(
        "{} was compacted: its records begin at byte {start} of all, and the store beside it is missing or ends at byte {needed}: put the store back that belongs to this journal, or restore the whole directory from a copy; to start over from genesis.json, move the directory away",
        path.display()
    )]
    Compacted {
        /// The journal.
        path: PathBuf,
        /// The position of its first record, bytes of all records.
        start: u64,
        /// The position from which on they are needed.
        needed: u64,
    },
    /// The store was made from a longer journal.
    #[error(
        "{} has fewer than the {needed} bytes that the store beside it was made from: put the whole journal back; to go on from this one, move the store away",
        path.display()
    )]
    Short {
        /// The journal.
        path: PathBuf,
        /// The length that the store knows, bytes.
        needed: u64,
    },
    /// An input is refused that was accepted when it was written, or leads to another state.
    #[error(
        "{}: the input at byte {offset} does not do what it did when it was recorded: open the home with the version that made it; to start over from genesis.json, move the directory the journal is in away",
        path.display()
    )]
    Diverged {
        /// The journal.
        path: PathBuf,
        /// Where the input starts, bytes.
        offset: u64,
        /// The refusal, or the two states.
        source: Box<ReplayError>,
    },
}
