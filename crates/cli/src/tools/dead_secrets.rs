//! Secrets whose keys are gone: the files that still hold them, and their end.

use super::context::Context;
use super::key_name::short;
use super::vault::VaultName;
use crate::error::CliError;
use keyway::keys::SurveyedFile;
use keyway::{AccountId, PublicKey};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// Files of secrets that open nothing any more, or are to be removed.
#[derive(Debug, Default, Serialize)]
pub(crate) struct DeadSecrets {
    #[serde(skip)]
    root: PathBuf,
    #[serde(skip)]
    account: Option<AccountId>,
    /// Files that still hold one.
    #[serde(rename = "secret_files", skip_serializing_if = "Vec::is_empty")]
    stays: Vec<SecretFile>,
    /// Files that held one, and were removed.
    #[serde(rename = "removed_files", skip_serializing_if = "Vec::is_empty")]
    pub(crate) removed: Vec<PathBuf>,
}

/// A file with the secret of one key.
#[derive(Clone, Debug, Serialize)]
#[serde(into = "PathBuf")]
struct SecretFile {
    path: PathBuf,
    key: PublicKey,
    encrypted: bool,
}

impl From<SecretFile> for PathBuf {
    fn from(file: SecretFile) -> Self {
        file.path
    }
}

impl DeadSecrets {
    /// The files of these keys of `account`, plain and encrypted, also those that were set aside; `forget` removes them.
    ///
    /// # Errors
    /// When the key files cannot be read or removed.
    pub(crate) async fn of_keys(
        context: &Context,
        account: &AccountId,
        keys: &[PublicKey],
        forget: bool,
    ) -> Result<Self, CliError> {
        let files = context.key_files().await?;
        let mut stays = Vec::new();
        for SurveyedFile { path, account_id, encrypted, public_key, .. } in files.survey()? {
            if let Ok(key) = public_key
                && account_id == *account
                && keys.contains(&key)
            {
                stays.push(SecretFile { path, key, encrypted });
            }
        }
        for key in keys {
            for path in files.leftovers_of(account, key) {
                stays.push(SecretFile { path, key: key.clone(), encrypted: false });
            }
        }
        let root = context.credentials_dir()?;
        let dead = Self { root, account: Some(account.clone()), stays, removed: Vec::new() };
        if forget { dead.forget() } else { Ok(dead) }
    }

    /// Every key file of `account`, which is gone.
    ///
    /// # Errors
    /// As [`DeadSecrets::of_keys`].
    pub(crate) async fn of_account(
        context: &Context,
        account: &AccountId,
        forget: bool,
    ) -> Result<Self, CliError> {
        let survey = context.key_files().await?.survey()?.into_iter();
        let theirs = survey.filter(|file| file.account_id == *account);
        let keys: Vec<_> = theirs.filter_map(|file| file.public_key.ok()).collect();
        Self::of_keys(context, account, &keys, forget).await
    }

    /// Those in one place alone.
    pub(crate) fn keep_only(&mut self, place: Option<VaultName>) {
        self.stays.retain(|file| match place {
            Some(VaultName::Files) => !file.encrypted,
            Some(VaultName::Encrypted) => file.encrypted,
            Some(VaultName::Keychain) => false,
            None => true,
        });
    }

    /// Whether there is a file of this key.
    pub(crate) fn holds(&self, key: &PublicKey) -> bool {
        self.stays.iter().any(|file| file.key == *key)
    }

    /// The files, in words.
    pub(crate) fn places(&self) -> String {
        let paths = self.stays.iter().map(|file| file.path.display().to_string());
        paths.collect::<Vec<_>>().join(", ")
    }

    /// Removes the files.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn forget(mut self) -> Result<Self, CliError> {
        for file in std::mem::take(&mut self.stays) {
            remove_secret(&self.root, &file.path)?;
            self.removed.push(file.path);
        }
        Ok(self)
    }
}

/// Removes a file with a secret in it, and the directories below `root` that are empty then.
///
/// # Errors
/// The disk's.
pub(crate) fn remove_secret(root: &Path, path: &Path) -> Result<(), CliError> {
    std::fs::remove_file(path).map_err(|source| CliError::File {
        doing: "remove",
        path: path.to_owned(),
        source,
    })?;
    let within = |directory: &&Path| *directory != root && directory.starts_with(root);
    for directory in path.ancestors().skip(1).take_while(within) {
        // A directory with something in it stays.
        if std::fs::remove_dir(directory).is_err() {
            break;
        }
    }
    Ok(())
}

impl fmt::Display for DeadSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for path in &self.removed {
            writeln!(f, "removed {}", path.display())?;
        }
        for file in &self.stays {
            writeln!(f, "the secret stays in {}", file.path.display())?;
        }
        let (Some(account), false) = (&self.account, self.stays.is_empty()) else { return Ok(()) };
        let mut keys: Vec<_> = self.stays.iter().map(|file| short(&file.key).to_string()).collect();
        keys.sort();
        keys.dedup();
        writeln!(f, "`keyway key forget {account} {}` removes it", keys.join(" "))
    }
}
