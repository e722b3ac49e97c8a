//! JSON-RPC on the wire: the request's body, and what an answer's body says.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// One request: a method and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Question {
    pub(crate) method: &'static str,
    pub(crate) params: Value,
    /// What it asks for, for people.
    pub(crate) what: String,
}

/// What an endpoint said.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said<R> {
    /// The result.
    Result(R),
    /// There is no such thing in the state of the block with this hash, if the answer names one.
    Absent { block_hash: Option<String> },
    /// It does not know the block yet, or cannot serve it now.
    Behind(String),
    /// It has forgotten the block.
    Forgotten(String),
    /// There were too many requests.
    Limited,
    /// It never answers this question.
    Never(String),
    /// A definite answer with a name that means nothing here.
    Unclear(String),
    /// It could not answer, or what it said makes no sense.
    Trouble(String),
}

impl Question {
    /// The request's body. `id` comes back with the answer.
    pub(crate) fn body(&self, id: &str) -> Vec<u8> {
        let Self { method, params, .. } = self;
        let body = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        body.to_string().into_bytes()
    }
}

/// Reads an answer to the request with this `id`.
pub(crate) fn read<R: DeserializeOwned>(body: &[u8], id: &str) -> Said<R> {
    let parts: Parts<R> = match serde_json::from_slice(body) {
        Ok(parts) => parts,
        Err(error) => return error_in(body, Some(id)).unwrap_or_else(|| unread(&error)),
    };
    match parts {
        Parts { error: None, result: Some(result), id: Some(Value::String(found)) }
            if found == id =>
        {
            Said::Result(result)
        }
        Parts { error: None, result: Some(_), id: found } => {
            let found = found.unwrap_or_default();
            Said::Trouble(format!("it answered request {found} instead of \"{id}\""))
        }
        _ => error_in(body, Some(id))
            .unwrap_or_else(|| Said::Trouble("neither a result nor an error".to_owned())),
    }
}

/// Reads the error in a body, if there is one. Gateways leave the envelope out, and the id.
pub(crate) fn error_in<R>(body: &[u8], id: Option<&str>) -> Option<Said<R>> {
    if body.len() > LONGEST_ERROR {
        return None;
    }
    let mut answer: Value = serde_json::from_slice(body).ok()?;
    let same_id = id.is_none_or(|id| answer.get("id").is_some_and(|found| found == id));
    let error = match answer.get_mut("error").map(Value::take) {
        Some(error) if !error.is_null() => error,
        _ if answer.get("code").is_some() && answer.get("message").is_some() => answer,
        _ => return None,
    };
    Some(match said(&error) {
        // Only an answer to this request says that something is absent.
        Said::Absent { .. }
        | Said::Behind(_)
        | Said::Forgotten(_)
        | Said::Never(_)
        | Said::Unclear(_)
            if !same_id =>
        {
            Said::Trouble(format!("an error for another request: {}", words(&error)))
        }
        said => said,
    })
}

/// What an error means.
fn said<R>(error: &Value) -> Said<R> {
    let name = name(error);
    match name.as_str() {
        "UNKNOWN_ACCOUNT"
        | "NO_CONTRACT_CODE"
        | "UNKNOWN_ACCESS_KEY"
        | "UNKNOWN_GAS_KEY"
        | "NO_GLOBAL_CONTRACT_CODE" => {
            let hash = error.pointer("/cause/info/block_hash").and_then(Value::as_str);
            Said::Absent { block_hash: hash.map(str::to_owned) }
        }
        "UNKNOWN_BLOCK" | "UNAVAILABLE_SHARD" | "NO_SYNCED_BLOCKS" | "NOT_SYNCED_YET"
        | "UNKNOWN_EPOCH" => Said::Behind(words(error)),
        "GARBAGE_COLLECTED_BLOCK" => Said::Forgotten(words(error)),
        "TOO_LARGE_CONTRACT_STATE"
        | "TOO_MANY_ACCESS_KEYS"
        | "METHOD_NOT_FOUND"
        | "PARSE_ERROR" => Said::Never(words(error)),
        "" if is_limit(error) => Said::Limited,
        // The same question again would bring the same.
        _ if error.get("name").and_then(Value::as_str) == Some("HANDLER_ERROR") => {
            Said::Unclear(words(error))
        }
        _ => Said::Trouble(words(error)),
    }
}

/// The most precise name that an error has; empty if it has none.
fn name(error: &Value) -> String {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let cause = match error.get("cause") {
        Some(Value::String(name)) => name.clone(),
        cause => text(cause.and_then(|cause| cause.get("name"))),
    };
    if cause.is_empty() { text(error.get("name")) } else { cause }
}

/// Whether a nameless error is about too many requests. Gateways have codes and texts for that.
fn is_limit(error: &Value) -> bool {
    let code = error.get("code").and_then(Value::as_i64).or(error.as_i64());
    let message = error.get("message").or(Some(error)).and_then(Value::as_str).unwrap_or_default();
    let message = message.to_ascii_lowercase();
    matches!(code, Some(-429 | 429 | -32005))
        || message.contains("rate limit")
        || message.contains("too many requests")
}

