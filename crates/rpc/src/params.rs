//! A request's `params`, from JSON to typed values.
//!
//! Most methods take one object. Some also take the positional arrays of older clients.

use near_jsonrpc_primitives::errors::RpcError;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Reads `value` as a `T`.
///
/// # Errors
/// `PARSE_ERROR` with serde's reason.
pub(crate) fn parse<T: DeserializeOwned>(value: Value) -> Result<T, RpcError> {
    serde_json::from_value(value)
        .map_err(|error| RpcError::parse_error(format!("Failed parsing args: {error}")))
}

/// Reads `value`, an object whose members are the parameters, as a `T`. Nothing is an empty object.
///
/// # Errors
/// `PARSE_ERROR` with serde's reason, which names the parameter.
pub(crate) fn named<T: DeserializeOwned>(value: Value) -> Result<T, RpcError> {
    match value {
        Value::Null => parse(Value::Object(Map::new())),
        Value::Array(items) if items.is_empty() => parse(Value::Object(Map::new())),
        Value::Object(_) => parse(value),
        _ => Err(RpcError::parse_error(
            "Failed parsing args: the parameters of this method have names; send one JSON object"
                .to_owned(),
        )),
    }
}

/// Checks that there are no parameters: null, or an empty object or list.
///
/// # Errors
/// `PARSE_ERROR`.
pub(crate) fn none(value: Value) -> Result<(), RpcError> {
    let empty = match &value {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    match empty {
        true => Ok(()),
        false => Err(RpcError::parse_error("this method takes no parameters".to_owned())),
    }
}

/// Takes `params` apart when they are an array of exactly `N` elements; else gives them back.
pub(crate) fn array<const N: usize>(params: Value) -> Result<[Value; N], Value> {
    match params {
        Value::Array(items) => <[Value; N]>::try_from(items).map_err(Value::Array),
        other => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize)]
    struct Sample {
        name: Option<String>,
        height: u64,
    }

    #[test]
    fn a_missing_parameter_is_named_and_no_place_stands_for_a_name() {
        let text = |params| named::<Sample>(params).unwrap_err().data.unwrap().to_string();
        for params in [json!(null), json!([]), json!({}), json!({"name": "a"})] {
            assert!(text(params.clone()).contains("missing field `height`"), "{params}");
        }
        for params in [json!(["a", 7]), json!([null]), json!("a"), json!(7)] {
            assert!(text(params.clone()).contains("have names"), "{params}");
        }
        let sample = named::<Sample>(json!({"height": 7})).unwrap();
        assert_eq!((sample.name, sample.height), (None, 7));
    }

    #[test]
    fn an_array_of_another_length_comes_back_whole() {
        assert_eq!(array::<1>(json!(["a"])), Ok([json!("a")]));
        assert_eq!(array::<1>(json!(["a", "b"])), Err(json!(["a", "b"])));
        assert_eq!(array::<1>(json!({"a": 1})), Err(json!({"a": 1})));
    }
}
