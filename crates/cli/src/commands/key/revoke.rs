//! `key revoke`: deletes leaked keys from every account that has them.

use super::compromised::{Compromised, Opened, places};
use crate::error::CliError;
use crate::tools::{
    Context, DeadSecrets, KEYS_AT_ONCE, LeakedKeys, LossArgs, NOT_SENT, Sent, SigningArgs, counted,
    hindrance, on_gas_key, short,
};
use clap::Args;
use keyway::client::{AccountKey, PublicKeyHandle};
use keyway::keys::{AllowedKeys, RestrictedKeys};
use keyway::protocol::PublicKey;
use keyway::{AccountId, Intent, KeyService, Signer, delete_key, withdraw_from_gas_key};
use keyway_rules::is_full_access;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// Arguments of `key revoke`.
#[derive(Args, Debug)]
#[command(after_help = "\
The keys are deleted and not replaced; `keyway key rotate --compromised`
replaces them. The accounts are those named by the files, those with a file of
the same key here, and the implicit account of each key. A key that is not
compromised signs; if there is none, one of the compromised keys signs and
stays, and the answer says so. The balance of a gas key returns to its account.
After an interruption run it again: deleted keys are skipped, and with --forget
their secrets are removed.

Examples:
  keyway key revoke --compromised ~/old-laptop/.near-credentials
  keyway key revoke --compromised ci-key.json ed25519:… --account alice.near
  keyway key revoke --compromised ci-key.json --dry-run
  keyway key revoke --compromised ci-key.json --forget --json")]
pub(crate) struct RevokeArgs {
    /// Key files, directories with key files below them, or public keys
    #[arg(long, value_name = "FILE|DIR", num_args = 1.., required = true)]
    compromised: Vec<String>,
    /// Only this account
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<AccountId>,
    /// Remove the secrets from the key files here afterwards
    #[arg(long)]
    forget: bool,
    /// Show which keys would be deleted. Nothing is signed or sent. The exit code is 12 if the
    /// chain would refuse it, or if a compromised key would have to stay
    #[arg(long, help_heading = "Sending", conflicts_with = "forget")]
    dry_run: bool,
    #[command(flatten)]
    loss: LossArgs,
    #[command(flatten)]
    signing: SigningArgs,
}

impl RevokeArgs {
    /// Deletes the keys, account by account. A failure on one account does not stop the others.
    ///
    /// # Errors
    /// The first error of an account, or [`CliError::KeyTrouble`] if a compromised key had to stay
    /// or a file could not be read, after the answer. [`CliError::NotFound`] if there was nothing
    /// to do.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let compromised = Compromised::read(context, &self.compromised)?;
        let opened = compromised.on_chain(context, self.account.as_ref()).await?;
        let mut report = Report { dry_run: self.dry_run, ..Report::default() };
        let mut first_error = None;
        for opened in &opened {
            let mut revoked = Revoked::new(opened.account.clone());
            if let Err(error) = self.revoke(context, opened, &mut revoked).await {
                revoked.failed = Some(error.words());
                first_error.get_or_insert(error);
            }
            report.accounts.push(revoked);
        }
        // Only now: the file of a key for one account may be the one that signs for another.
        if let Err(error) = self.put_away(context, &compromised, &mut report).await {
            first_error.get_or_insert(error);
        }
        if report.accounts.is_empty() && first_error.is_none() {
            compromised.all_read()?;
            return Err(CliError::NotFound(match self.account {
                Some(_) => "the account has none of these keys",
                None => {
                    "no account that is known here has one of these keys: name the account with --account"
                }
            }));
        }
        context.answer.give(&report)?;
        let stay = report.stay();
        let dead = report.accounts.into_iter().map(|revoked| revoked.dead);
        for error in dead.filter_map(|dead| dead.whole().err()) {
            first_error.get_or_insert(error);
        }
        match (first_error, stay) {
            (Some(error), _) => Err(error),
            (None, 0) => compromised.all_read(),
            (None, stay) if self.dry_run => Err(CliError::Found(format!(
                "{} would have to stay, because no other key can sign",
                counted(stay, "compromised key")
            ))),
            (None, stay) => Err(CliError::KeyTrouble(format!(
                "{} had to stay, because no other key could sign: `keyway key rotate` replaces {}",
                counted(stay, "compromised key"),
                if stay == 1 { "it" } else { "them" }
            ))),
        }
    }

    async fn revoke(
        &self,
        context: &Context,
        opened: &Opened,
        revoked: &mut Revoked,
    ) -> Result<(), CliError> {
        let account = &opened.account;
        let more = LeakedKeys::secrets_in(&places(&self.compromised));
        let keys = self.signing.keys_and(context, account, &more).await?;
        self.signing.see_a_key(context, account, &*keys).await?;
        let Some(signs) = signing_key(opened, &keys.public_keys(account).await?) else {
            return Err(self.signing.no_key(context, account).await);
        };
        let doomed: Vec<_> = opened.keys.iter().filter(|key| **key != signs).cloned().collect();
        revoked.stays = opened.keys.contains(&signs).then(|| (&signs).into());
        revoked.rotate = context.command(&format!("key rotate {account} {signs}"));
        let allowed = AllowedKeys::Only(signs);
        let hands: Arc<dyn KeyService> = Arc::new(RestrictedKeys::new(keys, allowed));
        let signer = Signer::new(context.client.clone(), account, hands)?;
        for some in doomed.chunks(KEYS_AT_ONCE / 2) {
            let intent = some.iter().fold(Intent::on_self(), |i, key| delete(i, key, opened));
            if self.dry_run {
                revoked.would_delete.extend(some.iter().cloned());
                match hindrance(context, &self.signing, &signer, intent).await? {
                    Some(why) => return Err(CliError::Found(why)),
                    None => continue,
                }
            }
            self.loss.agree(context, account, &opened.on_chain, &intent.resolve(account)?.1)?;
            let outcome = self.signing.execute(context, &signer, intent, "deleting keys").await?;
            revoked.sent.push(Sent::from(&outcome));
            revoked.deleted.extend(some.iter().cloned());
        }
        Ok(())
    }

    /// Reports the files with secrets of deleted keys. `--forget` removes them, and those of keys
    /// that were deleted earlier.
    async fn put_away(
        &self,
        context: &Context,
        compromised: &Compromised,
        report: &mut Report,
    ) -> Result<(), CliError> {
        if !self.forget {
            for revoked in &mut report.accounts {
                let (account, keys) = (&revoked.account, &revoked.deleted);
                revoked.dead = DeadSecrets::of_keys(context, account, keys, false).await;
            }
            return Ok(());
        }
        for closed in compromised.closed(context, self.account.as_ref()).await? {
            let account = &closed.account;
            let dead = DeadSecrets::of_keys(context, account, &closed.keys, true).await;
            match report.accounts.iter_mut().find(|revoked| revoked.account == *account) {
                Some(revoked) => revoked.dead = dead,
                None => report.accounts.push(Revoked { dead, ..Revoked::new(closed.account) }),
            }
        }
        Ok(())
    }
}

