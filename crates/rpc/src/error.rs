//! The table that maps our errors to those of NEAR JSON-RPC.
//!
//! near-jsonrpc-primitives has an error type for each method and turns those into wire errors; here
//! our own errors become those types.

use crate::lookup::NoBlock;
use keyway_chain::{Refused, SnapshotError};
use keyway_node::WriteError;
use near_jsonrpc_primitives::errors::{RpcError, RpcErrorKind};
use near_jsonrpc_primitives::types::blocks::RpcBlockError;
use near_jsonrpc_primitives::types::changes::RpcStateChangesError;
use near_jsonrpc_primitives::types::chunks::RpcChunkError;
use near_jsonrpc_primitives::types::config::RpcProtocolConfigError;
use near_jsonrpc_primitives::types::gas_price::RpcGasPriceError;
use near_jsonrpc_primitives::types::light_client::{
    RpcLightClientNextBlockError, RpcLightClientProofError,
};
use near_jsonrpc_primitives::types::query::RpcQueryError;
use near_jsonrpc_primitives::types::transactions::{RpcTransactionError, TimeoutErrorCause};
use near_primitives::types::ProtocolVersion;
use serde_json::Value;

/// `INTERNAL_ERROR` with `reason`.
pub(crate) fn internal(reason: impl ToString) -> RpcError {
    let reason = reason.to_string();
    RpcError::new_internal_error(Some(Value::String(reason.clone())), reason)
}

impl From<NoBlock> for RpcBlockError {
    fn from(none: NoBlock) -> Self {
        match none {
            NoBlock::Missing(missing) => Self::UnknownBlock { error_message: missing.block() },
            NoBlock::Unreadable(error) => Self::InternalError { error_message: error.to_string() },
        }
    }
}

impl From<NoBlock> for RpcChunkError {
    fn from(none: NoBlock) -> Self {
        match none {
            NoBlock::Missing(missing) => Self::UnknownBlock { error_message: missing.block() },
            NoBlock::Unreadable(error) => Self::InternalError { error_message: error.to_string() },
        }
    }
}

impl From<NoBlock> for RpcStateChangesError {
    fn from(none: NoBlock) -> Self {
        match none {
            NoBlock::Missing(missing) => Self::UnknownBlock { error_message: missing.block() },
            NoBlock::Unreadable(error) => Self::InternalError { error_message: error.to_string() },
        }
    }
}

impl From<NoBlock> for RpcGasPriceError {
    fn from(none: NoBlock) -> Self {
        match none {
            NoBlock::Missing(missing) => Self::UnknownBlock { error_message: missing.header() },
            NoBlock::Unreadable(error) => Self::InternalError { error_message: error.to_string() },
        }
    }
}

impl From<NoBlock> for RpcProtocolConfigError {
    fn from(none: NoBlock) -> Self {
        match none {
            NoBlock::Missing(missing) => Self::UnknownBlock { error_message: missing.header() },
            NoBlock::Unreadable(error) => Self::InternalError { error_message: error.to_string() },
        }
    }
}

impl From<NoBlock> for RpcLightClientNextBlockError {
    fn from(none: NoBlock) -> Self {
        match none {
            NoBlock::Missing(missing) => Self::UnknownBlock { error_message: missing.header() },
            NoBlock::Unreadable(error) => Self::InternalError { error_message: error.to_string() },
        }
    }
}

impl From<NoBlock> for RpcLightClientProofError {
    fn from(none: NoBlock) -> Self {
        match none {
            NoBlock::Missing(missing) => Self::UnknownBlock { error_message: missing.header() },
            NoBlock::Unreadable(error) => Self::InternalError { error_message: error.to_string() },
        }
    }
}

impl From<NoBlock> for RpcQueryError {
    fn from(none: NoBlock) -> Self {
        match none {
            NoBlock::Missing(missing) => Self::UnknownBlock { block_reference: missing.id.into() },
            NoBlock::Unreadable(error) => Self::InternalError { error_message: error.to_string() },
        }
    }
}

/// `TIMEOUT_ERROR` in the form of the nodes of a protocol version: up to 86 it has no `info`, which
/// typed clients of that time refuse; from 87 on it says how far the transaction is.
pub(crate) fn timed_out(version: ProtocolVersion, cause: TimeoutErrorCause) -> RpcError {
    let mut error = RpcError::from(RpcTransactionError::TimeoutError(Some(cause)));
    if version < TIMEOUTS_HAVE_CAUSES
        && let Some(RpcErrorKind::HandlerError(cause)) = &mut error.error_struct
        && let Some(cause) = cause.as_object_mut()
    {
        cause.remove("info");
    }
    error
}

