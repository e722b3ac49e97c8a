//! Gas by action: what sending it burns, and what executing it will burn.

use crate::delegate::actions::{Delegate, delegates};
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

/// Gas burnt by sending `actions`; `delegates` are those among them.
pub(crate) fn send_fees(
    config: &RuntimeConfig,
    to_self: bool,
    actions: &[Action],
    receiver_id: &AccountId,
    delegates: &[Delegate<'_>],
) -> Result<ParameterCost, IntegerOverflowError> {
    let outside = actions.iter().try_fold(ParameterCost::ZERO, |total, action| {
        total.checked_add_result(action_send_fee(config, to_self, action, receiver_id)?)
    })?;
    // Actions inside delegate actions are priced as sent from the outer signer.
    delegates.iter().try_fold(outside, |total, delegate| {
        let (inside, receiver_id) = (&delegate.actions, delegate.receiver_id());
        total.checked_add_result(send_fees(config, to_self, inside, receiver_id, &[])?)
    })
}

/// Send fees of actions inside delegate actions: bought now, burnt when the delegate action runs.
///
/// # Errors
/// [`IntegerOverflowError`] when a sum leaves the range of its type.
pub fn delegated_send_fees(
    config: &RuntimeConfig,
    actions: &[Action],
) -> Result<ParameterCost, IntegerOverflowError> {
    delegates(actions).iter().try_fold(ParameterCost::ZERO, |total, delegate| {
        total.checked_add_result(delegate.send_fees(config)?)
    })
}

impl Delegate<'_> {
    /// The send fees of the actions inside.
    pub(crate) fn send_fees(
        &self,
        config: &RuntimeConfig,
    ) -> Result<ParameterCost, IntegerOverflowError> {
        let to_self = self.action.sender_id() == self.receiver_id();
        send_fees(config, to_self, &self.actions, self.receiver_id(), &[])
    }
}

/// Gas burnt by sending `action`, without the actions inside a delegate action.
fn action_send_fee(
    config: &RuntimeConfig,
    to_self: bool,
    action: &Action,
    receiver_id: &AccountId,
) -> Result<ParameterCost, IntegerOverflowError> {
    let fees = &config.fees;
    let price = |cost| fees.fee(cost).send_fee(to_self);
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
            let fee = permission_fee(&action.access_key.permission, price)?;
            match action.access_key.gas_key_info() {
                Some(_) => fee.checked_add_result(gas_key_add_key_send_fee(fees, to_self)),
                None => Ok(fee),
            }
        }
        _ => size_fee(action, price),
    }
}

/// Gas burnt when `action` executes at `receiver_id`, without the gas of the contract VM.
///
/// # Errors
/// [`IntegerOverflowError`] when a sum leaves the range of its type.
pub fn action_exec_fee(
    config: &RuntimeConfig,
    action: &Action,
    receiver_id: &AccountId,
) -> Result<ParameterCost, IntegerOverflowError> {
    let fees = &config.fees;
    let account_len = receiver_id.len();
    let price = |cost| fees.fee(cost).exec_fee();
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
            let fee = permission_fee(&action.access_key.permission, price)?;
            let Some(info) = action.access_key.gas_key_info() else { return Ok(fee) };
            let key_len = action.public_key.trie_id_len();
            let rows = gas_key_add_key_exec_fee(fees, account_len, key_len, info.num_nonces);
            fee.checked_add_result(rows.total())
        }
        _ => size_fee(action, price),
    }
}

/// The fee of an action whose price depends on its own size alone.
fn size_fee(
    action: &Action,
    price: impl Fn(ActionCosts) -> ParameterCost,
) -> Result<ParameterCost, IntegerOverflowError> {
    use ActionCosts as Cost;
    let len = |bytes: usize| bytes as u64;
    match action {
        Action::CreateAccount(_) => Ok(price(Cost::create_account)),
        Action::Stake(_) => Ok(price(Cost::stake)),
        Action::DeleteKey(_) => Ok(price(Cost::delete_key)),
        Action::DeleteAccount(_) => Ok(price(Cost::delete_account)),
        Action::Delegate(_) | Action::DelegateV2(_) => Ok(price(Cost::delegate)),
        Action::DeployContract(deploy) => {
            let bytes = (Cost::deploy_contract_byte, len(deploy.code.len()));
            total(price, [(Cost::deploy_contract_base, 1), bytes])
        }
        Action::FunctionCall(call) => {
            let method = (Cost::function_call_byte, len(call.method_name.len()));
            let args = (Cost::function_call_byte, len(call.args.len()));
            total(price, [(Cost::function_call_base, 1), method, args])
        }
        Action::DeployGlobalContract(deploy) => {
            let bytes = (Cost::deploy_global_contract_byte, len(deploy.code.len()));
            total(price, [(Cost::deploy_global_contract_base, 1), bytes])
        }
        Action::UseGlobalContract(action) => {
            let bytes = (Cost::use_global_contract_byte, len(action.contract_identifier.len()));
            total(price, [(Cost::use_global_contract_base, 1), bytes])
        }
        Action::DeterministicStateInit(action) => {
            let entries = len(action.state_init.data().len());
            let entries = (Cost::deterministic_state_init_entry, entries);
            let bytes = len(action.state_init.len_bytes());
            let bytes = (Cost::deterministic_state_init_byte, bytes);
            total(price, [(Cost::deterministic_state_init_base, 1), entries, bytes])
        }
        Action::UniversalStateInit(action) => {
            let counts = state_init_counts(&action.state_init);
            let size = universal_state_init_size_terms(counts.num_bytes);
            total(price, size.into_iter().chain(universal_state_init_content_terms(counts)))
        }
        // Their price depends on more than their size; the callers handle them.
        Action::Transfer(_)
        | Action::TransferToGasKey(_)
        | Action::WithdrawFromGasKey(_)
        | Action::AddKey(_) => Ok(ParameterCost::ZERO),
    }
}

fn permission_fee(
    permission: &AccessKeyPermission,
    price: impl Fn(ActionCosts) -> ParameterCost,
) -> Result<ParameterCost, IntegerOverflowError> {
    let Some(call) = permission.function_call_permission() else {
        return Ok(price(ActionCosts::add_full_access_key));
    };
    // The separator after each name is charged, too.
    let bytes = call.method_names.iter().map(|name| (name.len() as u64).saturating_add(1)).sum();
    let base = (ActionCosts::add_function_call_key_base, 1);
    total(price, [base, (ActionCosts::add_function_call_key_byte, bytes)])
}

/// A fee as a sum of prices, each times its number of units.
fn total(
    price: impl Fn(ActionCosts) -> ParameterCost,
    terms: impl IntoIterator<Item = (ActionCosts, u64)>,
) -> Result<ParameterCost, IntegerOverflowError> {
    terms.into_iter().try_fold(ParameterCost::ZERO, |total, (cost, units)| {
        total.checked_add_result(price(cost).checked_mul_result(units)?)
    })
}
