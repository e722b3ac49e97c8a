//! Errors of a home directory.

use near_primitives::types::AccountId;
use std::io;
use std::path::PathBuf;

/// Why a home directory cannot be used. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HomeError {
    /// The directory does not exist.
    #[error(
        "there is no home directory at {}: make one with `keyway --home {} init`",
        dir.display(), dir.display()
    )]
    NoHome {
        /// Where it was looked for.
        dir: PathBuf,
    },
    /// One of its files is missing, or cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A key file's two halves do not belong together.
    #[error("{}: the secret key does not belong to the public key {public_key}", path.display())]
    KeyMismatch {
        /// The file.
        path: PathBuf,
        /// The public key that the file states.
        public_key: String,
    },
    /// The key file holds the key of another account than `init` was asked for.
    #[error(
        "{} holds the key of {found}, not of {wanted}: leave --account-id out, or move the file away",
        path.display()
    )]
    KeyOfAnother {
        /// The file.
        path: PathBuf,
        /// Whose key it holds.
        found: AccountId,
        /// Whose key was asked for.
        wanted: AccountId,
    },
    /// Another process runs a node on the directory.
    #[error("another node runs on {}: stop it first, or use another --home", dir.display())]
    InUse {
        /// The home's data directory.
        dir: PathBuf,
    },
    /// The data were written by neard.
    #[error(
        "{} was made by another node program and cannot be read: open it with that one; to start from genesis.json, move it away",
        data.display()
    )]
    ForeignData {
        /// The data directory.
        data: PathBuf,
    },
    /// The genesis does not make a chain.
    #[error("{}", path.display())]
    Genesis {
        /// The genesis file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<keyway_chain::GenesisError>,
    },
    /// The dump that the chain of the home starts from cannot be loaded.
    #[error("{} cannot be loaded", path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<keyway_chain::LoadError>,
    },
    /// A chain that starts from a dump needs a genesis file, and there is one of another chain.
    #[error(
        "{} is there already, and is not that of the dump: use another --home, or move the file away",
        path.display()
    )]
    OtherGenesis {
        /// The genesis file.
        path: PathBuf,
    },
    /// The chain of the home is a fork, and the network that has most of its state was not given.
    #[error(
        "{} holds a fork of a network, and most of its state is there: `keyway --home {} run` opens it, and in a program `Node::open_fork`",
        dir.display(), dir.display()
    )]
    NeedsNetwork {
        /// The home's directory.
        dir: PathBuf,
    },
    /// A network was given for a home whose chain is no fork.
    #[error("{} holds a chain that is no fork: open it without a network", dir.display())]
    NoFork {
        /// The home's directory.
        dir: PathBuf,
    },
    /// A file is not the wallet contract of eth-implicit accounts.
    #[error("{}", path.display())]
    EthWallet {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        source: Box<keyway_chain::WrongWallet>,
    },
    /// The wallet contract cannot be added to a chain that has begun without it.
    #[error(
        "{} holds a chain that began without the wallet contract: give --eth-wallet-wasm to a home's first run",
        journal.display()
    )]
    EthWalletTooLate {
        /// The journal of the chain.
        journal: PathBuf,
    },
}

/// Why a file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// A file that `init` writes does not exist.
    #[error(
        "{} is missing: the home directory is incomplete; `keyway --home DIR init` writes missing files and leaves the others unchanged",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The system does not let us read a file.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The system does not let us write a file or directory.
    #[error("{} cannot be written", path.display())]
    Unwritable {
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file is not the JSON that it should be.
    #[error("{} is not as it should be", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What was expected, with line and column.
        source: serde_json::Error,
    },
}
