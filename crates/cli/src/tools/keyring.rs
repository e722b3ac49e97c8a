//! The keys on this machine that need not be named, with warnings about files without a usable key.

use crate::dev_accounts;
use crate::notes::Notes;
use keyway::keys::{FileKeys, KeyFileError, async_trait, blocking, sign_with_one_of};
use keyway::protocol::{PublicKey, Signature};
use keyway::{AccountId, KeyPair, KeyService, KeyServiceError};
use std::collections::BTreeSet;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

/// The key files and, on a development chain, the well-known keys.
#[derive(Clone, Debug)]
pub(crate) struct Keyring {
    /// The network's key files.
    pub(crate) files: FileKeys,
    /// Whether well-known keys are included.
    pub(crate) development: bool,
    /// Receives warnings about files without a usable key.
    pub(crate) warnings: Warnings,
}

impl Keyring {
    /// The key pairs of `account_id`, those of files first. A file without a usable key causes a
    /// warning and does not affect the others.
    pub(crate) fn key_pairs(&self, account_id: &AccountId) -> Vec<KeyPair> {
        let found = self.files.find(account_id);
        self.warnings.of_files(&found.unusable);
        let mut pairs = found.key_pairs;
        let known = self.development.then(|| dev_accounts::unsafe_key_pair(account_id)).flatten();
        pairs.extend(known.filter(|known| !pairs.contains(known)));
        pairs
    }

    /// The public keys of [`Keyring::key_pairs`].
    pub(crate) fn keys_of(&self, account_id: &AccountId) -> Vec<PublicKey> {
        self.key_pairs(account_id).iter().map(|pair| pair.public_key().clone()).collect()
    }
}

#[async_trait]
impl KeyService for Keyring {
    async fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        let (keyring, account_id) = (self.clone(), account_id.clone());
        blocking(move || Ok(keyring.keys_of(&account_id))).await
    }

    async fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        let (keyring, bytes) = (self.clone(), bytes.to_vec());
        let (account_id, public_key) = (account_id.clone(), public_key.clone());
        blocking(move || {
            sign_with_one_of(&keyring.key_pairs(&account_id), &account_id, &public_key, &bytes)
        })
        .await
    }

    fn place(&self) -> String {
        self.files.place()
    }
}

/// Warnings on stderr, each written once.
#[derive(Clone, Debug)]
pub(crate) struct Warnings {
    notes: Notes,
    said: Arc<Mutex<BTreeSet<String>>>,
}

impl Warnings {
    /// No warnings yet.
    pub(crate) fn new(notes: &Notes) -> Self {
        Self { notes: notes.clone(), said: Arc::default() }
    }

    /// Warns about files without a usable key, which may be a key that the user expects.
    pub(crate) fn of_files(&self, unusable: &[KeyFileError]) {
        for error in unusable {
            let text = format!("warning: ignored: {}", file_words(error));
            let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
            if said.insert(text.clone()) {
                self.notes.say(text);
            }
        }
    }
}

/// The error and its cause, on one line.
pub(crate) fn file_words(error: &KeyFileError) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
