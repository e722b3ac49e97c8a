//! Errors that older nodes wrap as a text in a successful answer to `query`.

use super::envelope::Found;
use crate::error::{ContractFailure, QueryError};
use near_primitives::types::AccountId;
use serde::Deserialize;

/// The text of an error in a successful answer.
pub(super) fn failure(found: &Found) -> Option<String> {
    found.is::<Failure>().map(|failure| failure.error)
}

/// Whether the error is a missing account.
pub(super) fn missing_account(found: &Found) -> bool {
    failure(found).is_some_and(|text| {
        text.starts_with("account ") && text.contains(" does not exist while viewing")
    })
}

/// Whether the error is a missing key. Older nodes report it for a missing account, too.
pub(super) fn missing_key(text: &str) -> bool {
    text.contains("does not exist while viewing")
}

#[derive(Deserialize)]
struct Failure {
    error: String,
}

/// The meaning of a failed view call.
///
/// The text contains the debug form of the VM's error, such as `HostError(GuestPanic { panic_msg: "…" })`.
pub(super) fn view_error(account_id: &AccountId, method: &str, text: &str) -> QueryError {
    let (account_id, method) = (account_id.clone(), method.to_owned());
    let reason = text.strip_prefix("wasm execution failed with error: ").unwrap_or(text);
    if reason.starts_with("CompilationError(CodeDoesNotExist") {
        return QueryError::NoContract { account_id };
    }
    if reason == "MethodResolveError(MethodNotFound)" {
        return QueryError::UnknownMethod { account_id, method };
    }
    QueryError::ContractFailed { account_id, method, failure: failure_of(reason) }
}

fn failure_of(reason: &str) -> ContractFailure {
    if let Some(message) = quoted(reason, "HostError(GuestPanic { panic_msg: ") {
        return ContractFailure::Panicked { message };
    }
    if let Some(host_function) = quoted(reason, "HostError(ProhibitedInView { method_name: ") {
        return ContractFailure::ViewOnly { host_function };
    }
    match reason {
        "HostError(GasExceeded)" => ContractFailure::GasExhausted,
        "HostError(GasLimitExceeded)" => ContractFailure::GasLimitReached,
        "MethodResolveError(MethodInvalidSignature)" => ContractFailure::FunctionInvalid,
        _ if reason.starts_with("CompilationError(") => {
            ContractFailure::CodeInvalid { why: reason.to_owned() }
        }
        _ => ContractFailure::Stopped { why: reason.to_owned() },
    }
}

/// The quoted text in a debug form. Its escapes are those of JSON, as far as contracts use them.
fn quoted(reason: &str, before: &str) -> Option<String> {
    let text = reason.strip_prefix(before)?.strip_suffix(" })")?;
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let text = format!("wasm execution failed with error: {text}");
        let error = view_error(&"game.near".parse().unwrap(), "score", &text);
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn texts_become_types() {
        check(
            "MethodResolveError(MethodNotFound)",
            "the contract of game.near has no function \"score\"; names must match exactly",
        );
        check(
            r#"CompilationError(CodeDoesNotExist { account_id: AccountId("game.near") })"#,
            "game.near has no contract; check the account",
        );
        check(
            r#"HostError(GuestPanic { panic_msg: "no \"player\"\n" })"#,
            "\"score\" of game.near: the contract panicked: no \"player\"\n",
        );
        check(
            r#"HostError(ProhibitedInView { method_name: "storage_write" })"#,
            "\"score\" of game.near: storage_write may not be used in a view; send a transaction",
        );
        check(
            "HostError(GasExceeded)",
            "\"score\" of game.near: the attached gas ran out; attach more",
        );
        check(
            "HostError(BadUTF16)",
            "\"score\" of game.near: the contract was stopped: HostError(BadUTF16)",
        );
    }
}
