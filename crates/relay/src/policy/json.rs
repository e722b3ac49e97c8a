//! Reads a call's arguments as JSON that everybody reads alike.
//!
//! What the policy reads and what the contract reads must be the same. JSON that two parsers may read differently is
//! therefore an error: repeated fields, escapes in names, NUL, names that are not ASCII, deep nesting.

use super::ArgumentsProblem;
use keyway::unique_json::{self, Demands, Unread};
use serde_json::Value;

/// Reads a document.
///
/// # Errors
/// What makes it ambiguous, or that it is not JSON.
pub(super) fn read(bytes: &[u8]) -> Result<Value, ArgumentsProblem> {
    if bytes.len() > MAX_BYTES {
        return Err(ArgumentsProblem::TooLong { bytes: bytes.len(), limit: MAX_BYTES });
    }
    unique_json::read(bytes, &Unambiguous).map_err(|unread| match unread {
        Unread::NotJson(why) => ArgumentsProblem::NotJson { why },
        Unread::Problem(problem, _) => problem,
    })
}

/// Names are ASCII and written without escapes, texts have no NUL, and nothing is nested deeply.
struct Unambiguous;

impl Demands for Unambiguous {
    type Problem = ArgumentsProblem;

    fn depth(&self, depth: usize) -> Result<(), ArgumentsProblem> {
        if depth < MAX_DEPTH {
            return Ok(());
        }
        Err(ArgumentsProblem::TooDeep { limit: MAX_DEPTH })
    }

    fn name(&self, name: &str, escaped: bool) -> Result<(), ArgumentsProblem> {
        if escaped {
            return Err(ArgumentsProblem::EscapedField { name: super::shown(name) });
        }
        if name.bytes().all(|letter| letter.is_ascii_graphic()) && !name.is_empty() {
            return Ok(());
        }
        Err(ArgumentsProblem::StrangeField { name: super::shown(name) })
    }

    fn text(&self, text: &str) -> Result<(), ArgumentsProblem> {
        if text.contains('\0') { Err(ArgumentsProblem::Nul) } else { Ok(()) }
    }

    fn repeated(&self, name: &str) -> ArgumentsProblem {
        ArgumentsProblem::RepeatedField { name: super::shown(name) }
    }
}

/// More than the arguments of a call that a policy looks into need.
const MAX_BYTES: usize = 64 * 1024;
const MAX_DEPTH: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_json_is_read() {
        let text = r#"{"a":1,"b":[true,null,-2,"x\u00e4"],"c":{"a":"1"},"f":1.5}"#;
        assert_eq!(read(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn what_two_parsers_may_read_differently_is_refused() {
        let kind = |text: &[u8]| read(text).unwrap_err().kind();
        assert_eq!(kind(br#"{"bet":1,"bet":100}"#), "RepeatedField");
        assert_eq!(kind(br#"{"x":{"a":1,"b":2,"a":1}}"#), "RepeatedField");
        assert_eq!(kind(br#"{"bet":1,"b\u0065t":100}"#), "EscapedField");
        assert_eq!(kind("{\"b\u{435}t\":1}".as_bytes()), "StrangeField");
        assert_eq!(kind("{\"bet\u{200b}\":1}".as_bytes()), "StrangeField");
        assert_eq!(kind(br#"{"":1}"#), "StrangeField");
        assert_eq!(kind(br#"{"a b":1}"#), "StrangeField");
        assert_eq!(kind(br#"{"a":"x\u0000y"}"#), "Nul");
        assert_eq!(kind(b"{\"a\":\"x\0y\"}"), "NotJson");
        assert_eq!(kind(b""), "NotJson");
        assert_eq!(kind(b"{\"a\":1}{\"a\":2}"), "NotJson");
        assert_eq!(kind(b"\xef\xbb\xbf{\"a\":1}"), "NotJson");
        assert_eq!(kind(b"{\"a\":\"\xff\"}"), "NotJson");
        assert_eq!(kind(br#"{"a":"\ud800"}"#), "NotJson");
        assert_eq!(kind(br#"{"a":1e400}"#), "NotJson");
        assert_eq!(kind(br#"{"a":01}"#), "NotJson");
        assert_eq!(kind(b"{'a':1}"), "NotJson");
        assert_eq!(kind(b"{\"a\":1,}"), "NotJson");
        assert_eq!(kind(b"{\"a\":1 /* or 2 */}"), "NotJson");
    }

    #[test]
    fn depth_and_length_have_limits() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(read(nested(MAX_DEPTH + 1).as_bytes()).unwrap_err().kind(), "TooDeep");
        assert_eq!(read(nested(100_000).as_bytes()).unwrap_err().kind(), "TooLong");
        let spaces = " ".repeat(MAX_BYTES - 1) + "1";
        assert!(read(spaces.as_bytes()).is_ok());
        assert_eq!(read((spaces + " ").as_bytes()).unwrap_err().kind(), "TooLong");
    }
}
