//! A finding and its fingerprint.

use super::evidence::Evidence;
use super::rule::{Level, Rule};
use near_crypto::PublicKeyHandle;
use near_primitives::types::AccountId;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt;

/// A rule that an account's key or file breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// Its name.
    pub name: &'static str,
    /// How grave it is.
    pub level: Level,
    /// The account.
    pub account_id: AccountId,
    /// The key; `None` if the finding is about the account.
    pub public_key: Option<PublicKeyHandle>,
    /// What is wrong, as a sentence.
    pub reason: String,
    /// What to do about it.
    pub remedy: &'static str,
    /// The numbers behind the sentence.
    pub evidence: Evidence,
    /// Identifies the finding by rule, account, key and key files, whatever its numbers are.
    pub fingerprint: String,
    /// Whether a baseline accepts it.
    pub suppressed: bool,
}

impl Finding {
    pub(crate) fn new(
        account_id: &AccountId,
        public_key: Option<PublicKeyHandle>,
        evidence: Evidence,
    ) -> Self {
        let rule = evidence.rule();
        Self {
            rule,
            name: rule.name(),
            level: evidence.level(),
            fingerprint: fingerprint(account_id, public_key.as_ref(), &evidence),
            account_id: account_id.clone(),
            public_key,
            reason: evidence.to_string(),
            remedy: rule.remedy(),
            evidence,
            suppressed: false,
        }
    }

    /// The account, and the key if there is one: `alice.near/ed25519:…`.
    #[must_use]
    pub fn subject(&self) -> String {
        match &self.public_key {
            Some(public_key) => format!("{}/{public_key}", self.account_id),
            None => self.account_id.to_string(),
        }
    }
}

/// Half of a hash: long enough to tell findings apart, short enough for people to read.
fn fingerprint(
    account_id: &AccountId,
    key: Option<&PublicKeyHandle>,
    evidence: &Evidence,
) -> String {
    let (rule, paths) = (evidence.rule().id(), evidence.paths().join("\n"));
    let key = key.map(ToString::to_string).unwrap_or_default();
    let digest = Sha256::digest(format!("{rule}\n{account_id}\n{key}\n{paths}"));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { level, rule, reason, remedy, .. } = self;
        let accepted = if self.suppressed { " (in the baseline)" } else { "" };
        write!(f, "{level} {rule}{accepted}: {}\n  {reason}\n  {remedy}", self.subject())
    }
}
