//! Keys in the operating system's keychain.

mod error;
mod system;

use crate::files::key_file::{parse_entry as parse_key_file, write as write_key_file};
use crate::files::place::check_network_name;
use crate::service::{blocking, sign_with_one_of};
use crate::{KeyPair, KeyService, KeyServiceError};
use async_trait::async_trait;
pub use error::KeychainError;
use keyring_core::{CredentialStore, Entry};
use near_crypto::{PublicKey, PublicKeyHandle, Signature};
use near_primitives::types::AccountId;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The keychain of this system, in near-cli-rs' layout: service `near-NETWORK-ACCOUNT`, user `ACCOUNT:PUBLIC_KEY`, and
/// the key file's JSON as the password. Each of the two finds the keys that the other saved.
///
/// It is the Keychain on macOS, the Credential Manager on Windows, and the Secret Service (GNOME Keyring, KWallet)
/// elsewhere. Each call may wait for a person to unlock it.
///
/// ```no_run
/// use keyway_signer::{KeyPair, KeychainKeys};
///
/// let keys = KeychainKeys::new("testnet")?;
/// keys.save(&"alice.testnet".parse()?, &KeyPair::random_ed25519())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct KeychainKeys {
    network: String,
    store: Arc<CredentialStore>,
}

impl KeychainKeys {
    /// The keychain's keys for `network`.
    ///
    /// # Errors
    /// If `network` is not a valid name, or this machine has no keychain, as is usual on servers and in containers.
    pub fn new(network: &str) -> Result<Self, KeychainError> {
        Self::over(system::store()?, network)
    }

    fn over(store: Arc<CredentialStore>, network: &str) -> Result<Self, KeychainError> {
        let network = check_network_name(network)?;
        Ok(Self { network: network.to_owned(), store })
    }

    /// Saves a key pair in the keychain.
    ///
    /// # Errors
    /// [`KeychainError::AlreadyExists`] if the key is there; nothing is overwritten. Or the keychain's error.
    pub fn save(&self, account_id: &AccountId, key_pair: &KeyPair) -> Result<(), KeychainError> {
        let entry = self.entry(account_id, key_pair.public_key())?;
        match entry.get_password().map(Zeroizing::new) {
            Err(keyring_core::Error::NoEntry) => {}
            Ok(_there) => {
                let public_key = Box::new(key_pair.public_key().clone());
                return Err(KeychainError::AlreadyExists {
                    account_id: account_id.clone(),
                    public_key,
                });
            }
            Err(other) => return Err(other.into()),
        }
        // As text, because Windows stores text and bytes differently, and other programs use text.
        let json = write_key_file(account_id, key_pair);
        let text = std::str::from_utf8(&json).expect("the invariant that JSON is UTF-8");
        Ok(entry.set_password(text)?)
    }

    /// Reads a key pair; none if it is not there.
    ///
    /// # Errors
    /// The keychain's error, or if the entry does not hold that key.
    pub fn get(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<Option<KeyPair>, KeychainError> {
        let Some(key_pair) = read(&self.entry(account_id, public_key)?)? else { return Ok(None) };
        if key_pair.public_key() != public_key {
            return Err(KeychainError::WrongKey { public_key: Box::new(public_key.clone()) });
        }
        Ok(Some(key_pair))
    }

    /// Removes a key pair from the keychain. Returns whether it was there.
    ///
    /// # Errors
    /// The keychain's error.
    pub fn remove(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<bool, KeychainError> {
        match self.entry(account_id, public_key)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(keyring_core::Error::NoEntry) => Ok(false),
            Err(other) => Err(other.into()),
        }
    }

    /// The account's keys in the keychain, sorted.
    pub(crate) fn keys_of(
        &self,
        account_id: &AccountId,
    ) -> Result<Vec<PublicKey>, KeyServiceError> {
        let service = self.service(account_id);
        let entries = self.store.search(&system::search(&service)).map_err(KeychainError::from)?;
        let (mut public_keys, mut unusable) = (Vec::new(), None);
        for entry in entries {
            match self.public_key(account_id, &entry) {
                Ok(key) => public_keys.extend(key),
                // A damaged entry does not hide the others.
                Err(error) => unusable = Some(error),
            }
        }
        if let Some(error) = unusable.filter(|_| public_keys.is_empty()) {
            return Err(error.into());
        }
        public_keys.sort();
        Ok(public_keys)
    }

    fn entry(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<Entry, KeychainError> {
        // Long keys are named by their handle, as on the chain.
        let user = format!("{account_id}:{}", PublicKeyHandle::from(public_key));
        Ok(self.store.build(&self.service(account_id), &user, None)?)
    }

    fn service(&self, account_id: &AccountId) -> String {
        format!("near-{}-{account_id}", self.network)
    }

    /// The public key of `entry`; none if the entry is another program's.
    fn public_key(
        &self,
        account_id: &AccountId,
        entry: &Entry,
    ) -> Result<Option<PublicKey>, KeychainError> {
        let Some((service, user)) = entry.get_specifiers() else { return Ok(None) };
        let key = user.strip_prefix(account_id.as_str()).and_then(|rest| rest.strip_prefix(':'));
        let Some(key) = key.filter(|_| service == self.service(account_id)) else {
            return Ok(None);
        };
        match key.parse() {
            Ok(public_key) => Ok(Some(public_key)),
            // A handle does not contain the key.
            Err(_) => Ok(read(entry)?.map(|key_pair| key_pair.public_key().clone())),
        }
    }
}

fn read(entry: &Entry) -> Result<Option<KeyPair>, KeychainError> {
    match entry.get_password().map(Zeroizing::new) {
        Ok(json) => Ok(Some(parse_key_file(json.as_bytes()).map_err(KeychainError::NotAKey)?)),
        Err(keyring_core::Error::NoEntry) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

#[async_trait]
impl KeyService for KeychainKeys {
    async fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        let (keys, account_id) = (self.clone(), account_id.clone());
        blocking(move || keys.keys_of(&account_id)).await
    }

    async fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        let (keys, bytes) = (self.clone(), bytes.to_vec());
        let (account_id, public_key) = (account_id.clone(), public_key.clone());
        blocking(move || {
            let key_pair = keys.get(&account_id, &public_key)?;
            sign_with_one_of(&key_pair, &account_id, &public_key, &bytes)
        })
        .await
    }

    fn place(&self) -> String {
        format!("the system's keychain for {}", self.network)
    }
}

impl fmt::Debug for KeychainKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A store's `Debug` may print what it holds.
        f.debug_struct("KeychainKeys").field("network", &self.network).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    mod keychain;
}
