//! Baselines: findings that a user has accepted, so that only new ones fail.

use super::Audit;
use super::finding::Finding;
use super::rule::Level;
use near_crypto::PublicKeyHandle;
use near_primitives::types::AccountId;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The version of the file format that this build reads and writes.
const VERSION: u32 = 1;

/// A set of accepted findings, as it is written to a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    version: u32,
    findings: Vec<Accepted>,
}

/// One accepted finding. Only its fingerprint and level are compared; the rest is for human readers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// [`Finding::fingerprint`].
    pub fingerprint: String,
    /// Its level when it was accepted. If the level rises, it is a new finding.
    pub level: Level,
    /// The rule's id.
    pub rule: String,
    /// The account.
    pub account_id: AccountId,
    /// The key, if the finding is about one.
    pub public_key: Option<PublicKeyHandle>,
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// Not JSON, or not of this form.
    #[error("not a baseline: {0}; create it again from an audit")]
    Malformed(#[from] serde_json::Error),
    /// A version that this build does not know.
    #[error(
        "the baseline has version {found}, this build reads version {VERSION}; create it again from an audit"
    )]
    Version {
        /// The file's version.
        found: u32,
    },
}

impl Baseline {
    /// Accepts every finding of `audits`.
    #[must_use]
    pub fn of(audits: &[Audit]) -> Self {
        let findings = audits.iter().flat_map(|audit| &audit.findings);
        let mut findings: Vec<Accepted> = findings.map(Accepted::from).collect();
        findings.dedup();
        Self { version: VERSION, findings }
    }

    /// Reads a baseline's file.
    ///
    /// ```
    /// use keyway_guard::{Baseline, BaselineError};
    ///
    /// let baseline = Baseline::from_json(r#"{"version": 1, "findings": []}"#)?;
    /// assert!(baseline.accepted().is_empty());
    /// let newer = Baseline::from_json(r#"{"version": 2, "findings": []}"#);
    /// assert!(matches!(newer, Err(BaselineError::Version { found: 2 })));
    /// # Ok::<(), BaselineError>(())
    /// ```
    ///
    /// # Errors
    /// If the text is not a baseline of this version.
    pub fn from_json(json: &str) -> Result<Self, BaselineError> {
        let baseline: Self = serde_json::from_str(json)?;
        match baseline.version {
            VERSION => Ok(baseline),
            found => Err(BaselineError::Version { found }),
        }
    }

    /// The accepted level of each finding, by fingerprint.
    pub(super) fn levels(&self) -> HashMap<&str, Level> {
        let mut levels: HashMap<&str, Level> = HashMap::new();
        for Accepted { fingerprint, level, .. } in &self.findings {
            let known = levels.entry(fingerprint).or_insert(*level);
            *known = (*known).max(*level);
        }
        levels
    }

    /// The accepted findings.
    #[must_use]
    pub fn accepted(&self) -> &[Accepted] {
        &self.findings
    }
}

impl From<&Finding> for Accepted {
    fn from(finding: &Finding) -> Self {
        Self {
            fingerprint: finding.fingerprint.clone(),
            level: finding.level,
            rule: finding.rule.id().to_owned(),
            account_id: finding.account_id.clone(),
            public_key: finding.public_key.clone(),
        }
    }
}
