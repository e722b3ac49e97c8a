//! The one thing that a signer asks of a place where keys rest.

use crate::{KeyFileError, KeychainError, SignError};
use near_crypto::{PublicKey, Signature};
use near_primitives::types::AccountId;
use std::fmt::Debug;
use std::sync::Arc;

/// A place where keys rest, and that signs with them. The secrets need not leave it.
///
/// A call may block, on a disk or on a person: in an async program make it where blocking is allowed.
///
/// Implement it for a hardware key or a remote vault. This crate has it for [memory](crate::MemoryKeys),
/// [key files](crate::FileKeys), [encrypted ones](crate::EncryptedFileKeys), the [keychain](crate::KeychainKeys) and an
/// [environment variable](crate::EnvironmentKey).
pub trait KeyService: Debug + Send + Sync {
    /// The public keys that this service can sign with for `account_id`, in a fixed order; empty when there are none.
    ///
    /// # Errors
    /// When the place cannot be read.
    fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError>;

    /// Signs `bytes` as they are with the secret of `public_key`. NEAR signs hashes: 32 bytes.
    ///
    /// # Errors
    /// [`KeyServiceError::NoKey`] when that key is not here for that account; when the place cannot be read; when the
    /// curve cannot sign such bytes.
    fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError>;

    /// Where the keys rest, for people who miss one there: a directory, the keychain. Nothing secret.
    fn place(&self) -> String {
        "the key service".to_owned()
    }
}

impl<S: KeyService + ?Sized> KeyService for Arc<S> {
    fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        (**self).public_keys(account_id)
    }

    fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        (**self).sign(account_id, public_key, bytes)
    }

    fn place(&self) -> String {
        (**self).place()
    }
}

/// Why a key service did not sign, or did not list its keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyServiceError {
    /// The service has no such key for this account.
    #[error("no secret key for {public_key} of `{account_id}` is here")]
    NoKey {
        /// The account that was to sign.
        account_id: AccountId,
        /// The key that was asked for.
        public_key: Box<PublicKey>,
    },
    /// The key's curve cannot sign such bytes.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A key file is not as it should be.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The keychain is not as it should be.
    #[error(transparent)]
    Keychain(#[from] KeychainError),
    /// A service of your own failed.
    #[error("the key service failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl KeyServiceError {
    pub(crate) fn no_key(account_id: &AccountId, public_key: &PublicKey) -> Self {
        Self::NoKey { account_id: account_id.clone(), public_key: Box::new(public_key.clone()) }
    }
}
