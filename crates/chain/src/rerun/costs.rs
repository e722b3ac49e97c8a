//! Gas by cost: the VM's profile, and the fees around it.

use keyway_rules::Protocol;
use keyway_trace::{CostCategory, GasCost};
use near_parameters::{ActionCosts, ExtCosts};
use near_primitives::action::Action;
use near_primitives::transaction::Transaction;
use near_primitives::types::Gas;
use near_vm_runner::ProfileDataV3;

/// The gas of one action by cost. What the profile lacks is the fee for executing the action.
pub(crate) fn of_action(kind: &str, burnt: Gas, profile: &ProfileDataV3) -> Vec<GasCost> {
    let mut costs = of_profile(profile);
    let in_contract = costs.iter().fold(Gas::ZERO, |sum, cost| sum.saturating_add(cost.gas));
    let fee = burnt.saturating_sub(in_contract);
    let name = format!("{}_EXECUTION", upper(kind));
    costs.insert(0, GasCost { category: CostCategory::Action, cost: name, gas: fee });
    costs.retain(|cost| cost.gas != Gas::ZERO);
    costs
}

/// The fee that every receipt burns.
pub(crate) fn of_receipt(protocol: &Protocol) -> Vec<GasCost> {
    let fee = protocol.config.fees.fee(ActionCosts::new_action_receipt).exec_fee();
    vec![action_cost("NEW_ACTION_RECEIPT_EXECUTION", fee.gas)]
}

/// The fees of turning a transaction into its receipt, which add up to `burnt`.
pub(crate) fn of_conversion(protocol: &Protocol, tx: &Transaction, burnt: Gas) -> Vec<GasCost> {
    let to_self = tx.signer_id() == tx.receiver_id();
    let fee = protocol.config.fees.fee(ActionCosts::new_action_receipt).send_fee(to_self);
    let receipt = fee.gas.min(burnt);
    let costs = [
        action_cost("NEW_ACTION_RECEIPT_SENDING", receipt),
        action_cost("ACTIONS_SENDING", burnt.saturating_sub(receipt)),
    ];
    costs.into_iter().filter(|cost| cost.gas != Gas::ZERO).collect()
}

/// The protocol's name of an action.
pub(crate) fn kind(action: &Action) -> &'static str {
    match action {
        Action::CreateAccount(_) => "CreateAccount",
        Action::DeployContract(_) => "DeployContract",
        Action::FunctionCall(_) => "FunctionCall",
        Action::Transfer(_) => "Transfer",
        Action::Stake(_) => "Stake",
        Action::AddKey(_) => "AddKey",
        Action::DeleteKey(_) => "DeleteKey",
        Action::DeleteAccount(_) => "DeleteAccount",
        Action::Delegate(_) => "Delegate",
        Action::DelegateV2(_) => "DelegateV2",
        Action::DeployGlobalContract(_) => "DeployGlobalContract",
        Action::UseGlobalContract(_) => "UseGlobalContract",
        Action::DeterministicStateInit(_) => "DeterministicStateInit",
        Action::UniversalStateInit(_) => "UniversalStateInit",
        Action::TransferToGasKey(_) => "TransferToGasKey",
        Action::WithdrawFromGasKey(_) => "WithdrawFromGasKey",
    }
}

/// The gas that a contract burnt, by cost.
pub(crate) fn of_profile(profile: &ProfileDataV3) -> Vec<GasCost> {
    let sent = profile.actions_profile.iter().map(|(cost, gas)| {
        let cost = format!("{cost:?}").to_uppercase();
        GasCost { category: CostCategory::Action, cost, gas: *gas }
    });
    let host = profile.wasm_ext_profile.iter().map(|(cost, gas)| GasCost {
        category: category(cost),
        cost: format!("{cost:?}").to_uppercase(),
        gas: *gas,
    });
    let wasm = GasCost {
        category: CostCategory::Wasm,
        cost: "WASM_INSTRUCTION".to_owned(),
        gas: profile.wasm_gas,
    };
    sent.chain(host).chain([wasm]).filter(|cost| cost.gas != Gas::ZERO).collect()
}

fn category(cost: ExtCosts) -> CostCategory {
    let name = format!("{cost:?}");
    let of_storage = name.starts_with("storage_")
        || matches!(cost, ExtCosts::touching_trie_node | ExtCosts::read_cached_trie_node);
    if of_storage { CostCategory::Storage } else { CostCategory::Host }
}

fn action_cost(name: &str, gas: Gas) -> GasCost {
    GasCost { category: CostCategory::Action, cost: name.to_owned(), gas }
}

/// `FunctionCall` as `FUNCTION_CALL`.
fn upper(kind: &str) -> String {
    let mut name = String::new();
    for c in kind.chars() {
        if c.is_ascii_uppercase()
            && !name.is_empty()
            && !name.ends_with(|c: char| c.is_ascii_digit())
        {
            name.push('_');
        }
        name.push(c.to_ascii_uppercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_become_names_of_costs() {
        assert_eq!(upper("FunctionCall"), "FUNCTION_CALL");
        assert_eq!(upper("Stake"), "STAKE");
    }

    #[test]
    fn the_costs_of_an_action_add_up_to_what_it_burnt() {
        let wasm_gas = Gas::from_gas(7);
        let mut profile = ProfileDataV3 { wasm_gas, ..ProfileDataV3::default() };
        profile.wasm_ext_profile[ExtCosts::storage_write_base] = Gas::from_gas(20);
        profile.actions_profile[ActionCosts::transfer] = Gas::from_gas(5);
        let costs = of_action("FunctionCall", Gas::from_gas(100), &profile);
        let sum: u64 = costs.iter().map(|cost| cost.gas.as_gas()).sum();
        assert_eq!(sum, 100);
        let names: Vec<_> = costs.iter().map(|cost| cost.cost.as_str()).collect();
        assert_eq!(
            names,
            ["FUNCTION_CALL_EXECUTION", "TRANSFER", "STORAGE_WRITE_BASE", "WASM_INSTRUCTION"]
        );
    }
}
