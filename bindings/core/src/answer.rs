//! Answers as text.

use crate::problem::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads a request, carries it out and writes the answer.
pub(crate) fn answer<T: DeserializeOwned, A: Serialize>(
    request: &str,
    carry_out: impl FnOnce(T) -> Result<A, Problem>,
) -> String {
    let request = serde_json::from_str(request).map_err(|error| Problem::unreadable(&error));
    written(request.and_then(carry_out))
}

/// Writes an answer.
pub(crate) fn written<A: Serialize>(answer: Result<A, Problem>) -> String {
    let answer = match answer {
        Ok(value) => Answer::Ok(value),
        Err(problem) => Answer::Error(problem),
    };
    serde_json::to_string(&answer).expect("invariant: names in answers are text")
}

/// `{"ok": …}` or `{"error": …}`.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Answer<A> {
    Ok(A),
    Error(Problem),
}
