//! Gas by action: what sending it burns, and what executing it will burn.

use super::delegated;
use near_parameters::{
    ActionCosts, ParameterCost, RuntimeConfig, gas_key_add_key_exec_fee, gas_key_add_key_send_fee,
    gas_key_transfer_exec_fee, gas_key_transfer_send_fee, transfer_exec_fee, transfer_send_fee,
    universal_state_init_content_terms, universal_state_init_size_terms,
};
use near_primitives::account::AccessKeyPermission;
use near_primitives::action::Action;
use near_primitives::errors::IntegerOverflowError;
use near_primitives::types::AccountId;
use near_primitives::universal_state_init::state_init_counts;

/// Gas burnt by sending `actions`.
pub(crate) fn send_fees(
    config: &RuntimeConfig,
    to_self: bool,
    actions: &[Action],
    receiver_id: &AccountId,
) -> Result<ParameterCost, IntegerOverflowError> {
    actions.iter().try_fold(ParameterCost::ZERO, |total, action| {
        total.checked_add_result(action_send_fee(config, to_self, action, receiver_id)?)
    })
}

/// Gas bought for executing `actions` at `receiver_id`.
pub(crate) fn exec_fees(
    config: &RuntimeConfig,
    actions: &[Action],
    receiver_id: &AccountId,
) -> Result<ParameterCost, IntegerOverflowError> {
    actions.iter().try_fold(ParameterCost::ZERO, |total, action| {
        let fee = match delegated(action) {
            // A delegate action also pays for the receipt that it becomes.
            Some(inner) => exec_fees(config, &inner.get_actions(), inner.receiver_id())?
                .checked_add_result(action_exec_fee(config, action, inner.receiver_id())?)?
                .checked_add_result(config.fees.fee(ActionCosts::new_action_receipt).exec_fee())?,
            None => action_exec_fee(config, action, receiver_id)?,
        };
        total.checked_add_result(fee)
    })
}

fn action_send_fee(
    config: &RuntimeConfig,
    to_self: bool,
    action: &Action,
    receiver_id: &AccountId,
) -> Result<ParameterCost, IntegerOverflowError> {
    let fees = &config.fees;
    let sized = |terms: &Terms| total(terms, |cost| fees.fee(cost).send_fee(to_self));
    match action {
        Action::Transfer(_) => Ok(transfer_send_fee(
            fees,
            to_self,
            config.wasm_config.eth_implicit_accounts,
            config.wasm_config.universal_accounts,
            receiver_id.get_account_type(),
        )),
        Action::TransferToGasKey(action) => {
            Ok(gas_key_transfer_send_fee(fees, to_self, action.public_key.trie_id_len()).total())
        }
        Action::WithdrawFromGasKey(action) => {
            Ok(gas_key_transfer_send_fee(fees, to_self, action.public_key.trie_id_len()).total())
        }
        Action::AddKey(action) => {
            let fee = sized(&permission_terms(&action.access_key.permission))?;
            match action.access_key.gas_key_info() {
                Some(_) => fee.checked_add_result(gas_key_add_key_send_fee(fees, to_self)),
                None => Ok(fee),
            }
        }
        _ => {
            let fee = sized(&size_terms(action))?;
            let Some(inner) = delegated(action) else { return Ok(fee) };
            fee.checked_add_result(send_fees(
                config,
                to_self,
                &inner.get_actions(),
                inner.receiver_id(),
            )?)
        }
    }
}

