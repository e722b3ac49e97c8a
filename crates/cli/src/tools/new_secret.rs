//! A new secret, saved before its key is added to the chain.

use super::vault::{Kept, Vault};
use crate::error::CliError;
use keyway::protocol::PublicKey;
use keyway::{AccountId, Error, KeyPair};

/// A secret whose key is not on any account yet.
#[derive(Debug)]
pub(crate) struct NewSecret {
    vault: Vault,
    account: AccountId,
    public_key: PublicKey,
    kept: Kept,
}

impl NewSecret {
    /// Saves the key of a new account, including the file that older tools read.
    ///
    /// # Errors
    /// If the file exists already or cannot be written.
    pub(crate) fn of_new_account(
        vault: Vault,
        account: &AccountId,
        pair: &KeyPair,
    ) -> Result<Self, CliError> {
        let kept = vault.keep(account, pair)?;
        Ok(Self { vault, account: account.clone(), public_key: pair.public_key().clone(), kept })
    }

    /// Saves an additional key of an account, without the file that older tools read.
    ///
    /// # Errors
    /// As [`NewSecret::of_new_account`].
    pub(crate) fn one_more(
        vault: Vault,
        account: &AccountId,
        pair: &KeyPair,
    ) -> Result<Self, CliError> {
        let kept = vault.keep_beside(account, pair)?;
        Ok(Self { vault, account: account.clone(), public_key: pair.public_key().clone(), kept })
    }

    /// Where the secret is saved, once its key is on the chain. If the chain certainly did not
    /// accept the key, the secret is removed again.
    ///
    /// # Errors
    /// The transaction's error.
    pub(crate) fn settle<T, E: NotTaken>(
        secret: Option<Self>,
        sent: Result<T, E>,
    ) -> Result<(T, Option<Kept>), E> {
        match (sent, secret) {
            (Ok(sent), secret) => Ok((sent, secret.map(|secret| secret.kept))),
            (Err(error), Some(secret)) if error.is_not_taken() => {
                // If removing fails, the file is harmless: it opens nothing.
                let _stays = secret.vault.erase(&secret.account, &secret.public_key);
                Err(error)
            }
            (Err(error), _) => Err(error),
        }
    }
}

/// The secret is removed only if the error proves that the chain did not accept the key.
pub(crate) trait NotTaken {
    /// Whether the key certainly is on no account.
    fn is_not_taken(&self) -> bool;
}

impl NotTaken for Error {
    fn is_not_taken(&self) -> bool {
        use Error::{Argument, Failed, Key, Pool, Refused};
        matches!(self, Argument(_) | Refused(_) | Failed(_) | Pool(_) | Key(_))
    }
}

impl NotTaken for CliError {
    fn is_not_taken(&self) -> bool {
        match self {
            Self::Library(error) => error.is_not_taken(),
            Self::Foreseen(_) | Self::NoKey(_) | Self::NoSuchAccount { .. } | Self::NotDone(_) => {
                true
            }
            _ => false,
        }
    }
}
