//! `key forget`: removes secret keys from this machine.

use super::permission::Permission;
use crate::error::CliError;
use crate::tools::{Consent, Context, DeadSecrets, KeyName, Vault, VaultName, file_words, short};
use clap::Args;
use keyway::error::QueryError;
use keyway::protocol::PublicKey;
use keyway::{AccountId, Error};
use serde::Serialize;
use std::fmt;

/// Arguments of `key forget`.
#[derive(Args, Debug)]
#[command(after_help = "\
The key stays on the chain if it is there. `keyway key delete --forget` removes
both.

Examples:
  keyway key forget alice.near ed25519:…
      from the key files, plain, encrypted or set aside
  keyway key forget alice.near ed25519:… --from keychain
  keyway key forget alice.near ed25519:… --yes-forget --json")]
pub(crate) struct ForgetArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The keys; a long key can be named by its hash if the key itself is here
    #[arg(value_name = "PUBLIC_KEY", required = true)]
    public_keys: Vec<KeyName>,
    /// Where to remove the secret [default: from every key file, plain or encrypted]
    #[arg(long, value_enum, value_name = "PLACE")]
    from: Option<VaultName>,
    /// Remove the secrets without asking; they cannot be restored
    #[arg(long)]
    yes_forget: bool,
}

impl ForgetArgs {
    /// Removes the secrets, after showing what they still open.
    ///
    /// # Errors
    /// [`CliError::NotAtHand`] if one of them is not found: nothing is removed then.
    /// [`CliError::NotConfirmed`].
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let mut keys = Vec::new();
        for name in &self.public_keys {
            keys.push(self.whole(context, name).await?);
        }
        if self.from == Some(VaultName::Keychain) {
            return self.run_in_keychain(context, keys).await;
        }
        let mut dead = DeadSecrets::find(context, &self.account, &keys).await?;
        dead.keep_only(self.from);
        for key in &keys {
            if !dead.holds(key) {
                let (account, public_key) = (self.account.clone(), key.into());
                return Err(CliError::NotAtHand { account, public_key });
            }
        }
        let from = dead.places();
        self.agree(context, &keys, &from).await?;
        let removed = dead.forget();
        let account = self.account.clone();
        // Report files that stay; the answer says that a key is gone only if none does.
        let keys = keys.into_iter().filter(|key| !removed.holds(key)).collect();
        let forgotten = Forgotten { account, keys, from_keychain: false, removed };
        context.answer.give(&forgotten)?;
        forgotten.removed.whole().map(drop)
    }

    async fn run_in_keychain(
        &self,
        context: &Context,
        keys: Vec<PublicKey>,
    ) -> Result<(), CliError> {
        let vault = Vault::open(context, VaultName::Keychain).await?;
        for key in &keys {
            if vault.read(&self.account, key)?.is_none() {
                let (account, public_key) = (self.account.clone(), key.into());
                return Err(CliError::NotAtHand { account, public_key });
            }
        }
        self.agree(context, &keys, "the keychain").await?;
        for key in &keys {
            vault.erase(&self.account, key)?;
        }
        let (account, removed) = (self.account.clone(), DeadSecrets::default());
        context.answer.give(&Forgotten { account, keys, from_keychain: true, removed })
    }

    /// The key itself; a hash is resolved by any file with its key.
    async fn whole(&self, context: &Context, name: &KeyName) -> Result<PublicKey, CliError> {
        if let KeyName::Whole(key) = name {
            return Ok(key.clone());
        }
        let handle = name.handle();
        for file in context.key_files().await?.survey()? {
            match file.public_key {
                Ok(key) if file.account_id == self.account && short(&key) == handle => {
                    return Ok(key);
                }
                Ok(_) => {}
                Err(error) => {
                    context.notes.say(format!("warning: ignored: {}", file_words(&error)))
                }
            }
        }
        Err(CliError::HashedKey { public_key: handle })
    }

    async fn agree(
        &self,
        context: &Context,
        keys: &[PublicKey],
        from: &str,
    ) -> Result<(), CliError> {
        let mut danger = String::new();
        for key in keys {
            let standing = self.standing(context, key).await?;
            danger.push_str(&format!(
                "The secret of {} of {} will be removed from {from}. {standing} ",
                short(key),
                self.account
            ));
        }
        let (word, given) = (self.account.as_str(), self.yes_forget);
        Consent { danger: danger.trim_end(), word, flag: "--yes-forget", given }.ask()
    }

    /// What the key still opens. A node that does not answer is not an error: removing a secret
    /// needs none.
    async fn standing(&self, context: &Context, key: &PublicKey) -> Result<String, CliError> {
        let account = &self.account;
        Ok(match context.client.access_key(account, key).await {
            Ok(access_key) => {
                let [access, ..] = Permission::from(&access_key).words();
                format!(
                    "It is still a key of {account}, for {access}: without another copy of the secret, nobody can sign with it."
                )
            }
            Err(Error::Query(QueryError::UnknownAccessKey { .. })) => {
                format!("{account} does not have this key.")
            }
            Err(Error::Query(QueryError::UnknownAccount { .. })) => {
                format!("There is no account {account} on {}.", context.chain_words().await)
            }
            Err(error) => format!("Whether {account} still has this key is unknown: {error}."),
        })
    }
}

#[derive(Serialize)]
struct Forgotten {
    account: AccountId,
    keys: Vec<PublicKey>,
    from_keychain: bool,
    #[serde(flatten)]
    removed: DeadSecrets,
}

impl fmt::Display for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, keys, from_keychain, removed } = self;
        for key in keys {
            let place = if *from_keychain { "the keychain" } else { "the key files" };
            writeln!(f, "the secret of {} of {account} is no longer in {place}", short(key))?;
        }
        write!(f, "{removed}")
    }
}
