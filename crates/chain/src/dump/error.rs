//! Why a dump makes no chain.

use crate::genesis::error::GenesisError;
use keyway_engine::StateError;
use keyway_rules::UnsupportedProtocol;
use near_primitives::hash::CryptoHash;
use std::io;

/// Why no chain can start from a dump.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file is something else.
    #[error("it is not a dump of a chain; make one with `keyway chain dump FILE`")]
    NotADump,
    /// Another version of this program wrote it.
    #[error(
        "it has format {found}, and this program reads {known}; load it with the version that wrote it"
    )]
    Format {
        /// Its format.
        found: u32,
        /// The format that this program reads.
        known: u32,
    },
    /// It ends too early.
    #[error("it is incomplete: writing it was interrupted; make it again")]
    Short,
    /// Its bytes are not what was written.
    #[error("it is damaged ({what} is wrong); restore it from a copy, or make it again")]
    Damaged {
        /// What is wrong.
        what: &'static str,
    },
    /// It is of a fork, and most of a fork's state is elsewhere.
    #[error(
        "it is of a fork of {chain_id} from block {hash}, and most of its state is there: add --fork NETWORK, or --fork-file with the file that the fork began with"
    )]
    NeedsNetwork {
        /// The chain id of the network.
        chain_id: String,
        /// The block where the fork began.
        hash: CryptoHash,
    },
    /// It is of a chain of its own, or a fork from another block.
    #[error(
        "it is not of a fork from block {hash} ({found}); load it without a fork, or with that one"
    )]
    OtherFork {
        /// The block where the given fork begins.
        hash: CryptoHash,
        /// What it is of instead.
        found: String,
    },
    /// Its chain follows a protocol that this build does not have.
    #[error(transparent)]
    Protocol(#[from] UnsupportedProtocol),
    /// Its settings make no chain.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The file cannot be read, or the store cannot be written.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// A state cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
}
