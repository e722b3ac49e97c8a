//! A new secret, kept before the chain hears of its key.

use super::vault::{Kept, Vault};
use crate::error::CliError;
use keyway::{AccountId, Error, KeyPair, PublicKey};

/// A secret whose key no account has yet.
#[derive(Debug)]
pub(crate) struct NewSecret {
    vault: Vault,
    account: AccountId,
    public_key: PublicKey,
    kept: Kept,
}

impl NewSecret {
    /// Keeps the key of a new account, where older tools look for it, too.
    ///
    /// # Errors
    /// When it is there already, or cannot be written.
    pub(crate) fn of_new_account(
        vault: Vault,
        account: &AccountId,
        pair: &KeyPair,
    ) -> Result<Self, CliError> {
        let kept = vault.keep(account, pair)?;
        Ok(Self { vault, account: account.clone(), public_key: pair.public_key().clone(), kept })
    }

    /// Keeps one more key of an account, beside the one that older tools use.
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

    /// Where it is kept once its key is on the chain. Where it is certain that the chain did not take
    /// the key, the secret is removed again.
    ///
    /// # Errors
    /// What became of the transaction.
    pub(crate) fn settle<T, E: NotTaken>(
        secret: Option<Self>,
        sent: Result<T, E>,
    ) -> Result<(T, Option<Kept>), E> {
        match (sent, secret) {
            (Ok(sent), secret) => Ok((sent, secret.map(|secret| secret.kept))),
            (Err(error), Some(secret)) if error.is_not_taken() => {
                // What cannot be removed opens nothing.
                let _stays = secret.vault.erase(&secret.account, &secret.public_key);
                Err(error)
            }
            (Err(error), _) => Err(error),
        }
    }
}

/// An error after which it is certain, or not, that the chain did not take the key.
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
