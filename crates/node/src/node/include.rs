//! Transactions that share no block with others.

use super::Node;
use crate::ledger::WriteError;
use crate::queue::is_short;
use crate::runtime::run_blocking;
use keyway_chain::{Applied, Checked};

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

    /// As [`Node::include`] if that takes some microseconds; none, and nothing is done, if it may take longer.
    ///
    /// It does if the transaction [is short](is_short), nothing else waits to run in its blocks, no other input is being
    /// applied, and there is no checkpoint, disk or network to wait for.
    ///
    /// # Errors
    /// As [`Node::apply`], inside.
    pub fn include_if_short(&self, transaction: Checked) -> Option<Result<Applied, WriteError>> {
        let ledger = &self.inner.ledger;
        if !is_short(transaction.transaction().transaction.actions())
            || ledger.has_disk()
            || ledger.is_fork()
        {
            return None;
        }
        let turn = ledger.try_turn()?;
        if turn.has_checkpoints() || !ledger.newest().is_idle().unwrap_or(false) {
            return None;
        }
        let written = ledger.include_in(turn, vec![transaction]);
        let results = written.and_then(|written| ledger.await_durable(written));
        Some(results.and_then(|mut results| results.pop().expect(ONE_RESULT)))
    }
}

const ONE_RESULT: &str = "invariant: each transaction has a result";
