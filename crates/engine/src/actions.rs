//! Actions: what each does to the account it runs on. One file for an action, or for a pair.
//!
//! Source: nearcore `runtime/runtime/src/actions.rs` and the files beside it.

mod create_account;
mod delegate;
mod delete_account;
mod deploy;
mod function_call;
mod gas_key;
mod global;
mod keys;
mod scope;
mod stake;
mod state_init;
mod transfer;

pub(crate) use global::store_distributed;
pub(crate) use scope::{Scope, Step};

use crate::effects::Stop;
use keyway_rules::{action_exec_fee, check_actor, check_existence};
use near_primitives::action::Action;

/// Charges, checks and runs one action.
pub(crate) fn execute(scope: &mut Scope<'_, '_>, step: Step<'_>) -> Result<(), Stop> {
    let fee = action_exec_fee(scope.config(), step.action, scope.account_id())?;
    scope.effects.gas.burn(fee)?;
    check_existence(&scope.place(), step.action, step.is_only)?;
    check_actor(&scope.place(), step.action)?;
    match step.action {
        Action::CreateAccount(_) => create_account::run(scope),
        Action::DeployContract(action) => deploy::run(scope, &action.code),
        Action::FunctionCall(action) => function_call::run(scope, step, action),
        Action::Transfer(action) => transfer::run(scope, action.deposit),
        Action::Stake(action) => stake::run(scope, action),
        Action::AddKey(action) => keys::add(scope, action),
        Action::DeleteKey(action) => keys::delete(scope, &action.public_key),
        Action::DeleteAccount(action) => delete_account::run(scope, &action.beneficiary_id),
        Action::Delegate(signed) => delegate::run(scope, signed.as_ref().into()),
        Action::DelegateV2(signed) => delegate::run(scope, signed.as_ref().into()),
        Action::DeployGlobalContract(action) => global::deploy(scope, action),
        Action::UseGlobalContract(action) => {
            global::use_contract(scope, &action.contract_identifier)
        }
        Action::DeterministicStateInit(action) => state_init::deterministic(scope, action),
        Action::UniversalStateInit(action) => state_init::universal(scope, action),
        Action::TransferToGasKey(action) => gas_key::fund(scope, action),
        Action::WithdrawFromGasKey(action) => gas_key::withdraw(scope, action),
    }
}
