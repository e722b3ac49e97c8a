//! Transactions that were done, and failed.

use super::failed_action::FailedAction;
use crate::outcome::{Outcome, nth_action};
use near_primitives::errors::ActionError;

/// A transaction that the chain took, and whose work failed. Its nonce and the gas burnt are gone;
/// its deposits came back.
#[derive(Debug, Clone)]
pub struct Failure {
    reason: FailedAction,
    action_index: Option<u64>,
    outcome: Box<Outcome>,
}

impl Failure {
    /// The failure of a transaction with this outcome.
    #[must_use]
    pub fn new(error: ActionError, outcome: Outcome) -> Self {
        Self { reason: error.kind.into(), action_index: error.index, outcome: Box::new(outcome) }
    }

    /// Why it failed.
    #[must_use]
    pub fn reason(&self) -> &FailedAction {
        &self.reason
    }

    /// Which action of the failed receipt it was, from 0. `None` when it was none of them: all were
    /// done, and the account could not hold its storage afterwards.
    #[must_use]
    pub fn action_index(&self) -> Option<u64> {
        self.action_index
    }

    /// All that became of the transaction.
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
