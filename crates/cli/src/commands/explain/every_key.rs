//! Which of an account's keys can sign, and why the others cannot.

use super::one_key::OneKey;
use crate::error::CliError;
use crate::tools::{Context, Moment, full_keys};
use keyway::AccountId;
use keyway::guard::{Failure, KeyFacts, explain, wrapped};
use keyway::protocol::PublicKey;
use near_crypto::PublicKeyHandle;
use near_primitives::transaction::Transaction;
use serde::Serialize;
use std::fmt;

/// One explanation for each key.
#[derive(Serialize)]
pub(super) struct EveryKey {
    signer: AccountId,
    keys: Vec<OneKey>,
    /// Keys that the chain lists only by their hash, so that nothing is known about them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unknown: Vec<PublicKeyHandle>,
}

impl EveryKey {
    /// Explains `intended` for each key.
    ///
    /// # Errors
    /// If the account does not exist, or the chain or the key files cannot be read.
    pub(super) async fn explained(
        context: &Context,
        signer: &AccountId,
        intended: impl Fn(&PublicKey, &KeyFacts) -> Transaction,
    ) -> Result<Self, CliError> {
        let now = Moment::now(context).await?;
        let account = now.known_account(signer).await?;
        let mut outlook = None;
        let mut all = Self { signer: signer.clone(), keys: Vec::new(), unknown: Vec::new() };
        for (handle, full) in full_keys(context, &account).await? {
            let (Some(full), Some(facts)) = (full, account.key(&handle)) else {
                all.unknown.push(handle);
                continue;
            };
            let transaction = intended(&full, facts);
            let told = explain(&now.chain, Some(&account), &transaction);
            // The same actions run, whichever key signs.
            if told.is_accepted() && outlook.is_none() {
                outlook = Some(now.outlook(&transaction).await?);
            }
            all.keys.push(OneKey::from(told.looking_ahead(outlook.clone().flatten())));
        }
        all.keys.sort_by_cached_key(|key| (!key.is_accepted(), key.reasons()));
        Ok(all)
    }

    /// Why it cannot succeed with any key, if it cannot.
    pub(super) fn problem(&self) -> Option<String> {
        if self.keys.iter().any(OneKey::may_succeed) {
            return None;
        }
        match self.will_fail() {
            Some(failure) => Some(format!("the chain takes it, and it will fail: {failure}")),
            None => Some(format!("no key of {} can sign this", self.signer)),
        }
    }

    fn will_fail(&self) -> Option<&Failure> {
        self.keys.iter().find_map(OneKey::will_fail)
    }
}

impl fmt::Display for EveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.keys.is_empty() && self.unknown.is_empty() {
            return writeln!(f, "{} has no keys: nobody can sign for it", self.signer);
        }
        if let Some(failure) = self.will_fail() {
            let text = format!("the chain takes it, and it will fail: {failure}");
            writeln!(f, "{}", wrapped("", &text))?;
        }
        // Keys that are refused for the same reasons are grouped.
        for keys in self.keys.chunk_by(|one, other| one.reasons() == other.reasons()) {
            keys.iter().try_for_each(|key| writeln!(f, "{}", key.verdict()))?;
            let reasons = keys.first().map(OneKey::reasons).unwrap_or_default();
            let mut reasons = reasons.iter().map(|reason| wrapped("          ", reason));
            reasons.try_for_each(|reason| writeln!(f, "{reason}"))?;
        }
        for key in &self.unknown {
            writeln!(f, "unknown   {key}\n          give the key in full: --sign-with")?;
        }
        Ok(())
    }
}
