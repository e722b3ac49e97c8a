//! The context that all transaction methods share.

use super::young::Young;
use crate::gate::Gate;
use crate::settings::Settings;
use keyway_node::Node;
use near_jsonrpc_primitives::errors::RpcError;
use near_jsonrpc_primitives::types::transactions::RpcTransactionError;
use near_primitives::errors::InvalidTxError;

/// The node, the settings and the gate of transaction methods.
#[derive(Clone, Copy)]
pub(crate) struct TxContext<'a> {
    pub(crate) node: &'a Node,
    pub(crate) young: &'a Young,
    pub(crate) settings: &'a Settings,
    pub(crate) gate: &'a Gate,
}

/// The wire error of a transaction that the rules refuse.
pub(super) fn invalid(context: InvalidTxError) -> RpcError {
    RpcTransactionError::InvalidTransaction { context }.into()
}
