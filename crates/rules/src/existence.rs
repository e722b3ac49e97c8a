//! Whether an action can run on an account: does it exist, and may the actor do this to it?

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
    /// Its account as the actions before this one left it; `None` where it does not exist.
    pub account: Option<&'a Account>,
    /// Who sent the receipt.
    pub predecessor_id: &'a AccountId,
    /// On whose behalf the action runs: the predecessor, or from `CreateAccount` on the account itself.
    pub actor_id: &'a AccountId,
}

/// Whether `action` can run at `place` at all: [`check_existence`], [`check_actor`] and, for a new
/// account, [`check_name`]. What else the action needs is not checked.
///
/// # Errors
/// The first rule broken.
pub fn check_action_place(
    place: &ActionPlace<'_>,
    action: &Action,
    is_only: bool,
) -> Result<(), ActionErrorKind> {
    check_existence(place, action, is_only)?;
    check_actor(place, action)?;
    match action {
        Action::CreateAccount(_) => check_name(place),
        _ => Ok(()),
    }
}

/// Whether the account exists, or does not, as `action` needs it; `is_only` says that the receipt has
/// no other action.
///
/// # Errors
/// How the account is not as the action needs it.
pub fn check_existence(
    place: &ActionPlace<'_>,
    action: &Action,
    is_only: bool,
) -> Result<(), ActionErrorKind> {
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

/// Whether the predecessor may create an account of this name: a short top-level name only the
/// registrar, a sub-account only its parent.
///
/// # Errors
/// Who may create it instead.
pub fn check_name(place: &ActionPlace<'_>) -> Result<(), ActionErrorKind> {
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

/// Whether the actor may run `action`: some only the account itself may, and a staking account cannot
/// be deleted.
///
/// # Errors
/// Which of these it is.
pub fn check_actor(place: &ActionPlace<'_>, action: &Action) -> Result<(), ActionErrorKind> {
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
