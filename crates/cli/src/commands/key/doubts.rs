//! What is odd about a key that is to be added: it may be meant, so it is done and told.

use crate::error::CliError;
use crate::tools::{Consent, Context, short};
use keyway::client::Account;
use keyway::guard::{Callable, KeyWeakness, key_weakness, misfits};
use keyway::{AccessKeyPermission, PublicKey, format_near};
use keyway_rules::is_full_access;
use near_primitives::account::FunctionCallPermission;

/// Asks before anybody can do everything with the account, by a key that has no secret.
///
/// # Errors
/// [`CliError::NotConfirmed`].
pub(super) fn agree_to_give_away(
    account: &Account,
    public_key: &PublicKey,
    permission: &AccessKeyPermission,
    given: bool,
) -> Result<(), CliError> {
    let weak = key_weakness(&short(public_key)) == Some(KeyWeakness::AnybodySigns);
    if !weak || !is_full_access(permission) {
        return Ok(());
    }
    let account = &account.account_id;
    let danger = format!(
        "Anybody can sign for {public_key}, which has no secret: with full access anybody can do everything with {account}."
    );
    let (word, flag) = (account.as_str(), "--yes-weak-key");
    Consent { danger: &danger, word, flag, given }.ask()
}

/// Everything that is odd, in words. What the chain does not tell is not odd.
pub(super) async fn doubts(
    context: &Context,
    account: &Account,
    public_key: &PublicKey,
    permission: &AccessKeyPermission,
) -> Vec<String> {
    let mut doubts: Vec<_> =
        key_weakness(&short(public_key)).map(|weak| weak.to_string()).into_iter().collect();
    let Some(calls) = permission.function_call_permission() else { return doubts };
    let names_methods = !calls.method_names.is_empty();
    let callable = context.client.callable(&calls.receiver_id, names_methods).await;
    let odd = misfits(calls, &callable.unwrap_or(Callable::Unknown));
    doubts.extend(odd.iter().map(ToString::to_string));
    doubts.extend(too_much(account, calls));
    doubts
}

/// An allowance above everything there is limits nothing.
fn too_much(account: &Account, calls: &FunctionCallPermission) -> Option<String> {
    let allowance = calls.allowance.filter(|allowance| *allowance >= account.total)?;
    let (allowance, total) = (format_near(allowance), format_near(account.total));
    Some(format!("the allowance of {allowance} limits nothing: {} has {total}", account.account_id))
}
