//! What a view call did.

use crate::bytes::Bytes;
use crate::frame::Log;
use crate::gas::GasCost;
use crate::storage::StorageUse;
use near_primitives::errors::FunctionCallError;
use near_primitives::types::{AccountId, BlockHeight, Gas};
use serde::{Deserialize, Serialize};

/// A call of a contract's method that changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewTrace {
    /// The account whose contract was called.
    pub account_id: AccountId,
    /// The method.
    pub method: String,
    /// The arguments.
    pub args: Bytes,
    /// The block on whose state it ran.
    pub block_height: BlockHeight,
    /// Gas that it would burn in a transaction, without the fees around the call.
    pub gas_burnt: Gas,
    /// That gas by cost.
    pub costs: Vec<GasCost>,
    /// What it logged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<Log>,
    /// What it read.
    #[serde(default, skip_serializing_if = "StorageUse::is_empty")]
    pub storage: StorageUse,
    /// How it ended.
    pub result: ViewResult,
}

/// How a view call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewResult {
    /// It returned a value; an empty one if it returned none.
    Returned(Bytes),
    /// It failed.
    Failed(FunctionCallError),
}
