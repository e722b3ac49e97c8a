//! Whether the receiver must exist for an action, and on whose behalf it may run.

use super::{Scope, Step};
use crate::effects::Fault;
use crate::protocol::Protocol;
use near_primitives::account::Account;
use near_primitives::account::id::AccountType;
use near_primitives::action::Action;
use near_primitives::errors::ActionErrorKind;
use near_primitives::types::AccountId;
use near_primitives::version::ProtocolFeature;

/// Where an action is to run, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct ActionPlace<'a> {
    /// Rules in force.
    pub protocol: &'a Protocol,
    /// The receiver.
    pub account_id: &'a AccountId,
    /// Its account as the actions before this one left it; `None` where there is none.
    pub account: Option<&'a Account>,
    /// Who sent the receipt.
    pub predecessor_id: &'a AccountId,
    /// On whose behalf the action runs: the predecessor's, or from `CreateAccount` on the account's own.
    pub actor_id: &'a AccountId,
}

/// Whether `action`, which may be the only one of its receipt, can run at `place` at all: whether the
/// account is there, or is not, as it needs it, whether the actor may, and whether the name of a new
/// account is the predecessor's to give. What else the action needs is not asked.
///
/// # Errors
/// The first rule broken, as the chain tells it.
pub fn check_action_place(
    place: &ActionPlace<'_>,
    action: &Action,
    is_only: bool,
) -> Result<(), ActionErrorKind> {
    exists(place, action, is_only)?;
    actor_may(place, action)?;
    match action {
        Action::CreateAccount(_) => name_may_be_given(place),
        _ => Ok(()),
    }
}

/// Checks that the account is there, or is not, as the action needs it.
pub(super) fn check(scope: &Scope<'_, '_>, step: Step<'_>) -> Result<(), Fault> {
    Ok(exists(&scope.place(), step.action, step.is_only)?)
}

/// Checks that the actor is the account itself, for actions that only it may do.
pub(super) fn check_actor(scope: &Scope<'_, '_>, action: &Action) -> Result<(), Fault> {
    Ok(actor_may(&scope.place(), action)?)
}

/// Checks that the name of a new account is the predecessor's to give.
pub(super) fn check_name(scope: &Scope<'_, '_>) -> Result<(), Fault> {
    Ok(name_may_be_given(&scope.place())?)
}

fn exists(place: &ActionPlace<'_>, action: &Action, is_only: bool) -> Result<(), ActionErrorKind> {
    let account_id = place.account_id.clone();
    match (action, place.account) {
        (Action::DeterministicStateInit(_) | Action::UniversalStateInit(_), _)
        | (Action::Transfer(_), Some(_)) => Ok(()),
        (Action::CreateAccount(_), Some(_)) => {
            Err(ActionErrorKind::AccountAlreadyExists { account_id })
        }
        (Action::CreateAccount(_), None) if is_implicit(place) => {
            Err(ActionErrorKind::OnlyImplicitAccountCreationAllowed { account_id })
        }
        (Action::CreateAccount(_), None) => Ok(()),
        (Action::Transfer(_), None) if transfer_creates(place, is_only) => Ok(()),
        (_, None) => Err(ActionErrorKind::AccountDoesNotExist { account_id }),
        (_, Some(account)) if !account.is_initialized() => {
            Err(ActionErrorKind::AccountNotInitialized { account_id })
        }
        (_, Some(_)) => Ok(()),
    }
}

/// A transfer creates an account whose id says who may use it. It must be alone in its receipt, so
/// that nothing else is done to the new account; a universal account can do nothing yet anyway.
fn transfer_creates(place: &ActionPlace<'_>, is_only: bool) -> bool {
    let kind = place.account_id.get_account_type();
    let alone = is_only || kind == AccountType::UniversalAccount;
    let is_refund = place.predecessor_id.is_system();
    alone && !is_refund && is_implicit(place)
}

/// Whether the id by its shape belongs to an account that nobody needs to create.
fn is_implicit(place: &ActionPlace<'_>) -> bool {
    match place.account_id.get_account_type() {
        AccountType::NearImplicitAccount | AccountType::NearDeterministicAccount => true,
        AccountType::EthImplicitAccount => place.protocol.config.wasm_config.eth_implicit_accounts,
        AccountType::UniversalAccount => place.protocol.has(ProtocolFeature::UniversalAccounts),
        AccountType::NamedAccount => false,
    }
}

/// A top-level account is the registrar's to make, or a long name's; any other its parent's.
fn name_may_be_given(place: &ActionPlace<'_>) -> Result<(), ActionErrorKind> {
    let (account_id, predecessor_id) = (place.account_id, place.predecessor_id);
    let rules = &place.protocol.config.account_creation_config;
    if account_id.is_top_level() {
        let is_short = account_id.len() < usize::from(rules.min_allowed_top_level_account_length);
        if is_short && predecessor_id != &rules.registrar_account_id {
            return Err(ActionErrorKind::CreateAccountOnlyByRegistrar {
                account_id: account_id.clone(),
                registrar_account_id: rules.registrar_account_id.clone(),
                predecessor_id: predecessor_id.clone(),
            });
        }
    } else if !account_id.is_sub_account_of(predecessor_id) {
        return Err(ActionErrorKind::CreateAccountNotAllowed {
            account_id: account_id.clone(),
            predecessor_id: predecessor_id.clone(),
        });
    }
    Ok(())
}

fn actor_may(place: &ActionPlace<'_>, action: &Action) -> Result<(), ActionErrorKind> {
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
    let account_id = place.account_id.clone();
    if own && place.actor_id != place.account_id {
        let actor_id = place.actor_id.clone();
        return Err(ActionErrorKind::ActorNoPermission { account_id, actor_id });
    }
    let is_staking = place.account.is_some_and(|account| !account.locked().is_zero());
    if matches!(action, Action::DeleteAccount(_)) && is_staking {
        return Err(ActionErrorKind::DeleteAccountStaking { account_id });
    }
    Ok(())
}
