//! What a function-call key may sign: one call, of one contract, of the listed methods, no deposit.
//!
//! The same rule holds for transactions and for delegate actions.

use super::Case;
use super::rule::Ruling;
use near_primitives::account::{AccessKeyPermission, FunctionCallPermission};
use near_primitives::action::{Action, FunctionCallAction};
use near_primitives::errors::InvalidAccessKeyError;
use near_primitives::types::{AccountId, Balance};

/// Why a key may not sign these actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    RequiresFullAccess,
    Deposit,
    Receiver { tx_receiver: AccountId, ak_receiver: String },
    Method { method_name: String },
}

pub(super) fn one_call(case: &Case<'_>) -> Ruling {
    let Some(_) = permission(case) else { return Ok(()) };
    Ok(only_call(case.tx.actions()).map(drop)?)
}

pub(super) fn no_deposit(case: &Case<'_>) -> Ruling {
    let Some(_) = permission(case) else { return Ok(()) };
    Ok(check_deposit(only_call(case.tx.actions())?)?)
}

pub(super) fn receiver(case: &Case<'_>) -> Ruling {
    let Some(permission) = permission(case) else { return Ok(()) };
    Ok(check_receiver(permission, case.tx.receiver_id())?)
}

pub(super) fn method(case: &Case<'_>) -> Ruling {
    let Some(permission) = permission(case) else { return Ok(()) };
    Ok(check_method(permission, only_call(case.tx.actions())?)?)
}

/// The limits of a key for calls; none for a full-access key.
fn permission<'a>(case: &Case<'a>) -> Option<&'a FunctionCallPermission> {
    case.signer.access_key.permission.function_call_permission()
}

/// Whether a key with `permission` may sign everything, as gas keys with full access may, too.
///
/// ```
/// use keyway_engine::is_full_access;
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

/// The one action, which must be a call.
pub(crate) fn only_call(actions: &[Action]) -> Result<&FunctionCallAction, Denied> {
    match actions {
        [Action::FunctionCall(call)] => Ok(call),
        _ => Err(Denied::RequiresFullAccess),
    }
}

pub(crate) fn check_deposit(call: &FunctionCallAction) -> Result<(), Denied> {
    if call.deposit == Balance::ZERO { Ok(()) } else { Err(Denied::Deposit) }
}

pub(crate) fn check_receiver(
    permission: &FunctionCallPermission,
    receiver_id: &AccountId,
) -> Result<(), Denied> {
    if receiver_id == &permission.receiver_id {
        return Ok(());
    }
    Err(Denied::Receiver {
        tx_receiver: receiver_id.clone(),
        ak_receiver: permission.receiver_id.clone(),
    })
}

/// The method must be one of those listed. An empty list means any.
pub(crate) fn check_method(
    permission: &FunctionCallPermission,
    call: &FunctionCallAction,
) -> Result<(), Denied> {
    let methods = &permission.method_names;
    if methods.is_empty() || methods.contains(&call.method_name) {
        return Ok(());
    }
    Err(Denied::Method { method_name: call.method_name.clone() })
}

impl From<Denied> for InvalidAccessKeyError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::RequiresFullAccess => Self::RequiresFullAccess,
            Denied::Deposit => Self::DepositWithFunctionCall,
            Denied::Receiver { tx_receiver, ak_receiver } => {
                Self::ReceiverMismatch { tx_receiver, ak_receiver }
            }
            Denied::Method { method_name } => Self::MethodNameMismatch { method_name },
        }
    }
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
    fn verdict(permission: &AccessKeyPermission, actions: &[Action]) -> Result<(), Denied> {
        let Some(permission) = permission.function_call_permission() else { return Ok(()) };
        let call = only_call(actions)?;
        check_deposit(call)?;
        check_receiver(permission, &"game.near".parse().unwrap())?;
        check_method(permission, call)
    }

    #[test]
    fn listed_methods_only_and_an_empty_list_means_any() {
        assert_eq!(verdict(&key("game.near", &["play"]), &[call("play", 0)]), Ok(()));
        assert_eq!(verdict(&key("game.near", &[]), &[call("anything", 0)]), Ok(()));
        let denied = Denied::Method { method_name: "Play".to_owned() };
        assert_eq!(verdict(&key("game.near", &["play"]), &[call("Play", 0)]), Err(denied));
        let denied = Denied::Method { method_name: "play".to_owned() };
        assert_eq!(verdict(&key("game.near", &[""]), &[call("play", 0)]), Err(denied));
    }

    #[test]
    fn exactly_one_call() {
        let permission = key("game.near", &[]);
        let two = [call("play", 0), call("play", 0)];
        for actions in
            [&two[..], &[], &[Action::Transfer(TransferAction { deposit: Balance::ZERO })]]
        {
            assert_eq!(verdict(&permission, actions), Err(Denied::RequiresFullAccess));
        }
    }

    #[test]
    fn of_two_faults_the_first_in_order_is_named() {
        let permission = key("other.near", &["play"]);
        assert_eq!(verdict(&permission, &[call("steal", 1)]), Err(Denied::Deposit));
        assert!(matches!(verdict(&permission, &[call("steal", 0)]), Err(Denied::Receiver { .. })));
    }
}
