//! `block` and `gas_price`.

use crate::methods::reply::{Reply, View, reply};
use crate::{lookup, params};
use near_jsonrpc_primitives::types::blocks::RpcBlockError;
use near_jsonrpc_primitives::types::gas_price::{RpcGasPriceError, RpcGasPriceRequest};
use near_primitives::types::BlockReference;
use near_primitives::views::{BlockView, GasPriceView};
use serde_json::Value;

/// The block that a reference names: `{block_id}`, `{finality}`, `{sync_checkpoint}`, or `[block_id]`.
pub(super) fn block(view: &View<'_>, params: Value) -> Reply {
    let reference = match params::array(params) {
        Ok([id]) => BlockReference::BlockId(params::parse(id)?),
        Err(params) => params::parse(params)?,
    };
    let sealed = lookup::block(view.chain, &reference).map_err(RpcBlockError::from)?;
    if let Some(origin) = view.chain.forked_from().filter(|_| view.chain.is_of_network(&sealed)) {
        return reply(&origin.block);
    }
    reply(BlockView {
        author: sealed.author.clone(),
        header: (&view.chain.signed_header(&sealed)).into(),
        chunks: vec![view.chain.signed_chunk(&sealed).into()],
    })
}

/// The gas price of the block after the one asked for; after the head without one.
/// `{block_id}` or `[block_id]`, where the id may be null.
pub(super) fn gas_price(view: &View<'_>, params: Value) -> Reply {
    let request: RpcGasPriceRequest = params::parse(params)?;
    let sealed = match &request.block_id {
        None => view.chain.head().clone(),
        Some(id) => lookup::by_id(view.chain, id).map_err(RpcGasPriceError::from)?,
    };
    reply(GasPriceView { gas_price: sealed.header.next_gas_price() })
}
