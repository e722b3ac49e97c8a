//! The report of a rotation.

use crate::outcome::Outcome;
use near_crypto::PublicKey;
use near_primitives::types::AccountId;
use std::path::PathBuf;

/// What a [`RotationDriver`](super::RotationDriver) did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RotationReport {
    /// The account.
    pub account_id: AccountId,
    /// The key that was to be replaced.
    pub old_key: PublicKey,
    /// The key that was to replace it.
    pub new_key: PublicKey,
    /// Which of the two is on the account now; none if neither is.
    pub working_key: Option<PublicKey>,
    /// What this driver did, in order, without what an earlier process did.
    pub events: Vec<RotationEvent>,
}

/// One thing that a [`RotationDriver`](super::RotationDriver) did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RotationEvent {
    /// The new secret was written, to this file if it is one.
    SecretWritten {
        /// The file.
        file: Option<PathBuf>,
    },
    /// The new key was added.
    Added(Outcome),
    /// The new key was added and the old one deleted, in one transaction.
    Swapped(Outcome),
    /// The chain accepted a transaction signed with the new key.
    ProvenByTransaction(Outcome),
    /// The chain lists the new key with the right permission, and its secret signs for it.
    ProvenBySignature,
    /// `ACCOUNT.json` has another key now.
    MainFile {
        /// The file.
        file: PathBuf,
    },
    /// A key was deleted.
    Deleted(Outcome),
    /// The old secret's files were renamed, so that no tool uses them.
    SetAside {
        /// Their new names.
        files: Vec<PathBuf>,
    },
    /// The secret of the deleted key was erased.
    Erased,
    /// The old secret is still in a store that cannot set it aside.
    Stays {
        /// The store.
        place: String,
    },
}
