//! `query`: looks at a state; in objects, or in the paths of its first years.

use super::{Access, state};
use crate::methods::reply::{Reply, View, reply};
use crate::{error, params};
use near_jsonrpc_primitives::errors::RpcError;
use near_jsonrpc_primitives::types::query::{RpcQueryError, RpcQueryRequest};
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, BlockId, BlockReference, StoreKey};
use near_primitives::views::QueryRequest;
use serde_json::{Value, json};
use std::num::NonZeroU32;

/// The longest path and data of a positional query, bytes.
const PATH_BYTES: usize = 10 * 1024;

/// `{request_type, …}` with a block reference, or `[path, data]`, which asks for the head.
pub(super) fn query(view: &View<'_>, params: Value) -> Reply {
    let request = request(params)?;
    if let QueryRequest::ViewState { include_proof, .. } = request.request {
        check_provable(view, include_proof)?;
    }
    match state::look(view, &request.block_reference, request.request) {
        Ok(found) => reply(found),
        Err(error) => refusal(error),
    }
}

/// Contracts may run long, and code and lists be long; the rest is a value or two.
pub(super) fn access(params: &Value) -> Access {
    let named = |kind: &str| match kind {
        "call_function"
        | "view_access_key_list"
        | "view_code"
        | "view_global_contract_code"
        | "view_global_contract_code_by_account_id"
        | "view_state" => Access::Heavy,
        _ => Access::Disk,
    };
    let one_value = |path: &str| match path.split_once('/') {
        Some(("account", _)) => true,
        Some(("access_key", rest)) => rest.contains('/'),
        _ => false,
    };
    match (params.get("request_type"), params.get(0)) {
        (Some(Value::String(kind)), _) => named(kind),
        (None, Some(Value::String(path))) if one_value(path) => Access::Disk,
        _ => Access::Heavy,
    }
}

/// Refuses paging that cannot be proved or that leaves the prefix.
///
/// # Errors
/// `PARSE_ERROR`.
pub(super) fn check_page(
    prefix: &StoreKey,
    after_key: Option<&StoreKey>,
    limit: Option<NonZeroU32>,
    include_proof: bool,
) -> Result<(), RpcError> {
    if include_proof && (after_key.is_some() || limit.is_some()) {
        let reason =
            "include_proof is not supported with paginated view_state (after_key_base64 / limit)";
        return Err(RpcError::parse_error(reason.to_owned()));
    }
    if after_key.is_some_and(|after| !after.starts_with(prefix)) {
        return Err(RpcError::parse_error(
            "after_key_base64 must start with prefix_base64".to_owned(),
        ));
    }
    Ok(())
}

/// Refuses a proof of state on a fork, which knows only a part of the trie.
///
/// # Errors
/// `UNKNOWN_ON_FORK`.
pub(super) fn check_provable(view: &View<'_>, include_proof: bool) -> Result<(), RpcError> {
    match view.chain.forked_from() {
        Some(_) if include_proof => Err(error::unknown_on_fork("the proof of a state")),
        _ => Ok(()),
    }
}

fn request(params: Value) -> Result<RpcQueryRequest, RpcError> {
    let request: RpcQueryRequest = match params::array(params) {
        Ok([path, data]) => {
            positional(&params::parse::<String>(path)?, &params::parse::<String>(data)?)?
        }
        Err(params) => params::parse(params)?,
    };
    if let QueryRequest::ViewState { prefix, after_key, limit, include_proof, .. } =
        &request.request
    {
        check_page(prefix, after_key.as_ref(), *limit, *include_proof)?;
    }
    Ok(request)
}

/// `account/ID`, `access_key/ID`, `access_key/ID/KEY`, `code/ID`, `contract/ID`, `call/ID/METHOD`.
fn positional(path: &str, data: &str) -> Result<RpcQueryRequest, RpcError> {
    let mut parts = path.splitn(3, '/');
    let (Some(command), Some(account_id)) = (parts.next(), parts.next()) else {
        return Err(RpcError::parse_error("Not enough query parameters provided".to_owned()));
    };
    let account_id: AccountId = account_id.parse().map_err(parse_error)?;
    let request = match (command, parts.next()) {
        ("account", _) => QueryRequest::ViewAccount { account_id },
        ("access_key", None) => {
            QueryRequest::ViewAccessKeyList { account_id, after_key: None, limit: None }
        }
        ("access_key", Some(key)) => {
            let public_key = key.parse().map_err(|_| parse_error("Invalid public key"))?;
            QueryRequest::ViewAccessKey { account_id, public_key }
        }
        ("code", _) => QueryRequest::ViewCode { account_id },
        ("contract", _) => {
            let prefix = bytes(path, data)?.into();
            QueryRequest::ViewState {
                account_id,
                prefix,
                after_key: None,
                limit: None,
                include_proof: false,
            }
        }
        ("call", Some(method)) => {
            let args = bytes(path, data)?.into();
            QueryRequest::CallFunction { account_id, method_name: method.to_owned(), args }
        }
        ("call", None) => return Err(parse_error("Method name is missing")),
        _ => return Err(parse_error(format!("Unknown path {command}"))),
    };
    Ok(RpcQueryRequest { block_reference: BlockReference::latest(), request })
}

/// Base58 takes quadratic time, so the room bounds the work too.
fn bytes(path: &str, data: &str) -> Result<Vec<u8>, RpcError> {
    let room = PATH_BYTES.saturating_sub(path.len());
    let mut decoded = vec![0; room.min(data.len())];
    match bs58::decode(data).onto(decoded.as_mut_slice()) {
        Ok(length) => {
            decoded.truncate(length);
            Ok(decoded)
        }
        Err(bs58::decode::Error::BufferTooSmall) => {
            Err(parse_error("Query data size is too large"))
        }
        Err(error) => Err(parse_error(error)),
    }
}

fn parse_error(reason: impl ToString) -> RpcError {
    RpcError::parse_error(reason.to_string())
}

/// Errors of `query`. Two of them are results for the sake of old clients, and one has old words.
fn refusal(error: RpcQueryError) -> Reply {
    match error {
        RpcQueryError::ContractExecutionError { vm_error, block_height, block_hash, .. } => {
            Ok(error_as_result(&vm_error, block_height, block_hash).into())
        }
        RpcQueryError::UnknownAccessKey { public_key, block_height, block_hash } => {
            let error = format!("access key {public_key} does not exist while viewing");
            Ok(error_as_result(&error, block_height, block_hash).into())
        }
        RpcQueryError::UnknownBlock { block_reference: BlockReference::BlockId(ref id) } => {
            let text = match id {
                BlockId::Height(height) => {
                    format!("DB Not Found Error: BLOCK HEIGHT: {height} \n Cause: Unknown")
                }
                BlockId::Hash(hash) => format!("DB Not Found Error: BLOCK HEADER: {hash}"),
            };
            let mut error = RpcError::from(error);
            error.data = Some(Box::new(Value::String(text)));
            Err(error)
        }
        other => Err(other.into()),
    }
}

fn error_as_result(error: &str, block_height: u64, block_hash: CryptoHash) -> Value {
    json!({"error": error, "logs": [], "block_height": block_height, "block_hash": block_hash})
}
