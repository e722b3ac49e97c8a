//! The places where secret keys are put and found again.

use super::context::Context;
use super::signing::encrypted;
use crate::error::CliError;
use clap::ValueEnum;
use keyway::keys::{
    EncryptedFileKeys, FileKeys, KeyFileError, KeychainError, KeychainKeys, Passphrase,
};
use keyway::{AccountId, KeyPair, KeyService, KeyServiceError, PublicKey};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// A place for secrets, as the command line names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VaultName {
    /// Plain key files, for their owner only
    #[default]
    Files,
    /// Key files encrypted with a passphrase
    Encrypted,
    /// The system's keychain
    Keychain,
}

/// A place for secrets of one network.
#[derive(Debug)]
pub(crate) enum Vault {
    /// Plain key files.
    Files(FileKeys),
    /// Encrypted key files.
    Encrypted(EncryptedFileKeys),
    /// The system's keychain.
    Keychain(KeychainKeys),
}

/// Where a secret was put.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Kept {
    /// None for a file that is in no place of keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<VaultName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

impl Vault {
    /// The place to find secrets in.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(crate) async fn open(context: &Context, name: VaultName) -> Result<Self, CliError> {
        Ok(match name {
            VaultName::Files => Self::Files(context.key_files().await?),
            VaultName::Keychain => {
                Self::Keychain(KeychainKeys::new(context.network_name().await?)?)
            }
            VaultName::Encrypted => {
                let ask = || Passphrase::prompt("Passphrase of the key files: ");
                Self::Encrypted(encrypted(context, ask).await?)
            }
        })
    }

    /// The place to put a secret in. A passphrase that is typed is asked for twice.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(crate) async fn open_to_keep(context: &Context, name: VaultName) -> Result<Self, CliError> {
        if name != VaultName::Encrypted {
            return Self::open(context, name).await;
        }
        let ask =
            || Passphrase::prompt_twice("Passphrase for the key: ", "Repeat the passphrase: ");
        Ok(Self::Encrypted(encrypted(context, ask).await?))
    }

    /// Puts a key pair there, and the account's first key where other tools look for it.
    ///
    /// # Errors
    /// When it is there already, or cannot be written.
    pub(crate) fn keep(&self, account: &AccountId, pair: &KeyPair) -> Result<Kept, CliError> {
        match self {
            Self::Files(files) => Ok(Kept::file(VaultName::Files, files.save(account, pair)?)),
            _ => self.keep_beside(account, pair),
        }
    }

    /// The same, where the same secret may be there already.
    ///
    /// # Errors
    /// When it cannot be written, or something else is in its place.
    pub(crate) fn keep_once(&self, account: &AccountId, pair: &KeyPair) -> Result<Kept, CliError> {
        let kept = self.keep(account, pair);
        let Err(CliError::Keys(taken)) = &kept else { return kept };
        let path = match taken {
            KeyServiceError::File(KeyFileError::AlreadyExists { path }) => Some(path.clone()),
            KeyServiceError::Keychain(KeychainError::AlreadyExists { .. }) => None,
            _ => return kept,
        };
        match self.find(account, pair.public_key())? {
            Some(there) if there == *pair => Ok(Kept { kept: Some(self.name()), file: path }),
            _ => kept,
        }
    }

    /// As the command line names it.
    pub(crate) fn name(&self) -> VaultName {
        match self {
            Self::Files(_) => VaultName::Files,
            Self::Encrypted(_) => VaultName::Encrypted,
            Self::Keychain(_) => VaultName::Keychain,
        }
    }

    /// Puts a key pair there where other tools do not find it yet.
    ///
    /// # Errors
    /// As [`Vault::keep`].
    pub(crate) fn keep_beside(
        &self,
        account: &AccountId,
        pair: &KeyPair,
    ) -> Result<Kept, CliError> {
        Ok(match self {
            Self::Files(files) => Kept::file(VaultName::Files, files.save_beside(account, pair)?),
            Self::Encrypted(files) => Kept::file(VaultName::Encrypted, files.save(account, pair)?),
            Self::Keychain(keychain) => {
                keychain.save(account, pair)?;
                Kept { kept: Some(VaultName::Keychain), file: None }
            }
        })
    }

    /// The account's keys whose secrets are there.
    ///
    /// # Errors
    /// When the place cannot be read.
    pub(crate) fn public_keys(&self, account: &AccountId) -> Result<Vec<PublicKey>, CliError> {
        Ok(match self {
            Self::Files(files) => {
                let pairs = files.find(account).key_pairs;
                pairs.iter().map(|pair| pair.public_key().clone()).collect()
            }
            Self::Encrypted(files) => files.find(account).0,
            Self::Keychain(keychain) => keychain.public_keys(account)?,
        })
    }

    /// Reads a key pair; none when it is not there.
    ///
    /// # Errors
    /// When what is there cannot be read.
    pub(crate) fn find(
        &self,
        account: &AccountId,
        public_key: &PublicKey,
    ) -> Result<Option<KeyPair>, CliError> {
        Ok(match self {
            Self::Files(files) => {
                let pairs = files.find(account).key_pairs;
                pairs.into_iter().find(|pair| pair.public_key() == public_key)
            }
            Self::Encrypted(files) if files.find(account).0.contains(public_key) => {
                Some(files.open(account, public_key)?)
            }
            Self::Encrypted(_) => None,
            Self::Keychain(keychain) => keychain.get(account, public_key)?,
        })
    }

    /// Sets a key pair aside where no tool looks. Returns the files; none where nothing is there, or
    /// in a keychain, where it stays.
    ///
    /// # Errors
    /// When the place cannot be written.
    pub(crate) fn retire(
        &self,
        account: &AccountId,
        public_key: &PublicKey,
    ) -> Result<Vec<PathBuf>, CliError> {
        Ok(match self {
            Self::Files(files) => files.retire(account, public_key)?,
            Self::Encrypted(files) => files.retire(account, public_key)?.into_iter().collect(),
            Self::Keychain(_) => Vec::new(),
        })
    }

    /// Takes a key pair away, and tells whether it was there.
    ///
    /// # Errors
    /// When the place cannot be written.
    pub(crate) fn remove(
        &self,
        account: &AccountId,
        public_key: &PublicKey,
    ) -> Result<bool, CliError> {
        Ok(match self {
            Self::Files(files) => !files.remove(account, public_key)?.is_empty(),
            Self::Encrypted(files) => files.remove(account, public_key)?,
            Self::Keychain(keychain) => keychain.remove(account, public_key)?,
        })
    }
}

impl Kept {
    /// In this file.
    fn file(kept: VaultName, file: PathBuf) -> Self {
        Self { kept: Some(kept), file: Some(file) }
    }

    /// In a file that no command finds by itself.
    pub(crate) fn elsewhere(file: PathBuf) -> Self {
        Self { kept: None, file: Some(file) }
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "kept in {}", file.display()),
            None => f.write_str("kept in the keychain"),
        }
    }
}
