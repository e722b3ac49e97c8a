//! Whether the receiver must exist for an action, and on whose behalf it may run.

use super::{Scope, Step};
use crate::effects::Fault;
use near_primitives::account::id::AccountType;
use near_primitives::action::Action;
use near_primitives::errors::ActionErrorKind;
use near_primitives::types::AccountId;
use near_primitives::version::ProtocolFeature;

/// Checks that the account is there, or is not, as the action needs it.
pub(super) fn check(scope: &Scope<'_, '_>, step: Step<'_>) -> Result<(), Fault> {
    let account_id = scope.account_id();
    match (step.action, &scope.account) {
        (Action::DeterministicStateInit(_) | Action::UniversalStateInit(_), _)
        | (Action::Transfer(_), Some(_)) => Ok(()),
        (Action::CreateAccount(_), Some(_)) => {
            Err(ActionErrorKind::AccountAlreadyExists { account_id: account_id.clone() }.into())
        }
        (Action::CreateAccount(_), None) if is_implicit(scope, account_id) => {
            let account_id = account_id.clone();
            Err(ActionErrorKind::OnlyImplicitAccountCreationAllowed { account_id }.into())
        }
        (Action::CreateAccount(_), None) => Ok(()),
        (Action::Transfer(_), None) if transfer_creates(scope, step) => Ok(()),
        (_, None) => {
            Err(ActionErrorKind::AccountDoesNotExist { account_id: account_id.clone() }.into())
        }
        (_, Some(account)) if !account.is_initialized() => {
            Err(ActionErrorKind::AccountNotInitialized { account_id: account_id.clone() }.into())
        }
        (_, Some(_)) => Ok(()),
    }
}

/// A transfer creates an account whose id says who may use it. It must be alone in its receipt, so
/// that nothing else is done to the new account; a universal account can do nothing yet anyway.
fn transfer_creates(scope: &Scope<'_, '_>, step: Step<'_>) -> bool {
    let account_id = scope.account_id();
    let alone = step.is_only || account_id.get_account_type() == AccountType::UniversalAccount;
    alone && !scope.is_refund() && is_implicit(scope, account_id)
}

/// Whether the id by its shape belongs to an account that nobody needs to create.
fn is_implicit(scope: &Scope<'_, '_>, account_id: &AccountId) -> bool {
    match account_id.get_account_type() {
        AccountType::NearImplicitAccount | AccountType::NearDeterministicAccount => true,
        AccountType::EthImplicitAccount => scope.config().wasm_config.eth_implicit_accounts,
        AccountType::UniversalAccount => {
            scope.block.protocol.has(ProtocolFeature::UniversalAccounts)
        }
        AccountType::NamedAccount => false,
    }
}

/// Checks that the actor is the account itself, for actions that only it may do.
pub(super) fn check_actor(scope: &Scope<'_, '_>, action: &Action) -> Result<(), Fault> {
    let own = match action {
        Action::DeployContract(_)
        | Action::Stake(_)
        | Action::AddKey(_)
        | Action::DeleteKey(_)
        | Action::DeleteAccount(_)
        | Action::DeployGlobalContract(_)
        | Action::UseGlobalContract(_)
        | Action::WithdrawFromGasKey(_) => true,
        Action::CreateAccount(_)
        | Action::FunctionCall(_)
        | Action::Transfer(_)
        | Action::TransferToGasKey(_)
        | Action::Delegate(_)
        | Action::DelegateV2(_)
        | Action::DeterministicStateInit(_)
        | Action::UniversalStateInit(_) => false,
    };
    let account_id = scope.account_id();
    if own && scope.actor_id != *account_id {
        return Err(ActionErrorKind::ActorNoPermission {
            account_id: account_id.clone(),
            actor_id: scope.actor_id.clone(),
        }
        .into());
    }
    let is_staking = scope.account.as_ref().is_some_and(|account| !account.locked().is_zero());
    if matches!(action, Action::DeleteAccount(_)) && is_staking {
        let account_id = account_id.clone();
        return Err(ActionErrorKind::DeleteAccountStaking { account_id }.into());
    }
    Ok(())
}
