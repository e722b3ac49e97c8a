//! Parses the body of an answer: a result, or an error in one of the many forms of nodes and gateways.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// The content of an answer's body.
#[derive(Debug)]
pub(crate) enum Body {
    /// A result.
    Result,
    /// An error.
    Error(Box<NodeError>),
    /// JSON, but not JSON-RPC.
    Neither,
}

/// An error; missing members are empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct NodeError {
    pub(crate) name: String,
    pub(crate) cause: Cause,
    pub(crate) code: Option<i64>,
    pub(crate) message: String,
    pub(crate) data: Value,
}

/// The cause in an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cause {
    pub(crate) name: String,
    pub(crate) info: Value,
}

/// Parses a body. Only an error is copied, and only a short one.
///
/// # Errors
/// If it is not JSON.
pub(crate) fn parse_body(body: &[u8]) -> Result<Body, serde_json::Error> {
    let parts: Parts = serde_json::from_slice(body)?;
    let of_a_gateway = parts.code.is_some() && parts.message.is_some();
    Ok(match parts {
        Parts { error: Some(_), .. } => Body::Error(Box::new(error_in(body)?)),
        Parts { result: Some(_), .. } => Body::Result,
        _ if of_a_gateway => Body::Error(Box::new(error_in(body)?)),
        _ => Body::Neither,
    })
}

fn error_in(body: &[u8]) -> Result<NodeError, serde_json::Error> {
    if body.len() > LONGEST_ERROR {
        let message = format!("an error of {} bytes", body.len());
        return Ok(NodeError { message, ..NodeError::default() });
    }
    let mut answer: Value = serde_json::from_slice(body)?;
    let error = answer.get_mut("error").map(Value::take).filter(|error| !error.is_null());
    Ok(NodeError::from(error.unwrap_or(answer)))
}

impl NodeError {
    /// Its name; empty if it has none.
    pub(crate) fn name(&self) -> &str {
        if self.cause.name.is_empty() { &self.name } else { &self.cause.name }
    }

    /// Its text for people; empty if it has none.
    pub(crate) fn words(&self) -> String {
        match &self.data {
            Value::String(text) if !text.is_empty() => text.clone(),
            Value::Null | Value::String(_) => self.message.clone(),
            data => data.to_string(),
        }
    }

    /// Whether the endpoint limits requests. Gateways have no name for this, only codes and texts.
    pub(crate) fn is_about_too_many_requests(&self) -> bool {
        let words = self.message.to_ascii_lowercase();
        self.name().is_empty()
            && (matches!(self.code, Some(-429 | 429 | -32005))
                || words.contains("rate limit")
                || words.contains("too many requests"))
    }
}

impl From<Value> for NodeError {
    fn from(error: Value) -> Self {
        match &error {
            Value::Object(_) => {}
            Value::Number(code) => return NodeError { code: code.as_i64(), ..Self::default() },
            _ => return NodeError { message: text(Some(&error)), ..Self::default() },
        }
        let (code, cause) = (error.get("code"), error.get("cause"));
        let info = cause.and_then(|cause| cause.get("info")).cloned();
        let cause_name = match cause {
            Some(Value::String(name)) => name.clone(),
            cause => text(cause.and_then(|cause| cause.get("name"))),
        };
        NodeError {
            name: text(error.get("name")),
            cause: Cause { name: cause_name, info: info.unwrap_or_default() },
            code: code.and_then(|code| code.as_i64().or_else(|| code.as_str()?.parse().ok())),
            message: text(error.get("message")),
            data: error.get("data").cloned().unwrap_or_default(),
        }
    }
}

/// A member that should be text.
fn text(member: Option<&Value>) -> String {
    match member {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[derive(Deserialize)]
struct Parts {
    #[serde(default, deserialize_with = "present")]
    result: Option<IgnoredAny>,
    error: Option<IgnoredAny>,
    code: Option<IgnoredAny>,
    message: Option<IgnoredAny>,
}

/// Distinguishes `null` from absent.
fn present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<IgnoredAny>, D::Error> {
    IgnoredAny::deserialize(value).map(Some)
}

/// The longest answer whose error is parsed, bytes, because JSON values take up to 90 times as much memory.
const LONGEST_ERROR: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn error(body: &str) -> NodeError {
        match parse_body(body.as_bytes()) {
            Ok(Body::Error(error)) => *error,
            other => panic!("{body}: {other:?}"),
        }
    }

    #[test]
    fn errors_are_read_whatever_they_lack() {
        let full = error(
            r#"{"error":{"name":"HANDLER_ERROR","code":-32000,"message":"Server error","data":"words",
            "cause":{"name":"UNKNOWN_BLOCK","info":{"a":1}}}}"#,
        );
        assert_eq!((full.name(), full.words()), ("UNKNOWN_BLOCK", "words".to_owned()));
        let nameless =
            r#"{"error":{"code":-32000,"message":"no","cause":null,"name":null,"data":null}}"#;
        let nameless = error(nameless);
        assert_eq!((nameless.name(), nameless.words()), ("", "no".to_owned()));
        assert_eq!(error(r#"{"error":"no"}"#).words(), "no");
        assert_eq!(error(r#"{"error":-5}"#).code, Some(-5));
        assert_eq!(error(r#"{"error":{}}"#), NodeError::default());
        assert_eq!(error(r#"{"error":{"cause":"BUSY"}}"#).name(), "BUSY");
        assert_eq!(error(r#"{"error":{"code":"-429"}}"#).code, Some(-429));
    }

    #[test]
    fn gateways_leave_the_envelope_out() {
        let limited = error(r#"{"code":-429,"message":"slow down"}"#);
        assert_eq!((limited.code, limited.words()), (Some(-429), "slow down".to_owned()));
        for body in [
            r#"{"error":{"code":-429,"message":"THIS ENDPOINT IS DEPRECATED"}}"#,
            r#"{"error":{"code":-429}}"#,
            r#"{"error":{"code":-32005,"message":"limit exceeded"}}"#,
            r#"{"error":{"code":-32000,"message":"Rate limit reached","cause":null}}"#,
            r#"{"error":"Too Many Requests"}"#,
        ] {
            assert!(error(body).is_about_too_many_requests(), "{body}");
        }
        assert!(!error(r#"{"error":{"code":-32000,"message":"no"}}"#).is_about_too_many_requests());
    }

    #[test]
    fn good_answers_are_told_from_none() {
        for body in [r#"{"result":null}"#, r#"{"result":1,"error":null}"#] {
            assert!(matches!(parse_body(body.as_bytes()), Ok(Body::Result)), "{body}");
        }
        for body in ["{}", r#"{"error":null}"#, r#"{"code":1}"#] {
            assert!(matches!(parse_body(body.as_bytes()), Ok(Body::Neither)), "{body}");
        }
        assert!(
            parse_body(b"<html>").is_err()
                && parse_body(b"[]").is_err()
                && parse_body(b"").is_err()
        );
    }

    #[test]
    fn a_long_error_is_not_read() {
        let long = format!(r#"{{"error":{{"data":[{}1]}}}}"#, "{},".repeat(LONGEST_ERROR / 3));
        assert!(error(&long).message.starts_with("an error of "));
    }
}
