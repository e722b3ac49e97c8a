//! Whether an action can run on an account: whether the account exists, and what the actor may do to it.

use crate::protocol::Protocol;
use near_primitives::account::Account;
use near_primitives::account::id::AccountType;
use near_primitives::action::Action;
use near_primitives::errors::ActionErrorKind;
use near_primitives::types::AccountId;
use near_primitives::version::ProtocolFeature;

/// The account that an action runs on, and the account that it runs for.
#[derive(Clone, Copy, Debug)]
pub struct ActionPlace<'a> {
    /// Rules in force.
    pub protocol: &'a Protocol,
    /// The receiver.
    pub account_id: &'a AccountId,
    /// Its account after the actions before this one; `None` if it does not exist.
    pub account: Option<&'a Account>,
    /// The account that sent the receipt.
    pub predecessor_id: &'a AccountId,
    /// The account that the action acts for: the predecessor, or after `CreateAccount` the new account.
    pub actor_id: &'a AccountId,
}

/// Whether `action` can run at `place`: [`check_existence`], [`check_actor`] and, for a new account,
/// [`check_name`]. Nothing else that the action needs is checked.
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

/// Whether the account exists, or is missing, as `action` requires. `is_only`: the receipt has no other
/// action.
///
/// # Errors
/// [`ActionErrorKind::AccountDoesNotExist`], [`ActionErrorKind::AccountAlreadyExists`] and the like.
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

/// Whether a transfer creates the account. It must be the only action of its receipt, so that nothing
/// else is done to the new account; a universal account can do nothing yet anyway.
fn transfer_creates(place: &ActionPlace<'_>, is_only: bool) -> bool {
    let kind = place.account_id.get_account_type();
    let alone = is_only || kind == AccountType::UniversalAccount;
    let is_refund = place.predecessor_id.is_system();
    alone && !is_refund && is_implicit(place)
}

/// Whether the id is that of an implicit account, which needs no creation.
fn is_implicit(place: &ActionPlace<'_>) -> bool {
    match place.account_id.get_account_type() {
        AccountType::NearImplicitAccount | AccountType::NearDeterministicAccount => true,
        AccountType::EthImplicitAccount => place.protocol.config.wasm_config.eth_implicit_accounts,
        AccountType::UniversalAccount => place.protocol.has(ProtocolFeature::UniversalAccounts),
        AccountType::NamedAccount => false,
    }
}

/// Whether the predecessor may create an account of this name. Only the registrar creates short
/// top-level names, and only the parent creates a sub-account.
///
/// # Errors
/// The account that may create it instead.
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

/// Whether the actor may run `action`. Some actions only the account itself may run, and an account
/// with a stake cannot be deleted.
///
/// # Errors
/// Which of these rules is broken.
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