/// A full-access key here that can sign: if possible one that is not compromised, and one that the
/// account pays for rather than a gas key.
fn signing_key(opened: &Opened, at_hand: &[PublicKey]) -> Option<PublicKey> {
    let listed = at_hand.iter().filter_map(|key| Some((key, listed(&opened.on_chain, key)?)));
    let full = listed.filter(|(_, listed)| is_full_access(&listed.access_key.permission));
    let best = full.min_by_key(|(key, listed)| {
        (opened.keys.contains(key), listed.access_key.gas_key_info().is_some())
    });
    best.map(|(key, _)| key.clone())
}

/// Withdraws the balance of a gas key, which would be burnt with it.
fn delete(intent: Intent, key: &PublicKey, opened: &Opened) -> Intent {
    let on_it = listed(&opened.on_chain, key).map(|listed| on_gas_key(&listed.access_key));
    match on_it.filter(|balance| !balance.is_zero()) {
        Some(balance) => intent.then(withdraw_from_gas_key(key, balance)).then(delete_key(key)),
        None => intent.then(delete_key(key)),
    }
}

fn listed<'a>(on_chain: &'a [AccountKey], key: &PublicKey) -> Option<&'a AccountKey> {
    let handle = PublicKeyHandle::from(key);
    on_chain.iter().find(|listed| listed.public_key == handle)
}

#[derive(Default, Serialize)]
struct Report {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
    accounts: Vec<Revoked>,
}

#[derive(Serialize)]
struct Revoked {
    account: AccountId,
    deleted: Vec<PublicKey>,
    /// In a dry run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    would_delete: Vec<PublicKey>,
    /// A compromised key that had to sign for the deletion of the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    stays: Option<PublicKeyHandle>,
    /// The command that replaces that key.
    #[serde(skip)]
    rotate: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
    #[serde(flatten)]
    dead: DeadSecrets,
    sent: Vec<Sent>,
}

impl Revoked {
    fn new(account: AccountId) -> Self {
        Self {
            account,
            deleted: Vec::new(),
            would_delete: Vec::new(),
            stays: None,
            rotate: String::new(),
            failed: None,
            dead: DeadSecrets::default(),
            sent: Vec::new(),
        }
    }
}

impl Report {
    fn stay(&self) -> usize {
        self.accounts.iter().filter(|revoked| revoked.stays.is_some()).count()
    }
}

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let account = &self.account;
        for key in &self.deleted {
            writeln!(f, "{} is no longer a key of {account}", short(key))?;
        }
        for key in &self.would_delete {
            writeln!(f, "{} would be deleted from {account}", short(key))?;
        }
        if let Some(key) = &self.stays {
            writeln!(
                f,
                "{key} stays a key of {account}, because no other key here can sign: `{}` replaces it",
                self.rotate
            )?;
        }
        if let Some(why) = &self.failed {
            writeln!(f, "{account}: {why}")?;
        }
        write!(f, "{}", self.dead)?;
        self.sent.iter().try_for_each(|sent| writeln!(f, "{sent}"))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.accounts.iter().try_for_each(|revoked| write!(f, "{revoked}"))?;
        if self.dry_run { writeln!(f, "{NOT_SENT}") } else { Ok(()) }
    }
}