/// Gas burnt when `action` executes at `receiver_id`, VM gas apart.
pub(crate) fn action_exec_fee(
    config: &RuntimeConfig,
    action: &Action,
    receiver_id: &AccountId,
) -> Result<ParameterCost, IntegerOverflowError> {
    let fees = &config.fees;
    let account_len = receiver_id.len();
    let sized = |terms: &Terms| total(terms, |cost| fees.fee(cost).exec_fee());
    let gas_key_transfer =
        |key_len: usize| Ok(gas_key_transfer_exec_fee(fees, account_len, key_len).total());
    match action {
        Action::Transfer(_) => Ok(transfer_exec_fee(
            fees,
            config.wasm_config.eth_implicit_accounts,
            config.wasm_config.universal_accounts,
            receiver_id.get_account_type(),
        )),
        Action::TransferToGasKey(action) => gas_key_transfer(action.public_key.trie_id_len()),
        Action::WithdrawFromGasKey(action) => gas_key_transfer(action.public_key.trie_id_len()),
        Action::AddKey(action) => {
            let fee = sized(&permission_terms(&action.access_key.permission))?;
            let Some(info) = action.access_key.gas_key_info() else { return Ok(fee) };
            let key_len = action.public_key.trie_id_len();
            let rows = gas_key_add_key_exec_fee(fees, account_len, key_len, info.num_nonces);
            fee.checked_add_result(rows.total())
        }
        _ => sized(&size_terms(action)),
    }
}

/// A fee as a sum of prices, each with the units that are charged.
type Terms = Vec<(ActionCosts, u64)>;

fn total(
    terms: &Terms,
    price: impl Fn(ActionCosts) -> ParameterCost,
) -> Result<ParameterCost, IntegerOverflowError> {
    terms.iter().try_fold(ParameterCost::ZERO, |total, &(cost, units)| {
        total.checked_add_result(price(cost).checked_mul_result(units)?)
    })
}

/// Terms of the actions whose price depends on their own size alone.
fn size_terms(action: &Action) -> Terms {
    use ActionCosts as Cost;
    let len = |bytes: usize| bytes as u64;
    match action {
        Action::CreateAccount(_) => vec![(Cost::create_account, 1)],
        Action::Stake(_) => vec![(Cost::stake, 1)],
        Action::DeleteKey(_) => vec![(Cost::delete_key, 1)],
        Action::DeleteAccount(_) => vec![(Cost::delete_account, 1)],
        Action::Delegate(_) | Action::DelegateV2(_) => vec![(Cost::delegate, 1)],
        Action::DeployContract(deploy) => vec![
            (Cost::deploy_contract_base, 1),
            (Cost::deploy_contract_byte, len(deploy.code.len())),
        ],
        Action::FunctionCall(call) => vec![
            (Cost::function_call_base, 1),
            (Cost::function_call_byte, len(call.method_name.len())),
            (Cost::function_call_byte, len(call.args.len())),
        ],
        Action::DeployGlobalContract(deploy) => vec![
            (Cost::deploy_global_contract_base, 1),
            (Cost::deploy_global_contract_byte, len(deploy.code.len())),
        ],
        Action::UseGlobalContract(action) => vec![
            (Cost::use_global_contract_base, 1),
            (Cost::use_global_contract_byte, len(action.contract_identifier.len())),
        ],
        Action::DeterministicStateInit(action) => vec![
            (Cost::deterministic_state_init_base, 1),
            (Cost::deterministic_state_init_entry, len(action.state_init.data().len())),
            (Cost::deterministic_state_init_byte, len(action.state_init.len_bytes())),
        ],
        Action::UniversalStateInit(action) => {
            let counts = state_init_counts(&action.state_init);
            universal_state_init_size_terms(counts.num_bytes)
                .into_iter()
                .chain(universal_state_init_content_terms(counts))
                .collect()
        }
        // Priced by more than their size, above.
        Action::Transfer(_)
        | Action::TransferToGasKey(_)
        | Action::WithdrawFromGasKey(_)
        | Action::AddKey(_) => Vec::new(),
    }
}

fn permission_terms(permission: &AccessKeyPermission) -> Terms {
    match permission.function_call_permission() {
        // Each name is charged with the separator that follows it.
        Some(call) => vec![
            (ActionCosts::add_function_call_key_base, 1),
            (
                ActionCosts::add_function_call_key_byte,
                call.method_names.iter().map(|name| (name.len() as u64).saturating_add(1)).sum(),
            ),
        ],
        None => vec![(ActionCosts::add_full_access_key, 1)],
    }
}
