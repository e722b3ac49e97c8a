//! A key from an environment variable.

use crate::{KeyPair, KeyService, KeyServiceError, ParseKeyPairError, sign_with_one_of};
use async_trait::async_trait;
use near_crypto::{PublicKey, Signature};
use near_primitives::types::AccountId;
use zeroize::Zeroizing;

/// One key pair of one account, read from an environment variable. For build machines and containers.
///
/// Other programs of the same user can often read a process's environment.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use keyway_signer::{EnvironmentKey, KeyPair, KeyService};
///
/// let key_pair = KeyPair::random_ed25519();
/// let text = key_pair.expose_secret_text();
/// let key = EnvironmentKey::from_value("alice.near".parse()?, "NEAR_KEY", &text)?;
/// assert_eq!(key.public_keys(&"alice.near".parse()?).await?, [key_pair.public_key().clone()]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct EnvironmentKey {
    account_id: AccountId,
    key_pair: KeyPair,
}

impl EnvironmentKey {
    /// Reads the environment variable `name` of this process.
    ///
    /// # Errors
    /// If the variable is not set or does not hold a secret key. The message names the variable and does not quote it.
    ///
    /// ```
    /// use keyway_signer::EnvironmentKey;
    ///
    /// let missing = EnvironmentKey::from_env("alice.near".parse()?, "NO_SUCH_NEAR_KEY").unwrap_err();
    /// assert_eq!(missing.to_string(), "the environment variable `NO_SUCH_NEAR_KEY` is not set");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_env(account_id: AccountId, name: &str) -> Result<Self, EnvironmentKeyError> {
        let value =
            variable(name).ok_or_else(|| EnvironmentKeyError::NotSet { name: name.to_owned() })?;
        Self::from_value(account_id, name, &value)
    }

    /// Uses a `value` that the caller has read from the variable; `name` is for errors. Surrounding space is ignored.
    ///
    /// # Errors
    /// The value is not a secret key.
    pub fn from_value(
        account_id: AccountId,
        name: &str,
        value: &str,
    ) -> Result<Self, EnvironmentKeyError> {
        let key_pair = value.trim().parse();
        let key_pair = key_pair
            .map_err(|source| EnvironmentKeyError::NotAKey { name: name.to_owned(), source })?;
        Ok(Self { account_id, key_pair })
    }

    /// The account that the key is used for.
    pub fn account_id(&self) -> &AccountId {
        &self.account_id
    }

    /// The key pair.
    pub fn key_pair(&self) -> &KeyPair {
        &self.key_pair
    }

    fn key_pair_of(&self, account_id: &AccountId) -> Option<&KeyPair> {
        (*account_id == self.account_id).then_some(&self.key_pair)
    }
}

/// The value of a variable; none if it is not set or not text.
#[expect(clippy::disallowed_methods, reason = "the caller names the variable, and asks to read it")]
pub(crate) fn variable(name: &str) -> Option<Zeroizing<String>> {
    // Rust panics on other names.
    let sound = !name.is_empty() && !name.contains(['=', '\0']);
    sound.then(|| std::env::var(name).ok()).flatten().map(Zeroizing::new)
}

#[async_trait]
impl KeyService for EnvironmentKey {
    async fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        Ok(self.key_pair_of(account_id).map(|pair| pair.public_key().clone()).into_iter().collect())
    }

    async fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        sign_with_one_of(self.key_pair_of(account_id), account_id, public_key, bytes)
    }
}

/// An environment variable without a usable key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvironmentKeyError {
    /// There is no such variable, or it is not text.
    #[error("the environment variable `{name}` is not set")]
    NotSet {
        /// The variable.
        name: String,
    },
    /// Its value is not a secret key.
    #[error("the environment variable `{name}` does not hold a secret key")]
    NotAKey {
        /// The variable.
        name: String,
        /// What is wrong with it.
        source: ParseKeyPairError,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(text: &str) -> AccountId {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn the_key_is_of_one_account() {
        let key_pair = KeyPair::random_secp256k1();
        let text = format!(" {}\n", *key_pair.expose_secret_text());
        let key = EnvironmentKey::from_value(id("alice.near"), "KEY", &text).unwrap();
        assert!(key.sign(&id("alice.near"), key_pair.public_key(), &[1; 32]).await.is_ok());
        let refused = key.sign(&id("bob.near"), key_pair.public_key(), &[1; 32]).await;
        assert!(matches!(refused, Err(KeyServiceError::NoKey { .. })));
        assert!(key.public_keys(&id("bob.near")).await.unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn any_name_and_value_is_a_key_or_an_error(name in "\\PC*|[=\0]", value: String) {
            let refused = EnvironmentKey::from_env(id("alice.near"), &name);
            prop_assert!(refused.is_err());
            let refused = EnvironmentKey::from_value(id("alice.near"), &name, &value).unwrap_err();
            prop_assert!(refused.to_string().contains(&name));
        }
    }
}
