//! `next_light_client_block`, `light_client_proof` and `EXPERIMENTAL_light_client_block_proof`:
//! the chain for clients that trust one block and verify the rest.

use super::transaction;
use crate::lookup::{MissingBlock, NoBlock};
use crate::methods::reply::{Reply, View, reply};
use crate::{error, lookup, params};
use keyway_chain::SealedBlock;
use keyway_engine::StateError;
use near_jsonrpc_primitives::errors::RpcError;
use near_jsonrpc_primitives::types::light_client::{
    RpcLightClientBlockProofRequest, RpcLightClientBlockProofResponse,
    RpcLightClientExecutionProofRequest, RpcLightClientExecutionProofResponse,
    RpcLightClientNextBlockError, RpcLightClientNextBlockRequest, RpcLightClientNextBlockResponse,
    RpcLightClientProofError,
};
use near_primitives::hash::CryptoHash;
use near_primitives::merkle::MerklePath;
use near_primitives::types::{BlockId, TransactionOrReceiptId};
use near_primitives::views::ExecutionOutcomeWithIdView;
use serde_json::Value;
use std::sync::Arc;

/// A final block newer than the one that a light client has: `{last_block_hash}` or `[hash]`.
/// `{}` when there is none.
pub(super) fn next_block(view: &View<'_>, params: Value) -> Reply {
    check_provable(view)?;
    let request = match params::array(params) {
        Ok([hash]) => RpcLightClientNextBlockRequest { last_block_hash: params::parse(hash)? },
        Err(params) => params::parse(params)?,
    };
    let id = BlockId::Hash(request.last_block_hash);
    let known = lookup::by_id(view.chain, &id).map_err(RpcLightClientNextBlockError::from)?;
    let light_client_block =
        view.chain.next_light_client_block(&known).map_err(error::internal)?.map(Arc::new);
    let earliest = view.chain.earliest_block().map_err(error::internal)?;
    if light_client_block.is_none() && known.height() < earliest.height() {
        // Nothing leads from the genesis block to blocks so far away.
        let pruned = NoBlock::Missing(MissingBlock { id });
        return Err(RpcLightClientNextBlockError::from(pruned).into());
    }
    reply(RpcLightClientNextBlockResponse { light_client_block })
}

/// That a transaction or receipt had its outcome: a path up to the outcomes' root in the next
/// block's header, and one from that block to the light client's.
pub(super) fn execution_proof(view: &View<'_>, params: Value) -> Reply {
    check_provable(view)?;
    let request: RpcLightClientExecutionProofRequest = params::parse(params)?;
    let transaction_or_receipt_id = match request.id {
        TransactionOrReceiptId::Transaction { transaction_hash, .. } => transaction_hash,
        TransactionOrReceiptId::Receipt { receipt_id, .. } => receipt_id,
    };
    let unknown =
        RpcLightClientProofError::UnknownTransactionOrReceipt { transaction_or_receipt_id };
    let entry =
        view.chain.outcome(&transaction_or_receipt_id).map_err(unreadable)?.ok_or(unknown)?;
    let unconfirmed = RpcLightClientProofError::NotConfirmed { transaction_or_receipt_id };
    let confirming = view.chain.next_block(&entry.block).map_err(unreadable)?.ok_or(unconfirmed)?;
    let block = prove(view, &confirming, &request.light_client_head)?;
    let outcome = transaction::shown(&entry);
    reply(RpcLightClientExecutionProofResponse {
        outcome_proof: ExecutionOutcomeWithIdView { block_hash: *confirming.hash(), ..outcome },
        // The root of one shard's outcomes is next to no other.
        outcome_root_proof: MerklePath::new(),
        block_header_lite: block.block_header_lite,
        block_proof: block.block_proof,
    })
}

/// That a block is below the light client's: `{block_hash, light_client_head}`.
pub(super) fn block_proof(view: &View<'_>, params: Value) -> Reply {
    check_provable(view)?;
    let request: RpcLightClientBlockProofRequest = params::parse(params)?;
    let block = lookup::by_id(view.chain, &BlockId::Hash(request.block_hash))
        .map_err(RpcLightClientProofError::from)?;
    reply(prove(view, &block, &request.light_client_head)?)
}

/// Refuses proofs on a fork, which has neither the hashes of the network's blocks nor the keys of its
/// validators, and on a chain that was loaded from a dump, which does not have the hashes of its
/// earlier blocks.
fn check_provable(view: &View<'_>) -> Result<(), RpcError> {
    match view.chain.forked_from() {
        Some(_) => Err(error::unknown_on_fork("the blocks that light clients verify")),
        None if view.chain.begins_late() => Err(error::internal(
            "this chain was loaded from a dump, which has no hashes of earlier blocks to prove anything with; ask the chain that was dumped",
        )),
        None => Ok(()),
    }
}

fn prove(
    view: &View<'_>,
    block: &SealedBlock,
    head: &CryptoHash,
) -> Result<RpcLightClientBlockProofResponse, RpcLightClientProofError> {
    let head = lookup::by_id(view.chain, &BlockId::Hash(*head))?;
    for block in [block, &head] {
        if !view.chain.is_final(block) {
            return Err(internal(format!("{} not on current chain", block.hash())));
        }
    }
    let path = view.chain.block_proof(block, &head).map_err(unreadable)?;
    let ahead =
        || internal(format!("block {} is ahead of head block {}", block.hash(), head.hash()));
    Ok(RpcLightClientBlockProofResponse {
        block_header_lite: block.header.clone().into(),
        block_proof: path.ok_or_else(ahead)?,
    })
}

fn unreadable(error: StateError) -> RpcLightClientProofError {
    internal(error.to_string())
}

fn internal(error_message: String) -> RpcLightClientProofError {
    RpcLightClientProofError::InternalError { error_message }
}
