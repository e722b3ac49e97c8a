//! Which block a request means.

use keyway_node::{Chain, SealedBlock};
use near_primitives::types::{BlockId, BlockReference, Finality, SyncCheckpoint};
use std::sync::Arc;

/// The block that `reference` names. A chain with one validator always has all three finalities.
///
/// # Errors
/// [`MissingBlock`] for a height or hash that the chain does not have.
pub(crate) fn block<'a>(
    chain: &'a Chain,
    reference: &BlockReference,
) -> Result<&'a Arc<SealedBlock>, MissingBlock> {
    match reference {
        BlockReference::BlockId(id) => by_id(chain, id),
        BlockReference::Finality(Finality::None) => Ok(chain.head()),
        BlockReference::Finality(Finality::DoomSlug) => Ok(chain.near_final()),
        BlockReference::Finality(Finality::Final) => Ok(chain.final_head()),
        BlockReference::SyncCheckpoint(
            SyncCheckpoint::Genesis | SyncCheckpoint::EarliestAvailable,
        ) => Ok(chain.genesis_block()),
    }
}

/// The block with this height or hash.
///
/// # Errors
/// [`MissingBlock`].
pub(crate) fn by_id<'a>(
    chain: &'a Chain,
    id: &BlockId,
) -> Result<&'a Arc<SealedBlock>, MissingBlock> {
    let found = match id {
        BlockId::Height(height) => chain.block_by_height(*height),
        BlockId::Hash(hash) => chain.block_by_hash(hash),
    };
    found.ok_or_else(|| MissingBlock { id: id.clone() })
}

/// A block that was asked for and is not in the chain.
#[derive(Clone, Debug)]
pub(crate) struct MissingBlock {
    /// How it was asked for.
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
