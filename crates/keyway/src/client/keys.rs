//! Access keys of accounts.

use super::{AtBlock, Client, account_id, envelope, legacy};
use crate::error::{Error, QueryError};
use near_crypto::PublicKey;
use near_primitives::account::AccessKey;
use near_primitives::types::{AccountId, Nonce};
use near_primitives::views::{AccessKeyList, AccessKeyView, GasKeyNoncesView};
use serde_json::json;

/// A public key as a chain stores it: the key, or for ML-DSA-65 its hash.
pub use near_crypto::PublicKeyHandle;

/// An access key of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountKey {
    /// The key, as the chain stores it.
    pub public_key: PublicKeyHandle,
    /// Its nonce and its permission.
    pub access_key: AccessKey,
}

impl AccountKey {
    /// A key as a chain would list it.
    pub fn new(public_key: impl Into<PublicKeyHandle>, access_key: AccessKey) -> Self {
        Self { public_key: public_key.into(), access_key }
    }
}

/// Some of an account's keys, as of one block.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountKeys {
    /// The keys, in the order of the chain; empty if the account does not exist.
    pub keys: Vec<AccountKey>,
    /// The last of them, after which to go on; none if these are all that are left.
    pub last: Option<PublicKeyHandle>,
}

impl Client {
    /// One key of an account.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::protocol::AccessKeyPermission;
    /// use keyway::{KeyPair, Sandbox};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").create()?;
    /// let client = sandbox.client();
    ///
    /// let key = client.access_key("alice.near", alice.public_key()).await?;
    /// assert_eq!(key.permission, AccessKeyPermission::FullAccess);
    /// let other = KeyPair::random_ed25519();
    /// let error = client.access_key("alice.near", other.public_key()).await.unwrap_err();
    /// assert_eq!(error.kind(), "Query.AccessKey.NotFound");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownAccessKey`] if the account does not have it; [`QueryError::UnknownAccount`] if there is no such
    /// account; otherwise as [`Client::request`].
    pub async fn access_key(
        &self,
        account: impl AsRef<str>,
        public_key: &PublicKey,
    ) -> Result<AccessKey, Error> {
        let account_id = account_id(account.as_ref())?;
        let params = json!({"account_id": account_id, "public_key": public_key});
        let missing = || QueryError::UnknownAccessKey {
            account_id: account_id.clone(),
            public_key: public_key.clone(),
        };
        let found = match self.query("view_access_key", params).await {
            Err(error) if is_named(&error, "UNKNOWN_ACCESS_KEY") => {
                return Err(self.account_or_key(&account_id, missing()).await);
            }
            found => found?,
        };
        match legacy::failure(&found) {
            None => Ok(found.read::<AccessKeyView>()?.into()),
            // Only these texts mean that the key does not exist; others are the node's trouble.
            Some(text) if legacy::missing_key(&text) => {
                Err(self.account_or_key(&account_id, missing()).await)
            }
            Some(text) => Err(envelope::unexpected("view_access_key", text).into()),
        }
    }

    /// What is missing: the key or the whole account. Most nodes give both the same answer.
    async fn account_or_key(&self, account_id: &AccountId, missing_key: QueryError) -> Error {
        match self.query("view_account", json!({"account_id": account_id})).await {
            Err(error @ Error::Query(QueryError::UnknownAccount { .. })) => error,
            _ => missing_key.into(),
        }
    }

    /// All keys of an account, up to 1,000,000, as of one block; empty if it does not exist.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// let sandbox = keyway::Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").create()?;
    ///
    /// let keys = sandbox.client().access_keys("alice.near").await?;
    /// assert_eq!(keys.len(), 1);
    /// assert_eq!(keys[0].public_key, alice.public_key().into());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::Unexpected`] if there are more, or if the pages do not end; otherwise as [`Client::request`].
    pub async fn access_keys(&self, account: impl AsRef<str>) -> Result<Vec<AccountKey>, Error> {
        let account_id = account_id(account.as_ref())?;
        let mut pinned = self.clone();
        let mut keys = Vec::new();
        // Nodes without pages ignore the limit and return all keys.
        let mut params = json!({"account_id": account_id, "limit": PAGE});
        loop {
            let found = match pinned.query("view_access_key_list", params.clone()).await {
                Err(Error::Query(QueryError::UnknownAccount { .. })) => return Ok(keys),
                found => found?,
            };
            let (list, at): (AccessKeyList, AtBlock) = (found.read()?, found.read()?);
            let got = list.keys.len();
            keys.extend(list.keys.into_iter().map(|key| AccountKey {
                public_key: key.public_key,
                access_key: key.access_key.into(),
            }));
            if keys.len() > MAX_KEYS {
                break;
            }
            let Some(last) = list.last_key.map(|last| json!(last)) else { return Ok(keys) };
            if got == 0 || params.get("after_key") == Some(&last) {
                break;
            }
            params["after_key"] = last;
            // The other pages must be of the same block, or a key could be missed.
            pinned = self.at(at.block_hash);
        }
        Err(envelope::unexpected("view_access_key_list", "the pages do not end").into())
    }

