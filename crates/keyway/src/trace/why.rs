//! Why a transaction ended as it did, and where its money went.

use super::{line, signed_near};
use crate::format::format_near;
use crate::outcome::failure_words;
use keyway_guard::wrapped;
use keyway_trace::{Cause, Frame, FrameResult, MoneyEntry, MoneyReason, Status, Trace, Yocto};
use near_primitives::types::AccountId;
use std::collections::BTreeMap;
use std::fmt;

/// Prints the cause of a failure first, then where the tokens went.
#[derive(Clone, Copy, Debug)]
pub struct Why<'t> {
    trace: &'t Trace,
}

impl<'t> Why<'t> {
    /// Of this trace.
    #[must_use]
    pub fn of(trace: &'t Trace) -> Self {
        Self { trace }
    }
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.trace.cause() {
            Some(cause) => of_cause(f, &cause, &self.trace.status)?,
            None if self.trace.status == Status::Pending => writeln!(f, "it has not ended")?,
            None => writeln!(f, "it succeeded, and nothing in it failed")?,
        }
        writeln!(f)?;
        self.money(f)
    }
}

impl Why<'_> {
    fn money(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "where the money went")?;
        let rows = rows(&self.trace.money.entries);
        let widest = rows.iter().map(|row| row.0.len()).max().unwrap_or(0);
        for (words, who, change) in &rows {
            let row = format!("  {words:<widest$}  {:>34}  {who}", signed_near(*change));
            writeln!(f, "{}", row.trim_end())?;
        }
        writeln!(f, "  {:<widest$}  {:>34}", "sum", format_near_or_zero(self.trace.money.sum()))?;
        if let Some(charged) = self.trace.allowance_charged() {
            writeln!(f, "the key's allowance was charged {}", format_near(charged))?;
        }
        Ok(())
    }
}

fn of_cause(f: &mut fmt::Formatter<'_>, cause: &Cause<'_>, status: &Status) -> fmt::Result {
    match cause {
        Cause::Refused(error) => {
            writeln!(f, "{}", wrapped("", &format!("it was refused: {}", failure_words(error))))
        }
        Cause::Failed { first, then, decisive } => {
            if !decisive {
                let word = if *status == Status::Pending { "has not ended" } else { "succeeded" };
                writeln!(f, "it {word}, but a part of it failed:")?;
            }
            failed(f, first)?;
            for frame in then {
                write!(f, "then ")?;
                failed(f, frame)?;
            }
            Ok(())
        }
    }
}

fn failed(f: &mut fmt::Formatter<'_>, frame: &Frame) -> fmt::Result {
    let FrameResult::Failed { error, panic } = &frame.result else { return Ok(()) };
    let block = frame.block_height.map_or(String::new(), |height| format!(" in block {height}"));
    writeln!(f, "{} failed{block}", line(&frame.name(), 80))?;
    if let Some(place) = panic {
        writeln!(f, "  at {}:{}", line(&place.file, 60), place.line)?;
    }
    writeln!(f, "{}", wrapped("  ", &format!("because {}", failure_words(error))))
}

/// The entries of one reason and account as one row, in the order of reasons.
fn rows(entries: &[MoneyEntry]) -> Vec<(&'static str, String, Yocto)> {
    let mut sums: BTreeMap<(MoneyReason, Option<&AccountId>), i128> = BTreeMap::new();
    for entry in entries {
        let sum = sums.entry((entry.reason, entry.account_id.as_ref())).or_insert(0);
        *sum = sum.saturating_add(entry.change.0);
    }
    let rows = sums.into_iter().filter(|(_, sum)| *sum != 0);
    rows.map(|((reason, who), sum)| {
        (reason.words(), who.map_or(String::new(), ToString::to_string), Yocto(sum))
    })
    .collect()
}

fn format_near_or_zero(sum: Yocto) -> String {
    if sum.0 == 0 { "0".to_owned() } else { signed_near(sum) }
}
