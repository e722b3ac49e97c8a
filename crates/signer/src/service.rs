//! Key services, which sign for a public key.

use crate::{KeyFileError, KeyPair, KeychainError, SignError};
use async_trait::async_trait;
use near_crypto::{PublicKey, Signature};
use near_primitives::hash::CryptoHash;
use near_primitives::types::AccountId;
use std::fmt::Debug;
use std::sync::Arc;
use tokio::runtime::Handle;

/// Keeps secret keys and signs with them. The secrets need not leave it.
///
/// Implement it for a hardware key, a cloud's key management service or another remote signer, with
/// [`async_trait`](macro@async_trait). This crate implements it for [memory](crate::MemoryKeys),
/// [key files](crate::FileKeys), [encrypted ones](crate::EncryptedFileKeys), the [keychain](crate::KeychainKeys) and an
/// [environment variable](crate::EnvironmentKey).
///
/// No call may block its thread, which runs other tasks, too. Wrap disks, Argon2id and prompts in [`blocking`]. What may
/// pass by itself is [`KeyServiceError::Unavailable`]; what asking again does not change is [`KeyServiceError::Refused`].
///
/// ```
/// use keyway_signer::{AccountId, KeyPair, KeyService, KeyServiceError, PublicKey, Signature};
/// use keyway_signer::async_trait;
///
/// /// Answers after a network round trip.
/// #[derive(Debug)]
/// struct Remote(KeyPair);
///
/// #[async_trait]
/// impl KeyService for Remote {
///     async fn public_keys(&self, _account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
///         Ok(vec![self.0.public_key().clone()])
///     }
///
///     async fn sign(
///         &self,
///         _account_id: &AccountId,
///         _public_key: &PublicKey,
///         bytes: &[u8],
///     ) -> Result<Signature, KeyServiceError> {
///         tokio::task::yield_now().await;
///         Ok(self.0.sign(bytes)?)
///     }
/// }
/// ```
#[async_trait]
pub trait KeyService: Debug + Send + Sync {
    /// The public keys that this service can sign with for `account_id`, in a fixed order; empty if there are none.
    ///
    /// # Errors
    /// If the place cannot be read.
    async fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError>;

    /// Signs `bytes`, without hashing them, with the secret of `public_key`. NEAR signs hashes of 32 bytes.
    ///
    /// # Errors
    /// [`KeyServiceError::NoKey`] if the key is not here for that account. Also if the place cannot be read, or the curve
    /// cannot sign such bytes.
    async fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError>;

    /// Signs a transaction, given whole as its borsh bytes, so that a service can read what it signs. The signature is of
    /// their SHA-256, as the protocol has it; by default [`sign`](Self::sign) makes it.
    ///
    /// # Errors
    /// As [`sign`](Self::sign).
    async fn sign_transaction(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        transaction: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        let hash = CryptoHash::hash_bytes(transaction);
        self.sign(account_id, public_key, hash.as_ref()).await
    }

    /// Where the keys are, for messages about a missing one: a directory, the keychain. Nothing secret.
    fn place(&self) -> String {
        "the key service".to_owned()
    }
}

#[async_trait]
impl<S: KeyService + ?Sized> KeyService for Arc<S> {
    async fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        (**self).public_keys(account_id).await
    }

    async fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        (**self).sign(account_id, public_key, bytes).await
    }

    async fn sign_transaction(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        transaction: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        (**self).sign_transaction(account_id, public_key, transaction).await
    }

    fn place(&self) -> String {
        (**self).place()
    }
}

/// Runs `work`, which may block, on one of tokio's threads for that. Without a tokio runtime, it runs on this thread.
///
/// # Errors
/// The error of `work`; [`KeyServiceError::Other`] if it panicked or the runtime is shutting down.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, KeyServiceError> + Send + 'static,
) -> Result<T, KeyServiceError> {
    match Handle::try_current() {
        Ok(runtime) => match runtime.spawn_blocking(work).await {
            Ok(done) => done,
            Err(lost) => Err(KeyServiceError::Other(Box::new(lost))),
        },
        Err(_no_runtime) => work(),
    }
}

/// Signs `bytes` with the one of `key_pairs` that has this public key, as [`KeyService::sign`] does.
///
/// # Errors
/// [`KeyServiceError::NoKey`] if none has it; [`KeyServiceError::Sign`] if its curve cannot sign such bytes.
pub fn sign_with_one_of<'a>(
    key_pairs: impl IntoIterator<Item = &'a KeyPair>,
    account_id: &AccountId,
    public_key: &PublicKey,
    bytes: &[u8],
) -> Result<Signature, KeyServiceError> {
    match key_pairs.into_iter().find(|pair| pair.public_key() == public_key) {
        Some(pair) => Ok(pair.sign(bytes)?),
        None => Err(KeyServiceError::no_key(account_id, public_key)),
    }
}

/// Why a key service could not sign, or list its keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyServiceError {
    /// The service has no such key for this account.
    #[error("no secret key for {public_key} of `{account_id}` is here")]
    NoKey {
        /// The account that should sign.
        account_id: AccountId,
        /// The key that was asked for.
        public_key: Box<PublicKey>,
    },
    /// The key's curve cannot sign such bytes.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A key file cannot be read, trusted or written.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The keychain cannot be used.
    #[error(transparent)]
    Keychain(#[from] KeychainError),
    /// The service does not answer, or cannot sign now. The same call may succeed later.
    #[error(
        "the key service cannot be used now: {why}; it is asked again when something is to be signed"
    )]
    Unavailable {
        /// What is wrong. Nothing secret.
        why: String,
    },
    /// The service does not sign this, however often it is asked.
    #[error("the key service refuses to sign: {why}")]
    Refused {
        /// Its reason. Nothing secret.
        why: String,
    },
    /// The service returned a signature that is not one of these bytes by this key.
    #[error(
        "the key service's signature is none by {public_key} of what it was given, so it is not used"
    )]
    WrongSignature {
        /// The key that was asked for.
        public_key: Box<PublicKey>,
    },
    /// Another implementation failed.
    #[error("the key service failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl KeyServiceError {
    pub(crate) fn no_key(account_id: &AccountId, public_key: &PublicKey) -> Self {
        Self::NoKey { account_id: account_id.clone(), public_key: Box::new(public_key.clone()) }
    }
}
