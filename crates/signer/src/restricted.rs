//! A part of the keys of another service.

use crate::{KeyPair, KeyService, KeyServiceError};
use near_crypto::{PublicKey, Signature};
use near_primitives::types::AccountId;
use std::sync::Arc;

/// A key service of which only some keys may sign, perhaps with one key pair more.
///
/// ```
/// use keyway_signer::{AllowedKeys, KeyPair, KeyService, MemoryKeys, RestrictedKeys};
/// use std::sync::Arc;
///
/// let alice = "alice.near".parse()?;
/// let (old, new) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
/// let all = MemoryKeys::new().with("alice.near".parse()?, old.clone());
/// let but_old = AllowedKeys::AllBut(old.public_key().clone());
/// let keys = RestrictedKeys::new(Arc::new(all), but_old).and(new.clone());
/// assert_eq!(keys.public_keys(&alice)?, [new.public_key().clone()]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RestrictedKeys {
    keys: Arc<dyn KeyService>,
    and: Option<KeyPair>,
    allowed: AllowedKeys,
}

/// Which keys of a [`RestrictedKeys`] may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedKeys {
    /// This one alone.
    Only(PublicKey),
    /// Every key except this one.
    AllBut(PublicKey),
}

impl RestrictedKeys {
    /// The allowed ones among `keys`.
    pub fn new(keys: Arc<dyn KeyService>, allowed: AllowedKeys) -> Self {
        Self { keys, and: None, allowed }
    }

    /// With one key pair more, for every account; it must be allowed, too.
    #[must_use]
    pub fn and(mut self, key_pair: impl Into<Option<KeyPair>>) -> Self {
        self.and = key_pair.into();
        self
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

impl KeyService for RestrictedKeys {
    fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        let mut keys = self.keys.public_keys(account_id)?;
        let and = self.and.as_ref().map(|pair| pair.public_key().clone());
        keys.extend(and.filter(|key| !keys.contains(key)));
        keys.retain(|key| self.allowed.allows(key));
        Ok(keys)
    }

    fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        match &self.and {
            _ if !self.allowed.allows(public_key) => {
                Err(KeyServiceError::no_key(account_id, public_key))
            }
            Some(pair) if pair.public_key() == public_key => Ok(pair.sign(bytes)?),
            _ => self.keys.sign(account_id, public_key, bytes),
        }
    }

    fn place(&self) -> String {
        self.keys.place()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryKeys;

    /// Which of the three sign: two of the service, and the one that is added.
    fn signs(allowed: impl FnOnce(&[PublicKey]) -> AllowedKeys) -> [bool; 3] {
        let alice: AccountId = "alice.near".parse().unwrap();
        let pairs = [(); 3].map(|()| KeyPair::random_ed25519());
        let public = pairs.clone().map(|pair| pair.public_key().clone());
        let [first, second, and] = pairs;
        let memory = MemoryKeys::new().with(alice.clone(), first).with(alice.clone(), second);
        let keys = RestrictedKeys::new(Arc::new(memory), allowed(&public)).and(and);
        let listed = keys.public_keys(&alice).unwrap();
        public.map(|key| {
            let signed = keys.sign(&alice, &key, &[1; 32]);
            assert_eq!(signed.is_ok(), listed.contains(&key));
            signed.is_ok()
        })
    }

    #[test]
    fn a_key_that_is_not_listed_does_not_sign() {
        assert_eq!(signs(|keys| AllowedKeys::Only(keys[1].clone())), [false, true, false]);
        assert_eq!(signs(|keys| AllowedKeys::AllBut(keys[0].clone())), [false, true, true]);
        assert_eq!(signs(|keys| AllowedKeys::AllBut(keys[2].clone())), [true, true, false]);
    }
}
