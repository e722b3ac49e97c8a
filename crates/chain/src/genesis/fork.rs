//! From a block of another network to the first block of a chain of one's own.

use crate::blocks::block::SealedBlock;
use crate::blocks::header::network_header;
use crate::chain::Chain;
use crate::epochs::schedule::Schedule;
use crate::genesis::check::check_numbers;
use crate::genesis::error::GenesisError;
use crate::genesis::start::{Start, first_block};
use crate::spec::{ChainOptions, ChainSpec, END_OF_TIME_NS, MAX_HEIGHT};
use keyway_engine::StateError;
use keyway_rules::Protocol;
use keyway_state::{BaseState, Trie};
use near_chain_configs::GenesisConfig;
use near_crypto::PublicKey;
use near_primitives::block::BlockHeader;
use near_primitives::hash::CryptoHash;
use near_primitives::types::validator_stake::ValidatorStake;
use near_primitives::types::{AccountId, Balance, BlockHeight, EpochHeight};
use near_primitives::version::ProtocolVersion;
use near_primitives::views::BlockView;
use near_vm_runner::ContractRuntimeCache;
use std::sync::Arc;

/// Where a fork begins: a final block of a network, and what the chain needs to know about it.
#[derive(Clone, Debug)]
pub struct ForkPoint {
    /// The network's genesis without its records (`genesis_config`).
    pub genesis: GenesisConfig,
    /// The hash of the network's genesis block (`status`).
    pub genesis_hash: CryptoHash,
    /// The block. It becomes the first block of the chain, with its hash.
    pub block: BlockView,
    /// The protocol version in force.
    pub protocol_version: ProtocolVersion,
    /// The ordinal of the block's epoch.
    pub epoch_height: EpochHeight,
    /// The height of the epoch's first block.
    pub epoch_start_height: BlockHeight,
    /// The validators of the epoch with their stakes, yoctoNEAR.
    pub validators: Vec<(AccountId, PublicKey, Balance)>,
    /// Those of the epoch after it.
    pub next_validators: Vec<(AccountId, PublicKey, Balance)>,
}

/// Why a chain cannot be forked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForkError {
    /// The network is newer or older than this build.
    #[error(
        "the network runs protocol version {network}, and this build knows {} to {}; use a build that \
         knows it, or fork a block from before the network's upgrade",
        Protocol::SUPPORTED.start(), Protocol::SUPPORTED.end()
    )]
    Protocol {
        /// The network's version.
        network: ProtocolVersion,
    },
    /// The header does not hash to the block's hash.
    #[error(
        "the block says that its hash is {stated}, and its header has the hash {computed}: the node \
         that sent it is wrong, or runs a protocol that this build does not know; try another node"
    )]
    Hash {
        /// The hash in the view.
        stated: CryptoHash,
        /// That of its fields.
        computed: CryptoHash,
    },
    /// The header lacks what every header of a supported protocol has.
    #[error("the header of block {hash} has no {field}; try another node")]
    Header {
        /// The block.
        hash: CryptoHash,
        /// The field.
        field: &'static str,
    },
    /// A number that no chain can work with.
    #[error("{field} of the network's block is {value}, but must be {need}")]
    Value {
        /// What it is.
        field: &'static str,
        /// The value.
        value: u64,
        /// What it may be.
        need: String,
    },
    /// The network's settings hold a number that no chain can work with.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The first block cannot be kept.
    #[error(transparent)]
    State(#[from] StateError),
}

/// What a chain knows of the network that it was forked from.
#[derive(Clone, Debug)]
pub struct ForkOrigin {
    /// The block where the fork begins.
    pub block: BlockView,
    /// The hash of the network's genesis block.
    pub genesis_hash: CryptoHash,
}

