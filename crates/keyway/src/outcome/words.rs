//! Actions, values, gas and failures in words.

use super::Execution;
use crate::amount::shortened;
use crate::error::{FailedAction, Refusal};
use crate::format::{format_gas, format_near};
use keyway_signer::{is_printable, printable};
use near_primitives::action::Action;
use near_primitives::action::delegate::VersionedDelegateActionRef;
use near_primitives::errors::TxExecutionError;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{Balance, Gas};
use near_primitives::views::{AccessKeyPermissionView, ActionView};

/// An action as nodes report it, in a few words; names from the chain are escaped.
#[must_use]
pub fn action_words(action: &ActionView) -> String {
    match action {
        ActionView::CreateAccount => "create the account".to_owned(),
        ActionView::DeployContract { .. } => "deploy a contract".to_owned(),
        ActionView::FunctionCall { method_name, deposit, .. } => {
            format!("call {}{}", printable(method_name), attached(*deposit))
        }
        ActionView::Transfer { deposit } => format!("transfer {}", format_near(*deposit)),
        ActionView::Stake { stake, .. } => format!("stake {}", format_near(*stake)),
        ActionView::AddKey { public_key, access_key } => {
            format!("add {} {public_key}", key_words(&access_key.permission))
        }
        ActionView::DeleteKey { public_key } => format!("delete key {public_key}"),
        ActionView::DeleteAccount { beneficiary_id } => {
            format!("delete the account, leaving all to {beneficiary_id}")
        }
        ActionView::Delegate { delegate_action, .. } => {
            delegated(delegate_action.into(), short_words)
        }
        ActionView::DelegateV2 { delegate_action, .. } => {
            delegated(delegate_action.into(), short_words)
        }
        ActionView::TransferToGasKey { public_key, deposit } => {
            format!("fund gas key {public_key} with {}", format_near(*deposit))
        }
        ActionView::WithdrawFromGasKey { public_key, amount } => {
            format!("withdraw {} from gas key {public_key}", format_near(*amount))
        }
        ActionView::DeployGlobalContract { .. }
        | ActionView::DeployGlobalContractByAccountId { .. } => {
            "deploy a global contract".to_owned()
        }
        ActionView::UseGlobalContract { code_hash } => format!("use global contract {code_hash}"),
        ActionView::UseGlobalContractByAccountId { account_id } => {
            format!("use the global contract of {account_id}")
        }
        ActionView::DeterministicStateInit { deposit, .. }
        | ActionView::UniversalStateInit { deposit, .. } => {
            format!("set the account up{}", attached(*deposit))
        }
    }
}

/// An action in one line, with everything that it grants or transfers.
///
/// ```
/// use keyway::outcome::describe_action;
/// use keyway::{GasLiteral, call};
/// # use keyway::Step;
///
/// let play = call("game.near", "play").args_json(&[3, 4]).gas(30.tgas());
/// let action = Step::from(play).into_action()?;
/// assert_eq!(describe_action(&action), "call play with 30 Tgas, arguments [3,4]");
/// # Ok::<(), keyway::Error>(())
/// ```
#[must_use]
pub fn describe_action(action: &Action) -> String {
    match action {
        Action::FunctionCall(call) => {
            let (name, gas) = (printable(&call.method_name), format_gas(call.gas));
            let deposit = match call.deposit.is_zero() {
                true => String::new(),
                false => format!("{}, ", format_near(call.deposit)),
            };
            format!("call {name} with {deposit}{gas}{}", arguments(&call.args))
        }
        Action::AddKey(add) => {
            let permission = AccessKeyPermissionView::from(add.access_key.permission.clone());
            format!("add {} {}{}", key_words(&permission), add.public_key, limits(&permission))
        }
        Action::DeployContract(deploy) => {
            let hash = CryptoHash::hash_bytes(&deploy.code);
            format!("deploy a contract of {} bytes with the hash {hash}", deploy.code.len())
        }
        Action::Delegate(signed) => delegated((&signed.delegate_action).into(), describe_action),
        Action::DelegateV2(signed) => delegated((&signed.delegate_action).into(), describe_action),
        other => action_words(&ActionView::from(other.clone())),
    }
}

