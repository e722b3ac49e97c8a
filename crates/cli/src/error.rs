//! What can go wrong, and the exit code that says so.

use crate::home::HomeError;
use crate::journal::JournalError;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the program could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CliError {
    /// A command that works on a home was given none.
    #[error("`{command}` works on a home directory: say which with --home DIR")]
    HomeNeeded {
        /// The command.
        command: &'static str,
    },
    /// More shards than one, or none.
    #[error(
        "{asked} shards were asked for: this node serves chains of one shard; leave --num-shards out"
    )]
    Shards {
        /// How many were asked for.
        asked: u64,
    },
    /// The name of a public chain for a local one.
    #[error("this node makes local chains, not {chain_id}: choose another --chain-id")]
    PublicChain {
        /// The name that was asked for.
        chain_id: String,
    },
    /// The home directory cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// What happened on the chain cannot be read back.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The genesis does not make a chain.
    #[error("{}", path.display())]
    Genesis {
        /// The genesis file.
        path: PathBuf,
        /// What it contradicts.
        source: Box<keyway_node::GenesisError>,
    },
    /// The file is not the wallet contract of eth-implicit accounts.
    #[error("{}", path.display())]
    Wallet {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        source: Box<keyway_node::WrongWallet>,
    },
    /// A chain cannot be given the wallet contract in the middle of its life.
    #[error(
        "{} holds a chain that began without the wallet contract: give --eth-wallet-wasm to a home's first run",
        journal.display()
    )]
    WalletTooLate {
        /// What happened on the chain.
        journal: PathBuf,
    },
    /// The place for compiled contracts cannot be had.
    #[error("{} cannot hold compiled contracts", path.display())]
    Contracts {
        /// The directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Somebody else has the address.
    #[error(
        "{addr} is in use by another program: stop it, or choose another address with --rpc-addr IP:PORT (port 0 takes a free one)"
    )]
    AddressInUse {
        /// The address.
        addr: SocketAddr,
    },
    /// The system does not let us listen on the address.
    #[error("cannot listen on {addr}: choose another address with --rpc-addr IP:PORT")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// The server stopped on its own.
    #[error("the RPC server failed")]
    Serve {
        /// The system's reason.
        source: io::Error,
    },
    /// Threads, timers or signals cannot be had.
    #[error("the system gives no threads, timers or signals")]
    System {
        /// The system's reason.
        source: io::Error,
    },
    /// The state does not decode, so it cannot be written out.
    #[error("the state cannot be dumped")]
    State(#[from] keyway_state::StateError),
    /// A patched state holds more than can be written out.
    #[error("the state cannot be dumped: its balances add up to more than 2^128 - 1 yoctoNEAR")]
    SupplyOverflow,
}

impl CliError {
    /// The process's exit code: the table in `keyway --help`.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::HomeNeeded { .. } | Self::Shards { .. } | Self::PublicChain { .. } => 2,
            Self::AddressInUse { .. } | Self::Listen { .. } => 3,
            Self::Home(HomeError::InUse { .. }) => 4,
            Self::Home(_)
            | Self::Journal(_)
            | Self::Genesis { .. }
            | Self::Wallet { .. }
            | Self::WalletTooLate { .. } => 5,
            Self::Contracts { .. }
            | Self::Serve { .. }
            | Self::System { .. }
            | Self::State(_)
            | Self::SupplyOverflow => 1,
        }
    }

    /// The error and what caused it, on one line.
    pub(crate) fn line(&self) -> String {
        let mut line = format!("error: {self}");
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            line.push_str(&format!(": {error}"));
            cause = error.source();
        }
        line
    }
}
