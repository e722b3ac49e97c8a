//! How a transaction or a receipt ended, in words.

use super::line;
use super::tree::LONGEST;
use crate::outcome::failure_words;
use keyway_trace::{Changed, Difference, Frame, FrameResult, Status, Trace};

/// How a transaction ended, in words.
#[must_use]
pub fn status_words(status: &Status) -> String {
    match status {
        Status::Pending => "has not ended".to_owned(),
        Status::Succeeded(value) if value.length == 0 => "succeeded".to_owned(),
        Status::Succeeded(value) => {
            format!("succeeded, returned {}", line(&value.brief(), LONGEST))
        }
        Status::Failed(error) => format!("failed: {}", failure_words(error)),
    }
}

/// How a receipt of `trace` ended, in words.
#[must_use]
pub fn result_words(trace: &Trace, frame: &Frame) -> String {
    match &frame.result {
        FrameResult::Pending => "has not run".to_owned(),
        FrameResult::Returned(value) if value.length == 0 => "succeeded".to_owned(),
        FrameResult::Returned(value) => format!("returned {}", line(&value.brief(), LONGEST)),
        FrameResult::Continued(next) => {
            let name = trace.frame(next).map_or("another receipt".to_owned(), Frame::name);
            format!("has the result of {}", line(&name, LONGEST))
        }
        FrameResult::Failed { error, .. } => format!("failed: {}", failure_words(error)),
    }
}

/// What something was in `before` and is in `after`, which `difference` is of: an end in words, and
/// any other value as it is.
#[must_use]
pub fn difference_words(
    (before, after): (&Trace, &Trace),
    difference: &Difference,
) -> (String, String) {
    let values = match &difference.changed {
        Changed::Added => return ("nothing".to_owned(), "added".to_owned()),
        Changed::Removed => return ("there".to_owned(), "nothing".to_owned()),
        Changed::Values { before, after } => (before.clone(), after.clone()),
    };
    let ended = |trace: &Trace| match difference.what.as_str() {
        "status" if difference.place.is_empty() => Some(status_words(&trace.status)),
        "result" => trace.frame_at(&difference.place).map(|frame| result_words(trace, frame)),
        _ => None,
    };
    (ended(before).unwrap_or(values.0), ended(after).unwrap_or(values.1))
}
