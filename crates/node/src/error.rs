//! Errors of a node.

mod home;
mod journal;
mod store;

pub use home::{FileError, HomeError};
pub use journal::JournalError;
pub use store::{StoreError, StoreRemedy};

use keyway_state::StateError;
use std::io;
use std::path::PathBuf;

/// Why a node cannot be opened or closed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// The home directory cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The journal cannot be read back or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The chain's state cannot be read, and it is not in a store.
    #[error("the state of the chain cannot be read")]
    State(#[from] StateError),
    /// The inputs since the last checkpoint of a fork cannot be applied again.
    #[error(
        "the last inputs cannot be applied again, because the network's state cannot be read: start again when the network answers, with another endpoint if need be; nothing is lost"
    )]
    Replay {
        /// What cannot be read, and why.
        source: StateError,
    },
    /// The temporary directory of a node without a home cannot be created.
    #[error("{} cannot hold the node's temporary files", path.display())]
    Temporary {
        /// The directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The system starts no thread for checkpoints.
    #[error("the system starts no thread for checkpoints")]
    Thread {
        /// The system's reason.
        source: io::Error,
    },
    /// The genesis of a node without a home is invalid or not supported.
    #[error(transparent)]
    Genesis(#[from] Box<keyway_chain::GenesisError>),
    /// No chain can start from a dump.
    #[error("{} cannot be loaded", path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<keyway_chain::LoadError>,
    },
    /// The network's block cannot be forked.
    #[error(transparent)]
    Fork(#[from] Box<keyway_chain::ForkError>),
    /// The last checkpoint could not be written. Nothing is lost.
    #[error(
        "the last checkpoint was not written, so the next start replays the last inputs: {source}"
    )]
    Close {
        /// The reason.
        source: io::Error,
    },
}

impl From<FileError> for NodeError {
    fn from(error: FileError) -> Self {
        Self::Home(error.into())
    }
}

/// Why a state cannot be dumped. Nothing was written, or only a part of the output.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DumpError {
    /// The home, its journal or its store cannot be read.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The output cannot be written.
    #[error(transparent)]
    Output(#[from] FileError),
    /// The state does not decode.
    #[error("the state cannot be dumped")]
    State(#[from] StateError),
    /// A patched state holds more than a genesis can.
    #[error("the state cannot be dumped: its balances add up to more than 2^128 - 1 yoctoNEAR")]
    SupplyOverflow,
}

impl From<HomeError> for DumpError {
    fn from(error: HomeError) -> Self {
        Self::Node(error.into())
    }
}
