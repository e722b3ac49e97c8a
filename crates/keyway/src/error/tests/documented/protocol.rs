//! The chain's errors, one of each, in the JSON of its answers.

use super::Sample;
use crate::error::Error;
use near_primitives::errors::{ActionError, ActionErrorKind, InvalidTxError, TxExecutionError};
use near_primitives::views::FinalExecutionOutcomeWithReceiptView;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(super) fn refusals() -> impl Iterator<Item = Sample> {
    each("InvalidTxError", |error: InvalidTxError| error.into())
}

pub(super) fn failures() -> impl Iterator<Item = Sample> {
    each("ActionErrorKind", |kind: ActionErrorKind| {
        let error = TxExecutionError::ActionError(ActionError { index: Some(0), kind });
        Error::from_execution(error, outcome().into())
    })
}

fn each<T: DeserializeOwned>(
    name: &str,
    read: impl Fn(T) -> Error,
) -> impl Iterator<Item = Sample> {
    let all: Value = serde_json::from_str(include_str!("protocol.json")).unwrap();
    let errors = all[name].as_array().unwrap().clone();
    errors.into_iter().map(move |error| {
        let protocol = Some(dotted(&error));
        Sample { error: read(serde_json::from_value(error).unwrap()), protocol }
    })
}

/// `{"A":{"B":{"field":1}}}` as `A.B`: names of variants are in camel case.
fn dotted(error: &Value) -> String {
    match error {
        Value::String(name) => name.clone(),
        Value::Object(members) => {
            let (name, inner) = members.iter().next().unwrap();
            match inner {
                Value::String(_) | Value::Object(_) if is_variant(name, inner) => {
                    format!("{name}.{}", dotted(inner))
                }
                _ => name.clone(),
            }
        }
        other => panic!("no error: {other}"),
    }
}

/// Whether the variant contains another error, and not fields or text.
fn is_variant(name: &str, inner: &Value) -> bool {
    const WORDS: [&str; 4] = ["ExecutionError", "PrepareError", "WasmTrap", "StorageError"];
    let camel = |text: &str| text.starts_with(char::is_uppercase);
    match inner {
        Value::String(text) => camel(text) && !WORDS.contains(&name),
        Value::Object(members) => members.keys().all(|key| camel(key)),
        _ => false,
    }
}

fn outcome() -> FinalExecutionOutcomeWithReceiptView {
    let zero = "11111111111111111111111111111111";
    let key = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";
    let executed = json!({
        "proof": [], "block_hash": zero, "id": zero,
        "outcome": {
            "logs": [], "receipt_ids": [], "gas_burnt": 1, "tokens_burnt": "1",
            "executor_id": "alice.near", "status": {"SuccessReceiptId": zero}
        }
    });
    let failed = json!({"Failure": {"ActionError": {"index": 0, "kind": "DelegateActionExpired"}}});
    let view = json!({
        "status": failed, "transaction_outcome": executed, "receipts_outcome": [], "receipts": [],
        "transaction": {
            "signer_id": "alice.near", "public_key": key, "nonce": 1, "receiver_id": "bob.near",
            "actions": [], "signature": format!("ed25519:{}", "1".repeat(64)),
            "hash": zero
        }
    });
    serde_json::from_value(view).unwrap()
}
