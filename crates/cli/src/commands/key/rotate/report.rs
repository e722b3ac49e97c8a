//! The answer of a rotation.

use crate::tools::{Kept, Sent, VaultName, short};
use keyway::AccountId;
use keyway::protocol::PublicKey;
use keyway::rotation::{RotationEvent, RotationReport};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// What this process did, in order.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    account: AccountId,
    old_key: PublicKey,
    new_key: PublicKey,
    /// Which of the two keys stays, if one does.
    working_key: Option<PublicKey>,
    done: Vec<Done>,
}

/// A completed step.
#[derive(Debug, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(super) enum Done {
    /// The new secret was saved and read back.
    Kept(Kept),
    /// The new key was added.
    Added(Sent),
    /// Both keys were changed in one transaction.
    Swapped(Sent),
    /// The chain accepted a transaction signed with the new key.
    ProvenByTransaction(Sent),
    /// The chain lists the key with the right permission, and its secret produces valid signatures.
    ProvenBySignature,
    /// `ACCOUNT.json` contains the new key now.
    MainFile {
        /// The file.
        file: PathBuf,
    },
    /// A key was deleted.
    Deleted(Sent),
    /// The files of the old secret were renamed.
    SetAside {
        /// Their new names.
        files: Vec<PathBuf>,
    },
    /// A secret was removed from its place.
    Forgotten,
    /// The old secret is still in a place that keyway does not clean up.
    Stays {
        /// A file, a variable or the keychain.
        place: String,
    },
}

impl Report {
    /// The report of a driver that saved the new secret in `kept`.
    pub(super) fn new(report: RotationReport, kept: VaultName) -> Self {
        let RotationReport { account_id, old_key, new_key, working_key, events, .. } = report;
        let done = events.into_iter().filter_map(|event| Done::of(event, kept)).collect();
        Self { account: account_id, old_key, new_key, working_key, done }
    }

    /// The old secret is also in a place that no key store cleans up.
    pub(super) fn stays_in(&mut self, place: String) {
        self.done.push(Done::Stays { place });
    }
}

impl Done {
    fn of(event: RotationEvent, kept: VaultName) -> Option<Self> {
        Some(match event {
            RotationEvent::SecretWritten { file } => Self::Kept(Kept::new(kept, file)),
            RotationEvent::Added(outcome) => Self::Added(Sent::from(&outcome)),
            RotationEvent::Swapped(outcome) => Self::Swapped(Sent::from(&outcome)),
            RotationEvent::ProvenByTransaction(outcome) => {
                Self::ProvenByTransaction(Sent::from(&outcome))
            }
            RotationEvent::ProvenBySignature => Self::ProvenBySignature,
            RotationEvent::MainFile { file } => Self::MainFile { file },
            RotationEvent::Deleted(outcome) => Self::Deleted(Sent::from(&outcome)),
            RotationEvent::SetAside { files } => Self::SetAside { files },
            RotationEvent::Erased => Self::Forgotten,
            RotationEvent::Stays { place } => Self::Stays { place },
            _ => return None,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, working_key, done, .. } = self;
        let (old_key, new_key) = (short(&self.old_key), short(&self.new_key));
        match working_key {
            Some(key) if *key == self.new_key => {
                writeln!(f, "{new_key} replaces {old_key} as a key of {account}")?;
            }
            Some(_) => writeln!(f, "{old_key} stays a key of {account}; {new_key} is discarded")?,
            None => writeln!(
                f,
                "neither {old_key} nor {new_key} is a key of {account}; their secrets stay where they are"
            )?,
        }
        done.iter().try_for_each(|done| writeln!(f, "{done}"))
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept(kept) => write!(f, "{kept}"),
            Self::Added(sent) => write!(f, "added: {sent}"),
            Self::Swapped(sent) => write!(f, "added and deleted at once: {sent}"),
            Self::ProvenByTransaction(sent) => write!(f, "proven: {sent}"),
            Self::ProvenBySignature => f.write_str(
                "proven: the chain lists the key with the right permission, and its secret produces valid signatures",
            ),
            Self::MainFile { file } => write!(f, "also in {}", file.display()),
            Self::Deleted(sent) => write!(f, "deleted: {sent}"),
            Self::SetAside { files } => {
                let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
                let files = files.join(", ");
                write!(
                    f,
                    "the old secret is set aside in {files}: `keyway key forget` removes it, or --forget-old the next time"
                )
            }
            Self::Forgotten => f.write_str("the secret of the deleted key was removed"),
            Self::Stays { place } => {
                write!(f, "the secret of the deleted key is still in {place}: remove it there")
            }
        }
    }
}
