//! The form of actions: counts, sizes, names and gas.

use super::state_init;
use crate::delegate::actions::delegated;
use crate::protocol::Protocol;
use near_crypto::key_conversion::is_valid_staking_key;
use near_parameters::vm::LimitConfig;
use near_primitives::account::{AccessKeyPermission, FunctionCallPermission, GasKeyInfo};
use near_primitives::action::delegate::VersionedDelegateActionRef;
use near_primitives::action::{Action, AddKeyAction, FunctionCallAction, GlobalContractIdentifier};
use near_primitives::errors::ActionsValidationError as Invalid;
use near_primitives::types::{AccountId, Balance, Gas};
use near_primitives::version::ProtocolFeature;

/// Checks `actions` for `receiver_id`, in the protocol's order. Returns the gas that they attach to
/// function calls, with that of calls inside delegate actions.
///
/// An empty list is valid.
pub(super) fn check_actions(
    protocol: &Protocol,
    actions: &[Action],
    receiver_id: &AccountId,
) -> Result<Gas, Invalid> {
    let limits = &protocol.config.wasm_config.limit_config;
    check_count(limits, actions.len())?;
    if actions.iter().any(Action::post_quantum_signatures_required) {
        protocol.require(ProtocolFeature::PostQuantumSignatures, "PostQuantumSignatures")?;
    }
    check_deploy_count(limits, actions)?;
    state_init::check_counts(limits, actions)?;
    let mut prepaid = Some(Gas::ZERO);
    for (position, action) in actions.iter().enumerate() {
        check_place(actions, position)?;
        let gas = check_action(protocol, action, receiver_id)?;
        // An overflow is reported last, after what is wrong with later actions.
        prepaid = prepaid.and_then(|prepaid| prepaid.checked_add(gas));
    }
    check_prepaid_gas(limits, prepaid)
}

fn check_count(limits: &LimitConfig, actions: usize) -> Result<(), Invalid> {
    let (count, limit) = (actions as u64, limits.max_actions_per_receipt);
    if count > limit {
        return Err(Invalid::TotalNumberOfActionsExceeded {
            total_number_of_actions: count,
            limit,
        });
    }
    Ok(())
}

fn check_deploy_count(limits: &LimitConfig, actions: &[Action]) -> Result<(), Invalid> {
    let is_deploy =
        |a: &&Action| matches!(a, Action::DeployContract(_) | Action::DeployGlobalContract(_));
    let count = actions.iter().filter(is_deploy).count() as u64;
    let limit = limits.max_deploy_actions_per_receipt;
    if count > limit {
        return Err(Invalid::TotalNumberOfDeployActionsExceeded {
            number_of_deploy_actions: count,
            limit,
        });
    }
    Ok(())
}

/// `DeleteAccount` must be last, and a list can contain only one delegate action.
fn check_place(actions: &[Action], position: usize) -> Result<(), Invalid> {
    let (before, rest) = actions.split_at(position);
    match rest {
        [Action::DeleteAccount(_), _, ..] => Err(Invalid::DeleteActionMustBeFinal),
        [action, ..] if action.is_delegate() && before.iter().any(Action::is_delegate) => {
            Err(Invalid::DelegateActionMustBeOnlyOne)
        }
        _ => Ok(()),
    }
}

fn check_prepaid_gas(limits: &LimitConfig, prepaid: Option<Gas>) -> Result<Gas, Invalid> {
    let total_prepaid_gas = prepaid.ok_or(Invalid::IntegerOverflow)?;
    let limit = limits.max_total_prepaid_gas;
    if total_prepaid_gas > limit {
        return Err(Invalid::TotalPrepaidGasExceeded { total_prepaid_gas, limit });
    }
    Ok(total_prepaid_gas)
}

/// Returns the gas that the action attaches to function calls.
fn check_action(
    protocol: &Protocol,
    action: &Action,
    receiver_id: &AccountId,
) -> Result<Gas, Invalid> {
    if let Some(inner) = delegated(action) {
        check_delegate_version(protocol, action)?;
        return check_delegated(protocol, inner, receiver_id);
    }
    check_plain_action(protocol, action, receiver_id)?;
    Ok(action.get_prepaid_gas())
}