    /// At most `limit` keys of an account, those after the key `after`, or the first. A node without pages returns all
    /// keys, and one with pages no more than it allows, usually 100.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{KeyPair, Sandbox, add_full_access_key};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").create()?;
    /// alice.execute(add_full_access_key(KeyPair::random_ed25519().public_key()))?;
    ///
    /// let client = sandbox.client();
    /// let first = client.access_keys_after("alice.near", None, 1).await?;
    /// assert_eq!(first.keys.len(), 1);
    /// let rest = client.access_keys_after("alice.near", first.last.as_ref(), 50).await?;
    /// assert_eq!((rest.keys.len(), rest.last), (1, None));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Client::request`].
    pub async fn access_keys_after(
        &self,
        account: impl AsRef<str>,
        after: Option<&PublicKeyHandle>,
        limit: u32,
    ) -> Result<AccountKeys, Error> {
        let account_id = account_id(account.as_ref())?;
        let mut params = json!({"account_id": account_id, "limit": limit.max(1)});
        if let Some(after) = after {
            params["after_key"] = json!(after);
        }
        let list: AccessKeyList = match self.query("view_access_key_list", params).await {
            Err(Error::Query(QueryError::UnknownAccount { .. })) => {
                return Ok(AccountKeys { keys: Vec::new(), last: None });
            }
            found => found?.read()?,
        };
        let keys = list.keys.into_iter().map(|key| AccountKey {
            public_key: key.public_key,
            access_key: key.access_key.into(),
        });
        Ok(AccountKeys { keys: keys.collect(), last: list.last_key })
    }

    /// As [`Client::access_keys`], for an account that must exist: a missing account is an error, not an empty list.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// let client = keyway::Sandbox::new().client();
    /// assert!(client.access_keys("nobody.near").await?.is_empty());
    /// let error = client.keys_of_account("nobody.near").await.unwrap_err();
    /// assert_eq!(error.kind(), "Query.Account.NotFound");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownAccount`] if there is no such account; otherwise as [`Client::access_keys`].
    pub async fn keys_of_account(
        &self,
        account: impl AsRef<str>,
    ) -> Result<Vec<AccountKey>, Error> {
        let account_id = account_id(account.as_ref())?;
        let keys = self.access_keys(&account_id).await?;
        if keys.is_empty() {
            self.query("view_account", json!({"account_id": account_id})).await?;
        }
        Ok(keys)
    }

    /// The nonces of a gas key's nonce rows, by index.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{KeyPair, Sandbox, add_full_access_gas_key};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").create()?;
    /// let key = KeyPair::random_ed25519();
    /// alice.execute(add_full_access_gas_key(key.public_key(), 16))?;
    ///
    /// let nonces = sandbox.client().gas_key_nonces("alice.near", key.public_key()).await?;
    /// assert_eq!(nonces.len(), 16);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownGasKey`] if the account has no such gas key; [`QueryError::UnknownAccount`] if there is no such
    /// account; otherwise as [`Client::request`].
    pub async fn gas_key_nonces(
        &self,
        account: impl AsRef<str>,
        public_key: &PublicKey,
    ) -> Result<Vec<Nonce>, Error> {
        let account_id = account_id(account.as_ref())?;
        let params = json!({"account_id": account_id, "public_key": public_key});
        match self.query("view_gas_key_nonces", params).await {
            Err(error) if is_named(&error, "UNKNOWN_GAS_KEY") => {
                let public_key = public_key.clone();
                let missing =
                    QueryError::UnknownGasKey { account_id: account_id.clone(), public_key };
                Err(self.account_or_key(&account_id, missing).await)
            }
            found => Ok(found?.read::<GasKeyNoncesView>()?.nonces),
        }
    }
}

/// Whether this is the name of the node's error.
fn is_named(error: &Error, expected: &str) -> bool {
    matches!(error, Error::Query(QueryError::Other { name, .. }) if name == expected)
}

/// How many keys are requested at once; no node returns more on a page.
const PAGE: u32 = 100;
/// The most keys that are read.
const MAX_KEYS: usize = 1_000_000;
