//! Transactions that ran and failed.

use super::failed_action::FailedAction;
use crate::outcome::{Outcome, nth_action};
use near_primitives::errors::ActionError;

/// A transaction that was in a block and failed. Its nonce and the burnt gas are spent; its deposits were refunded.
#[derive(Debug, Clone)]
pub struct Failure {
    reason: FailedAction,
    action_index: Option<u64>,
    outcome: Box<Outcome>,
}

impl Failure {
    /// The failure of the transaction with this outcome.
    #[must_use]
    pub fn new(error: ActionError, outcome: Outcome) -> Self {
        Self { reason: error.kind.into(), action_index: error.index, outcome: Box::new(outcome) }
    }

    /// Why it failed.
    #[must_use]
    pub fn reason(&self) -> &FailedAction {
        &self.reason
    }

    /// The index of the action that failed in the failed receipt. `None` if all actions were executed, and the account
    /// could not keep its storage stake afterwards.
    #[must_use]
    pub fn action_index(&self) -> Option<u64> {
        self.action_index
    }

    /// The outcome of the transaction.
    ///
    /// ```
    /// use keyway::{Error, Gas, NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// match sandbox.root().execute(transfer(1.near()).to("nobody.near")) {
    ///     Err(Error::Failed(failure)) => assert!(failure.outcome().gas_burnt() > Gas::ZERO),
    ///     other => panic!("{other:?}"),
    /// }
    /// ```
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// A stable dotted name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.reason.kind()
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.action_index, self.outcome.culprit()) {
            (Some(index), Some(culprit)) => {
                write!(f, "{} failed: {}", nth_action(culprit, index), self.reason)
            }
            (Some(index), None) => {
                write!(f, "action {} failed: {}", index.saturating_add(1), self.reason)
            }
            (None, _) => write!(f, "the actions failed: {}", self.reason),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.reason)
    }
}
