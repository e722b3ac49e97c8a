//! `CreateAccount`: a direct sub-account of the predecessor, or a top-level account by the registrar.

use super::scope::Scope;
use crate::effects::Stop;
use keyway_rules::check_name;
use near_primitives::account::{Account, AccountContract};
use near_primitives::types::Balance;

pub(super) fn run(scope: &mut Scope<'_, '_>) -> Result<(), Stop> {
    check_name(&scope.place())?;
    let bytes = scope.storage_config().num_bytes_account;
    scope.account = Some(Account::new(Balance::ZERO, Balance::ZERO, AccountContract::None, bytes));
    // From here on the batch acts as the new account, which is how its creator gives it keys.
    scope.actor_id = scope.account_id().clone();
    Ok(())
}
