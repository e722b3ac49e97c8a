//! What was seen of one receipt, or of a transaction, while it ran.

use keyway_engine::ReceiptMoney;
use keyway_trace::{GasCost, InputResult, Log, StorageUse};
use near_primitives::account::AccountContract;
use near_primitives::receipt::Receipt;
use near_primitives::transaction::ExecutionOutcomeWithId;
use near_primitives::types::{BlockHeight, Gas};

/// A receipt that ran.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) receipt: Receipt,
    pub(crate) height: BlockHeight,
    pub(crate) inputs: Vec<InputResult>,
    /// Those that ran, in order.
    pub(crate) actions: Vec<ActionRecord>,
    pub(crate) storage: StorageUse,
    /// None until it has ended.
    pub(crate) end: Option<(ExecutionOutcomeWithId, ReceiptMoney)>,
}

/// An action that ran.
#[derive(Debug)]
pub(crate) struct ActionRecord {
    pub(crate) burnt: Gas,
    pub(crate) used: Gas,
    pub(crate) costs: Vec<GasCost>,
    pub(crate) contract: AccountContract,
    pub(crate) logs: Vec<Log>,
}

impl Record {
    pub(crate) fn new(receipt: Receipt, height: BlockHeight, inputs: Vec<InputResult>) -> Self {
        let (actions, storage) = (Vec::new(), StorageUse::default());
        Self { receipt, height, inputs, actions, storage, end: None }
    }
}
