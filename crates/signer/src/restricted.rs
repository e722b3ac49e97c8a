//! Some of the keys at hand.

use keyway::{AccountId, KeyPair, KeyService, KeyServiceError, PublicKey, Signature};
use std::sync::Arc;

/// Keys of which only some may sign, whatever is asked of them.
#[derive(Debug)]
pub(crate) struct Restricted {
    /// The keys at hand.
    pub(crate) keys: Arc<dyn KeyService>,
    /// A key pair that may not be among them.
    pub(crate) and: Option<KeyPair>,
    /// Which of them may sign.
    pub(crate) allowed: Allowed,
}

/// Which keys may sign.
#[derive(Clone, Debug)]
pub(crate) enum Allowed {
    /// This one alone.
    Only(PublicKey),
    /// Every one but this.
    AllBut(PublicKey),
}

impl Allowed {
    fn has(&self, public_key: &PublicKey) -> bool {
        match self {
            Self::Only(only) => public_key == only,
            Self::AllBut(but) => public_key != but,
        }
    }
}

impl KeyService for Restricted {
    fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        let mut keys = self.keys.public_keys(account_id)?;
        let and = self.and.as_ref().map(|pair| pair.public_key().clone());
        keys.extend(and.filter(|key| !keys.contains(key)));
        keys.retain(|key| self.allowed.has(key));
        Ok(keys)
    }

    fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        match &self.and {
            _ if !self.allowed.has(public_key) => Err(KeyServiceError::NoKey {
                account_id: account_id.clone(),
                public_key: Box::new(public_key.clone()),
            }),
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
    use keyway::MemoryKeys;

    /// Which of the three sign: two at hand, and the one that is added.
    fn signs(allowed: impl FnOnce(&[PublicKey]) -> Allowed) -> [bool; 3] {
        let alice: AccountId = "alice.near".parse().unwrap();
        let pairs = [(); 3].map(|()| KeyPair::random_ed25519());
        let public = pairs.clone().map(|pair| pair.public_key().clone());
        let [first, second, and] = pairs;
        let at_hand = MemoryKeys::new().with(alice.clone(), first).with(alice.clone(), second);
        let allowed = allowed(&public);
        let keys = Restricted { keys: Arc::new(at_hand), and: Some(and), allowed };
        let listed = keys.public_keys(&alice).unwrap();
        public.map(|key| {
            let signed = keys.sign(&alice, &key, &[1; 32]);
            assert_eq!(signed.is_ok(), listed.contains(&key));
            signed.is_ok()
        })
    }

    #[test]
    fn a_key_that_is_not_listed_does_not_sign() {
        assert_eq!(signs(|keys| Allowed::Only(keys[1].clone())), [false, true, false]);
        assert_eq!(signs(|keys| Allowed::AllBut(keys[0].clone())), [false, true, true]);
        assert_eq!(signs(|keys| Allowed::AllBut(keys[2].clone())), [true, true, false]);
    }
}
