//! Parameters of the transaction methods.

use crate::params;
use borsh::BorshDeserialize;
use near_jsonrpc_primitives::errors::RpcError;
use near_jsonrpc_primitives::types::transactions::{
    RpcSendTransactionRequest, RpcTransactionStatusRequest, TransactionInfo,
};
use near_primitives::serialize::from_base64;
use near_primitives::transaction::SignedTransaction;
use near_primitives::views::TxExecutionStatus;
use serde_json::Value;

/// `{signed_tx_base64, wait_until?}` or `[signed_tx_base64]`.
///
/// # Errors
/// `PARSE_ERROR`.
pub(super) fn sending(params: Value) -> Result<RpcSendTransactionRequest, RpcError> {
    let params = match params::array(params) {
        Ok([encoded]) => {
            return Ok(RpcSendTransactionRequest {
                signed_transaction: decode(encoded)?,
                wait_until: TxExecutionStatus::default(),
            });
        }
        Err(params) => params,
    };
    if matches!(&params, Value::Array(items) if items.len() == 2) {
        let reason = "Unable to parse send request: too many params passed";
        return Err(RpcError::parse_error(reason.to_owned()));
    }
    params::parse(params)
}

/// `{tx_hash, sender_account_id, wait_until?}`, `{signed_tx_base64, wait_until?}`,
/// `[tx_hash, sender_account_id]` or `[signed_tx_base64]`.
///
/// # Errors
/// `PARSE_ERROR`.
pub(super) fn asking(params: Value) -> Result<RpcTransactionStatusRequest, RpcError> {
    let params = match params::array(params) {
        Ok([encoded]) => return Ok(about(TransactionInfo::from_signed_tx(decode(encoded)?))),
        Err(params) => params,
    };
    match params::array(params) {
        Ok([hash, sender]) => Ok(about(TransactionInfo::TransactionId {
            tx_hash: params::parse(hash)?,
            sender_account_id: params::parse(sender)?,
        })),
        Err(params) => params::parse(params),
    }
}

fn about(transaction_info: TransactionInfo) -> RpcTransactionStatusRequest {
    RpcTransactionStatusRequest { transaction_info, wait_until: TxExecutionStatus::default() }
}

/// A transaction from the base64 of its borsh bytes, in the words of the positional methods.
fn decode(encoded: Value) -> Result<SignedTransaction, RpcError> {
    let encoded: String = params::parse(encoded)?;
    let bytes = from_base64(&encoded).map_err(undecodable)?;
    SignedTransaction::try_from_slice(&bytes).map_err(undecodable)
}

fn undecodable(error: impl std::fmt::Display) -> RpcError {
    RpcError::parse_error(format!("Failed to decode transaction: {error}"))
}
