//! `validators`, `EXPERIMENTAL_validators_ordered` and `maintenance_windows`.

use crate::methods::reply::{Reply, View, reply};
use crate::{lookup, params};
use keyway_engine::StateError;
use near_jsonrpc_primitives::types::maintenance::RpcMaintenanceWindowsRequest;
use near_jsonrpc_primitives::types::validator::{RpcValidatorError, RpcValidatorsOrderedRequest};
use near_primitives::types::{BlockId, EpochId, EpochReference};
use near_primitives::views::validator_stake_view::ValidatorStakeView;
use near_primitives::views::{MaintenanceWindowsView, ValidatorStakeViewV1};
use serde_json::Value;

/// The validators of an epoch and of the next one: `{epoch_id}`, `{block_id}`, `{"latest": null}`, or
/// `[block_id]`, where a null id means the running epoch.
pub(super) fn validators(view: &View<'_>, params: Value) -> Reply {
    let reference = match params::array(params) {
        Ok([id]) => match params::parse::<Option<BlockId>>(id)? {
            Some(id) => EpochReference::BlockId(id),
            None => EpochReference::Latest,
        },
        Err(params) => params::parse(params)?,
    };
    let epoch_id = match reference {
        EpochReference::Latest => None,
        EpochReference::EpochId(id) => Some(id),
        EpochReference::BlockId(id) => Some(epoch_that_ends_with(view, &id)?),
    };
    let info = view.chain.validators(epoch_id.as_ref()).ok_or(RpcValidatorError::UnknownEpoch)?;
    reply(info)
}

/// The validators of the epoch of a block (or of the head), in order: `{block_id}` or `[block_id]`.
pub(super) fn ordered(view: &View<'_>, params: Value) -> Reply {
    let request: RpcValidatorsOrderedRequest = params::parse(params)?;
    let sealed = match &request.block_id {
        None => view.chain.head().clone(),
        Some(id) => lookup::by_id(view.chain, id).map_err(|_| RpcValidatorError::UnknownEpoch)?,
    };
    let info = view.chain.validators(Some(sealed.header.epoch_id()));
    let info = info.ok_or(RpcValidatorError::UnknownEpoch)?;
    let stakes = info.current_validators.into_iter().map(|validator| {
        ValidatorStakeView::V1(ValidatorStakeViewV1 {
            account_id: validator.account_id,
            public_key: validator.public_key,
            stake: validator.stake,
        })
    });
    reply(stakes.collect::<Vec<_>>())
}

/// Heights of the running epoch at which an account produces nothing: all or none of them.
pub(super) fn maintenance_windows(view: &View<'_>, params: Value) -> Reply {
    let request: RpcMaintenanceWindowsRequest = params::parse(params)?;
    let head = &view.chain.head().header;
    let window = head.height()..view.chain.epoch_end_height();
    let busy = request.account_id == *view.chain.author() || window.is_empty();
    let windows: MaintenanceWindowsView = if busy { Vec::new() } else { vec![window] };
    reply(windows)
}

fn unreadable(error: StateError) -> RpcValidatorError {
    RpcValidatorError::InternalError { error_message: error.to_string() }
}

/// A block stands for its epoch only if it is the epoch's last.
fn epoch_that_ends_with(view: &View<'_>, id: &BlockId) -> Result<EpochId, RpcValidatorError> {
    let block = lookup::by_id(view.chain, id).map_err(|_| RpcValidatorError::UnknownEpoch)?;
    if block.hash() == view.chain.head().hash() {
        return Err(RpcValidatorError::UnknownEpoch);
    }
    let next_start = view.chain.epoch_start_height(block.header.next_epoch_id());
    let next = next_start.map(|height| view.chain.block_by_height(height)).transpose();
    match next.map_err(unreadable)?.flatten() {
        Some(next) if next.header.prev_hash() == block.hash() => Ok(*block.header.epoch_id()),
        _ => Err(RpcValidatorError::ValidatorInfoUnavailable),
    }
}