fn arguments(args: &[u8]) -> String {
    match std::str::from_utf8(args) {
        Ok("") => String::new(),
        Ok(text) => format!(", arguments {}", shortened(&printable(text))),
        Err(_) => format!(", {} bytes of arguments", args.len()),
    }
}

/// What a function-call key may call, and its budget.
fn limits(permission: &AccessKeyPermissionView) -> String {
    let (functions, allowance) = match permission {
        AccessKeyPermissionView::FunctionCall { allowance, method_names, .. } => {
            let allowance = allowance.map_or("no limit for gas".to_owned(), |allowance| {
                format!("allowance {}", format_near(allowance))
            });
            (method_names, allowance)
        }
        AccessKeyPermissionView::GasKeyFunctionCall { method_names, balance, .. } => {
            (method_names, format!("{} on the key", format_near(*balance)))
        }
        AccessKeyPermissionView::FullAccess | AccessKeyPermissionView::GasKeyFullAccess { .. } => {
            return String::new();
        }
    };
    let names: Vec<_> = functions.iter().map(|name| format!("{name:?}")).collect();
    let functions = if names.is_empty() { "any function".to_owned() } else { names.join(", ") };
    format!(": {functions}; {allowance}")
}

/// `action 2 (delete key ed25519:…)`, counted from 1. `index` is counted from 0.
pub(crate) fn nth_action(execution: &Execution, index: u64) -> String {
    let number = index.saturating_add(1);
    let action = usize::try_from(index).ok().and_then(|index| execution.actions().get(index));
    match action {
        Some(action) => format!("action {number} ({})", shortened(&action_words(action))),
        None => format!("action {number}"),
    }
}

/// Why it failed, in the words of this library's errors.
pub(crate) fn failure_words(error: &TxExecutionError) -> String {
    let words = match error.clone() {
        TxExecutionError::InvalidTxError(error) => Refusal::from(error).to_string(),
        TxExecutionError::ActionError(error) => FailedAction::from(error.kind).to_string(),
    };
    printable(&words).into_owned()
}

/// Gas, to a thousandth of a Tgas.
pub(crate) fn gas_words(gas: Gas) -> String {
    const STEP: u64 = 1_000_000_000;
    let steps = gas.as_gas() / STEP;
    if steps == 0 && gas != Gas::ZERO {
        return "less than 0.001 Tgas".to_owned();
    }
    format_gas(Gas::from_gas(steps * STEP))
}

/// Returned bytes, as text if possible.
pub(super) fn value_words(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok("") => "nothing".to_owned(),
        Ok(text) if text.chars().all(is_printable) => shortened(text),
        _ => format!("{} bytes", value.len()),
    }
}

fn attached(deposit: Balance) -> String {
    match deposit.is_zero() {
        true => String::new(),
        false => format!(" with {}", format_near(deposit)),
    }
}

fn key_words(permission: &AccessKeyPermissionView) -> String {
    match permission {
        AccessKeyPermissionView::FullAccess => "full-access key".to_owned(),
        AccessKeyPermissionView::FunctionCall { receiver_id, .. } => {
            format!("key for calls of {}", printable(receiver_id))
        }
        AccessKeyPermissionView::GasKeyFullAccess { .. } => "full-access gas key".to_owned(),
        AccessKeyPermissionView::GasKeyFunctionCall { receiver_id, .. } => {
            format!("gas key for calls of {}", printable(receiver_id))
        }
    }
}

