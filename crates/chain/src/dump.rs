//! Dumps: a chain at one block in a file, from which other chains start.
//!
//! A dump is a sequence of frames. The first has everything but the state: the block, the rules, the
//! epochs, the time. The next ones have the state's entries in the order of their keys, and the last
//! one their number. Frames are made and read one by one, so memory does not grow with the state.

mod error;
mod frame;
mod load;
mod read;
mod write;

pub use error::LoadError;
pub use read::DumpReader;
pub use write::DumpedEntries;

use crate::blocks::pace::Pace;
use crate::blocks::timing::Timing;
use crate::epochs::schedule::{Epoch, Running};
use borsh::{BorshDeserialize, BorshSerialize};
use near_primitives::hash::CryptoHash;
use near_primitives::merkle::PartialMerkleTree;
use near_primitives::types::{EpochHeight, EpochId, ProtocolVersion};

/// What a dump has besides the state.
#[derive(BorshSerialize, BorshDeserialize)]
struct DumpHead {
    /// The genesis of the chain without its records, JSON.
    genesis: String,
    /// The hash by which clients tell the chain from others.
    genesis_hash: CryptoHash,
    /// Of a fork: where it began. The state is then what was written since, with its deletion marks.
    fork: Option<DumpedFork>,
    /// The newest block, as a store has it, without its state.
    block: Vec<u8>,
    /// The root of the state after it.
    state_root: CryptoHash,
    running: Running,
    /// The running epoch and the next one.
    epochs: Vec<(EpochId, Epoch)>,
    ancestors: PartialMerkleTree,
    timing: Timing,
    pace: Pace,
}

/// Where the fork of a dump began.
#[derive(BorshSerialize, BorshDeserialize)]
struct DumpedFork {
    /// The network's block, JSON.
    block: String,
    protocol_version: ProtocolVersion,
    epoch_height: EpochHeight,
}

#[cfg(test)]
mod tests {
    mod dump;
    mod fork;
}
