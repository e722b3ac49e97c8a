//! `CreateAccount`: a direct sub-account of the predecessor, or a top-level account by the registrar.

use super::Scope;
use crate::effects::Fault;
use near_primitives::account::{Account, AccountContract};
use near_primitives::errors::ActionErrorKind;
use near_primitives::types::Balance;

pub(super) fn run(scope: &mut Scope<'_, '_>) -> Result<(), Fault> {
    check_name(scope)?;
    let bytes = scope.storage_config().num_bytes_account;
    scope.account = Some(Account::new(Balance::ZERO, Balance::ZERO, AccountContract::None, bytes));
    // From here on the batch acts as the new account, which is how its creator gives it keys.
    scope.actor_id = scope.account_id().clone();
    Ok(())
}

fn check_name(scope: &Scope<'_, '_>) -> Result<(), ActionErrorKind> {
    let (account_id, predecessor_id) = (scope.account_id(), scope.receipt.predecessor_id());
    let rules = &scope.config().account_creation_config;
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
