//! The keys that a plan keeps, and why.

use super::{NAMED, more};
use crate::units::counted;
use crate::wrapped;
use near_crypto::PublicKeyHandle;
use near_primitives::types::{BlockHeight, Nonce};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// A key that stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Kept {
    /// The key.
    pub public_key: PublicKeyHandle,
    /// Why it stays.
    pub because: KeptBecause,
    /// The reason in words.
    pub reason: String,
}

/// Why a plan keeps a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeptBecause {
    /// It has full access. Only the account's owner knows whether it is needed.
    FullAccess,
    /// The account's contract may rely on it, as a multisig relies on its members.
    OwnContract,
    /// It was used since the earlier audit.
    InUse {
        /// The nonce at that time.
        from: Nonce,
        /// The nonce now.
        to: Nonce,
        /// The block of the earlier audit.
        since: BlockHeight,
    },
    /// It was added since the earlier audit.
    AddedSince {
        /// The block of the earlier audit.
        since: BlockHeight,
    },
    /// It was not used since the earlier audit, but that was too recent.
    UsedLately {
        /// The block of the earlier audit.
        since: BlockHeight,
        /// Blocks since then.
        blocks: u64,
        /// How many are required.
        idle_after: u64,
    },
    /// Nothing proves that it is unused. An earlier audit could.
    NotKnownUnused,
    /// A baseline accepts the finding that would be the reason to delete it.
    Accepted,
    /// The account has no full-access key, so nobody can sign a deletion.
    NobodyCanSign,
    /// The deletion needs the whole key, but the chain has only its hash, and no key file has the key.
    OnlyHashKnown,
}

impl Kept {
    pub(super) fn new(public_key: &PublicKeyHandle, because: KeptBecause) -> Self {
        Self { public_key: public_key.clone(), because, reason: because.to_string() }
    }
}

impl KeptBecause {
    /// The reason, worded for several keys.
    fn of_several(self) -> String {
        match self {
            Self::InUse { since, .. } => format!("in use: nonces moved since block {since}"),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for KeptBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FullAccess => f.write_str("full access; only its owner knows who needs it"),
            Self::OwnContract => f.write_str("the account's own contract may count on it"),
            Self::InUse { from, to, since } => {
                write!(f, "in use: nonce moved from {from} to {to} since block {since}")
            }
            Self::AddedSince { since } => write!(f, "added after block {since}, the earlier look"),
            Self::UsedLately { since, blocks, idle_after } => {
                let blocks = counted(*blocks, "block");
                write!(f, "unused since block {since}, {blocks} ago; idle after {idle_after}")
            }
            Self::NotKnownUnused => {
                f.write_str("nothing proves it unused; an earlier look at its nonce could")
            }
            Self::Accepted => f.write_str("the baseline accepts it"),
            Self::NobodyCanSign => f.write_str("no full-access key is left to sign its deletion"),
            Self::OnlyHashKnown => {
                f.write_str("the chain has only its hash, and no key file has the key")
            }
        }
    }
}

/// One line for each reason, with the first keys that it applies to.
pub(super) fn lines(f: &mut fmt::Formatter<'_>, kept: &[Kept]) -> fmt::Result {
    let mut by_reason: BTreeMap<String, Vec<&Kept>> = BTreeMap::new();
    for kept in kept {
        by_reason.entry(kept.because.of_several()).or_default().push(kept);
    }
    for (reason, keys) in by_reason {
        let count = counted(keys.len() as u64, "key");
        writeln!(f, "{}", wrapped("  keep ", &format!("{count}: {reason}")))?;
        for Kept { public_key, because, .. } in keys.iter().take(NAMED) {
            match because {
                KeptBecause::InUse { from, to, .. } => {
                    let text = format!("{public_key} from {from} to {to}");
                    writeln!(f, "{}", wrapped("    ", &text))?;
                }
                _ => writeln!(f, "    {public_key}")?,
            }
        }
        more(f, keys.len())?;
    }
    Ok(())
}
