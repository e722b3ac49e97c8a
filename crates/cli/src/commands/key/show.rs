//! `key show`: one access key of an account.

use super::permission::Row;
use crate::error::CliError;
use crate::tools::{Context, Moment, full_keys, known_account_at, read_handle};
use clap::Args;
use keyway::AccountId;
use keyway::guard::{NonceReading, read_nonce};
use near_crypto::PublicKeyHandle;
use serde::Serialize;
use std::fmt;

/// Arguments of `key show`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway key show alice.near ed25519:…
  keyway key show alice.near ml-dsa-65-hash:… --json")]
pub(crate) struct ShowArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The key; a long key can be named by its hash
    #[arg(value_name = "PUBLIC_KEY", value_parser = read_handle)]
    public_key: PublicKeyHandle,
}

impl ShowArgs {
    /// Shows the key's permission, and what its nonce says about its use.
    ///
    /// # Errors
    /// If the account does not have the key, or the chain or the key files cannot be read.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let moment = Moment::now(context).await?;
        known_account_at(context, &moment.client, &self.account).await?;
        let account = moment.known_account(&self.account).await?;
        let full = full_keys(context, &account).await?;
        let full = full.into_iter().find(|(key, _)| *key == self.public_key);
        let full = full.and_then(|(_, full)| full);
        // The nonce rows of a gas key can be queried only by the whole key.
        let account = moment.account(&self.account, full.as_ref()).await?;
        let keys = account.map(|account| account.keys).unwrap_or_default();
        let Some(key) = keys.into_iter().find(|key| key.public_key == self.public_key) else {
            let (account, public_key) = (self.account.clone(), self.public_key.clone());
            return Err(CliError::NoSuchKey { account, public_key, to_change: false });
        };
        let at_hand = context.keyring().await?.keys_of(&self.account);
        let at_hand: Vec<_> = at_hand.iter().map(PublicKeyHandle::from).collect();
        let history = read_nonce(&key, moment.chain.height);
        let row = Row::new(key.public_key, &key.access_key, &at_hand);
        let (account, nonces) = (self.account.clone(), key.gas_key_nonces);
        context.answer.give(&Shown { account, row, nonces, history })
    }
}

#[derive(Serialize)]
struct Shown {
    account: AccountId,
    #[serde(flatten)]
    row: Row,
    /// The nonces of a gas key's rows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nonces: Vec<u64>,
    /// What the nonces say.
    history: NonceReading,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [access, contract, functions, budget] = self.row.permission.words();
        let nonces = if self.nonces.is_empty() {
            self.row.nonce.to_string()
        } else {
            self.nonces.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
        };
        let at_hand = if self.row.at_hand { "yes" } else { "no" };
        writeln!(f, "{} of {}", self.row.public_key, self.account)?;
        for (name, value) in [
            ("access", access),
            ("contract", contract),
            ("functions", functions),
            ("gas budget", budget),
            (if self.nonces.is_empty() { "nonce" } else { "nonces" }, nonces),
            ("history", self.history.to_string()),
            ("at hand", at_hand.to_owned()),
        ] {
            if !value.is_empty() {
                writeln!(f, "  {name:<12}{value}")?;
            }
        }
        Ok(())
    }
}
