//! The words for actions, values, gas and failures.

use crate::amount::{exact_gas, exact_near, shortened};
use crate::error::{FailedAction, Refusal};
use near_primitives::action::delegate::VersionedDelegateActionRef;
use near_primitives::errors::TxExecutionError;
use near_primitives::types::{Balance, Gas};
use near_primitives::views::{AccessKeyPermissionView, ActionView};

/// An action in a few words.
pub(super) fn action_words(action: &ActionView) -> String {
    match action {
        ActionView::CreateAccount => "create the account".to_owned(),
        ActionView::DeployContract { .. } => "deploy a contract".to_owned(),
        ActionView::FunctionCall { method_name, deposit, .. } => {
            format!("call {}{}", printable(method_name), attached(*deposit))
        }
        ActionView::Transfer { deposit } => format!("transfer {}", exact_near(*deposit)),
        ActionView::Stake { stake, .. } => format!("stake {}", exact_near(*stake)),
        ActionView::AddKey { public_key, access_key } => {
            format!("add {} {public_key}", key_words(&access_key.permission))
        }
        ActionView::DeleteKey { public_key } => format!("delete key {public_key}"),
        ActionView::DeleteAccount { beneficiary_id } => {
            format!("delete the account, leaving all to {beneficiary_id}")
        }
        ActionView::Delegate { delegate_action, .. } => delegate_words(delegate_action.into()),
        ActionView::DelegateV2 { delegate_action, .. } => delegate_words(delegate_action.into()),
        ActionView::TransferToGasKey { public_key, deposit } => {
            format!("fund gas key {public_key} with {}", exact_near(*deposit))
        }
        ActionView::WithdrawFromGasKey { public_key, amount } => {
            format!("withdraw {} from gas key {public_key}", exact_near(*amount))
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

/// Why it failed, in the words of our errors.
pub(super) fn failure_words(error: &TxExecutionError) -> String {
    let words = match error.clone() {
        TxExecutionError::InvalidTxError(error) => Refusal::from(error).to_string(),
        TxExecutionError::ActionError(error) => FailedAction::from(error.kind).to_string(),
    };
    printable(&words)
}

/// Gas to a thousandth of a Tgas.
pub(super) fn gas_words(gas: Gas) -> String {
    const STEP: u64 = 1_000_000_000;
    let steps = gas.as_gas() / STEP;
    if steps == 0 && gas != Gas::ZERO {
        return "less than 0.001 Tgas".to_owned();
    }
    exact_gas(Gas::from_gas(steps * STEP))
}

/// Returned bytes: text when they are some.
pub(super) fn value_words(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok("") => "nothing".to_owned(),
        Ok(text) if !text.chars().any(char::is_control) => shortened(text),
        _ => format!("{} bytes", value.len()),
    }
}

/// Text of a contract's, in which nothing moves the cursor of a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|letter| {
            let (plain, escaped) = match letter.is_control() {
                true => (None, Some(letter.escape_default())),
                false => (Some(letter), None),
            };
            plain.into_iter().chain(escaped.into_iter().flatten())
        })
        .collect()
}

fn attached(deposit: Balance) -> String {
    match deposit.is_zero() {
        true => String::new(),
        false => format!(" with {}", exact_near(deposit)),
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

/// Delegated actions cannot be delegated again, so this goes one step down and no further.
fn delegate_words(delegated: VersionedDelegateActionRef<'_>) -> String {
    let actions = match delegated {
        VersionedDelegateActionRef::V1(action) => action.get_actions(),
        VersionedDelegateActionRef::V2(action) => action.get_actions(),
    };
    let words: Vec<_> =
        actions.into_iter().map(|action| action_words(&ActionView::from(action))).collect();
    let (sender, receiver) = (delegated.sender_id(), delegated.receiver_id());
    format!("as {sender} → {receiver}: {}", words.join(", "))
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
    }

    #[test]
    fn contracts_do_not_reach_the_terminal() {
        assert_eq!(printable("ok ✓ \x1b[31mred\r\n"), "ok ✓ \\u{1b}[31mred\\r\\n");
    }
}
