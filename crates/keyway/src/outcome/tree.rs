//! An outcome as text.
//!
//! ```text
//! ✓ alice.near → game.near: transfer 1 NEAR · 0.45 Tgas
//! └─ ✓ game.near: transfer 1 NEAR · 0.22 Tgas
//!    └─ ✓ refund 0.001 NEAR to alice.near
//! ```
//!
//! The reason of a failure is shown once, where it happened. `{:#}` leaves it out, for callers that show the error
//! themselves.

use super::words::{action_words, failure_words, gas_words, nth_action, value_words};
use super::{Content, Execution, ExecutionStatus, GasBand, Outcome, Status};
use crate::format::format_near;
use keyway_signer::printable;
use near_primitives::errors::{ActionError, TxExecutionError};
use std::fmt;

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bars = bars(&self.executions);
        for (index, (execution, bars)) in self.executions.iter().zip(&bars).enumerate() {
            let heading = if index == 0 { self.heading() } else { heading(execution) };
            writeln!(f, "{}{heading}", bars.before_heading)?;
            for line in self.details(execution, f.alternate()) {
                writeln!(f, "{}{line}", bars.before_details)?;
            }
        }
        write!(f, "{}\n{}", self.end(f.alternate()), self.bill())
    }
}

impl Outcome {
    fn heading(&self) -> String {
        let transaction = self.transaction();
        let (signer, receiver) = (&transaction.executor_id, &self.receiver_id);
        format!("{} {signer} → {receiver}: {}", mark(&transaction.status), work(transaction))
    }

    /// The transaction's hash and what it burnt, in a line; on a fork with the most that it would have burnt on the network,
    /// if that is more.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let bill = sandbox.root().execute(transfer(1.near()).to("test.near"))?.bill();
    /// assert!(bill.starts_with("transaction ") && bill.contains(", burnt 0."), "{bill}");
    /// # Ok::<(), keyway::Error>(())
    /// ```
    #[must_use]
    pub fn bill(&self) -> String {
        let (mut gas, tokens) = (gas_words(self.gas_burnt()), format_near(self.tokens_burnt()));
        if let Some(GasBand { high, .. }) = self.gas_band().filter(|band| band.high > band.low) {
            gas = format!("{gas} (on the network at most {})", gas_words(high));
        }
        format!("transaction {}, burnt {gas} for {tokens}", self.hash)
    }

    fn end(&self, without_reason: bool) -> String {
        match &self.status {
            Status::Pending => "has not ended".to_owned(),
            Status::Succeeded(value) => format!("succeeded, returned {}", value_words(value)),
            Status::Failed(_) if without_reason || self.culprit().is_some() => "failed".to_owned(),
            Status::Failed(error) => format!("failed: {}", failure_words(error)),
        }
    }

    /// The execution whose failure is the transaction's.
    pub(crate) fn culprit(&self) -> Option<&Execution> {
        let Status::Failed(end) = &self.status else { return None };
        self.failures().find(|execution| is_failed_by(execution, end))
    }

    /// The lines below a heading: logs, the return value, the reason of a failure.
    fn details(&self, execution: &Execution, without_reason: bool) -> Vec<String> {
        let logs = execution.logs.iter().flat_map(|log| log.lines());
        let mut lines: Vec<String> = logs.map(|log| format!("log: {}", printable(log))).collect();
        match &execution.status {
            ExecutionStatus::Returned(value) if !value.is_empty() => {
                lines.push(format!("returned {}", value_words(value)));
            }
            ExecutionStatus::Failed(error) => {
                let said_beside = matches!(&self.status, Status::Failed(end) if end == error);
                if !(without_reason && said_beside) {
                    lines.push(format!(
                        "failed: {}{}",
                        which(execution, error),
                        failure_words(error)
                    ));
                }
            }
            _ => {}
        }
        lines
    }
}

fn is_failed_by(execution: &Execution, error: &TxExecutionError) -> bool {
    matches!(&execution.status, ExecutionStatus::Failed(own) if **own == *error)
}

/// The number of the action that failed, if there are several.
fn which(execution: &Execution, error: &TxExecutionError) -> String {
    let several = execution.actions().len() > 1;
    let TxExecutionError::ActionError(ActionError { index: Some(nth), .. }) = error else {
        return String::new();
    };
    if several { format!("{}: ", nth_action(execution, *nth)) } else { String::new() }
}

fn heading(execution: &Execution) -> String {
    let mark = mark(&execution.status);
    if execution.is_refund() {
        let amount = format_near(execution.deposit());
        return format!("{mark} refund of {amount} to {}", execution.executor_id);
    }
    format!("{mark} {}: {}", execution.executor_id, work(execution))
}

/// The actions and the burnt gas.
fn work(execution: &Execution) -> String {
    format!("{} · {}", actions(execution), gas_words(execution.gas_burnt))
}

fn actions(execution: &Execution) -> String {
    match &execution.content {
        Content::Unknown => "a receipt".to_owned(),
        Content::Actions(actions) if actions.is_empty() => "nothing".to_owned(),
        Content::Actions(actions) => {
            let named = actions.iter().take(MOST_NAMED).map(action_words).collect::<Vec<_>>();
            match actions.len().saturating_sub(MOST_NAMED) {
                0 => named.join(", "),
                more => format!("{} and {more} more actions", named.join(", ")),
            }
        }
    }
}

fn mark(status: &ExecutionStatus) -> char {
    match status {
        ExecutionStatus::Pending => '…',
        ExecutionStatus::Returned(_) | ExecutionStatus::Continued(_) => '✓',
        ExecutionStatus::Failed(_) => '✗',
    }
}

/// How many actions are listed in one line; a transaction may have a hundred.
const MOST_NAMED: usize = 5;

/// Deeper executions are drawn at this depth, so that lines stay readable and the text is bounded.
const DEEPEST: usize = 32;

/// The prefix of the lines of an execution.
struct Bars {
    before_heading: String,
    before_details: String,
}

/// The bars of all executions, drawn from the last one up, because a bar continues only if something comes below.
fn bars(executions: &[Execution]) -> Vec<Bars> {
    // For each depth, whether there is a later execution.
    let mut open = Vec::new();
    let mut drawn: Vec<Bars> = Vec::with_capacity(executions.len());
    let below = executions.iter().rev().map(|execution| execution.depth.min(DEEPEST));
    for depth in below {
        let more_below = open.get(depth + 1).copied().unwrap_or(false);
        open.resize(depth + 1, false);
        drawn.push(Bars::new(&open, more_below));
        open[depth] = true;
    }
    drawn.reverse();
    drawn
}

impl Bars {
    /// `open` has an entry for each depth down to that of the execution.
    fn new(open: &[bool], more_below: bool) -> Self {
        let Some((last, above)) = open.get(1..).and_then(<[bool]>::split_last) else {
            let before_details = if more_below { "│    " } else { "     " }.to_owned();
            return Bars { before_heading: String::new(), before_details };
        };
        let rails: String = above.iter().map(|open| if *open { "│  " } else { "   " }).collect();
        let (branch, rail) = if *last { ("├─ ", "│  ") } else { ("└─ ", "   ") };
        let stem = if more_below { "│    " } else { "     " };
        Bars {
            before_heading: format!("{rails}{branch}"),
            before_details: format!("{rails}{rail}{stem}"),
        }
    }
}
