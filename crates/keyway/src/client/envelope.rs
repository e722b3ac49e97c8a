//! JSON-RPC 2.0 around questions and answers.

use crate::error::QueryError;
use crate::transport::{Reply, Request};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// What the chain says.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) result: Result<Value, WireError>,
    /// Whether an earlier copy of the request may have been acted on.
    pub(super) repeated: bool,
    /// Who says it.
    pub(super) endpoint: usize,
}

/// An error as nodes write it. Members that some nodes leave out are empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireError {
    pub(super) name: String,
    pub(super) cause: Cause,
    pub(super) message: String,
    pub(super) data: Value,
}

/// The reason within an error.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Cause {
    pub(super) name: String,
    pub(super) info: Value,
}

/// Writes a request.
pub(super) fn request(method: &str, params: Value) -> Request {
    let body = json!({"jsonrpc": "2.0", "id": "keyway", "method": method, "params": params});
    // Methods for tests change the chain each time they are called.
    let repeatable = !method.starts_with("sandbox_") && !method.starts_with("adv_");
    Request { body: body.to_string().into_bytes(), repeatable }
}

/// Reads an answer.
///
/// # Errors
/// When it is none of JSON-RPC.
pub(super) fn answer(method: &str, reply: Reply) -> Result<Answer, QueryError> {
    let envelope: Envelope =
        serde_json::from_slice(&reply.body).map_err(|error| unexpected(method, error))?;
    let result = match envelope {
        Envelope { error: Some(error), .. } => Err(error),
        Envelope { result: Some(result), .. } => Ok(result),
        _ => return Err(unexpected(method, "neither a result nor an error")),
    };
    Ok(Answer { result, repeated: reply.repeated, endpoint: reply.endpoint })
}

/// Reads a result as what it should be.
///
/// # Errors
/// When it is not.
pub(super) fn read<R: DeserializeOwned>(question: &str, result: Value) -> Result<R, crate::Error> {
    serde_json::from_value(result).map_err(|error| unexpected(question, error).into())
}

/// An answer that is not understood.
pub(super) fn unexpected(question: &str, reason: impl ToString) -> QueryError {
    QueryError::Unexpected { question: question.to_owned(), reason: reason.to_string() }
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default, deserialize_with = "present")]
    result: Option<Value>,
    error: Option<WireError>,
}

/// Tells `null` from absent.
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
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
    }

    #[test]
    fn answers_are_results_or_errors() {
        assert_eq!(read_answer(r#"{"result": null}"#).unwrap().result.unwrap(), Value::Null);
        let error = read_answer(r#"{"error": {"message": "busy", "code": 1}}"#).unwrap();
        assert_eq!(error.result.unwrap_err().message, "busy");
        assert!(error.repeated);
        for nothing in ["{}", "[]", "1", "", r#"{"error": 5}"#] {
            assert!(
                matches!(read_answer(nothing), Err(QueryError::Unexpected { .. })),
                "{nothing}"
            );
        }
    }
}
