//! Every key that is at hand without being named.

use crate::dev_accounts;
use keyway::keys::FileKeys;
use keyway::{AccountId, KeyPair, KeyService, KeyServiceError, PublicKey, Signature};

/// Key files and, on a chain for development, keys that everybody knows.
#[derive(Clone, Debug)]
pub(crate) struct Keyring {
    /// The network's key files.
    pub(crate) files: FileKeys,
    /// Whether known keys count.
    pub(crate) development: bool,
}

impl Keyring {
    /// The key pairs of `account_id`: files first.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(crate) fn key_pairs(
        &self,
        account_id: &AccountId,
    ) -> Result<Vec<KeyPair>, KeyServiceError> {
        let mut pairs = self.files.key_pairs(account_id)?;
        let known = self.development.then(|| dev_accounts::unsafe_key_pair(account_id)).flatten();
        pairs.extend(known.filter(|known| !pairs.contains(known)));
        Ok(pairs)
    }
}

impl KeyService for Keyring {
    fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        Ok(self.key_pairs(account_id)?.iter().map(|pair| pair.public_key().clone()).collect())
    }

    fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        let pairs = self.key_pairs(account_id)?;
        let pair = pairs.iter().find(|pair| pair.public_key() == public_key).ok_or_else(|| {
            KeyServiceError::NoKey {
                account_id: account_id.clone(),
                public_key: Box::new(public_key.clone()),
            }
        })?;
        Ok(pair.sign(bytes)?)
    }
}