fn check_plain_action(
    protocol: &Protocol,
    action: &Action,
    receiver_id: &AccountId,
) -> Result<(), Invalid> {
    let limits = &protocol.config.wasm_config.limit_config;
    match action {
        Action::CreateAccount(_)
        | Action::DeleteKey(_)
        | Action::Delegate(_)
        | Action::DelegateV2(_) => Ok(()),
        Action::DeployContract(deploy) => check_code(limits, &deploy.code),
        Action::DeployGlobalContract(deploy) => check_code(limits, &deploy.code),
        Action::UseGlobalContract(action) => check_identifier(&action.contract_identifier),
        Action::FunctionCall(call) => check_call(protocol, call),
        Action::Transfer(_) => check_transfer(protocol, receiver_id),
        Action::Stake(stake) if is_valid_staking_key(&stake.public_key) => Ok(()),
        Action::Stake(stake) => {
            Err(Invalid::UnsuitableStakingKey { public_key: Box::new(stake.public_key.clone()) })
        }
        Action::AddKey(add_key) => check_add_key(protocol, add_key),
        Action::DeleteAccount(action) => check_account_id(&action.beneficiary_id),
        Action::DeterministicStateInit(action) => {
            check_identifier(action.state_init.code())?;
            state_init::check_deterministic(limits, action, receiver_id)
        }
        Action::UniversalStateInit(action) => {
            protocol.require(ProtocolFeature::UniversalAccounts, "UniversalAccounts")?;
            state_init::check_universal(protocol, action, receiver_id)
        }
        Action::TransferToGasKey(_) | Action::WithdrawFromGasKey(_) => {
            protocol.require(ProtocolFeature::GasKeys, "GasKeys")
        }
    }
}

fn check_code(limits: &LimitConfig, code: &[u8]) -> Result<(), Invalid> {
    let (size, limit) = (code.len() as u64, limits.max_contract_size);
    if size > limit { Err(Invalid::ContractSizeExceeded { size, limit }) } else { Ok(()) }
}

fn check_call(protocol: &Protocol, call: &FunctionCallAction) -> Result<(), Invalid> {
    let limits = &protocol.config.wasm_config.limit_config;
    if call.gas == Gas::ZERO {
        return Err(Invalid::FunctionCallZeroAttachedGas);
    }
    if call.method_name.is_empty() && protocol.has(ProtocolFeature::RejectEmptyMethodName) {
        return Err(Invalid::FunctionCallEmptyMethodName);
    }
    let (length, limit) = (call.method_name.len() as u64, limits.max_length_method_name);
    if length > limit {
        return Err(Invalid::FunctionCallMethodNameLengthExceeded { length, limit });
    }
    let (length, limit) = (call.args.len() as u64, limits.max_arguments_length);
    if length > limit {
        return Err(Invalid::FunctionCallArgumentsLengthExceeded { length, limit });
    }
    Ok(())
}

/// In protocol 87, a `0u…` account can be neither created nor paid.
fn check_transfer(protocol: &Protocol, receiver_id: &AccountId) -> Result<(), Invalid> {
    use near_primitives::account::id::AccountType;
    let refused = protocol.has(ProtocolFeature::RejectUniversalAccountTransfers)
        && !protocol.has(ProtocolFeature::UniversalAccounts)
        && receiver_id.get_account_type() == AccountType::UniversalAccount;
    if refused {
        return Err(Invalid::TransferToUniversalAccountNotAllowed {
            account_id: receiver_id.clone(),
        });
    }
    Ok(())
}

fn check_add_key(protocol: &Protocol, add_key: &AddKeyAction) -> Result<(), Invalid> {
    let permission = &add_key.access_key.permission;
    let call = permission.function_call_permission();
    if let Some(call) = call {
        check_function_call_permission(&protocol.config.wasm_config.limit_config, call)?;
    }
    match add_key.access_key.gas_key_info() {
        Some(info) => {
            protocol.require(ProtocolFeature::GasKeys, "GasKeys")?;
            check_gas_key(info, call)
        }
        None => Ok(()),
    }
}

