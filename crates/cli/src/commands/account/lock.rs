//! `account lock`: deletes the full-access keys, after analysing what the contract can do.

use crate::commands::locked::{as_it_is, judge};
use crate::error::CliError;
use crate::tools::{
    Consent, Context, DeadSecrets, KEYS_AT_ONCE, NOT_SENT, Sent, SigningArgs, account_to_change,
    agree_to_burn, counted, hindrance, on_gas_key, short, whole_key,
};
use clap::Args;
use keyway::protocol::PublicKey;
use keyway::{AccountId, Intent, KeyService, Signer, delete_key, format_near};
use keyway_guard::{AccountFacts, KeyFacts, LockReport, LockVerdict, wrapped};
use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// Arguments of `account lock`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway account lock vault.near
      shows what its contract can do, then asks
  keyway account lock vault.near --dry-run
      shows it, and changes nothing
  keyway account lock vault.near --every-key
      deletes the function-call keys, too
  keyway account lock vault.near --yes-lock --json

To check a contract before it is deployed: keyway locked --wasm contract.wasm")]
pub(crate) struct LockArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// Show which keys would be deleted and what the contract could do then. Nothing is signed or
    /// sent. The exit code is 12 if the chain would refuse it
    #[arg(long, help_heading = "Sending", conflicts_with_all = ["yes_lock", "yes_burn", "forget"])]
    dry_run: bool,
    /// Delete the function-call keys as well
    #[arg(long)]
    every_key: bool,
    /// Lock without asking, whatever the verdict: nobody will have full access to the account
    #[arg(long)]
    yes_lock: bool,
    /// Burn the balances of gas keys without asking
    #[arg(long)]
    yes_burn: bool,
    /// Remove the secrets of the deleted keys from the key files afterwards
    #[arg(long)]
    forget: bool,
    #[command(flatten)]
    signing: SigningArgs,
}

impl LockArgs {
    /// Deletes the keys and shows the verdict on what is left.
    ///
    /// # Errors
    /// [`CliError::NotConfirmed`]; [`CliError::HashedKey`] for a key that is known only by its
    /// hash; the chain's error.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        account_to_change(context, &self.account).await?;
        let now = as_it_is(&context.client, &self.account);
        let (then, facts) = context.wait("reading the keys", now).await?;
        let (doomed, stay) = facts.keys.iter().cloned().partition(|key| self.dooms(key));
        let remains = AccountFacts { keys: stay, ..facts };
        let after = judge(&then, &remains).await?;
        let keys = self.signing.keys(context, &self.account).await?;
        if !doomed.is_empty() {
            // Check that a key can sign before asking the user.
            self.signing.see_a_key(context, &self.account, &*keys).await?;
        }
        let (signer, keys) = self.signer(context, keys, &doomed).await?;
        if self.dry_run {
            return self.dry_run(context, &signer, keys, &remains, after).await;
        }
        self.agree(context, &doomed, &remains, &after)?;
        let (deleted, sent) = self.delete(context, &signer, keys).await?;
        let dead = DeadSecrets::of_keys(context, &self.account, &deleted, self.forget).await;
        let (then, facts) = as_it_is(&context.client, &self.account).await?;
        let report = judge(&then, &facts).await?;
        let locked = Locked { deleted, dead, sent, report };
        context.answer.give(&locked)?;
        locked.dead.whole().map(drop)
    }

    fn dooms(&self, key: &KeyFacts) -> bool {
        self.every_key || key.is_full_access()
    }

    fn agree(
        &self,
        context: &Context,
        doomed: &[KeyFacts],
        remains: &AccountFacts,
        after: &LockReport,
    ) -> Result<(), CliError> {
        if doomed.is_empty() {
            return Ok(());
        }
        let burns: Vec<_> = doomed.iter().map(|key| on_gas_key(&key.access_key)).collect();
        let funded = doomed.iter().filter(|key| !on_gas_key(&key.access_key).is_zero());
        let funded: Vec<_> = funded.map(|key| key.public_key.clone()).collect();
        agree_to_burn(context, &self.account, &burns, &funded, self.yes_burn)?;
        if !self.yes_lock && !context.answer.is_json() {
            context.notes.say(format!("Without these keys:\n{}", after.to_string().trim_end()));
            context.notes.finish();
        }
        let danger = format!(
            "{} of {} will be deleted for ever. {}{} The verdict afterwards: {}.",
            counted(doomed.len(), "key"),
            self.account,
            frozen(remains, after.verdict),
            staying(remains),
            after.verdict
        );
        let (word, given) = (self.account.as_str(), self.yes_lock);
        Consent { danger: &danger, word, flag: "--yes-lock", given }.ask()
    }

    /// A signer, and the whole keys in the order in which they are deleted: those that can sign go
    /// last, so that every transaction has a signer.
    async fn signer(
        &self,
        context: &Context,
        keys: Arc<dyn KeyService>,
        doomed: &[KeyFacts],
    ) -> Result<(Signer, Vec<PublicKey>), CliError> {
        let at_hand = keys.public_keys(&self.account).await?;
        let signer = Signer::new(context.client.clone(), &self.account, keys)?;
        Ok((signer, in_order(doomed, &at_hand)?))
    }

    /// Deletes the keys, in as few transactions as possible.
    async fn delete(
        &self,
        context: &Context,
        signer: &Signer,
        keys: Vec<PublicKey>,
    ) -> Result<(Vec<PublicKey>, Vec<Sent>), CliError> {
        let mut sent = Vec::new();
        for some in keys.chunks(KEYS_AT_ONCE) {
            let work = deletion(some);
            let outcome = self.signing.execute(context, signer, work, "deleting keys").await?;
            sent.push(Sent::from(&outcome));
        }
        Ok((keys, sent))
    }

    async fn dry_run(
        &self,
        context: &Context,
        signer: &Signer,
        keys: Vec<PublicKey>,
        remains: &AccountFacts,
        report: LockReport,
    ) -> Result<(), CliError> {
        let first = keys.chunks(KEYS_AT_ONCE).next().map(deletion);
        let hindrance = match first {
            Some(first) => hindrance(context, &self.signing, signer, first).await?,
            None => None,
        };
        let effect = format!("{}{}", frozen(remains, report.verdict), staying(remains));
        let would = WouldLock { dry_run: true, would_delete: keys, effect, report };
        context.answer.give(&would)?;
        hindrance.map_or(Ok(()), |why| Err(CliError::Found(why)))
    }
}