/// `INTERNAL_ERROR` of the node's own trouble, whose cause has a name that programs can go by.
pub(crate) fn trouble(cause: &str, reason: impl ToString) -> RpcError {
    let mut error = internal(reason);
    if let Some(RpcErrorKind::InternalError(inner)) = &mut error.error_struct {
        inner["name"] = Value::from(cause);
    }
    error
}

/// `HANDLER_ERROR`: the request is valid, but refused.
pub(crate) fn refused(cause: &str, reason: impl ToString) -> RpcError {
    let mut error = internal(reason);
    if let Some(RpcErrorKind::InternalError(mut inner)) = error.error_struct.take() {
        inner["name"] = Value::from(cause);
        error.error_struct = Some(RpcErrorKind::HandlerError(inner));
    }
    error
}

/// `HANDLER_ERROR` for `what` a fork cannot know of its network, and does not invent.
pub(crate) fn unknown_on_fork(what: &str) -> RpcError {
    refused(
        UNKNOWN_ON_FORK,
        format!("a fork does not know {what}; ask a node of the network itself"),
    )
}

/// A fork does not know it. The network does.
pub(crate) const UNKNOWN_ON_FORK: &str = "UNKNOWN_ON_FORK";
/// More is asked than the node does at a time; the same may succeed in a moment. HTTP 503.
pub(crate) const BUSY: &str = "BUSY";
/// The node takes no more inputs until it is started again.
pub(crate) const READ_ONLY: &str = "READ_ONLY";
/// The node writes nothing now.
pub(crate) const UNHEALTHY: &str = "UNHEALTHY";
/// A page of this origin may not do that. HTTP 403.
pub(crate) const ORIGIN_NOT_ALLOWED: &str = "ORIGIN_NOT_ALLOWED";

/// The node was started without the methods that no network has.
pub(crate) const CHEATS_OFF: &str = "CHEATS_OFF";
/// A parameter has a value that is out of range.
pub(crate) const INVALID_PARAMETER: &str = "INVALID_PARAMETER";

/// The wire error of an input that did not become part of the chain.
pub(crate) fn of_write(error: WriteError) -> RpcError {
    let reason = error.to_string();
    match error {
        WriteError::Refused(Refused::Transaction(context)) => {
            RpcTransactionError::InvalidTransaction { context: *context }.into()
        }
        WriteError::Refused(Refused::Patch(_)) => refused("INVALID_PATCH", reason),
        WriteError::Refused(Refused::FastForward(_)) => refused("INVALID_FAST_FORWARD", reason),
        WriteError::Refused(Refused::Time(_)) => refused("INVALID_TIME", reason),
        WriteError::Refused(Refused::Mine(_)) => refused(INVALID_PARAMETER, reason),
        WriteError::Refused(Refused::Snapshot(SnapshotError::Unknown { .. })) => {
            refused("UNKNOWN_SNAPSHOT", reason)
        }
        WriteError::Refused(Refused::Snapshot(_)) => refused("INVALID_SNAPSHOT", reason),
        WriteError::Unwritable { .. } => refused("INPUT_NOT_RECORDED", reason),
        WriteError::Busy { .. } => trouble(BUSY, reason),
        WriteError::ReadOnly { .. } => trouble(READ_ONLY, reason),
        _ => internal(reason),
    }
}

/// From this protocol version on, nodes say in a `TIMEOUT_ERROR` how far the transaction is.
const TIMEOUTS_HAVE_CAUSES: ProtocolVersion = 87;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(error: RpcError, name: &str, cause: &str) {
        let wire = serde_json::to_value(error).unwrap();
        let expected = json!({
            "name": name,
            "cause": {"name": cause, "info": {"error_message": "words"}},
            "code": -32000,
            "message": "Server error",
            "data": "words",
        });
        assert_eq!(wire, expected);
    }

    #[test]
    fn every_error_has_nears_form_and_a_cause_to_go_by() {
        check(internal("words"), "INTERNAL_ERROR", "INTERNAL_ERROR");
        check(trouble(BUSY, "words"), "INTERNAL_ERROR", BUSY);
        check(refused("INVALID_PATCH", "words"), "HANDLER_ERROR", "INVALID_PATCH");
    }

    #[test]
    fn a_timeout_has_the_form_of_the_versions_node() {
        let wire = |version| {
            let error = timed_out(version, TimeoutErrorCause::NotObserved);
            serde_json::to_value(error).unwrap()["cause"].clone()
        };
        assert_eq!(wire(86), json!({"name": "TIMEOUT_ERROR"}));
        assert_eq!(wire(87), json!({"name": "TIMEOUT_ERROR", "info": {"cause": "NOT_OBSERVED"}}));
    }
}
