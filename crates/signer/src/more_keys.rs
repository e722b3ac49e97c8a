//! The keys of another service, and a few more.

use crate::{KeyPair, KeyService, KeyServiceError};
use async_trait::async_trait;
use near_crypto::{PublicKey, Signature};
use near_primitives::hash::CryptoHash;
use near_primitives::types::AccountId;
use std::sync::Arc;

/// A key service with additional key pairs, which sign for every account.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use keyway_signer::{KeyPair, KeyService, MemoryKeys, MoreKeys};
/// use std::sync::Arc;
///
/// let alice = "alice.near".parse()?;
/// let (old, new) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
/// let keys = MemoryKeys::new().with("alice.near".parse()?, old.clone());
/// let keys = MoreKeys::new(Arc::new(keys), [new.clone()]);
/// let both = [old.public_key().clone(), new.public_key().clone()];
/// assert_eq!(keys.public_keys(&alice).await?, both);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MoreKeys {
    keys: Arc<dyn KeyService>,
    more: Vec<KeyPair>,
}

impl MoreKeys {
    /// The keys of `keys`, then `more`.
    pub fn new(keys: Arc<dyn KeyService>, more: impl IntoIterator<Item = KeyPair>) -> Self {
        Self { keys, more: more.into_iter().collect() }
    }
}

#[async_trait]
impl KeyService for MoreKeys {
    async fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        let mut keys = self.keys.public_keys(account_id).await?;
        for pair in &self.more {
            if !keys.contains(pair.public_key()) {
                keys.push(pair.public_key().clone());
            }
        }
        Ok(keys)
    }

    async fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        match self.more.iter().find(|pair| pair.public_key() == public_key) {
            Some(pair) => Ok(pair.sign(bytes)?),
            None => self.keys.sign(account_id, public_key, bytes).await,
        }
    }

    async fn sign_transaction(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        transaction: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        match self.more.iter().find(|pair| pair.public_key() == public_key) {
            Some(pair) => Ok(pair.sign_hash(&CryptoHash::hash_bytes(transaction))),
            None => self.keys.sign_transaction(account_id, public_key, transaction).await,
        }
    }

    fn place(&self) -> String {
        self.keys.place()
    }
}
