//! Gas keys (NEP-611): funding, withdrawing, and what is burnt when one is deleted.

use super::scope::Scope;
use crate::effects::{Stop, overflow};
use near_crypto::PublicKey;
use near_parameters::{ExtCosts, ExtCostsConfig};
use near_primitives::account::{AccessKey, GasKeyInfo};
use near_primitives::action::{TransferToGasKeyAction, WithdrawFromGasKeyAction};
use near_primitives::errors::ActionErrorKind;
use near_primitives::trie_key::gas_key_nonce_key_len;
use near_primitives::types::{AccountId, Balance, Compute};

/// `TransferToGasKey`: any account may fund a gas key.
pub(super) fn fund(scope: &mut Scope<'_, '_>, action: &TransferToGasKeyAction) -> Result<(), Stop> {
    let mut access_key = find(scope, &action.public_key)?;
    if let Some(info) = access_key.gas_key_info_mut() {
        info.balance =
            funded(scope.account_id(), &action.public_key, info.balance, action.deposit)?;
    }
    scope.overlay.set_access_key(scope.account_id(), &action.public_key, &access_key);
    Ok(())
}

/// The balance of a gas key after adding `more`, yoctoNEAR.
pub(super) fn funded(
    account_id: &AccountId,
    public_key: &PublicKey,
    had: Balance,
    more: Balance,
) -> Result<Balance, ActionErrorKind> {
    had.checked_add(more).ok_or_else(|| {
        let (had, more) = (had.as_yoctonear(), more.as_yoctonear());
        let key = format_args!("the gas key {public_key} of {account_id}");
        overflow(format_args!("{key} has {had} yoctoNEAR and cannot hold {more} more"))
    })
}

/// `WithdrawFromGasKey`: moves tokens back to the account.
pub(super) fn withdraw(
    scope: &mut Scope<'_, '_>,
    action: &WithdrawFromGasKeyAction,
) -> Result<(), Stop> {
    let (account_id, public_key) = (scope.account_id(), &action.public_key);
    let mut access_key = find(scope, public_key)?;
    if let Some(info) = access_key.gas_key_info_mut() {
        info.balance = info.balance.checked_sub(action.amount).ok_or_else(|| {
            ActionErrorKind::InsufficientGasKeyBalance {
                account_id: account_id.clone(),
                public_key: Box::new(public_key.clone()),
                balance: info.balance,
                required: action.amount,
            }
        })?;
    }
    scope.overlay.set_access_key(account_id, public_key, &access_key);
    Ok(scope.credit(action.amount)?)
}

/// Burns the balance of a gas key, at most 1 NEAR, and removes its nonce rows.
pub(super) fn burn_before_delete(
    scope: &mut Scope<'_, '_>,
    public_key: &PublicKey,
    info: &GasKeyInfo,
) -> Result<(), Stop> {
    let account_id = scope.account_id();
    check_burn(scope, Some(public_key), info.balance)?;
    scope.effects.burn_tokens(info.balance);
    for index in 0..info.num_nonces {
        scope.overlay.remove_gas_key_nonce(account_id, public_key, index);
    }
    let key_len = gas_key_nonce_key_len(account_id, &public_key.into());
    charge_removals(scope, u64::from(info.num_nonces), key_len);
    Ok(())
}

/// Fails when more than 1 NEAR would be burnt: it must be withdrawn first.
pub(super) fn check_burn(
    scope: &Scope<'_, '_>,
    public_key: Option<&PublicKey>,
    balance: Balance,
) -> Result<(), ActionErrorKind> {
    if balance <= GasKeyInfo::MAX_BALANCE_TO_BURN {
        return Ok(());
    }
    Err(ActionErrorKind::GasKeyBalanceTooHigh {
        account_id: scope.account_id().clone(),
        public_key: public_key.map(|key| Box::new(key.clone())),
        balance,
    })
}

/// Removing `rows` nonce rows takes time that the flat fee does not cover: it counts as compute.
pub(super) fn charge_removals(scope: &mut Scope<'_, '_>, rows: u64, key_len: usize) {
    let compute = removals_compute(&scope.config().wasm_config.ext_costs, rows, key_len as u64);
    scope.effects.gas.compute = scope.effects.gas.compute.saturating_add(compute);
}

fn removals_compute(costs: &ExtCostsConfig, rows: u64, key_len: u64) -> Compute {
    let value_len = AccessKey::NONCE_VALUE_LEN as u64;
    let per_key = costs.compute_cost(ExtCosts::storage_remove_key_byte).saturating_mul(key_len);
    let per_value =
        costs.compute_cost(ExtCosts::storage_remove_ret_value_byte).saturating_mul(value_len);
    costs
        .compute_cost(ExtCosts::storage_remove_base)
        .saturating_add(per_key)
        .saturating_add(per_value)
        .saturating_mul(rows)
}

fn find(scope: &Scope<'_, '_>, public_key: &PublicKey) -> Result<AccessKey, Stop> {
    let account_id = scope.account_id();
    let access_key = scope.overlay.access_key(account_id, public_key)?;
    access_key.filter(|key| key.gas_key_info().is_some()).ok_or_else(|| {
        ActionErrorKind::GasKeyDoesNotExist {
            account_id: account_id.clone(),
            public_key: Box::new(public_key.clone()),
        }
        .into()
    })
}
