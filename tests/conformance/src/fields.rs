//! Reading the fields of a scenario, with an error that names what is missing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A scenario that does not have the form of one; says what was looked for.
#[derive(Debug, thiserror::Error)]
#[error("malformed scenario: {0}")]
pub struct Malformed(pub(crate) String);

pub(crate) fn text<'a>(object: &'a Value, field: &str) -> Result<&'a str, Malformed> {
    object[field].as_str().ok_or_else(|| missing(object, field, "a text"))
}

pub(crate) fn list<'a>(object: &'a Value, field: &str) -> Result<&'a [Value], Malformed> {
    object[field].as_array().map(Vec::as_slice).ok_or_else(|| missing(object, field, "a list"))
}

/// An unsigned number, written as a number or as a decimal text; `default` where it is absent.
pub(crate) fn number(object: &Value, field: &str, default: u128) -> Result<u128, Malformed> {
    match &object[field] {
        Value::Null => Ok(default),
        Value::String(digits) => digits.parse().map_err(|_| missing(object, field, "a number")),
        other => other.as_u64().map(u128::from).ok_or_else(|| missing(object, field, "a number")),
    }
}

/// Like [`number`], for a field of 64 bits.
pub(crate) fn number64(object: &Value, field: &str, default: u64) -> Result<u64, Malformed> {
    u64::try_from(number(object, field, default.into())?)
        .map_err(|_| missing(object, field, "a number of 64 bits"))
}

/// Bytes in base64; none where the field is absent.
pub(crate) fn bytes(object: &Value, field: &str) -> Result<Vec<u8>, Malformed> {
    let encoded = object[field].as_str().unwrap_or_default();
    STANDARD.decode(encoded).map_err(|_| missing(object, field, "base64"))
}

/// The one name and the body of `{"Name": body}`, or the name alone of `"Name"`.
pub(crate) fn variant(value: &Value) -> Result<(&str, &Value), Malformed> {
    match value {
        Value::String(name) => Ok((name, &Value::Null)),
        Value::Object(map) if map.len() == 1 => {
            map.iter().next().map(|(name, body)| (name.as_str(), body)).ok_or_else(|| one_of(value))
        }
        _ => Err(one_of(value)),
    }
}

fn one_of(value: &Value) -> Malformed {
    Malformed(format!("wanted one name with its fields, found {value}"))
}

fn missing(object: &Value, field: &str, kind: &str) -> Malformed {
    Malformed(format!("wanted {kind} in field {field} of {object}"))
}
