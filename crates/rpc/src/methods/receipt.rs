//! `EXPERIMENTAL_receipt` and `EXPERIMENTAL_receipt_to_tx`.

use crate::error::internal;
use crate::methods::reply::{Reply, View, reply};
use crate::params;
use near_jsonrpc_primitives::types::receipts::{
    RpcReceiptError, RpcReceiptRequest, RpcReceiptResponse, RpcReceiptToTxError,
    RpcReceiptToTxRequest, RpcReceiptToTxResponse,
};
use serde_json::Value;

/// A receipt by id.
pub(super) fn receipt(view: &View<'_>, params: Value) -> Reply {
    let request: RpcReceiptRequest = params::parse(params)?;
    let receipt_id = request.receipt_reference.receipt_id;
    let receipt = view.chain.receipt(&receipt_id).map_err(internal)?;
    let receipt = receipt.ok_or(RpcReceiptError::UnknownReceipt { receipt_id })?;
    reply(RpcReceiptResponse { receipt_view: receipt.into() })
}

/// The transaction that a receipt descends from.
pub(super) fn to_transaction(view: &View<'_>, params: Value) -> Reply {
    let request: RpcReceiptToTxRequest = params::parse(params)?;
    let receipt_id = request.receipt_reference.receipt_id;
    let origin = view.chain.transaction_of_receipt(&receipt_id).map_err(internal)?;
    let entry = origin.map(|hash| view.chain.transaction(&hash)).transpose().map_err(internal)?;
    let entry = entry.flatten().ok_or(RpcReceiptToTxError::UnknownReceipt { receipt_id })?;
    reply(RpcReceiptToTxResponse {
        transaction_hash: entry.transaction.get_hash(),
        sender_account_id: entry.transaction.transaction.signer_id().clone(),
    })
}
