//! Public keys as arguments: the whole key, or the hash that `key list` shows.

use super::context::Context;
use crate::error::CliError;
use keyway::action::IntoPublicKey;
use keyway::protocol::PublicKey;
use keyway::{AccountId, KeyService};
use near_crypto::PublicKeyHandle;
use std::str::FromStr;

/// A public key, or the hash by which chains list a long one. The hash alone is not enough to sign
/// with or delete a key.
#[derive(Clone, Debug)]
pub(crate) enum KeyName {
    /// The whole key.
    Whole(PublicKey),
    /// The hash of a long key.
    Hash(PublicKeyHandle),
}

impl FromStr for KeyName {
    type Err = String;

    /// The error does not quote the text, which might be a secret key.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(public_key) = text.parse() {
            return Ok(Self::Whole(public_key));
        }
        match (text.parse(), text.into_public_key()) {
            (Ok(hash), _) => Ok(Self::Hash(hash)),
            (Err(_), Ok(public_key)) => Ok(Self::Whole(public_key)),
            (Err(_), Err(problem)) => Err(problem.to_string()),
        }
    }
}

impl KeyName {
    /// The key as the chain lists it.
    pub(crate) fn handle(&self) -> PublicKeyHandle {
        match self {
            Self::Whole(public_key) => public_key.into(),
            Self::Hash(hash) => hash.clone(),
        }
    }

    /// The whole key: the given one, or the one of `account_id` in `keys` that has this hash.
    ///
    /// # Errors
    /// [`CliError::HashedKey`] if none of them has.
    pub(crate) async fn whole(
        &self,
        keys: &dyn KeyService,
        account_id: &AccountId,
    ) -> Result<PublicKey, CliError> {
        match self {
            Self::Whole(public_key) => Ok(public_key.clone()),
            Self::Hash(hash) => {
                let mut keys = keys.public_keys(account_id).await?.into_iter();
                keys.find(|key| PublicKeyHandle::from(key) == *hash)
                    .ok_or_else(|| CliError::HashedKey { public_key: hash.clone() })
            }
        }
    }

    /// The same with the keys on this machine, which are read only for a hash.
    ///
    /// # Errors
    /// As [`KeyName::whole`], or if the key files cannot be read.
    pub(crate) async fn at_hand(
        &self,
        context: &Context,
        account_id: &AccountId,
    ) -> Result<PublicKey, CliError> {
        match self {
            Self::Whole(public_key) => Ok(public_key.clone()),
            Self::Hash(_) => self.whole(&context.keyring().await?, account_id).await,
        }
    }
}

/// The key as shown to people: a long one by its hash, as the chain lists it.
pub(crate) fn short(public_key: &PublicKey) -> PublicKeyHandle {
    public_key.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_keys_are_known_by_their_hash() {
        let pair = keyway::KeyPair::random_ml_dsa_65();
        let handle = PublicKeyHandle::from(pair.public_key());
        for text in [pair.public_key().to_string(), handle.to_string()] {
            assert_eq!(text.parse::<KeyName>().unwrap().handle(), handle);
        }
    }

    #[tokio::test]
    async fn a_hash_is_made_whole_by_a_key_that_is_at_hand() {
        let (pair, other) = (keyway::KeyPair::random_ml_dsa_65(), "alice.near".parse().unwrap());
        let keys = keyway::MemoryKeys::new().with("bob.near".parse().unwrap(), pair.clone());
        let hash = KeyName::Hash(pair.public_key().into());
        let found = hash.whole(&keys, &"bob.near".parse().unwrap()).await;
        assert_eq!(found.unwrap(), *pair.public_key());
        let missing = hash.whole(&keys, &other).await;
        assert!(matches!(missing, Err(CliError::HashedKey { .. })));
        let given = KeyName::Whole(pair.public_key().clone()).whole(&keys, &other).await;
        assert_eq!(given.unwrap(), *pair.public_key());
    }

    #[test]
    fn a_secret_key_is_not_quoted() {
        let secret = keyway::KeyPair::random_ed25519().expose_secret_text();
        let error = secret.parse::<KeyName>().unwrap_err();
        assert!(!error.contains(&secret[8..20]), "{error}");
    }
}
