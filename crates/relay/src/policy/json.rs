//! Reads a call's arguments as JSON that everybody reads alike.
//!
//! What the policy reads and what the contract reads must be the same. JSON that two parsers may read differently is
//! therefore an error: repeated fields, escapes in names, NUL, names that are not ASCII, deep nesting.

use super::ArgumentsProblem;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::Cell;
use std::fmt;

/// Reads a document.
///
/// # Errors
/// What makes it ambiguous, or that it is not JSON.
pub(super) fn read(bytes: &[u8]) -> Result<Value, ArgumentsProblem> {
    if bytes.len() > MAX_BYTES {
        return Err(ArgumentsProblem::TooLong { bytes: bytes.len(), limit: MAX_BYTES });
    }
    let problem = Cell::new(None);
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let read = Item { depth: 0, problem: &problem }
        .deserialize(&mut parser)
        .and_then(|value| parser.end().map(|()| value));
    read.map_err(|error| {
        problem.take().unwrap_or_else(|| ArgumentsProblem::NotJson { why: error.to_string() })
    })
}

#[derive(Clone, Copy)]
struct Item<'a> {
    depth: usize,
    /// Where the parser's own error type has no place for it.
    problem: &'a Cell<Option<ArgumentsProblem>>,
}

impl Item<'_> {
    fn refuse<E: Error>(self, problem: ArgumentsProblem) -> E {
        self.problem.set(Some(problem));
        E::custom("ambiguous")
    }

    fn inner(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }

    fn check_depth<E: Error>(self) -> Result<(), E> {
        if self.depth < MAX_DEPTH {
            return Ok(());
        }
        Err(self.refuse(ArgumentsProblem::TooDeep { limit: MAX_DEPTH }))
    }
}

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("a number that overflows"))?;
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        if value.contains('\0') {
            return Err(self.refuse(ArgumentsProblem::Nul));
        }
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.inner())? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut object = Map::new();
        while let Some(name) = fields.next_key_seed(Name(self))? {
            if object.contains_key(name) {
                let name = super::shown(name);
                return Err(self.refuse(ArgumentsProblem::RepeatedField { name }));
            }
            let value = fields.next_value_seed(self.inner())?;
            object.insert(name.to_owned(), value);
        }
        Ok(object.into())
    }
}

/// The name of a field: ASCII, and written without escapes.
#[derive(Clone, Copy)]
struct Name<'a>(Item<'a>);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = &'de str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<&'de str, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name<'_> {
    type Value = &'de str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<&'de str, E> {
        if name.bytes().all(|letter| letter.is_ascii_graphic()) && !name.is_empty() {
            return Ok(name);
        }
        Err(self.0.refuse(ArgumentsProblem::StrangeField { name: super::shown(name) }))
    }

    /// A text with escapes is not borrowed.
    fn visit_str<E: Error>(self, name: &str) -> Result<&'de str, E> {
        Err(self.0.refuse(ArgumentsProblem::EscapedField { name: super::shown(name) }))
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
