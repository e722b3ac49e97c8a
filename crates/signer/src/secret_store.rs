//! Key services that can be written to.

use crate::{EncryptedFileKeys, FileKeys, KeyPair, KeyService, KeyServiceError, KeychainKeys};
use near_crypto::PublicKey;
use near_primitives::types::AccountId;
use std::path::PathBuf;

/// A key service that can store, read, set aside and erase secrets: key files, encrypted key files and the keychain. A
/// rotation saves the new secret in one.
///
/// Calls may block on a disk, on Argon2id, or on a person whom the keychain asks. In async code, call them on a thread
/// that may block.
pub trait SecretStore: KeyService {
    /// The account's keys whose secrets are here. Files that cannot be read are skipped.
    ///
    /// # Errors
    /// If the place cannot be read.
    fn list(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError>;

    /// Reads a key pair; none if it is not here.
    ///
    /// # Errors
    /// If the entry cannot be read.
    fn read(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<Option<KeyPair>, KeyServiceError>;

    /// Stores a key pair where other tools do not find it yet. Returns its file, if it is in one.
    ///
    /// # Errors
    /// If it is here already, or cannot be written.
    fn write(
        &self,
        account_id: &AccountId,
        key_pair: &KeyPair,
    ) -> Result<Option<PathBuf>, KeyServiceError>;

    /// Moves a secret to where no tool looks for it. Returns the files; none if the secret is not here, or if this place
    /// cannot set secrets aside, like a keychain.
    ///
    /// # Errors
    /// If the place cannot be written to.
    fn set_aside(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<Vec<PathBuf>, KeyServiceError>;

    /// Erases a secret, even if it was set aside. Returns whether it was here.
    ///
    /// # Errors
    /// If the place cannot be written to.
    fn erase(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<bool, KeyServiceError>;
}

impl SecretStore for FileKeys {
    fn list(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        let pairs = self.find(account_id).key_pairs;
        Ok(pairs.iter().map(|pair| pair.public_key().clone()).collect())
    }

    fn read(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<Option<KeyPair>, KeyServiceError> {
        let pairs = self.find(account_id).key_pairs;
        Ok(pairs.into_iter().find(|pair| pair.public_key() == public_key))
    }

    fn write(
        &self,
        account_id: &AccountId,
        key_pair: &KeyPair,
    ) -> Result<Option<PathBuf>, KeyServiceError> {
        Ok(Some(self.save_beside(account_id, key_pair)?))
    }

    fn set_aside(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<Vec<PathBuf>, KeyServiceError> {
        Ok(self.retire(account_id, public_key)?)
    }

    fn erase(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<bool, KeyServiceError> {
        Ok(!self.remove(account_id, public_key)?.is_empty())
    }
}

impl SecretStore for EncryptedFileKeys {
    fn list(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        Ok(self.find(account_id).0)
    }

    fn read(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<Option<KeyPair>, KeyServiceError> {
        match self.find(account_id).0.contains(public_key) {
            true => Ok(Some(self.open(account_id, public_key)?)),
            false => Ok(None),
        }
    }

    fn write(
        &self,
        account_id: &AccountId,
        key_pair: &KeyPair,
    ) -> Result<Option<PathBuf>, KeyServiceError> {
        Ok(Some(self.save(account_id, key_pair)?))
    }

    fn set_aside(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<Vec<PathBuf>, KeyServiceError> {
        Ok(self.retire(account_id, public_key)?.into_iter().collect())
    }

    fn erase(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<bool, KeyServiceError> {
        Ok(self.remove(account_id, public_key)?)
    }
}

impl SecretStore for KeychainKeys {
    fn list(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        self.keys_of(account_id)
    }

    fn read(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<Option<KeyPair>, KeyServiceError> {
        Ok(self.get(account_id, public_key)?)
    }

    fn write(
        &self,
        account_id: &AccountId,
        key_pair: &KeyPair,
    ) -> Result<Option<PathBuf>, KeyServiceError> {
        self.save(account_id, key_pair)?;
        Ok(None)
    }

    fn set_aside(
        &self,
        _account_id: &AccountId,
        _public_key: &PublicKey,
    ) -> Result<Vec<PathBuf>, KeyServiceError> {
        Ok(Vec::new())
    }

    fn erase(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<bool, KeyServiceError> {
        Ok(self.remove(account_id, public_key)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Passphrase;

    fn round(store: &dyn SecretStore) {
        let (alice, pair) = ("alice.near".parse().unwrap(), KeyPair::random_ed25519());
        let key = pair.public_key();
        assert_eq!(store.read(&alice, key).unwrap(), None);
        assert!(store.write(&alice, &pair).unwrap().unwrap().is_file());
        assert_eq!(store.list(&alice).unwrap(), std::slice::from_ref(key));
        assert_eq!(store.read(&alice, key).unwrap(), Some(pair.clone()));
        assert_eq!(store.set_aside(&alice, key).unwrap().len(), 1);
        assert!(store.list(&alice).unwrap().is_empty());
        assert!(store.erase(&alice, key).unwrap(), "also where it was set aside");
        assert!(!store.erase(&alice, key).unwrap());
    }

    #[test]
    fn a_secret_is_written_read_set_aside_and_erased() {
        let home = tempfile::tempdir().unwrap();
        round(&FileKeys::new(home.path(), "testnet").unwrap());
        let passphrase = Passphrase::new("correct horse".to_owned()).unwrap();
        round(&EncryptedFileKeys::new(home.path(), "testnet", passphrase).unwrap());
    }
}