/// An error in words: its name and what it says, not too long, and nothing that could move a
/// terminal's cursor.
fn words(error: &Value) -> String {
    let name = name(error);
    let data = ["data", "message"].into_iter().find_map(|member| match error.get(member) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.is_empty() => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    });
    let text = data.unwrap_or_else(|| error.to_string());
    let text = if name.is_empty() { text } else { format!("{name}: {text}") };
    plain(&text)
}

/// Foreign text on one line of printable characters.
pub(crate) fn plain(text: &str) -> String {
    let mut plain: String = text
        .chars()
        .map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' })
        .take(LONGEST_WORDS)
        .collect();
    if plain.len() < text.len() && plain.len() == LONGEST_WORDS {
        plain.push_str(" …");
    }
    plain
}

fn unread<R>(error: &serde_json::Error) -> Said<R> {
    Said::Trouble(format!("an answer that cannot be read: {}", plain(&error.to_string())))
}

#[derive(Deserialize)]
#[serde(bound = "R: DeserializeOwned")]
struct Parts<R> {
    #[serde(default)]
    id: Option<Value>,
    #[serde(default = "none")]
    result: Option<R>,
    #[serde(default)]
    error: Option<Value>,
}

fn none<R>() -> Option<R> {
    None
}

/// The longest answer that is searched for an error, bytes: JSON values take many times as much
/// memory as their text.
const LONGEST_ERROR: usize = 256 * 1024;
/// The longest words of an endpoint that an error repeats, bytes.
const LONGEST_WORDS: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: &str) -> Said<u64> {
        read(body.as_bytes(), "k-1")
    }

    #[test]
    fn a_result_answers_the_request_that_was_sent() {
        assert_eq!(said(r#"{"id":"k-1","result":5}"#), Said::Result(5));
        for body in [
            r#"{"id":"k-2","result":5}"#,
            r#"{"id":null,"result":5}"#,
            r#"{"result":5}"#,
            r#"{"id":"k-1"}"#,
            r#"{"id":"k-1","result":null}"#,
            r#"{"id":"k-1","result":"5"}"#,
            r#"[1]"#,
            "<html>",
            "",
            r#"{"id":"k-1","result":5"#,
        ] {
            assert!(matches!(said(body), Said::Trouble(_)), "{body}: {:?}", said(body));
        }
    }

    #[test]
    fn errors_say_what_to_do_next() {
        let error = |name: &str, info: &str| {
            let cause = format!(r#"{{"name":"{name}","info":{info}}}"#);
            said(&format!(
                r#"{{"id":"k-1","error":{{"name":"HANDLER_ERROR","cause":{cause},"code":-32000,"data":"words"}}}}"#
            ))
        };
        let absent = error("UNKNOWN_ACCOUNT", r#"{"block_hash":"abc"}"#);
        assert_eq!(absent, Said::Absent { block_hash: Some("abc".to_owned()) });
        assert_eq!(error("UNKNOWN_GAS_KEY", "{}"), Said::Absent { block_hash: None });
        assert_eq!(error("UNKNOWN_BLOCK", "{}"), Said::Behind("UNKNOWN_BLOCK: words".to_owned()));
        assert!(matches!(error("UNAVAILABLE_SHARD", "{}"), Said::Behind(_)));
        assert!(matches!(error("GARBAGE_COLLECTED_BLOCK", "{}"), Said::Forgotten(_)));
        assert!(matches!(error("TOO_LARGE_CONTRACT_STATE", "{}"), Said::Never(_)));
        assert!(matches!(error("METHOD_NOT_FOUND", "{}"), Said::Never(_)));
        assert!(matches!(error("SOMETHING_NEW", "{}"), Said::Unclear(_)));
        let internal = r#"{"error":{"name":"INTERNAL_ERROR","cause":{"name":"INTERNAL_ERROR"}}}"#;
        assert!(matches!(said(internal), Said::Trouble(_)));
    }

    #[test]
    fn gateways_limit_requests_without_a_name() {
        for body in [
            r#"{"code":-429,"message":"slow down"}"#,
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":-429}}"#,
            r#"{"error":{"code":-32005,"message":"limit exceeded"}}"#,
            r#"{"error":{"code":-32000,"message":"Rate limit reached","cause":null}}"#,
            r#"{"error":"Too Many Requests"}"#,
        ] {
            assert_eq!(said(body), Said::Limited, "{body}");
        }
    }

    #[test]
    fn nothing_is_absent_by_the_answer_to_another_request() {
        let body = r#"{"id":"k-9","error":{"cause":{"name":"UNKNOWN_ACCOUNT","info":{}}}}"#;
        assert!(matches!(said(body), Said::Trouble(_)));
    }

    #[test]
    fn foreign_words_stay_on_their_line() {
        let Said::Trouble(words) = said("{\"error\":{\"message\":\"\\u001b[2Ja\\nb\"}}") else {
            panic!("no trouble")
        };
        assert_eq!(words, "?[2Ja?b");
        let long = format!("{{\"error\":{{\"message\":\"{}\"}}}}", "x".repeat(1000));
        let Said::Trouble(words) = said(&long) else { panic!("no trouble") };
        assert!(words.len() < 210);
    }
}
