//! JSON-RPC 2.0 around the methods: bytes to a request, a result to bytes and an HTTP status.
//!
//! It knows neither sockets nor the chain.

use crate::error;
use crate::methods::{Json, Reply};
use near_jsonrpc_primitives::errors::{RpcError, RpcErrorKind};
use near_jsonrpc_primitives::message;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::borrow::Cow;

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

/// A request, read.
#[derive(Debug)]
pub(crate) struct Request<M> {
    /// The id as JSON, which is returned as it was sent.
    pub(crate) id: String,
    pub(crate) method: M,
    pub(crate) params: Value,
}

/// Why there is no request to answer.
#[derive(Debug)]
pub(crate) enum NoRequest {
    /// The finished answer.
    Answer(Answer),
    /// There is no such method for this caller.
    Refused(String, RpcError),
}

impl<M> Request<M> {
    /// Reads one request; `find` looks up the method. The parameters of a large one are parsed only
    /// when the method exists: parsed, they take far more memory than their text.
    ///
    /// # Errors
    /// [`NoRequest`]: plain text with 400 for a body that is not JSON, `PARSE_ERROR` with a null id
    /// for JSON that is not a request (batches, unknown members, another version, no id), and the
    /// error of `find`.
    pub(crate) fn read(
        body: &[u8],
        large: bool,
        find: impl Fn(&str) -> Result<M, RpcError>,
    ) -> Result<Self, NoRequest> {
        if large {
            let Outline { method, .. } = serde_json::from_slice(body).map_err(|_| none(body))?;
            if let Err(error) = find(&method) {
                let OnlyId { id } = serde_json::from_slice(body).map_err(|_| none(body))?;
                return Err(NoRequest::Refused(id.to_string(), error));
            }
        }
        let request = serde_json::from_slice::<message::Request>(body).map_err(|_| none(body))?;
        let id = request.id.to_string();
        match find(&request.method) {
            Ok(method) => Ok(Self { id, method, params: request.params }),
            Err(error) => Err(NoRequest::Refused(id, error)),
        }
    }
}

/// A request without its contents.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outline<'a> {
    #[serde(rename = "jsonrpc")]
    _version: IgnoredAny,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(default, rename = "params")]
    _params: IgnoredAny,
    #[serde(rename = "id")]
    _id: IgnoredAny,
}

#[derive(Deserialize)]
struct OnlyId {
    id: Value,
}

/// The answer to a body that is not a request.
fn none(body: &[u8]) -> NoRequest {
    NoRequest::Answer(match serde_json::from_slice::<IgnoredAny>(body) {
        Ok(_) => {
            let error = RpcError::parse_error("JSON RPC Request format was expected".to_owned());
            answer("null", 400, Err(error))
        }
        Err(error) => no_json(&error),
    })
}

fn no_json(error: &serde_json::Error) -> Answer {
    Answer {
        status: 400,
        content_type: TEXT,
        body: format!("Failed to parse the request body as JSON: {error}").into_bytes(),
    }
}

/// Wraps a method's reply; `id` is the JSON that was sent.
pub(crate) fn answer(id: &str, status: u16, reply: Reply) -> Answer {
    let (member, content) = match reply {
        Ok(Json(result)) => ("result", Ok(result)),
        Err(error) => ("error", serde_json::to_string(&error)),
    };
    match content {
        Ok(content) => {
            let body = format!(r#"{{"jsonrpc":"2.0","{member}":{content},"id":{id}}}"#);
            Answer { status, content_type: JSON, body: body.into_bytes() }
        }
        Err(error) => Answer {
            status: 500,
            content_type: TEXT,
            body: format!("the answer could not be written as JSON: {error}").into_bytes(),
        },
    }
}

/// The HTTP status of an error.
///
/// `height` is the head's. An unknown block below it was skipped or pruned: that is a 422 when the
/// request names it by a numeric `block_id`.
pub(crate) fn status(error: &RpcError, asked_height: Option<u64>, height: u64) -> u16 {
    match &error.error_struct {
        Some(RpcErrorKind::RequestValidationError(_)) => 400,
        Some(RpcErrorKind::InternalError(cause)) if cause["name"] == error::BUSY => 503,
        Some(RpcErrorKind::InternalError(_)) => 500,
        Some(RpcErrorKind::HandlerError(cause)) => match cause["name"].as_str() {
            Some(error::ORIGIN_NOT_ALLOWED) => 403,
            Some("TIMEOUT_ERROR") => 408,
            Some("UNKNOWN_BLOCK") if asked_height.is_some_and(|asked| asked < height) => 422,
            _ => 200,
        },
        None => 200,
    }
}
