//! One node of the tree: a transaction, or a receipt that ran.

use near_primitives::errors::TxExecutionError;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance, Gas};
use near_primitives::views::ActionView;

/// A transaction or a receipt, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Execution {
    /// The transaction's hash or the receipt's id.
    pub id: CryptoHash,
    /// The depth below the transaction, which has 0.
    pub depth: usize,
    /// The predecessor; unknown if the node did not report the receipts.
    pub predecessor_id: Option<AccountId>,
    /// The account that it ran on.
    pub executor_id: AccountId,
    /// What it does.
    pub content: Content,
    /// How it ended.
    pub status: ExecutionStatus,
    /// The logs of the contract.
    pub logs: Vec<String>,
    /// The gas that it burnt.
    pub gas_burnt: Gas,
    /// On a fork, the most that it would have burnt on the network; none on any other chain.
    pub gas_burnt_at_most: Option<Gas>,
    /// The gas by cost, as far as the node reports it.
    pub gas_profile: Vec<GasCost>,
    /// The tokens that it burnt, yoctoNEAR.
    pub tokens_burnt: Balance,
    /// The block that it ran in; none if it has not run.
    pub block_hash: Option<CryptoHash>,
}

/// Gas burnt for one cost.
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

/// The content of an execution.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// Actions, in order.
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
    /// It succeeded, and its value is that of the receipt with this id.
    Continued(CryptoHash),
    /// It failed, and changed nothing.
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

    /// The sum of the tokens that its actions transfer, yoctoNEAR.
    pub fn deposit(&self) -> Balance {
        self.actions().iter().fold(Balance::ZERO, |sum, action| sum.saturating_add(carried(action)))
    }
}

/// The tokens that an action transfers from one account to another.
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