fn check_function_call_permission(
    limits: &LimitConfig,
    permission: &FunctionCallPermission,
) -> Result<(), Invalid> {
    if permission.receiver_id.parse::<AccountId>().is_err() {
        let account_id = shortened(&permission.receiver_id, AccountId::MAX_LEN * 2).to_owned();
        return Err(Invalid::InvalidAccountId { account_id });
    }
    let limit = limits.max_length_method_name;
    for name in &permission.method_names {
        let length = name.len() as u64;
        if length > limit {
            return Err(Invalid::AddKeyMethodNameLengthExceeded { length, limit });
        }
    }
    // The separator after each name counts, too.
    let total: u64 =
        permission.method_names.iter().map(|name| (name.len() as u64).saturating_add(1)).sum();
    let limit = limits.max_number_bytes_method_names;
    if total > limit {
        return Err(Invalid::AddKeyMethodNamesNumberOfBytesExceeded {
            total_number_of_bytes: total,
            limit,
        });
    }
    Ok(())
}

/// The longest prefix of `text` that has at most `most` bytes.
fn shortened(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

fn check_gas_key(info: &GasKeyInfo, call: Option<&FunctionCallPermission>) -> Result<(), Invalid> {
    if call.is_some_and(|call| call.allowance.is_some()) {
        return Err(Invalid::GasKeyFunctionCallAllowanceNotAllowed);
    }
    let limit = AccessKeyPermission::MAX_NONCES_FOR_GAS_KEY;
    if !(1..=limit).contains(&info.num_nonces) {
        return Err(Invalid::GasKeyInvalidNumNonces { requested_nonces: info.num_nonces, limit });
    }
    if info.balance != Balance::ZERO {
        return Err(Invalid::AddGasKeyWithNonZeroBalance { balance: info.balance });
    }
    Ok(())
}

fn check_delegate_version(protocol: &Protocol, action: &Action) -> Result<(), Invalid> {
    if !matches!(action, Action::DelegateV2(_)) {
        return Ok(());
    }
    protocol.require(ProtocolFeature::DelegateV2, "DelegateV2")?;
    if protocol.has(ProtocolFeature::RejectDelegateV2) {
        return Err(Invalid::RemovedProtocolFeature {
            protocol_feature: "DelegateV2".to_owned(),
            version: protocol.version,
        });
    }
    Ok(())
}

fn check_delegated(
    protocol: &Protocol,
    inner: VersionedDelegateActionRef<'_>,
    receiver_id: &AccountId,
) -> Result<Gas, Invalid> {
    // Before 85, the inner actions were checked against the outer receiver.
    let inner_receiver = if protocol.has(ProtocolFeature::FixDelegatedDeterministicStateInit) {
        inner.receiver_id()
    } else {
        receiver_id
    };
    check_count(&protocol.config.wasm_config.limit_config, inner.actions().len())?;
    let actions = inner.get_actions();
    let withdraws = actions.iter().any(|action| matches!(action, Action::WithdrawFromGasKey(_)));
    if withdraws && protocol.has(ProtocolFeature::RejectWithdrawFromGasKeyInDelegate) {
        return Err(Invalid::WithdrawFromGasKeyNotAllowedInDelegate);
    }
    check_actions(protocol, &actions, inner_receiver)
}

fn check_identifier(identifier: &GlobalContractIdentifier) -> Result<(), Invalid> {
    match identifier {
        GlobalContractIdentifier::AccountId(account_id) => check_account_id(account_id),
        GlobalContractIdentifier::CodeHash(_) => Ok(()),
    }
}

fn check_account_id(account_id: &AccountId) -> Result<(), Invalid> {
    AccountId::validate(account_id.as_str())
        .map_err(|_| Invalid::InvalidAccountId { account_id: account_id.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shortened_by_bytes_and_not_inside_a_character() {
        assert_eq!(shortened(&"é".repeat(100), 128), "é".repeat(64));
        assert_eq!(shortened(&"é".repeat(100), 127), "é".repeat(63));
        assert_eq!(shortened("alice", 128), "alice");
    }
}