/// Delegate actions do not nest, so this recurses only once.
fn delegated(
    delegated: VersionedDelegateActionRef<'_>,
    words: impl Fn(&Action) -> String,
) -> String {
    let actions = match delegated {
        VersionedDelegateActionRef::V1(action) => action.get_actions(),
        VersionedDelegateActionRef::V2(action) => action.get_actions(),
    };
    let words: Vec<_> = actions.iter().map(words).collect();
    let (sender, receiver) = (delegated.sender_id(), delegated.receiver_id());
    format!("as {sender} → {receiver}: {}", words.join(", "))
}

fn short_words(action: &Action) -> String {
    action_words(&ActionView::from(action.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use near_primitives::types::AccountId;
    use serde_json::json;

    #[track_caller]
    fn check(action: serde_json::Value, expected: &str) {
        let action: ActionView = serde_json::from_value(action).unwrap();
        assert_eq!(action_words(&action), expected);
    }

    #[test]
    fn actions_have_words() {
        let key = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";
        let call = |deposit: &str| json!({"FunctionCall": {"method_name": "claim", "args": "", "gas": 1, "deposit": deposit}});
        check(json!("CreateAccount"), "create the account");
        check(call("0"), "call claim");
        check(call("1000000000000000000000000"), "call claim with 1 NEAR");
        check(json!({"Transfer": {"deposit": "1"}}), "transfer 1 yoctoNEAR");
        let access_key = json!({"nonce": 0, "permission": "FullAccess"});
        check(
            json!({"AddKey": {"public_key": key, "access_key": access_key}}),
            &format!("add full-access key {key}"),
        );
        let permission = json!({"FunctionCall": {"allowance": null, "receiver_id": "game.near",
            "method_names": []}});
        let access_key = json!({"nonce": 0, "permission": permission});
        check(
            json!({"AddKey": {"public_key": key, "access_key": access_key}}),
            &format!("add key for calls of game.near {key}"),
        );
        let beneficiary: AccountId = "bob.near".parse().unwrap();
        check(
            json!({"DeleteAccount": {"beneficiary_id": beneficiary}}),
            "delete the account, leaving all to bob.near",
        );
    }

    #[test]
    fn everything_that_a_key_may_is_described() {
        let key = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";
        let describe = |permission: serde_json::Value| {
            let access_key = json!({"nonce": 0, "permission": permission});
            let view = json!({"AddKey": {"public_key": key, "access_key": access_key}});
            let view: ActionView = serde_json::from_value(view).unwrap();
            describe_action(&Action::try_from(view).unwrap())
        };
        let calls = |allowance: serde_json::Value, names: &[&str]| {
            describe(json!({"FunctionCall": {"allowance": allowance, "receiver_id": "game.near",
                "method_names": names}}))
        };
        let begin = format!("add key for calls of game.near {key}: ");
        assert_eq!(
            calls(json!("250000000000000000000000"), &["play", "a b"]),
            format!("{begin}\"play\", \"a b\"; allowance 0.25 NEAR")
        );
        let all = format!("{begin}any function; no limit for gas");
        assert_eq!(calls(json!(null), &[]), all);
        assert_eq!(describe(json!("FullAccess")), format!("add full-access key {key}"));
    }

    #[test]
    fn gas_is_rounded_down_and_never_to_nothing() {
        assert_eq!(gas_words(Gas::ZERO), "0 Tgas");
        assert_eq!(gas_words(Gas::from_gas(1)), "less than 0.001 Tgas");
        assert_eq!(gas_words(Gas::from_gas(2_427_999_999_999)), "2.427 Tgas");
    }

    #[test]
    fn values_are_text_or_counted() {
        assert_eq!(value_words(b""), "nothing");
        assert_eq!(value_words(b"{\"score\":7}"), "{\"score\":7}");
        assert_eq!(value_words(&[0, 1, 255]), "3 bytes");
        assert_eq!(value_words(b"\x1b[2J"), "4 bytes");
        assert_eq!(value_words("\u{202e}".as_bytes()), "3 bytes");
    }
}