fn deletion(keys: &[PublicKey]) -> Intent {
    keys.iter().fold(Intent::on_self(), |intent, key| intent.then(delete_key(key)))
}

/// What happens to the account's balance.
fn frozen(remains: &AccountFacts, verdict: LockVerdict) -> String {
    let account = &remains.account;
    let all = format_near(account.amount().saturating_add(account.locked()));
    if account.contract().is_none() && verdict == LockVerdict::Sealed {
        return format!("The {all} of the account can never be moved again.");
    }
    let by_contract = format!("The {all} of the account can be moved only by its contract");
    match verdict {
        LockVerdict::Sealed => format!(
            "{by_contract}, which can add no key and cannot be replaced: both are frozen for ever."
        ),
        _ => format!("{by_contract}."),
    }
}

/// The function-call keys that stay, in words.
fn staying(remains: &AccountFacts) -> String {
    let calls: Vec<_> = remains
        .keys
        .iter()
        .map(|key| {
            let calls = key.access_key.permission.function_call_permission();
            let contract = calls.map(|calls| format!(" for {}", calls.receiver_id));
            format!("{}{}", key.public_key, contract.unwrap_or_default())
        })
        .collect();
    match calls.len() {
        0 => " No key will be left.".to_owned(),
        1 => format!(
            " One function-call key stays: {}; --every-key deletes it, too, and this is the last chance.",
            calls[0]
        ),
        more => format!(
            " {more} function-call keys stay: {}; --every-key deletes them, too, and this is the last chance.",
            calls.join(", ")
        ),
    }
}

/// The whole keys. Those that can sign the deletion of others go last; among these, keys that the
/// account pays for come after gas keys, which may be empty.
fn in_order(doomed: &[KeyFacts], at_hand: &[PublicKey]) -> Result<Vec<PublicKey>, CliError> {
    let mut keys = Vec::new();
    for key in doomed {
        let whole = whole_key(key, at_hand)
            .ok_or_else(|| CliError::HashedKey { public_key: key.public_key.clone() })?;
        let signs = key.is_full_access() && at_hand.contains(&whole);
        keys.push(((signs, signs && key.access_key.gas_key_info().is_none()), whole));
    }
    keys.sort_by_key(|(last, _)| *last);
    Ok(keys.into_iter().map(|(_, key)| key).collect())
}

#[derive(Serialize)]
struct Locked {
    deleted: Vec<PublicKey>,
    #[serde(flatten)]
    dead: DeadSecrets,
    sent: Vec<Sent>,
    #[serde(flatten)]
    report: LockReport,
}

/// What a lock would do.
#[derive(Serialize)]
struct WouldLock {
    dry_run: bool,
    would_delete: Vec<PublicKey>,
    /// What becomes of the balance and the other keys.
    #[serde(skip)]
    effect: String,
    /// The verdict on what would be left.
    #[serde(flatten)]
    report: LockReport,
}

impl fmt::Display for WouldLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for key in &self.would_delete {
            writeln!(f, "{} would be deleted from {}", short(key), self.report.account_id)?;
        }
        writeln!(f, "{}", wrapped("", &self.effect))?;
        write!(f, "{}", self.report)?;
        writeln!(f, "{NOT_SENT}")
    }
}

impl fmt::Display for Locked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for key in &self.deleted {
            writeln!(f, "{} is no longer a key of {}", short(key), self.report.account_id)?;
        }
        write!(f, "{}", self.dead)?;
        for sent in &self.sent {
            writeln!(f, "{sent}")?;
        }
        write!(f, "{}", self.report)
    }
}
