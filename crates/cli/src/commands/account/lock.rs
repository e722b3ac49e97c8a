//! `account lock`: delete the full-access keys, after a look at what the contract can do.

use crate::commands::locked::{as_it_is, judge};
use crate::error::CliError;
use crate::tools::{Consent, Context, Sent, SigningArgs, agree_to_burn, on_gas_key, whole_key};
use clap::Args;
use keyway::{AccountId, Intent, PublicKey, delete_key};
use keyway_guard::{AccountFacts, KeyFacts, LockReport};
use serde::Serialize;
use std::fmt;

/// Arguments of `account lock`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway account lock vault.near                   says what its contract can still do, then asks
  keyway account lock vault.near --every-key       the keys for function calls, too
  keyway account lock vault.near --yes-lock --json

Look first, without changing anything: keyway locked --wasm contract.wasm")]
pub(crate) struct LockArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// Delete the keys for function calls as well
    #[arg(long)]
    every_key: bool,
    /// Lock without asking, whatever the verdict: nobody can use the account fully any more
    #[arg(long)]
    yes_lock: bool,
    /// Burn the tokens on gas keys without asking
    #[arg(long)]
    yes_burn: bool,
    #[command(flatten)]
    signing: SigningArgs,
}

impl LockArgs {
    /// Deletes the keys and tells the verdict on what is left.
    ///
    /// # Errors
    /// [`CliError::NotConfirmed`] when nobody agreed; [`CliError::HashedKey`] for a key that
    /// cannot be named whole; what the chain says.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let now = as_it_is(&context.client, &self.account);
        let (then, facts) = context.wait("reading the keys", now).await?;
        let (doomed, stay) = facts.keys.iter().cloned().partition(|key| self.dooms(key));
        let after = judge(&then, &AccountFacts { keys: stay, ..facts }).await?;
        self.agree(context, &doomed, &after)?;
        let (deleted, sent) = self.delete(context, &doomed).await?;
        let (then, facts) = as_it_is(&context.client, &self.account).await?;
        let report = judge(&then, &facts).await?;
        context.answer.give(&Locked { deleted, sent, report })
    }

    fn dooms(&self, key: &KeyFacts) -> bool {
        self.every_key || key.is_full_access()
    }

    fn agree(
        &self,
        context: &Context,
        doomed: &[KeyFacts],
        after: &LockReport,
    ) -> Result<(), CliError> {
        if doomed.is_empty() {
            return Ok(());
        }
        let burns: Vec<_> = doomed.iter().map(|key| on_gas_key(&key.access_key)).collect();
        agree_to_burn(&self.account, &burns, self.yes_burn)?;
        if !self.yes_lock && !context.answer.is_json() {
            context.notes.say(format!("Without these keys:\n{}", after.to_string().trim_end()));
            context.notes.finish();
        }
        let danger = format!(
            "Keys of {} that will be deleted for ever: {}. The verdict afterwards: {}.",
            self.account,
            doomed.len(),
            after.verdict
        );
        let (word, given) = (self.account.as_str(), self.yes_lock);
        Consent { danger: &danger, word, flag: "--yes-lock", given }.ask()
    }

    /// Deletes the keys, in as few transactions as their number allows. Those that can sign go
    /// last, so that every transaction finds one.
    async fn delete(
        &self,
        context: &Context,
        doomed: &[KeyFacts],
    ) -> Result<(Vec<PublicKey>, Vec<Sent>), CliError> {
        let at_hand =
            self.signing.keys(context, &self.account).await?.public_keys(&self.account)?;
        let keys = in_order(doomed, &at_hand)?;
        let signer = self.signing.signer(context, &self.account).await?;
        let mut sent = Vec::new();
        for some in keys.chunks(KEYS_AT_ONCE) {
            let intent = some.iter().fold(Intent::on_self(), |i, key| i.then(delete_key(key)));
            let outcome = context.wait("deleting keys", signer.execute(intent)).await?;
            sent.push(Sent::from(&outcome));
        }
        Ok((keys, sent))
    }
}

/// The whole keys. Those that can sign for the deletion of others go last, and of them those that
/// the account pays for: a gas key may be empty.
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

/// As many actions as a transaction may have.
const KEYS_AT_ONCE: usize = 100;

#[derive(Serialize)]
struct Locked {
    deleted: Vec<PublicKey>,
    sent: Vec<Sent>,
    #[serde(flatten)]
    report: LockReport,
}

impl fmt::Display for Locked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for key in &self.deleted {
            writeln!(f, "{key} is no key of {} any more", self.report.account_id)?;
        }
        for sent in &self.sent {
            writeln!(f, "{sent}")?;
        }
        write!(f, "{}", self.report)
    }
}