impl Chain {
    /// A chain whose first block is the network's block of `point`, and whose state begins as `base`,
    /// the network's state after that block. Chain id, heights, epochs, gas price, and the hashes that
    /// transactions can be based on go on from there.
    ///
    /// The chain has one block producer of its own and one shard. Receipts that were in flight on the
    /// network do not arrive. No epoch pays rewards, and stakes of accounts that nothing was written to
    /// stay as they are, because otherwise each epoch would fetch the accounts of all validators.
    ///
    /// # Errors
    /// See [`ForkError`].
    pub fn fork(
        point: &ForkPoint,
        base: Arc<dyn BaseState>,
        options: ChainOptions,
        contracts: Arc<dyn ContractRuntimeCache>,
    ) -> Result<Self, ForkError> {
        let header = check(point)?;
        let spec = ChainSpec::forked(point, options, contracts)
            .map_err(|error| ForkError::Protocol { network: error.version })?;
        let schedule = Schedule::at_fork(&spec, point);
        let block = network_block(point, header, &schedule, Trie::over(base))?;
        Ok(Self::at(Start { spec, schedule, block })?)
    }

    /// Where a fork of this chain begins that has its blocks up to `block`, whose state is the base.
    pub fn fork_point(&self, block: &SealedBlock) -> ForkPoint {
        let header = &block.header;
        let epoch = |id| {
            let info = self.schedule.info(id).cloned().unwrap_or_default();
            let of =
                |v: &ValidatorStake| (v.account_id().clone(), v.public_key().clone(), v.stake());
            info.validators.iter().map(of).collect()
        };
        ForkPoint {
            genesis: self.genesis().clone(),
            genesis_hash: self.genesis_hash(),
            block: BlockView {
                author: block.author.clone(),
                header: (&self.signed_header(block)).into(),
                chunks: vec![self.signed_chunk(block).into()],
            },
            protocol_version: self.protocol().version,
            epoch_height: block.epoch_height,
            epoch_start_height: self.epoch_start_height(header.epoch_id()).unwrap_or_default(),
            validators: epoch(header.epoch_id()),
            next_validators: epoch(header.next_epoch_id()),
        }
    }

    /// The network's block that the chain was forked from, if it is a fork.
    pub fn forked_from(&self) -> Option<&ForkOrigin> {
        self.spec.origin.as_ref()
    }
}

/// Refuses what no chain can go on from. Returns the header, whose hash is the block's.
fn check(point: &ForkPoint) -> Result<BlockHeader, ForkError> {
    let (network, view) = (point.protocol_version, &point.block.header);
    if !Protocol::SUPPORTED.contains(&network) {
        return Err(ForkError::Protocol { network });
    }
    check_numbers(&point.genesis)?;
    let below = |field, value, most: u64| match value <= most {
        true => Ok(()),
        false => Err(ForkError::Value { field, value, need: format!("at most {most}") }),
    };
    below("the height", view.height, MAX_HEIGHT)?;
    below("the time in nanoseconds", view.timestamp_nanosec, END_OF_TIME_NS)?;
    below("the epoch's first height", point.epoch_start_height, view.height)?;
    header(&point.block, network)
}

/// The header in the form that is hashed.
fn header(block: &BlockView, version: ProtocolVersion) -> Result<BlockHeader, ForkError> {
    let view = &block.header;
    let require = |field, is_there| match is_there {
        true => Ok(()),
        false => Err(ForkError::Header { hash: view.hash, field }),
    };
    // Without it making a header would panic.
    require("chunk_endorsements", view.chunk_endorsements.is_some())?;
    require("chunks", !block.chunks.is_empty())?;
    let (stated, header) = (view.hash, network_header(view.clone(), version));
    let computed = *header.hash();
    if computed == stated { Ok(header) } else { Err(ForkError::Hash { stated, computed }) }
}

/// The network's block, as far as it is known: its transactions and receipts are not.
fn network_block(
    point: &ForkPoint,
    header: BlockHeader,
    schedule: &Schedule,
    state: Trie,
) -> Result<SealedBlock, ForkError> {
    let missing = || ForkError::Header { hash: *header.hash(), field: "chunks" };
    let chunk = point.block.chunks.first().cloned().ok_or_else(missing)?;
    let gas_price = header.next_gas_price();
    let parts = (header, chunk.into(), point.block.author.clone());
    Ok(first_block(parts, gas_price, schedule, state))
}

#[cfg(test)]
mod tests {
    mod fork;
}
