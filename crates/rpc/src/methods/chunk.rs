//! `chunk` and `EXPERIMENTAL_congestion_level`.

use crate::methods::reply::{Reply, View, reply};
use crate::{lookup, params};
use keyway_chain::SealedBlock;
use keyway_engine::StateError;
use near_jsonrpc_primitives::errors::RpcError;
use near_jsonrpc_primitives::types::chunks::{ChunkReference, RpcChunkError};
use near_jsonrpc_primitives::types::congestion::RpcCongestionLevelResponse;
use near_parameters::view::RuntimeConfigView;
use near_primitives::sharding::ChunkHash;
use near_primitives::types::ShardId;
use near_primitives::views::{ChunkHeaderView, ChunkView};
use serde_json::Value;
use std::sync::Arc;

/// A chunk with its transactions and the receipts that came into it.
pub(super) fn chunk(view: &View<'_>, params: Value) -> Reply {
    let sealed = find(view, reference(params)?)?;
    reply(ChunkView {
        author: sealed.author.clone(),
        header: view.chain.signed_chunk(&sealed).into(),
        transactions: sealed.transactions.iter().cloned().map(Into::into).collect(),
        receipts: sealed.incoming.iter().cloned().map(Into::into).collect(),
    })
}

/// How congested the chunk's shard was, 0 to 1.
pub(super) fn congestion_level(view: &View<'_>, params: Value) -> Reply {
    let sealed = find(view, reference(params)?)?;
    let config = RuntimeConfigView::from(view.chain.protocol().config.as_ref().clone());
    let info = ChunkHeaderView::from(sealed.chunk.clone()).congestion_info;
    let congestion_level =
        info.map_or(0.0, |info| info.congestion_level(config.congestion_control_config));
    reply(RpcCongestionLevelResponse { congestion_level })
}

/// `{chunk_id}`, `{block_id, shard_id}`, `[chunk_id]` or `[[block_id, shard_id]]`.
fn reference(params: Value) -> Result<ChunkReference, RpcError> {
    match params::array(params) {
        Ok([pair @ Value::Array(_)]) => {
            let (block_id, shard_id) = params::parse(pair)?;
            Ok(ChunkReference::BlockShardId { block_id, shard_id })
        }
        Ok([id]) => Ok(ChunkReference::ChunkHash { chunk_id: params::parse(id)? }),
        Err(params) => params::parse(params),
    }
}

/// A fork knows the header of the block that it begins with, and not what was in its chunks.
fn unknown_on_fork(sealed: &SealedBlock) -> RpcChunkError {
    RpcChunkError::UnknownChunk { chunk_hash: sealed.chunk_hash().clone() }
}

fn find(view: &View<'_>, reference: ChunkReference) -> Result<Arc<SealedBlock>, RpcChunkError> {
    match reference {
        ChunkReference::BlockShardId { block_id, shard_id } => {
            let sealed = lookup::by_id(view.chain, &block_id)?;
            if view.chain.is_of_network(&sealed) {
                return Err(unknown_on_fork(&sealed));
            }
            if shard_id == ShardId::new(0) {
                Ok(sealed)
            } else {
                Err(RpcChunkError::InvalidShardId { shard_id })
            }
        }
        ChunkReference::ChunkHash { chunk_id } => {
            let chunk_hash = ChunkHash(chunk_id);
            let unreadable = |error: StateError| RpcChunkError::InternalError {
                error_message: error.to_string(),
            };
            let found = view.chain.chunk(&chunk_hash).map_err(unreadable)?;
            let found = found.filter(|sealed| !view.chain.is_of_network(sealed));
            found.ok_or(RpcChunkError::UnknownChunk { chunk_hash })
        }
    }
}
