//! The receipt that caused a failure.

use crate::frame::{Frame, FrameResult};
use crate::value::{Status, Trace};
use near_primitives::errors::TxExecutionError;
use near_primitives::hash::CryptoHash;
use std::collections::HashSet;

/// Why a transaction failed, or what failed inside one that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause<'t> {
    /// It was refused when its block was applied.
    Refused(&'t TxExecutionError),
    /// A receipt failed.
    Failed {
        /// The receipt whose failure came first: nothing that it waited for had failed.
        first: &'t Frame,
        /// Receipts that failed after it because they were given its failure, in order; the last
        /// one's failure is the transaction's.
        then: Vec<&'t Frame>,
        /// Whether the failure is the transaction's; if not, the transaction went on without it.
        decisive: bool,
    },
}

impl Trace {
    /// What caused the failure of this transaction, or the first failure inside it if it succeeded;
    /// none if nothing failed.
    #[must_use]
    pub fn cause(&self) -> Option<Cause<'_>> {
        if let (Status::Failed(error), true) = (&self.status, self.frames.is_empty()) {
            return Some(Cause::Refused(error));
        }
        let decisive = self.last_of_chain().filter(|frame| frame.failed());
        let failed = decisive.or_else(|| {
            self.frames
                .iter()
                .filter(|frame| frame.failed() && !frame.kind.is_refund())
                .min_by_key(|frame| frame.block_height)
        })?;
        let mut then = vec![failed];
        let mut seen = HashSet::from([failed.receipt_id]);
        let mut first = failed;
        while let Some(earlier) = self.failed_input(first).filter(|it| seen.insert(it.receipt_id)) {
            then.push(earlier);
            first = earlier;
        }
        then.pop();
        then.reverse();
        Some(Cause::Failed { first, then, decisive: decisive.is_some() })
    }

    /// The receipt whose result is the transaction's.
    fn last_of_chain(&self) -> Option<&Frame> {
        let first = self.frames.first().filter(|frame| frame.depth == 1)?;
        self.end_of(first)
    }

    /// Follows the receipts that stand for a receipt's result.
    fn end_of<'t>(&'t self, from: &'t Frame) -> Option<&'t Frame> {
        let mut at = from;
        let mut seen: HashSet<CryptoHash> = HashSet::new();
        while let FrameResult::Continued(next) = &at.result {
            if !seen.insert(*next) {
                return None;
            }
            at = self.frame(next)?;
        }
        Some(at)
    }

    /// The receipt whose failure `frame` was given as a result.
    fn failed_input(&self, frame: &Frame) -> Option<&Frame> {
        let failed = frame.inputs.iter().filter_map(|input| match input.result {
            crate::frame::InputResult::Failed => self.frame(&input.from?),
            crate::frame::InputResult::Returned(_) => None,
        });
        failed.filter_map(|frame| self.end_of(frame)).find(|frame| frame.failed())
    }
}
