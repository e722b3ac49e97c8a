//! Keys in this process's memory.

use crate::{KeyPair, KeyService, KeyServiceError, sign_with_one_of};
use async_trait::async_trait;
use near_crypto::{PublicKey, Signature};
use near_primitives::types::AccountId;
use std::collections::BTreeMap;

/// Any number of key pairs for any number of accounts, in memory.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use keyway_signer::{KeyPair, KeyService, MemoryKeys};
///
/// let key_pair = KeyPair::random_ed25519();
/// let keys = MemoryKeys::new().with("alice.near".parse()?, key_pair.clone());
/// assert_eq!(keys.public_keys(&"alice.near".parse()?).await?, [key_pair.public_key().clone()]);
/// assert!(keys.public_keys(&"bob.near".parse()?).await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryKeys {
    key_pairs: BTreeMap<AccountId, Vec<KeyPair>>,
}

impl MemoryKeys {
    /// No keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key pair of `account_id`, and returns `self`.
    pub fn with(mut self, account_id: AccountId, key_pair: KeyPair) -> Self {
        self.insert(account_id, key_pair);
        self
    }

    /// Adds a key pair after the other ones of `account_id`. If it is here already, nothing changes.
    pub fn insert(&mut self, account_id: AccountId, key_pair: KeyPair) {
        let key_pairs = self.key_pairs.entry(account_id).or_default();
        if !key_pairs.contains(&key_pair) {
            key_pairs.push(key_pair);
        }
    }

    /// Removes a key pair, and zeroes it unless it is shared. Returns whether it was here.
    pub fn remove(&mut self, account_id: &AccountId, public_key: &PublicKey) -> bool {
        let Some(key_pairs) = self.key_pairs.get_mut(account_id) else { return false };
        let before = key_pairs.len();
        key_pairs.retain(|key_pair| key_pair.public_key() != public_key);
        key_pairs.len() < before
    }

    /// This key pair of `account_id`, if it is here.
    pub fn get(&self, account_id: &AccountId, public_key: &PublicKey) -> Option<&KeyPair> {
        self.of(account_id).iter().find(|key_pair| key_pair.public_key() == public_key)
    }

    fn of(&self, account_id: &AccountId) -> &[KeyPair] {
        self.key_pairs.get(account_id).map_or(&[], Vec::as_slice)
    }
}

#[async_trait]
impl KeyService for MemoryKeys {
    async fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        Ok(self.of(account_id).iter().map(|key_pair| key_pair.public_key().clone()).collect())
    }

    async fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        sign_with_one_of(self.of(account_id), account_id, public_key, bytes)
    }

    fn place(&self) -> String {
        "memory".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> AccountId {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn each_account_signs_with_its_own_keys() {
        let (first, second, third) =
            (KeyPair::random_ed25519(), KeyPair::random_secp256k1(), KeyPair::random_ml_dsa_65());
        let keys = MemoryKeys::new()
            .with(id("alice.near"), first.clone())
            .with(id("alice.near"), second.clone())
            .with(id("alice.near"), first.clone())
            .with(id("bob.near"), third.clone());
        let listed = keys.public_keys(&id("alice.near")).await.unwrap();
        assert_eq!(listed, [first.public_key().clone(), second.public_key().clone()]);

        let signature = keys.sign(&id("bob.near"), third.public_key(), &[1; 32]).await.unwrap();
        assert!(third.verify(&[1; 32], &signature));
        let refused = keys.sign(&id("alice.near"), third.public_key(), &[1; 32]).await.unwrap_err();
        assert!(
            matches!(refused, KeyServiceError::NoKey { account_id, .. } if account_id == "alice.near")
        );
    }

    #[tokio::test]
    async fn a_removed_key_is_gone() {
        let key_pair = KeyPair::random_ed25519();
        let mut keys = MemoryKeys::new().with(id("alice.near"), key_pair.clone());
        assert!(!keys.remove(&id("bob.near"), key_pair.public_key()));
        assert!(keys.remove(&id("alice.near"), key_pair.public_key()));
        assert!(!keys.remove(&id("alice.near"), key_pair.public_key()));
        assert!(keys.public_keys(&id("alice.near")).await.unwrap().is_empty());
    }
}
