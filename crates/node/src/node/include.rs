//! Transactions that share no block with others.

use super::Node;
use crate::ledger::WriteError;
use crate::queue::{is_short, may_be_short};
use crate::runtime::run_blocking;
use keyway_chain::{Applied, Checked};
use near_primitives::types::Gas;

impl Node {
    /// As [`Node::submit`], without the queue: blocks this thread, and shares no block with others.
    ///
    /// # Errors
    /// As [`Node::apply`].
    pub fn include(&self, transaction: Checked) -> Result<Applied, WriteError> {
        let ledger = &self.inner.ledger;
        run_blocking(|| {
            let mut results = ledger.await_durable(ledger.include(vec![transaction])?)?;
            results.pop().expect(ONE_RESULT)
        })
    }

    /// As [`Node::include`] if that is short; none, and nothing is done, if it is not.
    ///
    /// It is short if the transaction has few actions, which deploy nothing; if contracts that it calls are compiled and
    /// burn little gas, with all that comes of it; if nothing else waits to run in its blocks and no other input is being
    /// applied; and if there is no checkpoint, disk or network to wait for.
    ///
    /// # Errors
    /// As [`Node::apply`], inside.
    pub fn include_if_short(&self, transaction: Checked) -> Option<Result<Applied, WriteError>> {
        let ledger = &self.inner.ledger;
        let actions = transaction.transaction().transaction.actions();
        if !may_be_short(actions) || ledger.has_disk() || ledger.is_fork() {
            return None;
        }
        let turn = ledger.try_turn()?;
        if turn.has_checkpoints() || !ledger.newest().is_idle().unwrap_or(false) {
            return None;
        }
        let written = match is_short(actions) {
            true => ledger.include_in(turn, vec![transaction]).map(Some),
            false => ledger.include_if_short(turn, transaction, SHORT_GAS),
        };
        let results = written.transpose()?.and_then(|written| ledger.await_durable(written));
        Some(results.and_then(|mut results| results.pop().expect(ONE_RESULT)))
    }
}

const ONE_RESULT: &str = "invariant: each transaction has a result";

/// The most that a short transaction with calls burns, with all its receipts. Most calls of contracts take a tenth of a
/// millisecond for it, and a loop that only computes some milliseconds.
const SHORT_GAS: Gas = Gas::from_teragas(3);
