//! Answers as text.

use crate::problem::Problem;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Reads a request, carries it out and writes the answer.
pub(crate) fn answer<T: DeserializeOwned>(
    request: &str,
    carry_out: impl FnOnce(T) -> Result<Value, Problem>,
) -> String {
    let request = serde_json::from_str(request).map_err(|error| Problem::unreadable(&error));
    let answer = match request.and_then(carry_out) {
        Ok(value) => json!({ "ok": value }),
        Err(problem) => json!({ "error": problem }),
    };
    answer.to_string()
}
