//! What a function-call key may sign: one call, of one contract, of the listed methods, no deposit.
//!
//! The same rule holds for transactions and for delegate actions.

use super::case::Case;
use crate::rule::RuleResult;
use near_primitives::account::{AccessKeyPermission, FunctionCallPermission};
use near_primitives::action::{Action, FunctionCallAction};
use near_primitives::errors::InvalidAccessKeyError;
use near_primitives::types::{AccountId, Balance};

pub(super) fn one_call(case: &Case<'_>) -> RuleResult {
    let Some(_) = permission(case) else { return Ok(()) };
    Ok(only_call(case.tx.actions()).map(drop)?)
}

pub(super) fn no_deposit(case: &Case<'_>) -> RuleResult {
    let Some(_) = permission(case) else { return Ok(()) };
    Ok(check_deposit(only_call(case.tx.actions())?)?)
}

pub(super) fn receiver(case: &Case<'_>) -> RuleResult {
    let Some(permission) = permission(case) else { return Ok(()) };
    Ok(check_receiver(permission, case.tx.receiver_id())?)
}

pub(super) fn method(case: &Case<'_>) -> RuleResult {
    let Some(permission) = permission(case) else { return Ok(()) };
    Ok(check_method(permission, only_call(case.tx.actions())?)?)
}

/// The limits of a function-call key; none for a full-access key.
fn permission<'a>(case: &Case<'a>) -> Option<&'a FunctionCallPermission> {
    case.access_key.permission.function_call_permission()
}

/// Whether a key with `permission` can sign `actions` for `receiver_id`. What that costs is not checked.
///
/// ```
/// use keyway_rules::check_permission;
/// use near_primitives::account::{AccessKeyPermission, FunctionCallPermission};
/// use near_primitives::errors::InvalidAccessKeyError;
///
/// let key = AccessKeyPermission::FunctionCall(FunctionCallPermission {
///     allowance: None,
///     receiver_id: "game.near".to_owned(),
///     method_names: Vec::new(),
/// });
/// let game = "game.near".parse()?;
/// assert_eq!(check_permission(&AccessKeyPermission::FullAccess, &game, &[]), Ok(()));
/// let refused = check_permission(&key, &game, &[]);
/// assert_eq!(refused, Err(InvalidAccessKeyError::RequiresFullAccess));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The first rule broken: a single call, no deposit, the key's receiver, a method that it lists.
pub fn check_permission(
    permission: &AccessKeyPermission,
    receiver_id: &AccountId,
    actions: &[Action],
) -> Result<(), InvalidAccessKeyError> {
    let Some(permission) = permission.function_call_permission() else { return Ok(()) };
    let call = only_call(actions)?;
    check_deposit(call)?;
    check_receiver(permission, receiver_id)?;
    check_method(permission, call)
}

/// Whether a key with `permission` can sign every action. Full-access gas keys can, too.
///
/// ```
/// use keyway_rules::is_full_access;
/// use near_primitives::account::{AccessKeyPermission, FunctionCallPermission};
///
/// assert!(is_full_access(&AccessKeyPermission::FullAccess));
/// // Any method of a contract, without a limit, is not everything.
/// assert!(!is_full_access(&AccessKeyPermission::FunctionCall(FunctionCallPermission {
///     allowance: None,
///     receiver_id: "game.near".to_owned(),
///     method_names: Vec::new(),
/// })));
/// ```
#[must_use]
pub fn is_full_access(permission: &AccessKeyPermission) -> bool {
    permission.function_call_permission().is_none()
}

/// The only action, which must be a call.
pub(crate) fn only_call(actions: &[Action]) -> Result<&FunctionCallAction, InvalidAccessKeyError> {
    match actions {
        [Action::FunctionCall(call)] => Ok(call),
        _ => Err(InvalidAccessKeyError::RequiresFullAccess),
    }
}

pub(crate) fn check_deposit(call: &FunctionCallAction) -> Result<(), InvalidAccessKeyError> {
    match call.deposit {
        Balance::ZERO => Ok(()),
        _ => Err(InvalidAccessKeyError::DepositWithFunctionCall),
    }
}

pub(crate) fn check_receiver(
    permission: &FunctionCallPermission,
    receiver_id: &AccountId,
) -> Result<(), InvalidAccessKeyError> {
    if receiver_id == &permission.receiver_id {
        return Ok(());
    }
    Err(InvalidAccessKeyError::ReceiverMismatch {
        tx_receiver: receiver_id.clone(),
        ak_receiver: permission.receiver_id.clone(),
    })
}

/// The method must be one of those listed; an empty list allows any.
pub(crate) fn check_method(
    permission: &FunctionCallPermission,
    call: &FunctionCallAction,
) -> Result<(), InvalidAccessKeyError> {
    let methods = &permission.method_names;
    if methods.is_empty() || methods.contains(&call.method_name) {
        return Ok(());
    }
    Err(InvalidAccessKeyError::MethodNameMismatch { method_name: call.method_name.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use near_primitives::action::TransferAction;
    use near_primitives::types::Gas;

    fn key(receiver: &str, methods: &[&str]) -> AccessKeyPermission {
        AccessKeyPermission::FunctionCall(FunctionCallPermission {
            allowance: None,
            receiver_id: receiver.to_owned(),
            method_names: methods.iter().map(|&name| name.to_owned()).collect(),
        })
    }

    fn call(method: &str, deposit_yocto: u128) -> Action {
        Action::FunctionCall(Box::new(FunctionCallAction {
            method_name: method.to_owned(),
            args: Vec::new(),
            gas: Gas::from_teragas(1),
            deposit: Balance::from_yoctonear(deposit_yocto),
        }))
    }

    #[track_caller]
    fn verdict(
        permission: &AccessKeyPermission,
        actions: &[Action],
    ) -> Result<(), InvalidAccessKeyError> {
        check_permission(permission, &"game.near".parse().unwrap(), actions)
    }

    #[test]
    fn listed_methods_only_and_an_empty_list_means_any() {
        assert_eq!(verdict(&key("game.near", &["play"]), &[call("play", 0)]), Ok(()));
        assert_eq!(verdict(&key("game.near", &[]), &[call("anything", 0)]), Ok(()));
        let refused = InvalidAccessKeyError::MethodNameMismatch { method_name: "Play".to_owned() };
        assert_eq!(verdict(&key("game.near", &["play"]), &[call("Play", 0)]), Err(refused));
        let refused = InvalidAccessKeyError::MethodNameMismatch { method_name: "play".to_owned() };
        assert_eq!(verdict(&key("game.near", &[""]), &[call("play", 0)]), Err(refused));
    }

    #[test]
    fn exactly_one_call() {
        let permission = key("game.near", &[]);
        let two = [call("play", 0), call("play", 0)];
        for actions in
            [&two[..], &[], &[Action::Transfer(TransferAction { deposit: Balance::ZERO })]]
        {
            assert_eq!(
                verdict(&permission, actions),
                Err(InvalidAccessKeyError::RequiresFullAccess)
            );
        }
    }

    #[test]
    fn of_two_broken_rules_the_first_in_order_is_named() {
        let permission = key("other.near", &["play"]);
        assert_eq!(
            verdict(&permission, &[call("steal", 1)]),
            Err(InvalidAccessKeyError::DepositWithFunctionCall)
        );
        assert!(matches!(
            verdict(&permission, &[call("steal", 0)]),
            Err(InvalidAccessKeyError::ReceiverMismatch { .. })
        ));
    }
}
