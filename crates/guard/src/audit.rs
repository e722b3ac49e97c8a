//! Audits: what is wrong with an account's keys and with the files that hold their secrets.

mod account;
mod baseline;
mod credential;
mod duplicate;
mod evidence;
mod finding;
mod fix;
mod input;
mod key;
mod report;
mod rule;
mod sarif;
mod usage;

use crate::{AccountFacts, ChainFacts, Grant, KeyFacts};
pub use baseline::{Accepted, Baseline, BaselineError};
pub use credential::is_open_to_others;
pub use evidence::Evidence;
pub use finding::Finding;
pub use fix::{DeletePlan, Deletion, Kept, KeptBecause, PlannedTransaction, fix_plan};
pub use input::{AuditOptions, Credential, Credentials, Observed};
use near_crypto::PublicKeyHandle;
use near_primitives::types::{AccountId, BlockHeight};
pub use report::AuditReport;
pub use rule::{Level, Rule, UnknownLevel};
pub use sarif::sarif;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::fmt;
use usage::{Usage, usage};

/// What an audit of one account found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Audit {
    /// The account.
    pub account_id: AccountId,
    /// The block that a transaction would enter.
    pub height: BlockHeight,
    /// How many keys the account has.
    pub keys: usize,
    /// The gravest first, then by rule and by key.
    pub findings: Vec<Finding>,
    /// Findings that the baseline accepts and that no longer exist.
    pub stale: Vec<Accepted>,
    /// For each key of the account, what reports and plans need besides the findings.
    #[serde(skip)]
    notes: HashMap<PublicKeyHandle, Noted>,
    /// [`AuditOptions::idle_after`].
    #[serde(skip)]
    idle_after: u64,
}

/// What is known of a key beside its findings.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Noted {
    grant: Grant,
    usage: Usage,
}

/// Audits `account`, as `chain` has it, and the key files for it.
///
/// ```
/// use keyway_guard::{AccountFacts, AuditOptions, ChainFacts, Credentials, KeyFacts, Level, audit};
/// # use keyway_rules::Protocol;
/// # use near_crypto::{KeyType, SecretKey};
/// use near_primitives::account::{AccessKey, Account, AccountContract};
/// use near_primitives::types::Balance;
///
/// # let protocol = Protocol::new(86, "localnet")?;
/// # let public_key = (&SecretKey::from_seed(KeyType::ED25519, "alice").public_key()).into();
/// let gas_price = Balance::from_yoctonear(100_000_000);
/// let chain = ChainFacts { protocol, gas_price, height: 10 };
/// let account = Account::new(Balance::from_near(1), Balance::ZERO, AccountContract::None, 182);
/// let access_key = AccessKey { nonce: 7, ..AccessKey::full_access() };
/// let keys = vec![KeyFacts { public_key, access_key, gas_key_nonces: Vec::new() }];
/// let alice = AccountFacts { account_id: "alice.near".parse()?, account, keys };
///
/// let audit = audit(&chain, &alice, &Credentials::default(), &AuditOptions::default());
/// assert_eq!(audit.findings.len(), 1);
/// assert_eq!(audit.findings[0].rule.name(), "no-post-quantum-key");
/// assert!(!audit.fails_on(Level::Warning));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn audit(
    chain: &ChainFacts,
    account: &AccountFacts,
    credentials: &Credentials,
    options: &AuditOptions,
) -> Audit {
    let case = Case { chain, account, credentials, options };
    let mut findings = account::findings(&case);
    for key in &account.keys {
        let evidence = key::evidence(&case, key).into_iter();
        findings.extend(evidence.map(|evidence| case.finding(Some(&key.public_key), evidence)));
    }
    findings.extend(duplicate::findings(&case));
    findings.extend(credential::findings(&case));
    findings.sort_by_cached_key(|found| (Reverse(found.level), found.rule, found.subject()));
    Audit {
        account_id: account.account_id.clone(),
        height: chain.height,
        keys: account.keys.len(),
        findings,
        stale: Vec::new(),
        notes: account.keys.iter().map(|key| (key.public_key.clone(), case.noted(key))).collect(),
        idle_after: options.idle_after,
    }
}

/// The input of the rules.
struct Case<'a> {
    chain: &'a ChainFacts,
    account: &'a AccountFacts,
    credentials: &'a Credentials,
    options: &'a AuditOptions,
}

impl Case<'_> {
    fn finding(&self, key: Option<&PublicKeyHandle>, evidence: Evidence) -> Finding {
        Finding::new(&self.account.account_id, key.cloned(), evidence)
    }

    fn noted(&self, key: &KeyFacts) -> Noted {
        Noted { grant: Grant::of(&key.access_key.permission), usage: usage(self, key) }
    }

    /// The key files for this account.
    fn own_files(&self) -> impl Iterator<Item = &Credential> {
        let files = self.credentials.files.iter();
        files.filter(|file| file.account_id == self.account.account_id)
    }
}

impl Audit {
    /// Marks the findings that `baseline` accepts, and lists the accepted ones that no longer exist.
    #[must_use]
    pub fn with_baseline(mut self, baseline: &Baseline) -> Self {
        let levels = baseline.levels();
        for finding in &mut self.findings {
            let accepted = levels.get(finding.fingerprint.as_str());
            finding.suppressed = accepted.is_some_and(|level| finding.level <= *level);
        }
        let found: HashSet<&str> =
            self.findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
        let own = baseline.accepted().iter().filter(|entry| entry.account_id == self.account_id);
        self.stale =
            own.filter(|entry| !found.contains(entry.fingerprint.as_str())).cloned().collect();
        self
    }

    /// Whether there is a finding of `level` or graver that no baseline accepts.
    #[must_use]
    pub fn fails_on(&self, level: Level) -> bool {
        self.findings.iter().any(|finding| !finding.suppressed && finding.level >= level)
    }
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        AuditReport::new(std::slice::from_ref(self)).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    mod audit;
}
