//! Resolves the block that a request names.

use keyway_chain::{Chain, SealedBlock};
use keyway_engine::StateError;
use near_primitives::types::{BlockId, BlockReference, Finality, SyncCheckpoint};
use std::sync::Arc;

/// The block that `reference` names. A chain with one validator always has all three finalities.
///
/// # Errors
/// [`NoBlock`] for a height or hash that the chain does not have.
pub(crate) fn block(
    chain: &Chain,
    reference: &BlockReference,
) -> Result<Arc<SealedBlock>, NoBlock> {
    match reference {
        BlockReference::BlockId(id) => by_id(chain, id),
        BlockReference::Finality(Finality::None) => Ok(chain.head().clone()),
        BlockReference::Finality(Finality::DoomSlug) => Ok(chain.near_final().clone()),
        BlockReference::Finality(Finality::Final) => Ok(chain.final_head().clone()),
        BlockReference::SyncCheckpoint(SyncCheckpoint::Genesis) if chain.begins_late() => {
            let id = BlockId::Hash(chain.genesis_hash());
            Err(NoBlock::Missing(MissingBlock { id }))
        }
        BlockReference::SyncCheckpoint(SyncCheckpoint::Genesis) => {
            Ok(chain.genesis_block().clone())
        }
        BlockReference::SyncCheckpoint(SyncCheckpoint::EarliestAvailable) => {
            chain.earliest_block().map_err(NoBlock::Unreadable)
        }
    }
}

/// The block with this height or hash.
///
/// # Errors
/// [`NoBlock`].
pub(crate) fn by_id(chain: &Chain, id: &BlockId) -> Result<Arc<SealedBlock>, NoBlock> {
    let found = match id {
        BlockId::Height(height) => chain.block_by_height(*height),
        BlockId::Hash(hash) => chain.block_by_hash(hash),
    };
    let missing = || NoBlock::Missing(MissingBlock { id: id.clone() });
    found.map_err(NoBlock::Unreadable)?.ok_or_else(missing)
}

/// There is no block to answer with.
#[derive(Clone, Debug)]
pub(crate) enum NoBlock {
    /// The chain does not have it.
    Missing(MissingBlock),
    /// The chain cannot say.
    Unreadable(StateError),
}

/// A requested block that is not in the chain.
#[derive(Clone, Debug)]
pub(crate) struct MissingBlock {
    /// How the request names it.
    pub(crate) id: BlockId,
}

impl MissingBlock {
    /// Its name where nearcore looks for whole blocks.
    pub(crate) fn block(&self) -> String {
        match &self.id {
            BlockId::Height(height) => format!("BLOCK HEIGHT: {height}"),
            BlockId::Hash(hash) => format!("BLOCK: {hash}"),
        }
    }

    /// Its name where nearcore looks for headers.
    pub(crate) fn header(&self) -> String {
        match &self.id {
            BlockId::Height(height) => format!("BLOCK HEIGHT: {height}"),
            BlockId::Hash(hash) => format!("BLOCK HEADER: {hash}"),
        }
    }
}
