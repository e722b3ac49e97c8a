//! `account lock`: delete the full-access keys, after a look at what the contract can do.

use crate::commands::locked::{as_it_is, judge};
use crate::error::CliError;
use crate::tools::{Consent, Context, Sent, SigningArgs};
use clap::Args;
use keyway::{AccountId, Intent, PublicKey, delete_key, exact_near};
use keyway_guard::{AccountFacts, KeyFacts, LockReport};
use near_crypto::PublicKeyHandle;
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
        self.ask(&danger, "--yes-lock", self.yes_lock)?;
        let on_keys = super::on_gas_keys(doomed.iter().map(|key| &key.access_key));
        if on_keys.is_zero() {
            return Ok(());
        }
        let danger = format!(
            "The gas keys among them hold {}, which will be burnt: withdraw it first to keep it.",
            exact_near(on_keys)
        );
        self.ask(&danger, "--yes-burn", self.yes_burn)
    }

    fn ask(&self, danger: &str, flag: &'static str, given: bool) -> Result<(), CliError> {
        Consent { danger, word: self.account.as_str(), flag, given }.ask()
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
        let mut keys: Vec<_> =
            doomed.iter().map(|key| whole(key, &at_hand)).collect::<Result<_, _>>()?;
        keys.sort_by_key(|key| at_hand.contains(key));
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

/// The whole key: long ones are known only where their secret is at hand.
fn whole(key: &KeyFacts, at_hand: &[PublicKey]) -> Result<PublicKey, CliError> {
    let same = |whole: &&PublicKey| PublicKeyHandle::from(*whole) == key.public_key;
    let found = key.full_key().or_else(|| at_hand.iter().find(same).cloned());
    found.ok_or_else(|| CliError::HashedKey { public_key: key.public_key.clone() })
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
