//! Compares answers by their shape: members, types, and the words of errors.

use serde_json::Value;

/// The exchanges that a real node had.
pub(crate) fn samples() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../data/rpc_samples.json")).unwrap();
    file["samples"].as_array().unwrap().clone()
}

/// Where `got` is not of the shape of `want`: paths and what is wrong there.
///
/// Arrays are compared element by element as far as both go. Members named in `OPEN` hold what
/// differs from case to case: of them only the presence counts.
pub(crate) fn differences(want: &Value, got: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(want, got, "", &mut found);
    found
}

/// Members whose content belongs to the case and not to the protocol.
const OPEN: [&str; 5] =
    ["status", "actions", "gas_profile", "contracts", "validator_reward_paid_prev_epoch"];

fn compare(want: &Value, got: &Value, path: &str, found: &mut Vec<String>) {
    match (want, got) {
        (Value::Object(want), Value::Object(got)) => {
            for (name, want) in want {
                match got.get(name) {
                    None => found.push(format!("{path}.{name} is missing")),
                    Some(_) if OPEN.contains(&name.as_str()) => {}
                    Some(got) => compare(want, got, &format!("{path}.{name}"), found),
                }
            }
            let extra = got.keys().filter(|name| !want.contains_key(*name));
            found.extend(extra.map(|name| format!("{path}.{name} is not nearcore's")));
        }
        (Value::Array(want), Value::Array(got)) => {
            for (index, (want, got)) in want.iter().zip(got).enumerate() {
                compare(want, got, &format!("{path}[{index}]"), found);
            }
        }
        _ if kind(want) == kind(got) => {}
        _ => found.push(format!("{path} is a {} and should be a {}", kind(got), kind(want))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[test]
fn every_kind_of_difference_is_found() {
    let want = serde_json::json!({"a": 1, "b": [{"c": "x"}], "d": null});
    let got = serde_json::json!({"a": "1", "b": [{}], "e": null});
    let found = differences(&want, &got);
    assert_eq!(
        found,
        [
            ".a is a string and should be a number",
            ".b[0].c is missing",
            ".d is missing",
            ".e is not nearcore's",
        ]
    );
    assert!(differences(&want, &want).is_empty());
}
