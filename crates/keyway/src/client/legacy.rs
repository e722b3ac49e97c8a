//! Failures that `query` tells as a success with a text, as nodes have done from the beginning.

use crate::error::QueryError;
use near_primitives::types::AccountId;
use serde_json::Value;

/// The text of a failure that came as a success.
pub(super) fn failure(result: &Value) -> Option<&str> {
    result.get("error").and_then(Value::as_str)
}

/// What a failed view of a contract means.
pub(super) fn view_error(account_id: &AccountId, method: &str, text: &str) -> QueryError {
    let account_id = account_id.clone();
    let reason = text.strip_prefix("wasm execution failed with error: ").unwrap_or(text);
    let method = method.to_owned();
    if reason.starts_with("CompilationError(CodeDoesNotExist") {
        return QueryError::NoContract { account_id };
    }
    if reason == "MethodResolveError(MethodNotFound)" {
        return QueryError::UnknownMethod { account_id, method };
    }
    QueryError::ContractFailed { account_id, method, reason: panic_message(reason) }
}

/// What a contract said when it gave up; otherwise the text as it is.
///
/// The text is Rust's debug form, `HostError(GuestPanic { panic_msg: "…" })`, whose escapes are
/// those of JSON as far as contracts use them.
fn panic_message(reason: &str) -> String {
    let quoted = reason
        .strip_prefix("HostError(GuestPanic { panic_msg: ")
        .and_then(|rest| rest.strip_suffix(" })"));
    quoted.and_then(|quoted| serde_json::from_str(quoted).ok()).unwrap_or_else(|| reason.to_owned())
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
            "the contract of game.near has no method score",
        );
        check(
            r#"CompilationError(CodeDoesNotExist { account_id: AccountId("game.near") })"#,
            "game.near has no contract",
        );
        check(
            r#"HostError(GuestPanic { panic_msg: "no \"player\"\n" })"#,
            "score of game.near failed: no \"player\"\n",
        );
        check("HostError(BadUTF16)", "score of game.near failed: HostError(BadUTF16)");
    }
}
