//! The actions of a rotation's transactions.

use super::{NewBudget, RotationError};
use crate::grant::funds;
use crate::{AccountFacts, KeyFacts, probe};
use near_crypto::PublicKey;
use near_primitives::account::{AccessKey, AccessKeyPermission};
use near_primitives::action::{
    Action, AddKeyAction, DeleteKeyAction, TransferToGasKeyAction, WithdrawFromGasKeyAction,
};
use near_primitives::types::{AccountId, Balance, Gas};

/// The same permission with another budget.
pub(super) fn copy(
    permission: &AccessKeyPermission,
    budget: NewBudget,
) -> Result<AccessKeyPermission, RotationError> {
    let mut copied = permission.clone();
    let NewBudget::Set(amount) = budget else { return Ok(copied) };
    match &mut copied {
        AccessKeyPermission::FullAccess => return Err(RotationError::NoBudget { amount }),
        AccessKeyPermission::FunctionCall(call) => call.allowance = Some(amount),
        AccessKeyPermission::GasKeyFullAccess(info)
        | AccessKeyPermission::GasKeyFunctionCall(info, _) => info.balance = amount,
    }
    Ok(copied)
}

/// Adds `new` with this permission. A gas key begins with nothing and is funded after.
pub(super) fn add(new: &PublicKey, permission: &AccessKeyPermission) -> Vec<Action> {
    let mut access_key = AccessKey { nonce: 0, permission: permission.clone() };
    let deposit = access_key
        .gas_key_info_mut()
        .map_or(Balance::ZERO, |info| std::mem::replace(&mut info.balance, Balance::ZERO));
    let public_key = new.clone();
    let fund = (deposit > Balance::ZERO).then(|| {
        let public_key = public_key.clone();
        Action::TransferToGasKey(Box::new(TransferToGasKeyAction { public_key, deposit }))
    });
    let add = AddKeyAction { public_key, access_key };
    [Action::AddKey(Box::new(add))].into_iter().chain(fund).collect()
}

/// Withdraws what is on a gas key, and deletes the key.
pub(super) fn delete(key: &KeyFacts, old: &PublicKey) -> Vec<Action> {
    let withdraw = funds(key).map(|amount| {
        let public_key = old.clone();
        Action::WithdrawFromGasKey(Box::new(WithdrawFromGasKeyAction { public_key, amount }))
    });
    let delete = DeleteKeyAction { public_key: old.clone() };
    withdraw.into_iter().chain([Action::DeleteKey(Box::new(delete))]).collect()
}

/// What a key of this permission can sign without any effect.
///
/// A full-access key signs a transaction without actions. A function-call key must call: with one unit
/// of gas no contract begins to run, so the receipt fails and nothing else happens.
pub(super) fn proof(
    account: &AccountFacts,
    permission: &AccessKeyPermission,
) -> Result<(AccountId, Vec<Action>), RotationError> {
    let Some(call) = permission.function_call_permission() else {
        return Ok((account.account_id.clone(), Vec::new()));
    };
    let unknown = |_| RotationError::BadReceiver { receiver_id: call.receiver_id.clone() };
    let receiver_id = call.receiver_id.parse().map_err(unknown)?;
    let method = call.method_names.first().map_or("prove", String::as_str);
    Ok((receiver_id, vec![probe::call(method, Gas::from_gas(1))]))
}
