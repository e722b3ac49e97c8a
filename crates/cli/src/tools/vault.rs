//! The places where secret keys are saved and found.

use super::context::Context;
use crate::error::CliError;
use clap::ValueEnum;
use keyway::keys::{
    EncryptedFileKeys, FileKeys, KeyFileError, KeychainError, KeychainKeys, Passphrase,
    PassphraseError, SecretStore,
};
use keyway::protocol::PublicKey;
use keyway::{AccountId, KeyPair, KeyServiceError};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A place for secrets, as named on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VaultName {
    /// Plain key files, readable by their owner only
    #[default]
    Files,
    /// Key files encrypted with a passphrase
    Encrypted,
    /// The system's keychain
    Keychain,
}

/// A place for the secrets of one network.
#[derive(Clone, Debug)]
pub(crate) struct Vault {
    name: VaultName,
    store: Arc<dyn SecretStore>,
    /// The same, if it is plain key files.
    files: Option<FileKeys>,
}

/// Where a secret was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Kept {
    /// `None` for a file that is in no place for keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<VaultName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

impl Vault {
    /// Opens the place to read secrets.
    ///
    /// # Errors
    /// If it cannot be used.
    pub(crate) async fn open(context: &Context, name: VaultName) -> Result<Self, CliError> {
        let mut plain = None;
        let store: Arc<dyn SecretStore> = match name {
            VaultName::Files => {
                let files = context.key_files().await?;
                plain = Some(files.clone());
                Arc::new(files)
            }
            VaultName::Keychain => Arc::new(KeychainKeys::new(context.network_name().await?)?),
            VaultName::Encrypted => {
                let ask = || Passphrase::prompt("Passphrase of the key files: ");
                Arc::new(encrypted(context, ask).await?)
            }
        };
        Ok(Self { name, store, files: plain })
    }

    /// Opens the place to save a secret. A typed passphrase is asked for twice.
    ///
    /// # Errors
    /// If it cannot be used.
    pub(crate) async fn open_to_keep(context: &Context, name: VaultName) -> Result<Self, CliError> {
        if name != VaultName::Encrypted {
            return Self::open(context, name).await;
        }
        let ask =
            || Passphrase::prompt_twice("Passphrase for the key: ", "Repeat the passphrase: ");
        Ok(Self { name, store: Arc::new(encrypted(context, ask).await?), files: None })
    }

    /// Saves a key pair; the first key of an account also in the file that other tools read.
    ///
    /// # Errors
    /// If it exists already or cannot be written.
    pub(crate) fn keep(&self, account: &AccountId, pair: &KeyPair) -> Result<Kept, CliError> {
        match &self.files {
            Some(files) => Ok(self.kept(Some(files.save(account, pair)?))),
            None => self.keep_beside(account, pair),
        }
    }

    /// The same, but accepts that the same secret is saved there already.
    ///
    /// # Errors
    /// If it cannot be written, or something else is in its place.
    pub(crate) fn keep_once(&self, account: &AccountId, pair: &KeyPair) -> Result<Kept, CliError> {
        let kept = self.keep(account, pair);
        let Err(CliError::Keys(taken)) = &kept else { return kept };
        let path = match taken {
            KeyServiceError::File(KeyFileError::AlreadyExists { path }) => Some(path.clone()),
            KeyServiceError::Keychain(KeychainError::AlreadyExists { .. }) => None,
            _ => return kept,
        };
        match self.read(account, pair.public_key())? {
            Some(there) if there == *pair => Ok(self.kept(path)),
            _ => kept,
        }
    }

    /// Its name on the command line.
    pub(crate) fn name(&self) -> VaultName {
        self.name
    }

    /// The library's type for the place.
    pub(crate) fn store(&self) -> Arc<dyn SecretStore> {
        self.store.clone()
    }

    /// How to report a secret that was saved there.
    fn kept(&self, file: Option<PathBuf>) -> Kept {
        Kept::new(self.name, file)
    }

    /// Saves a key pair, without the file that other tools read.
    ///
    /// # Errors
    /// As [`Vault::keep`].
    pub(crate) fn keep_beside(
        &self,
        account: &AccountId,
        pair: &KeyPair,
    ) -> Result<Kept, CliError> {
        Ok(self.kept(self.store.write(account, pair)?))
    }

    /// The account's keys with a secret in this place.
    ///
    /// # Errors
    /// If the place cannot be read.
    pub(crate) fn list(&self, account: &AccountId) -> Result<Vec<PublicKey>, CliError> {
        Ok(self.store.list(account)?)
    }

    /// Reads a key pair; `None` if it is not there.
    ///
    /// # Errors
    /// If it is there but cannot be read.
    pub(crate) fn read(
        &self,
        account: &AccountId,
        public_key: &PublicKey,
    ) -> Result<Option<KeyPair>, CliError> {
        Ok(self.store.read(account, public_key)?)
    }

    /// Removes a key pair, and returns whether it was there.
    ///
    /// # Errors
    /// If the place cannot be written.
    pub(crate) fn erase(
        &self,
        account: &AccountId,
        public_key: &PublicKey,
    ) -> Result<bool, CliError> {
        Ok(self.store.erase(account, public_key)?)
    }
}

impl Kept {
    /// In a place for keys, in this file if it is one.
    pub(crate) fn new(kept: VaultName, file: Option<PathBuf>) -> Self {
        Self { kept: Some(kept), file }
    }

    /// In a file that no command searches.
    pub(crate) fn elsewhere(file: PathBuf) -> Self {
        Self { kept: None, file: Some(file) }
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "saved in {}", file.display()),
            None => f.write_str("saved in the keychain"),
        }
    }
}

/// This network's encrypted key files, with the passphrase from KEYWAY_PASSPHRASE or from the user.
pub(super) async fn encrypted(
    context: &Context,
    ask: impl FnOnce() -> Result<Passphrase, PassphraseError>,
) -> Result<EncryptedFileKeys, CliError> {
    let name = context.network_name().await?;
    let passphrase = match Passphrase::from_env("KEYWAY_PASSPHRASE") {
        Ok(passphrase) => passphrase,
        Err(PassphraseError::NotSet { .. }) => ask().map_err(without_terminal)?,
        Err(unusable) => return Err(unusable.into()),
    };
    EncryptedFileKeys::new(context.credentials_dir()?, name, passphrase)
        .map_err(|_| CliError::NetworkName { name: name.to_owned() })
}

/// If nobody can be asked, the error names the variable.
fn without_terminal(error: PassphraseError) -> CliError {
    match error {
        PassphraseError::NoTerminal(_) => CliError::KeyTrouble(format!(
            "{error}: set the variable KEYWAY_PASSPHRASE to the passphrase"
        )),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error was "No such device or address".
    #[test]
    fn without_a_terminal_the_passphrase_comes_from_a_variable() {
        let nobody = std::io::Error::from_raw_os_error(6);
        let told = without_terminal(PassphraseError::NoTerminal(nobody));
        assert!(told.words().contains("KEYWAY_PASSPHRASE"), "{}", told.words());
        assert_eq!(told.exit_code(), 9);
    }
}
