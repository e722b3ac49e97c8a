//! Some of the keys of another service.

use crate::{KeyService, KeyServiceError};
use async_trait::async_trait;
use near_crypto::{PublicKey, Signature};
use near_primitives::types::AccountId;
use std::sync::Arc;

/// A key service of which only some keys may sign.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use keyway_signer::{AllowedKeys, KeyPair, KeyService, MemoryKeys, RestrictedKeys};
/// use std::sync::Arc;
///
/// let alice = "alice.near".parse()?;
/// let (old, new) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
/// let mut all = MemoryKeys::new();
/// all.insert("alice.near".parse()?, old.clone());
/// all.insert("alice.near".parse()?, new.clone());
/// let but_old = AllowedKeys::AllBut(old.public_key().clone());
/// let keys = RestrictedKeys::new(Arc::new(all), but_old);
/// assert_eq!(keys.public_keys(&alice).await?, [new.public_key().clone()]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RestrictedKeys {
    keys: Arc<dyn KeyService>,
    allowed: AllowedKeys,
}

/// The keys that a [`RestrictedKeys`] may sign with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedKeys {
    /// Only this one.
    Only(PublicKey),
    /// All except this one.
    AllBut(PublicKey),
}

impl RestrictedKeys {
    /// The allowed ones among `keys`.
    pub fn new(keys: Arc<dyn KeyService>, allowed: AllowedKeys) -> Self {
        Self { keys, allowed }
    }
}

impl AllowedKeys {
    fn allows(&self, public_key: &PublicKey) -> bool {
        match self {
            Self::Only(only) => public_key == only,
            Self::AllBut(but) => public_key != but,
        }
    }
}

#[async_trait]
impl KeyService for RestrictedKeys {
    async fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        let mut keys = self.keys.public_keys(account_id).await?;
        keys.retain(|key| self.allowed.allows(key));
        Ok(keys)
    }

    async fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        match self.allowed.allows(public_key) {
            true => self.keys.sign(account_id, public_key, bytes).await,
            false => Err(KeyServiceError::no_key(account_id, public_key)),
        }
    }

    async fn sign_transaction(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        transaction: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        match self.allowed.allows(public_key) {
            true => self.keys.sign_transaction(account_id, public_key, transaction).await,
            false => Err(KeyServiceError::no_key(account_id, public_key)),
        }
    }

    fn place(&self) -> String {
        self.keys.place()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyPair, MemoryKeys, MoreKeys};

    /// Which of the three sign: two of the service, and the one that is added.
    async fn signs(allowed: impl FnOnce(&[PublicKey]) -> AllowedKeys) -> [bool; 3] {
        let alice: AccountId = "alice.near".parse().unwrap();
        let pairs = [(); 3].map(|()| KeyPair::random_ed25519());
        let public = pairs.clone().map(|pair| pair.public_key().clone());
        let [first, second, and] = pairs;
        let memory = MemoryKeys::new().with(alice.clone(), first).with(alice.clone(), second);
        let all = MoreKeys::new(Arc::new(memory), [and]);
        let keys = RestrictedKeys::new(Arc::new(all), allowed(&public));
        let listed = keys.public_keys(&alice).await.unwrap();
        let mut signs = [false; 3];
        for (signs, key) in signs.iter_mut().zip(&public) {
            *signs = keys.sign(&alice, key, &[1; 32]).await.is_ok();
            assert_eq!(*signs, listed.contains(key));
        }
        signs
    }

    #[tokio::test]
    async fn a_key_that_is_not_listed_does_not_sign() {
        let only = signs(|keys| AllowedKeys::Only(keys[1].clone())).await;
        assert_eq!(only, [false, true, false]);
        let but_first = signs(|keys| AllowedKeys::AllBut(keys[0].clone())).await;
        assert_eq!(but_first, [false, true, true]);
        let but_added = signs(|keys| AllowedKeys::AllBut(keys[2].clone())).await;
        assert_eq!(but_added, [true, true, false]);
    }
}
