//! A trace as a tree of lines.

use super::line;
use super::words::status_words;
use crate::format::format_near;
use crate::outcome::{failure_words, gas_words};
use keyway_guard::wrapped;
use keyway_trace::{ActionTrace, Frame, FrameKind, FrameResult, InputResult, Trace, by_category};
use std::fmt::{self, Write as _};

/// Prints a trace as a tree, which fits a page 80 columns wide unless names are very long.
#[derive(Clone, Copy, Debug)]
pub struct Tree<'t> {
    trace: &'t Trace,
    depth: usize,
}

impl<'t> Tree<'t> {
    /// The whole tree.
    #[must_use]
    pub fn of(trace: &'t Trace) -> Self {
        Self { trace, depth: usize::MAX }
    }

    /// Only receipts down to this depth; what the transaction became is at depth 1.
    #[must_use]
    pub fn down_to(self, depth: usize) -> Self {
        Self { depth, ..self }
    }
}

impl fmt::Display for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transaction = &self.trace.transaction;
        writeln!(f, "transaction {}", transaction.hash)?;
        writeln!(f, "{} → {}", transaction.signer_id, transaction.receiver_id)?;
        let mut hidden = 0_usize;
        for frame in &self.trace.frames {
            if frame.depth > self.depth {
                hidden += 1;
                continue;
            }
            let indent = "  ".repeat(frame.depth.min(DEEPEST));
            writeln!(f, "{indent}{}", heading(frame))?;
            for detail in details(frame) {
                writeln!(f, "{}", wrapped(&format!("{indent}    "), &detail))?;
            }
        }
        if hidden > 0 {
            writeln!(f, "({hidden} more below depth {})", self.depth)?;
        }
        if self.trace.omitted_frames > 0 {
            writeln!(
                f,
                "({} receipts are beyond the bound of a trace)",
                self.trace.omitted_frames
            )?;
        }
        writeln!(f, "{}", wrapped("", &status_words(&self.trace.status)))?;
        write!(f, "gas {}", gas_words(self.trace.gas_burnt))?;
        for (category, gas) in by_category(self.trace.costs()) {
            write!(f, ", {} {}", category.word(), gas_words(gas))?;
        }
        writeln!(f)
    }
}

fn heading(frame: &Frame) -> String {
    let mark = match frame.result {
        FrameResult::Pending => '…',
        FrameResult::Returned(_) | FrameResult::Continued(_) => '✓',
        FrameResult::Failed { .. } => '✗',
    };
    if frame.kind.is_refund() {
        let what = if frame.kind == FrameKind::GasRefund { "gas" } else { "deposit" };
        return format!(
            "{mark} {what} refund of {} to {}",
            format_near(frame.deposit()),
            frame.receiver_id
        );
    }
    let kind = match frame.kind {
        FrameKind::Callback => " (callback)",
        FrameKind::Yield => " (yield)",
        FrameKind::Delegated => " (delegated)",
        _ => "",
    };
    let more = match frame.actions.len() {
        0 | 1 => String::new(),
        several => format!(" and {} more", several - 1),
    };
    let deposit = match frame.deposit() {
        none if none.is_zero() => String::new(),
        deposit => format!(", {}", format_near(deposit)),
    };
    let name = line(&frame.name(), LONGEST_NAME);
    format!("{mark} {name}{more}{kind}{deposit} · {}", gas_words(frame.gas_burnt))
}

fn details(frame: &Frame) -> Vec<String> {
    let mut details = Vec::new();
    if frame.kind.is_refund() {
        return details;
    }
    let from = format!("from {}", frame.predecessor_id);
    let block = frame.block_height.map_or("has not run".to_owned(), |at| format!("block {at}"));
    details.push(format!("{from}, {block}"));
    for input in &frame.inputs {
        details.push(match &input.result {
            InputResult::Returned(value) => format!("given {}", line(&value.brief(), LONGEST)),
            InputResult::Failed => "given a failure".to_owned(),
        });
    }
    details.extend(frame.actions.iter().flat_map(of_action));
    for entry in frame.storage.entries.iter().take(MOST_ENTRIES) {
        details.push(storage(entry));
    }
    let more = frame.storage.entries.len().saturating_sub(MOST_ENTRIES) as u64;
    if more + frame.storage.omitted > 0 {
        details.push(format!("and {} more storage accesses", more + frame.storage.omitted));
    }
    match &frame.result {
        FrameResult::Returned(value) if value.length > 0 => {
            details.push(format!("returned {}", line(&value.brief(), LONGEST)));
        }
        FrameResult::Failed { error, panic } => {
            let place = panic
                .as_ref()
                .map_or(String::new(), |it| format!(" at {}:{}", line(&it.file, LONGEST), it.line));
            details.push(format!("failed{place}: {}", failure_words(error)));
        }
        _ => {}
    }
    details
}

fn of_action(action: &ActionTrace) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(args) = action.args.as_ref().filter(|args| args.length > 0) {
        lines.push(format!("arguments {}", line(&args.brief(), LONGEST)));
    }
    if action.method.is_some() {
        let mut text = format!("attached {}", gas_words(action.gas_attached));
        if action.gas_given_on.as_gas() > 0 {
            // Writing to a string cannot fail.
            let _ = write!(text, ", gave on {}", gas_words(action.gas_given_on));
        }
        lines.push(text);
        let costs = by_category(&action.costs).into_iter();
        let costs = costs.map(|(category, gas)| format!("{} {}", category.word(), gas_words(gas)));
        let costs = costs.collect::<Vec<_>>().join(", ");
        if !costs.is_empty() {
            lines.push(format!("burnt {costs}"));
        }
    }
    for log in &action.logs {
        lines.push(match &log.event {
            Some(event) => {
                format!("event {} {}", line(&event.standard, 20), line(&event.event, 40))
            }
            None => format!("log: {}", line(&log.text, LONGEST)),
        });
    }
    lines
}

fn storage(entry: &keyway_trace::StorageEntry) -> String {
    let key = line(&entry.key.brief(), 24);
    let value = |value: &Option<keyway_trace::Bytes>| match value {
        Some(value) => line(&value.brief(), 20),
        None => "nothing".to_owned(),
    };
    if entry.writes == 0 {
        return format!("read {key}: {}", value(&entry.before));
    }
    format!("wrote {key}: {} → {}", value(&entry.before), value(&entry.after))
}

/// Deeper receipts are drawn at this depth, so that lines stay readable.
const DEEPEST: usize = 8;

/// Characters of a value in a line.
pub(super) const LONGEST: usize = 48;

/// Characters of an account and its method.
const LONGEST_NAME: usize = 80;

/// Storage keys of a receipt in the tree.
const MOST_ENTRIES: usize = 5;
