//! Which of an account's keys may, and why the others may not.

use super::one_key::OneKey;
use crate::error::CliError;
use crate::tools::{Context, Moment, full_keys, table};
use keyway::guard::{KeyFacts, explain};
use keyway::{AccountId, PublicKey};
use near_crypto::PublicKeyHandle;
use near_primitives::transaction::Transaction;
use serde::Serialize;
use std::fmt;

/// One explanation a key.
#[derive(Serialize)]
pub(super) struct EveryKey {
    signer: AccountId,
    keys: Vec<OneKey>,
    /// Known to the chain by their hash alone, so that nothing can be said of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unknown: Vec<PublicKeyHandle>,
}

impl EveryKey {
    /// Explains what `intended` is for each key.
    ///
    /// # Errors
    /// When the account does not exist, or the chain or the key files cannot be read.
    pub(super) async fn explained(
        context: &Context,
        signer: &AccountId,
        intended: impl Fn(&PublicKey, &KeyFacts) -> Transaction,
    ) -> Result<Self, CliError> {
        let now = Moment::now(context).await?;
        let account = now.known_account(signer).await?;
        let mut all = Self { signer: signer.clone(), keys: Vec::new(), unknown: Vec::new() };
        for (handle, full) in full_keys(context, &account).await? {
            let (Some(full), Some(facts)) = (full, account.key(&handle)) else {
                all.unknown.push(handle);
                continue;
            };
            let told = explain(&now.chain, Some(&account), &intended(&full, facts));
            all.keys.push(OneKey::from(told));
        }
        Ok(all)
    }
}

impl fmt::Display for EveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.keys.is_empty() && self.unknown.is_empty() {
            return writeln!(f, "{} has no keys: nobody can sign for it", self.signer);
        }
        let mut table = table(["public key", "verdict", "why not"]);
        for key in &self.keys {
            table.add_row(key.row());
        }
        for key in &self.unknown {
            let [key, why] = [key.to_string(), "give the key in full: --sign-with".to_owned()];
            table.add_row([key, "?".to_owned(), why]);
        }
        writeln!(f, "{}", table.trim_fmt())
    }
}
