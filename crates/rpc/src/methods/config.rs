//! `genesis_config`, `EXPERIMENTAL_protocol_config` and `client_config`.

use crate::error::internal;
use crate::methods::reply::{Reply, View, reply};
use crate::{lookup, params};
use near_chain_configs::{GenesisConfig, ProtocolConfig, ProtocolConfigView};
use near_jsonrpc_primitives::types::config::{RpcProtocolConfigError, RpcProtocolConfigResponse};
use near_primitives::types::BlockReference;
use serde_json::{Value, json};

/// The genesis without its records.
pub(super) fn genesis(view: &View<'_>, _params: Value) -> Reply {
    reply(view.chain.genesis())
}

/// Rules and prices in force at a block: the same for all blocks of a chain. With the members that
/// nodes of other versions have, because typed clients of their time refuse an answer without them.
pub(super) fn protocol(view: &View<'_>, params: Value) -> Reply {
    let reference: BlockReference = params::parse(params)?;
    lookup::block(view.chain, &reference).map_err(RpcProtocolConfigError::from)?;
    let config = ProtocolConfig {
        genesis_config: GenesisConfig {
            // A fork's genesis is that of its network, which began with an older version.
            protocol_version: view.chain.protocol().version,
            ..view.chain.genesis().clone()
        },
        runtime_config: view.chain.protocol().config.as_ref().clone(),
    };
    let response = RpcProtocolConfigResponse { config_view: ProtocolConfigView::from(config) };
    let mut response = serde_json::to_value(response).map_err(internal)?;
    if let Some(Value::Object(vm)) = response.pointer_mut("/runtime_config/wasm_config") {
        for member in ALWAYS_ON {
            vm.entry(member).or_insert(Value::Bool(true));
        }
    }
    Ok(response.into())
}

/// Members of `wasm_config` that newer nodes have dropped, because the features they enabled are in
/// every protocol version in use.
const ALWAYS_ON: [&str; 3] =
    ["deterministic_account_ids", "eth_implicit_global_contract", "saturating_float_to_int"];

/// Those settings of a nearcore node that mean something here.
pub(super) fn client(view: &View<'_>, _params: Value) -> Reply {
    let genesis = view.chain.genesis();
    Ok(json!({
        "archive": true,
        "chain_id": genesis.chain_id,
        "epoch_length": genesis.epoch_length,
        "rpc_addr": view.settings.rpc_addr,
        "save_trie_changes": false,
        "save_tx_outcomes": true,
        "version": view.settings.version,
    })
    .into())
}
