//! Who signs for an account while one of its keys replaces another.

use keyway::{AccountId, KeyPair, KeyService, KeyServiceError, PublicKey, Signature};
use std::sync::Arc;

/// The keys at hand and one more, without another: the one that is about to be deleted.
#[derive(Debug)]
pub(super) struct Hands {
    /// The keys at hand.
    pub(super) keys: Arc<dyn KeyService>,
    /// A key pair that may not be among them.
    pub(super) and: Option<KeyPair>,
    /// The key that must not sign.
    pub(super) but: PublicKey,
}

impl KeyService for Hands {
    fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        let mut keys = self.keys.public_keys(account_id)?;
        keys.retain(|key| *key != self.but);
        let and = self.and.as_ref().map(|pair| pair.public_key().clone());
        keys.extend(and.filter(|key| !keys.contains(key)));
        Ok(keys)
    }

    fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        match &self.and {
            Some(pair) if pair.public_key() == public_key => Ok(pair.sign(bytes)?),
            _ => self.keys.sign(account_id, public_key, bytes),
        }
    }
}
