//! JSON-RPC 2.0 around the methods: bytes to a request, a result to bytes and an HTTP status.
//!
//! Knows no sockets and no chain.

use crate::methods::{Json, Reply};
use near_jsonrpc_primitives::errors::{RpcError, RpcErrorKind};
use near_jsonrpc_primitives::message::{Message, Request};
use serde_json::Value;

/// An answer as HTTP would carry it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status code.
    pub status: u16,
    /// Value of the `Content-Type` header.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

/// The JSON content type.
pub(crate) const JSON: &str = "application/json";
/// The content type of plain answers.
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";

/// Reads one request.
///
/// # Errors
/// The finished answer: plain text with 400 for what is no JSON, `PARSE_ERROR` with a null id for
/// JSON that is no request (batches, unknown members, another version, no id).
pub(crate) fn parse(body: &[u8]) -> Result<Request, Answer> {
    serde_json::from_slice(body).map_err(|_| match serde_json::from_slice::<Value>(body) {
        Ok(_) => {
            let error = RpcError::parse_error("JSON RPC Request format was expected".to_owned());
            answer(Value::Null, 400, Err(error))
        }
        Err(error) => Answer {
            status: 400,
            content_type: TEXT,
            body: format!("Failed to parse the request body as JSON: {error}").into_bytes(),
        },
    })
}

/// Wraps a method's reply; `id` comes back as it was sent.
pub(crate) fn answer(id: Value, status: u16, reply: Reply) -> Answer {
    let message = match reply {
        Ok(Json(result)) => {
            let body = format!(r#"{{"jsonrpc":"2.0","result":{result},"id":{id}}}"#);
            return Answer { status, content_type: JSON, body: body.into_bytes() };
        }
        Err(error) => Message::response(id, Err(error)),
    };
    match serde_json::to_vec(&message) {
        Ok(body) => Answer { status, content_type: JSON, body },
        Err(error) => Answer {
            status: 500,
            content_type: TEXT,
            body: format!("the answer could not be written as JSON: {error}").into_bytes(),
        },
    }
}

/// The HTTP status of a reply.
///
/// `height` is the head's. An unknown block below it was skipped or collected, which is told apart
/// with 422 when the request names it by a numeric `block_id`.
pub(crate) fn status(reply: &Reply, asked_height: Option<u64>, height: u64) -> u16 {
    let Err(error) = reply else { return 200 };
    match &error.error_struct {
        Some(RpcErrorKind::RequestValidationError(_)) => 400,
        Some(RpcErrorKind::InternalError(_)) => 500,
        Some(RpcErrorKind::HandlerError(cause)) => match cause["name"].as_str() {
            Some("TIMEOUT_ERROR") => 408,
            Some("UNKNOWN_BLOCK") if asked_height.is_some_and(|asked| asked < height) => 422,
            _ => 200,
        },
        None => 200,
    }
}
