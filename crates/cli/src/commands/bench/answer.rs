//! The response to a transaction, parsed with as little work as possible.

use serde::Deserialize;
use serde_json::Value;

/// How a transaction ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It came as far as it was waited for, without failing.
    Good,
    /// It failed or was refused, with the name of the error.
    Bad(String),
}

/// Parses a response.
pub(super) fn read(body: &[u8]) -> Ending {
    match serde_json::from_slice::<Answer>(body) {
        Ok(Answer { error: Some(error), .. }) => Ending::Bad(reason(&error)),
        Ok(Answer {
            result: Some(Done { status: Some(Status { failure: Some(failure) }) }),
            ..
        }) => Ending::Bad(innermost(&failure)),
        Ok(Answer { result: Some(_), .. }) => Ending::Good,
        _ => Ending::Bad("NotJsonRpc".to_owned()),
    }
}

#[derive(Deserialize)]
struct Answer {
    result: Option<Done>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Done {
    status: Option<Status>,
}

#[derive(Deserialize)]
struct Status {
    #[serde(rename = "Failure")]
    failure: Option<Value>,
}

/// nearcore's name of an error.
fn reason(error: &Value) -> String {
    match &error["data"]["TxExecutionError"] {
        Value::Null => error["cause"]["name"].as_str().unwrap_or("Unknown").to_owned(),
        refusal => innermost(refusal),
    }
}

/// The innermost name of nested errors: `{"InvalidTxError": {"InvalidNonce": {…}}}`.
fn innermost(error: &Value) -> String {
    let wrapped = |fields: &serde_json::Map<String, Value>| {
        fields.iter().find(|(name, _)| name.starts_with(char::is_uppercase)).map(
            |(name, within)| match within {
                Value::String(name) => name.clone(),
                within if names_something(within) => innermost(within),
                _ => name.clone(),
            },
        )
    };
    let name = match error {
        Value::String(name) => Some(name.clone()),
        Value::Object(fields) => wrapped(fields).or_else(|| Some(innermost(fields.get("kind")?))),
        _ => None,
    };
    name.unwrap_or_else(|| "Unknown".to_owned())
}

fn names_something(value: &Value) -> bool {
    value.as_object().is_some_and(|fields| {
        fields.keys().any(|name| name == "kind" || name.starts_with(char::is_uppercase))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(answer: Value, expected: Ending) {
        assert_eq!(read(answer.to_string().as_bytes()), expected);
    }

    fn bad(name: &str) -> Ending {
        Ending::Bad(name.to_owned())
    }

    #[test]
    fn endings_are_told_apart() {
        check(json!({"result": {"status": {"SuccessValue": ""}}}), Ending::Good);
        check(json!({"result": {"final_execution_status": "INCLUDED"}}), Ending::Good);
        let nonce = json!({"InvalidTxError": {"InvalidNonce": {"tx_nonce": 1, "ak_nonce": 1}}});
        check(json!({"error": {"data": {"TxExecutionError": nonce}}}), bad("InvalidNonce"));
        let expired = json!({"InvalidTxError": "Expired"});
        check(json!({"error": {"data": {"TxExecutionError": expired}}}), bad("Expired"));
        check(json!({"error": {"cause": {"name": "TIMEOUT_ERROR"}}}), bad("TIMEOUT_ERROR"));
        let gone = json!({"AccountDoesNotExist": {"account_id": "a.near"}});
        let failure = json!({"ActionError": {"index": 0, "kind": gone}});
        check(json!({"result": {"status": {"Failure": failure}}}), bad("AccountDoesNotExist"));
        assert_eq!(read(b"<html>"), bad("NotJsonRpc"));
    }
}
