//! Errors of sandboxes.

use keyway_chain::{
    FastForwardError, GenesisError, LoadError, MineError, PatchError, SnapshotError, TimeError,
};
use near_primitives::types::AccountId;
use std::io;
use std::sync::Arc;

/// Why a sandbox could not do something that only a sandbox can do.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The settings make no valid chain.
    #[error("the sandbox cannot start: {0}")]
    Genesis(#[source] Arc<GenesisError>),
    /// The account already exists.
    #[error("the account {account_id} exists; choose another name, or patch it")]
    AccountExists {
        /// The account.
        account_id: AccountId,
    },
    /// The time is not after the chain's.
    #[error(
        "the time {asked_ns} ns is not after the chain's {now_ns} ns; set a later one, or revert to a snapshot"
    )]
    TimeRunsBack {
        /// The time asked for, nanoseconds since the Unix epoch.
        asked_ns: u64,
        /// The time of the newest block, nanoseconds since the Unix epoch.
        now_ns: u64,
    },
    /// The time cannot be changed so.
    #[error(transparent)]
    Time(TimeError),
    /// That many blocks cannot be sealed.
    #[error(transparent)]
    Mine(MineError),
    /// The records of a patch contradict the state or each other.
    #[error(transparent)]
    Patch(#[from] PatchError),
    /// The chain cannot be fast-forwarded that far.
    #[error(transparent)]
    FastForward(#[from] FastForwardError),
    /// The chain cannot be written to a file.
    #[error("the sandbox was not dumped: {0}")]
    NotDumped(String),
    /// A file is not a dump that this program can load.
    #[error("the dump was not loaded: {0}")]
    NotLoaded(#[source] Arc<LoadError>),
    /// There is no such snapshot, or it cannot be saved.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The network cannot be forked, or the fork file not be read or written.
    #[error("the sandbox cannot be a fork: {0}")]
    Fork(String),
    /// What only a fork has was asked of another sandbox.
    #[error("the sandbox is no fork; build it with Sandbox::fork or Sandbox::fork_file")]
    NoFork,
    /// The server cannot listen.
    #[error("the sandbox cannot listen: {0}; check that a port on 127.0.0.1 is free")]
    Listen(#[source] Arc<io::Error>),
    /// The chain accepted a transaction and did not include it. This is a bug of this library.
    #[error("the sandbox lost a transaction that it accepted; please report it")]
    NoTransaction,
    /// The chain accepts no input. This is a bug of this library.
    #[error("the sandbox's chain failed ({0}); please report it")]
    Chain(String),
}

impl SandboxError {
    /// A stable dotted name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Genesis(_) => "Sandbox.Genesis.Invalid",
            Self::AccountExists { .. } => "Sandbox.Account.AlreadyExists",
            Self::TimeRunsBack { .. } => "Sandbox.Time.RunsBack",
            Self::Time(_) => "Sandbox.Time.Invalid",
            Self::Mine(_) => "Sandbox.Blocks.TooMany",
            Self::Patch(_) => "Sandbox.Patch.Invalid",
            Self::FastForward(_) => "Sandbox.FastForward.Impossible",
            Self::NotDumped(_) => "Sandbox.Dump.NotWritten",
            Self::NotLoaded(_) => "Sandbox.Dump.NotLoaded",
            Self::Snapshot(SnapshotError::Unknown { .. }) => "Sandbox.Snapshot.Unknown",
            Self::Snapshot(_) => "Sandbox.Snapshot.Invalid",
            Self::Fork(_) => "Sandbox.Fork.Failed",
            Self::NoFork => "Sandbox.Fork.None",
            Self::Listen(_) => "Sandbox.Server.NotListening",
            Self::NoTransaction => "Sandbox.Transaction.Lost",
            Self::Chain(_) => "Sandbox.Chain.Failed",
        }
    }
}
