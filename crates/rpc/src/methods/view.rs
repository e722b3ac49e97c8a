//! `EXPERIMENTAL_view_…` and `EXPERIMENTAL_call_function`: `query` in one method each, whose errors
//! are errors.

use super::query::{check_page, check_provable};
use super::state;
use crate::methods::reply::{Reply, View, reply};
use crate::params;
use near_jsonrpc_primitives::errors::RpcError;
use near_jsonrpc_primitives::types::call_function::{RpcCallFunctionError, RpcCallFunctionRequest};
use near_jsonrpc_primitives::types::query::RpcQueryError;
use near_jsonrpc_primitives::types::view_access_key::{
    RpcViewAccessKeyError, RpcViewAccessKeyRequest,
};
use near_jsonrpc_primitives::types::view_access_key_list::{
    RpcViewAccessKeyListError, RpcViewAccessKeyListRequest,
};
use near_jsonrpc_primitives::types::view_account::{RpcViewAccountError, RpcViewAccountRequest};
use near_jsonrpc_primitives::types::view_code::{RpcViewCodeError, RpcViewCodeRequest};
use near_jsonrpc_primitives::types::view_gas_key_nonces::{
    RpcViewGasKeyNoncesError, RpcViewGasKeyNoncesRequest,
};
use near_jsonrpc_primitives::types::view_state::{RpcViewStateError, RpcViewStateRequest};
use near_primitives::types::BlockReference;
use near_primitives::views::QueryRequest;
use serde_json::Value;

/// An account's balance, contract hash and storage.
pub(super) fn account(view: &View<'_>, params: Value) -> Reply {
    let RpcViewAccountRequest { block_reference, account_id } = params::parse(params)?;
    answer::<RpcViewAccountError>(view, &block_reference, QueryRequest::ViewAccount { account_id })
}

/// The code that an account runs.
pub(super) fn code(view: &View<'_>, params: Value) -> Reply {
    let RpcViewCodeRequest { block_reference, account_id } = params::parse(params)?;
    answer::<RpcViewCodeError>(view, &block_reference, QueryRequest::ViewCode { account_id })
}

/// Contract data below a prefix.
pub(super) fn state(view: &View<'_>, params: Value) -> Reply {
    let RpcViewStateRequest {
        block_reference,
        account_id,
        prefix,
        include_proof,
        after_key,
        limit,
    } = params::parse(params)?;
    check_page(&prefix, after_key.as_ref(), limit, include_proof)?;
    check_provable(view, include_proof)?;
    let request = QueryRequest::ViewState { account_id, prefix, after_key, limit, include_proof };
    answer::<RpcViewStateError>(view, &block_reference, request)
}

/// One access key.
pub(super) fn access_key(view: &View<'_>, params: Value) -> Reply {
    let RpcViewAccessKeyRequest { block_reference, account_id, public_key } =
        params::parse(params)?;
    let request = QueryRequest::ViewAccessKey { account_id, public_key };
    answer::<RpcViewAccessKeyError>(view, &block_reference, request)
}

/// An account's access keys.
pub(super) fn access_key_list(view: &View<'_>, params: Value) -> Reply {
    let RpcViewAccessKeyListRequest { block_reference, account_id, after_key, limit } =
        params::parse(params)?;
    let request = QueryRequest::ViewAccessKeyList { account_id, after_key, limit };
    match state::look(view, &block_reference, request) {
        // Its own error type does not have this one, and calls it internal.
        Err(error @ RpcQueryError::TooManyAccessKeys { .. }) => Err(error.into()),
        found => reply(found.map_err(RpcViewAccessKeyListError::from)?),
    }
}

/// The nonces of a gas key.
pub(super) fn gas_key_nonces(view: &View<'_>, params: Value) -> Reply {
    let RpcViewGasKeyNoncesRequest { block_reference, account_id, public_key } =
        params::parse(params)?;
    let request = QueryRequest::ViewGasKeyNonces { account_id, public_key };
    answer::<RpcViewGasKeyNoncesError>(view, &block_reference, request)
}

/// What a contract's method returns, without changing anything.
pub(super) fn call_function(view: &View<'_>, params: Value) -> Reply {
    let RpcCallFunctionRequest { block_reference, account_id, method_name, args } =
        params::parse(params)?;
    let request = QueryRequest::CallFunction { account_id, method_name, args };
    answer::<RpcCallFunctionError>(view, &block_reference, request)
}

/// Each method has an error type of its own, made from the common one.
fn answer<E>(view: &View<'_>, reference: &BlockReference, request: QueryRequest) -> Reply
where
    E: From<RpcQueryError>,
    RpcError: From<E>,
{
    reply(state::look(view, reference, request).map_err(E::from)?)
}
