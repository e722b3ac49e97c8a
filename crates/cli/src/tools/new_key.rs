//! Checks of keys before they are added: warnings, and confirmation for a key that anyone can sign
//! for.

use super::consent::Consent;
use super::context::Context;
use super::key_name::short;
use crate::error::CliError;
use clap::Args;
use keyway::client::Account;
use keyway::guard::{
    AuditOptions, Callable, Credentials, KeyFacts, KeyWeakness, Rule, audit, key_weakness, misfits,
};
use keyway::protocol::{AccessKeyPermission, Action, PublicKey};
use keyway::{AccountId, format_near};
use keyway_rules::is_full_access;
use near_crypto::PublicKeyHandle;
use near_primitives::account::{AccessKey, FunctionCallPermission};

/// The flag that confirms it in scripts.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct NewKeyArgs {
    /// Give full access, without asking, to a key that anyone can sign for
    #[arg(long)]
    yes_weak_key: bool,
}

impl NewKeyArgs {
    /// Asks before `actions` give everybody full access to `account` by adding a key that needs no
    /// secret.
    ///
    /// # Errors
    /// [`CliError::NotConfirmed`].
    pub(crate) fn agree(self, account: &AccountId, actions: &[Action]) -> Result<(), CliError> {
        added(actions)
            .filter(|(_, permission)| is_full_access(permission))
            .try_for_each(|(public_key, _)| self.agree_to_full_access(account, public_key))
    }

    /// The same for one key with full access.
    ///
    /// # Errors
    /// [`CliError::NotConfirmed`].
    pub(crate) fn agree_to_full_access(
        self,
        account: &AccountId,
        public_key: &PublicKey,
    ) -> Result<(), CliError> {
        if key_weakness(&short(public_key)) != Some(KeyWeakness::AnybodySigns) {
            return Ok(());
        }
        let danger = format!(
            "Anyone can sign for {public_key}, because it has no secret: with full access, anyone can do everything with {account}."
        );
        let (word, flag, given) = (account.as_str(), "--yes-weak-key", self.yes_weak_key);
        Consent { danger: &danger, word, flag, given }.ask()
    }
}

fn added(actions: &[Action]) -> impl Iterator<Item = (&PublicKey, &AccessKeyPermission)> {
    actions.iter().filter_map(|action| match action {
        Action::AddKey(add) => Some((&add.public_key, &add.access_key.permission)),
        _ => None,
    })
}

/// Warnings about the keys that `actions` add to `account`. Checks that the chain does not answer
/// are skipped.
pub(crate) async fn oddities(
    context: &Context,
    account: Option<&Account>,
    actions: &[Action],
) -> Vec<String> {
    let mut oddities = Vec::new();
    for (public_key, permission) in added(actions) {
        oddities.extend(key_weakness(&short(public_key)).map(|weakness| weakness.to_string()));
        let Some(calls) = permission.function_call_permission() else { continue };
        let names_methods = !calls.method_names.is_empty();
        let callable = context.client.callable(&calls.receiver_id, names_methods).await;
        let odd = misfits(calls, &callable.unwrap_or(Callable::Unknown));
        oddities.extend(odd.iter().map(ToString::to_string));
        oddities.extend(account.and_then(|account| too_much(account, calls)));
        if let Some(account) = account {
            oddities.extend(too_little(context, account, public_key, permission).await);
        }
    }
    oddities
}

/// An allowance that pays for no call, which the audit would report later.
async fn too_little(
    context: &Context,
    account: &Account,
    public_key: &PublicKey,
    permission: &AccessKeyPermission,
) -> Option<String> {
    permission.function_call_permission()?.allowance?;
    let chain = context.client.chain_facts().await.ok()?;
    let mut facts = context.client.account_facts(&account.account_id).await.ok()?;
    let access_key = AccessKey { nonce: 0, permission: permission.clone() };
    let public_key = PublicKeyHandle::from(public_key);
    facts.keys =
        vec![KeyFacts { public_key: public_key.clone(), access_key, gas_key_nonces: Vec::new() }];
    let audit = audit(&chain, &facts, &Credentials::default(), &AuditOptions::default());
    let found = audit.findings.into_iter().find(|found| {
        found.rule == Rule::BelowOneCall && found.public_key.as_ref() == Some(&public_key)
    });
    found.map(|found| format!("the allowance is too small: {}", found.reason))
}

/// An allowance above the account's balance is no limit.
fn too_much(account: &Account, calls: &FunctionCallPermission) -> Option<String> {
    let allowance = calls.allowance.filter(|allowance| *allowance >= account.total)?;
    let (allowance, total) = (format_near(allowance), format_near(account.total));
    Some(format!("the allowance of {allowance} is no limit: {} has {total}", account.account_id))
}
