//! JSON-RPC 2.0 envelopes.

use crate::error::QueryError;
use crate::transport::{Body, NodeError, Reply, Request, parse_body};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The chain's answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) result: Result<Found, NodeError>,
    /// Whether an earlier copy of the request may have been executed.
    pub(super) repeated: bool,
    /// The endpoint that answered.
    pub(super) endpoint: usize,
}

/// A result that is not parsed yet. It stays bytes, because JSON values would take up to 90 times as much memory.
#[derive(Debug)]
pub(super) struct Found {
    body: Vec<u8>,
    question: String,
}

impl Found {
    /// Parses the result; unknown members are ignored.
    ///
    /// # Errors
    /// If the result is something else.
    pub(super) fn read<R: DeserializeOwned>(&self) -> Result<R, QueryError> {
        serde_json::from_slice(&self.body)
            .map(|Good { result }| result)
            .map_err(|error| unexpected(&self.question, error))
    }

    /// Whether this text is in it, perhaps within a string.
    pub(super) fn mentions(&self, text: &str) -> bool {
        std::str::from_utf8(&self.body).is_ok_and(|body| body.contains(text))
    }

    /// The same result, under the name of another request.
    pub(super) fn of(self, question: &str) -> Self {
        Found { question: question.to_owned(), ..self }
    }

    /// The result, if it has this form.
    pub(super) fn is<R: DeserializeOwned>(&self) -> Option<R> {
        self.read().ok()
    }
}

/// Writes a request.
pub(super) fn request(method: &str, params: Value) -> Request {
    let body = json!({"jsonrpc": "2.0", "id": "keyway", "method": method, "params": params});
    // Methods for tests change the chain each time they are called.
    let once = ["sandbox_", "keyway_", "adv_"];
    let repeatable = !once.iter().any(|prefix| method.starts_with(prefix));
    Request { body: body.to_string().into_bytes(), repeatable }
}

/// Reads an answer.
///
/// # Errors
/// If it is not JSON-RPC.
pub(super) fn answer(method: &str, reply: Reply) -> Result<Answer, QueryError> {
    let parsed = parse_body(&reply.body).map_err(|error| unexpected(method, error))?;
    let result = match parsed {
        Body::Error(error) => Err(*error),
        Body::Result => Ok(Found { body: reply.body, question: method.to_owned() }),
        Body::Neither => return Err(unexpected(method, "neither a result nor an error")),
    };
    Ok(Answer { result, repeated: reply.repeated, endpoint: reply.endpoint })
}

/// The error of an answer that cannot be parsed.
pub(super) fn unexpected(question: &str, reason: impl ToString) -> QueryError {
    QueryError::Unexpected { question: question.to_owned(), reason: reason.to_string() }
}

#[derive(Deserialize)]
struct Good<R> {
    result: R,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_answer(body: &str) -> Result<Answer, QueryError> {
        answer("x", Reply { body: body.as_bytes().to_vec(), repeated: true, endpoint: 0 })
    }

    #[test]
    fn requests_are_json_rpc() {
        let request = request("block", json!({"finality": "final"}));
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let expected = json!({"jsonrpc": "2.0", "id": "keyway", "method": "block",
            "params": {"finality": "final"}});
        assert_eq!(body, expected);
        assert!(request.repeatable);
        assert!(!super::request("sandbox_fast_forward", json!({})).repeatable);
        assert!(!super::request("keyway_mine", json!({})).repeatable);
    }

    #[test]
    fn answers_are_results_or_errors() {
        let null = read_answer(r#"{"result": null}"#).unwrap().result.unwrap();
        assert_eq!(null.read::<Value>().unwrap(), Value::Null);
        assert!(null.is::<u8>().is_none());
        let error = read_answer(r#"{"error": {"message": "busy", "code": 1}}"#).unwrap();
        assert_eq!(error.result.unwrap_err().message, "busy");
        assert!(error.repeated);
        for nothing in ["{}", "[]", "1", "", r#"{"error": null}"#] {
            assert!(
                matches!(read_answer(nothing), Err(QueryError::Unexpected { .. })),
                "{nothing}"
            );
        }
    }
}
