//! The one table from what went wrong here to what NEAR JSON-RPC calls it.
//!
//! near-jsonrpc-primitives has an error type for each method and turns those into wire errors; here
//! our own errors become those types.

use crate::ledger::WriteError;
use crate::lookup::NoBlock;
use keyway_node::Refused;
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
use near_jsonrpc_primitives::types::transactions::RpcTransactionError;
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

/// `TIMEOUT_ERROR` as protocol 86 has it: without `info`, which older typed clients refuse.
pub(crate) fn timed_out() -> RpcError {
    let mut error = RpcError::from(RpcTransactionError::TimeoutError(None));
    if let Some(RpcErrorKind::HandlerError(cause)) = &mut error.error_struct
        && let Some(cause) = cause.as_object_mut()
    {
        cause.remove("info");
    }
    error
}

impl From<WriteError> for RpcError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Refused(Refused::Transaction(context)) => {
                RpcTransactionError::InvalidTransaction { context: *context }.into()
            }
            WriteError::Refused(_)
            | WriteError::Unwritable { .. }
            | WriteError::ReadOnly { .. }
            | WriteError::Journaled
            | WriteError::Busy { .. }
            | WriteError::Lost => internal(error),
        }
    }
}
