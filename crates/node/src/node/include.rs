//! A transaction that shares no block with others.

use super::Node;
use crate::ledger::WriteError;
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
            results.pop().expect("invariant: each transaction has a result")
        })
    }
}
