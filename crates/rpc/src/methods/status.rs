//! `status`, `health`, `network_info` and `EXPERIMENTAL_split_storage_info`: the node about itself.

use crate::error;
use crate::methods::reply::{Reply, View, reply};
use near_jsonrpc_primitives::errors::RpcError;
use near_jsonrpc_primitives::types::network_info::RpcNetworkInfoResponse;
use near_jsonrpc_primitives::types::split_storage::RpcSplitStorageInfoResponse;
use near_primitives::version::PROTOCOL_VERSION;
use near_primitives::views::{SplitStorageInfoView, StatusResponse, StatusSyncInfo, ValidatorInfo};
use serde_json::Value;

/// The node's version, keys and head. Any parameters are taken and ignored, as in nearcore.
pub(super) fn status(view: &View<'_>, _params: Value) -> Reply {
    let View { chain, settings, uptime, .. } = *view;
    let validators = chain.validators(None).map(|info| info.current_validators).unwrap_or_default();
    let author = validators.iter().find(|validator| validator.account_id == *chain.author());
    let validator_key = author.map(|validator| validator.public_key.clone());
    reply(StatusResponse {
        version: settings.version.clone(),
        chain_id: chain.genesis().chain_id.clone(),
        protocol_version: chain.protocol().version,
        latest_protocol_version: PROTOCOL_VERSION,
        rpc_addr: settings.rpc_addr.clone(),
        validator_account_id: Some(chain.author().clone()),
        node_key: validator_key.clone(),
        validator_public_key: validator_key,
        validators: validators
            .into_iter()
            .map(|validator| ValidatorInfo { account_id: validator.account_id })
            .collect(),
        sync_info: sync_info(view)?,
        node_public_key: settings.node_key.clone(),
        uptime_sec: i64::try_from(uptime.as_secs()).unwrap_or(i64::MAX),
        genesis_hash: chain.genesis_hash(),
        detailed_debug_status: None,
    })
}

/// A chain that seals its own blocks is never behind.
fn sync_info(view: &View<'_>) -> Result<StatusSyncInfo, RpcError> {
    let head = &view.chain.head().header;
    let earliest = view.chain.earliest_block().map_err(error::internal)?;
    let earliest = &earliest.header;
    Ok(StatusSyncInfo {
        latest_block_hash: *head.hash(),
        latest_block_height: head.height(),
        latest_state_root: *head.prev_state_root(),
        latest_block_time: head.timestamp(),
        syncing: false,
        earliest_block_hash: Some(*earliest.hash()),
        earliest_block_height: Some(earliest.height()),
        earliest_block_time: Some(earliest.timestamp()),
        epoch_id: Some(*head.epoch_id()),
        epoch_start_height: view.chain.epoch_start_height(head.epoch_id()),
    })
}

/// `null` while inputs are taken and the chain can be read; else why not.
pub(super) fn health(view: &View<'_>, _params: Value) -> Reply {
    if let Some(reason) = view.trouble {
        return Err(error::trouble(error::UNHEALTHY, reason));
    }
    sync_info(view)?;
    Ok(Value::Null.into())
}

/// A node without peers.
pub(super) fn network_info(_view: &View<'_>, _params: Value) -> Reply {
    reply(RpcNetworkInfoResponse {
        active_peers: Vec::new(),
        num_active_peers: 0,
        peer_max_count: 0,
        sent_bytes_per_sec: 0,
        received_bytes_per_sec: 0,
        known_producers: Vec::new(),
    })
}

/// Heights of a node without cold storage.
pub(super) fn split_storage_info(view: &View<'_>, _params: Value) -> Reply {
    reply(RpcSplitStorageInfoResponse {
        result: SplitStorageInfoView {
            head_height: Some(view.chain.head().header.height()),
            final_head_height: Some(view.chain.final_head().header.height()),
            cold_head_height: None,
            hot_db_kind: None,
        },
    })
}
