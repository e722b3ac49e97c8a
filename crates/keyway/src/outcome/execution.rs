//! One node of the tree: a transaction, or a receipt that ran.

use near_primitives::errors::TxExecutionError;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance, Gas};
use near_primitives::views::ActionView;

/// A transaction or a receipt, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Execution {
    /// The transaction's hash or the receipt's id.
    pub id: CryptoHash,
    /// How many steps it is below the transaction, which is at 0.
    pub depth: usize,
    /// Who sent it; unknown when the node did not report the receipts.
    pub predecessor_id: Option<AccountId>,
    /// Where it ran.
    pub executor_id: AccountId,
    /// What it does.
    pub content: Content,
    /// How it ended.
    pub status: ExecutionStatus,
    /// What the contract logged.
    pub logs: Vec<String>,
    /// The gas that it burnt.
    pub gas_burnt: Gas,
    /// What its gas was burnt for, as far as the node reports it.
    pub gas_profile: Vec<GasCost>,
    /// The tokens that it burnt, yoctoNEAR.
    pub tokens_burnt: Balance,
    /// The block that it ran in; none when it has not run.
    pub block_hash: Option<CryptoHash>,
}

/// Gas that was burnt for one kind of cost.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GasCost {
    /// `ACTION_COST` or `WASM_HOST_COST`.
    pub category: String,
    /// The protocol's name of the cost, such as `WASM_INSTRUCTION`.
    pub cost: String,
    /// The gas.
    pub gas: Gas,
}

/// What an execution does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// Actions, one after the other.
    Actions(Vec<ActionView>),
    /// The node did not report it.
    Unknown,
}

/// How an execution ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecutionStatus {
    /// It has not run.
    Pending,
    /// It returned these bytes.
    Returned(Vec<u8>),
    /// It succeeded, and what the receipt with this id returns is its value.
    Continued(CryptoHash),
    /// It failed; nothing of it happened.
    Failed(Box<TxExecutionError>),
}

impl Execution {
    /// Whether it is a refund.
    pub fn is_refund(&self) -> bool {
        self.predecessor_id.as_ref().is_some_and(|id| id.as_str() == "system")
    }

    /// The actions, as far as they are known.
    pub fn actions(&self) -> &[ActionView] {
        match &self.content {
            Content::Actions(actions) => actions,
            Content::Unknown => &[],
        }
    }

    /// The tokens that its actions carry, yoctoNEAR.
    pub fn deposit(&self) -> Balance {
        self.actions().iter().fold(Balance::ZERO, |sum, action| sum.saturating_add(carried(action)))
    }
}

/// The tokens that an action carries from one account to another.
fn carried(action: &ActionView) -> Balance {
    match action {
        ActionView::FunctionCall { deposit, .. }
        | ActionView::Transfer { deposit }
        | ActionView::TransferToGasKey { deposit, .. }
        | ActionView::DeterministicStateInit { deposit, .. }
        | ActionView::UniversalStateInit { deposit, .. } => *deposit,
        _ => Balance::ZERO,
    }
}
