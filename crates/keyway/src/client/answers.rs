//! Maps a node's errors to this library's.

use crate::error::{Error, QueryError, Refusal};
use crate::transport::{Cause, NodeError};
use near_primitives::errors::InvalidTxError;
use near_primitives::hash::CryptoHash;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What an error of a node means.
pub(super) fn error(error: NodeError) -> Error {
    if let Some(refusal) = refusal(&error) {
        return Error::Refused(refusal);
    }
    let known = query_error(&error);
    let other = || QueryError::Other { name: name(&error), message: error.words() };
    Error::Query(known.unwrap_or_else(other))
}

/// The chain's refusal of a transaction, if the error is one.
pub(super) fn refusal(error: &NodeError) -> Option<Refusal> {
    if error.name() != "INVALID_TRANSACTION" {
        return None;
    }
    let invalid = error.data.pointer("/TxExecutionError/InvalidTxError")?;
    InvalidTxError::deserialize(invalid).ok().map(Refusal::from)
}

/// None if the table does not have the error's name, or the error lacks what the variant needs.
fn query_error(error: &NodeError) -> Option<QueryError> {
    let Cause { info, .. } = &error.cause;
    Some(match error.name() {
        "UNKNOWN_ACCOUNT" | "INVALID_ACCOUNT" => {
            QueryError::UnknownAccount { account_id: member(info, "requested_account_id")? }
        }
        "NO_CONTRACT_CODE" => {
            QueryError::NoContract { account_id: member(info, "contract_account_id")? }
        }
        "NO_GLOBAL_CONTRACT_CODE" => {
            QueryError::NoGlobalContract { identifier: member(info, "identifier")? }
        }
        "TOO_LARGE_CONTRACT_STATE" => {
            QueryError::TooMuchState { account_id: member(info, "contract_account_id")? }
        }
        "TOO_MANY_ACCESS_KEYS" => QueryError::TooManyAccessKeys {
            account_id: member(info, "requested_account_id")?,
            limit: member(info, "limit")?,
        },
        "UNKNOWN_BLOCK" => QueryError::UnknownBlock { reference: missing_block(&error.words()) },
        "GARBAGE_COLLECTED_BLOCK" => {
            QueryError::ForgottenBlock { block_height: member(info, "block_height")? }
        }
        "UNKNOWN_TRANSACTION" => {
            QueryError::UnknownTransaction { hash: member(info, "requested_transaction_hash")? }
        }
        "TIMEOUT_ERROR" => QueryError::Timeout(timeout_words(info)),
        "METHOD_NOT_FOUND" => QueryError::UnknownRpcMethod { method: member(info, "method_name")? },
        "PARSE_ERROR" => QueryError::Malformed(member(info, "error_message")?),
        _ => return None,
    })
}

/// The hash or height at the end of a node's message about a missing block.
fn missing_block(words: &str) -> String {
    let last = words.rsplit([' ', ':']).next().unwrap_or_default();
    let is_name = last.parse::<CryptoHash>().is_ok() || last.parse::<u64>().is_ok();
    if is_name { last.to_owned() } else { "that was asked for".to_owned() }
}

/// An error's name, or else its code.
fn name(error: &NodeError) -> String {
    match (error.name(), error.code) {
        ("", Some(code)) => match meaning(code) {
            Some(meaning) => format!("error {code} ({meaning})"),
            None => format!("error {code}"),
        },
        ("", None) => "an error without a name".to_owned(),
        (name, _) => name.to_owned(),
    }
}

/// The meaning of a code in JSON-RPC 2.0.
fn meaning(code: i64) -> Option<&'static str> {
    Some(match code {
        -32700 => "the request is not JSON",
        -32600 => "the request is not valid",
        -32601 => "it does not have this method",
        -32602 => "the parameters are not valid",
        -32603 => "internal error",
        _ => return None,
    })
}

/// Newer nodes report how far the transaction has come.
fn timeout_words(info: &Value) -> String {
    let cause = info.get("cause").and_then(Value::as_str).unwrap_or_default();
    match cause {
        "NOT_OBSERVED" => "it has not seen the transaction in a block",
        "PENDING" => "the transaction is in a block and not yet as far as asked",
        "DOES_NOT_TRACK_SHARD" => "it does not follow the account's shard",
        _ => "the transaction is not as far as asked",
    }
    .to_owned()
}

fn member<T: DeserializeOwned>(info: &Value, name: &str) -> Option<T> {
    T::deserialize(info.get(name)?).ok()
}
