//! `sandbox_patch_state` and `sandbox_fast_forward`: powers of a local chain that no network has.

use crate::params;
use keyway_chain::{Chain, Input};
use near_jsonrpc_primitives::errors::RpcError;
use near_jsonrpc_primitives::types::sandbox::{
    RpcSandboxFastForwardRequest, RpcSandboxPatchStateRequest,
};
use serde_json::Value;

/// Writes state records over the state, in a block of their own: `{records}`.
pub(super) fn patch_state(_chain: &Chain, params: Value) -> Result<Input, RpcError> {
    let request: RpcSandboxPatchStateRequest = params::parse(params)?;
    Ok(Input::Patch(request.records))
}

/// Moves height and time on: `{delta_height}`.
pub(super) fn fast_forward(chain: &Chain, params: Value) -> Result<Input, RpcError> {
    let request: RpcSandboxFastForwardRequest = params::parse(params)?;
    Ok(chain.fast_forward_input(request.delta_height))
}
