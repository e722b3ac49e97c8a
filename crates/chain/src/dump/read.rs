//! The frames of a dump, one by one.

use super::DumpHead;
use super::error::LoadError;
use super::frame::{self, Kind};
use borsh::BorshDeserialize;
use keyway_engine::Value;
use near_chain_configs::GenesisConfig;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{EpochHeight, ProtocolVersion};
use near_primitives::views::BlockView;
use std::fmt;
use std::io::Read;
use std::iter::from_fn;

/// A dump that is being read. What comes before the state has been read.
pub struct DumpReader<R> {
    file: R,
    pub(super) head: DumpHead,
    genesis: GenesisConfig,
    fork_block: Option<BlockView>,
    identity: CryptoHash,
}

impl<R: Read> DumpReader<R> {
    /// Reads the beginning of a dump. Give it a buffered reader.
    ///
    /// # Errors
    /// When it is not a dump of this format, or damaged.
    pub fn open(mut file: R) -> Result<Self, LoadError> {
        frame::read_magic(&mut file)?;
        let (kind, content) = frame::read(&mut file)?;
        if kind != Kind::Head {
            return Err(LoadError::Damaged { what: "the first frame" });
        }
        let head: DumpHead =
            borsh::from_slice(&content).map_err(|_| LoadError::Damaged { what: "the head" })?;
        let genesis = serde_json::from_str(&head.genesis)
            .map_err(|_| LoadError::Damaged { what: "the genesis" })?;
        let fork_block = head.fork.as_ref().map(|fork| serde_json::from_str(&fork.block));
        let fork_block = fork_block.transpose();
        let fork_block = fork_block.map_err(|_| LoadError::Damaged { what: "the fork's block" })?;
        let identity = CryptoHash::hash_bytes(&content);
        Ok(Self { file, head, genesis, fork_block, identity })
    }

    /// The genesis of the chain without its records.
    pub fn genesis(&self) -> &GenesisConfig {
        &self.genesis
    }

    /// Of a fork, the network's block where it began.
    pub fn fork_block(&self) -> Option<&BlockView> {
        self.fork_block.as_ref()
    }

    /// A hash of everything in the dump, of the state by its root.
    pub fn identity(&self) -> CryptoHash {
        self.identity
    }

    /// Reads the rest without making a chain of it, in little memory. Whether the state has the root
    /// that it should have, only loading it tells.
    ///
    /// # Errors
    /// When it is incomplete or damaged, or of a fork, most of whose state is elsewhere.
    pub fn verify(self) -> Result<(), LoadError> {
        let (parts, mut entries) = self.into_parts();
        parts.check_own()?;
        entries.try_for_each(|entry| entry.map(drop))
    }

    /// As [`DumpReader::verify`], for a dump of a fork that began at the network's block `hash`.
    ///
    /// # Errors
    /// When it is incomplete or damaged, or not of such a fork.
    pub fn verify_fork(self, hash: &CryptoHash) -> Result<(), LoadError> {
        let (parts, mut entries) = self.into_parts();
        parts.check_fork(hash)?;
        entries.try_for_each(|entry| entry.map(drop))
    }

    /// The head, and the entries of the state in the order of their keys. After the last one their
    /// number has been checked.
    pub(super) fn into_parts(
        self,
    ) -> (Parts, impl Iterator<Item = Result<(Vec<u8>, Value), LoadError>>) {
        let Self { file, head, genesis, fork_block, .. } = self;
        let mut entries = Entries { file, frame: Vec::new(), at: 0, count: 0, last: None };
        let mut ended = false;
        let walk = from_fn(move || {
            let next = if ended { None } else { entries.next().transpose() };
            ended = !matches!(next, Some(Ok(_)));
            next
        });
        (Parts { head, genesis, fork_block }, walk)
    }
}

/// What a dump has besides the state.
pub(super) struct Parts {
    pub(super) head: DumpHead,
    pub(super) genesis: GenesisConfig,
    pub(super) fork_block: Option<BlockView>,
}

impl Parts {
    /// Refuses a dump of a fork.
    pub(super) fn check_own(&self) -> Result<(), LoadError> {
        match &self.fork_block {
            None => Ok(()),
            Some(block) => {
                let chain_id = self.genesis.chain_id.clone();
                Err(LoadError::NeedsNetwork { chain_id, hash: block.header.hash })
            }
        }
    }

    /// Refuses a dump that is not of a fork from the block `hash`. Returns the ordinal of that block's
    /// epoch and its protocol version.
    pub(super) fn check_fork(
        &self,
        hash: &CryptoHash,
    ) -> Result<(EpochHeight, ProtocolVersion), LoadError> {
        let other = |found| LoadError::OtherFork { hash: *hash, found };
        match (&self.head.fork, &self.fork_block) {
            (Some(fork), Some(block)) if block.header.hash == *hash => {
                Ok((fork.epoch_height, fork.protocol_version))
            }
            (Some(_), Some(block)) => {
                Err(other(format!("the fork began at block {}", block.header.hash)))
            }
            _ => Err(other("it is of a chain that is no fork".to_owned())),
        }
    }
}

struct Entries<R> {
    file: R,
    frame: Vec<u8>,
    /// Where the next entry of the frame starts.
    at: usize,
    count: u64,
    last: Option<Vec<u8>>,
}

impl<R: Read> Entries<R> {
    fn next(&mut self) -> Result<Option<(Vec<u8>, Value)>, LoadError> {
        while self.at == self.frame.len() {
            let (kind, content) = frame::read(&mut self.file)?;
            match kind {
                Kind::Entries => (self.frame, self.at) = (content, 0),
                Kind::End if content == self.count.to_le_bytes() => return Ok(None),
                Kind::End => return Err(LoadError::Damaged { what: "the number of entries" }),
                Kind::Head => return Err(LoadError::Damaged { what: "the order of frames" }),
            }
        }
        let mut rest = self.frame.get(self.at..).unwrap_or_default();
        let entry = <(Vec<u8>, Vec<u8>)>::deserialize(&mut rest);
        let (key, value) = entry.map_err(|_| LoadError::Damaged { what: "an entry" })?;
        self.at = self.frame.len() - rest.len();
        if self.last.as_ref().is_some_and(|last| *last >= key) {
            return Err(LoadError::Damaged { what: "the order of entries" });
        }
        self.last = Some(key.clone());
        self.count += 1;
        Ok(Some((key, Value::from(value))))
    }
}

impl<R> fmt::Debug for DumpReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DumpReader")
            .field("chain_id", &self.genesis.chain_id)
            .finish_non_exhaustive()
    }
}
