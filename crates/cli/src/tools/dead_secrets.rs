//! Secrets of deleted keys: the files that still contain them, and their removal.

use super::context::Context;
use super::key_name::short;
use super::vault::VaultName;
use crate::error::CliError;
use keyway::AccountId;
use keyway::keys::SurveyedFile;
use keyway::protocol::PublicKey;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Files with secrets that open nothing any more, or that are to be removed.
#[derive(Debug, Default, Serialize)]
pub(crate) struct DeadSecrets {
    #[serde(skip)]
    root: PathBuf,
    /// The command that removes them, without the keys.
    #[serde(skip)]
    command: String,
    /// Files that still contain one.
    #[serde(rename = "secret_files", skip_serializing_if = "Vec::is_empty")]
    stays: Vec<SecretFile>,
    /// Files that contained one and were removed.
    #[serde(rename = "removed_files", skip_serializing_if = "Vec::is_empty")]
    pub(crate) removed: Vec<PathBuf>,
    /// Errors while finding or removing them.
    #[serde(skip)]
    trouble: Option<CliError>,
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
    /// The files of these keys of `account`, which were deleted from the chain; `forget` removes
    /// the files. Errors are reported by [`DeadSecrets::whole`], after the answer.
    pub(crate) async fn of_keys(
        context: &Context,
        account: &AccountId,
        keys: &[PublicKey],
        forget: bool,
    ) -> Self {
        match Self::find(context, account, keys).await {
            Ok(dead) if forget => dead.forget(),
            Ok(dead) => dead,
            Err(error) => Self { trouble: Some(error), ..Self::default() },
        }
    }

    /// The files of these keys of `account`: plain, encrypted, and those that were set aside.
    ///
    /// # Errors
    /// If the key files cannot be read.
    pub(crate) async fn find(
        context: &Context,
        account: &AccountId,
        keys: &[PublicKey],
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
        for (path, key) in files.leftovers(account) {
            if keys.contains(&key) {
                let encrypted = path.to_string_lossy().contains(".sealed.");
                stays.push(SecretFile { path, key, encrypted });
            }
        }
        let mut seen = BTreeSet::new();
        stays.retain(|file| seen.insert(file.path.clone()));
        let root = context.credentials_dir()?;
        let command = context.command(&format!("key forget {account}"));
        Ok(Self { root, command, stays, ..Self::default() })
    }

    /// The key files of a deleted account, as [`DeadSecrets::of_keys`].
    pub(crate) async fn of_account(context: &Context, account: &AccountId, forget: bool) -> Self {
        match keys_in_files(context, account).await {
            Ok(keys) => Self::of_keys(context, account, &keys, forget).await,
            Err(error) => Self { trouble: Some(error), ..Self::default() },
        }
    }

    /// Only the files in one place.
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

    /// Removes the files. Files that cannot be removed stay, and [`DeadSecrets::whole`] reports
    /// them.
    pub(crate) fn forget(mut self) -> Self {
        for file in std::mem::take(&mut self.stays) {
            match remove_secret(&self.root, &file.path) {
                Ok(()) => self.removed.push(file.path),
                Err(error) => {
                    self.trouble.get_or_insert(error);
                    self.stays.push(file);
                }
            }
        }
        self
    }

    /// Whether all files were found, and removed if requested.
    ///
    /// # Errors
    /// The first error.
    pub(crate) fn whole(self) -> Result<Self, CliError> {
        match self.trouble {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }
}

/// Every key of the account that has a file here, including files that were set aside.
async fn keys_in_files(context: &Context, account: &AccountId) -> Result<Vec<PublicKey>, CliError> {
    let files = context.key_files().await?;
    let survey = files.survey()?.into_iter().filter(|file| file.account_id == *account);
    let left = files.leftovers(account).into_iter().map(|(_, key)| key);
    Ok(survey.filter_map(|file| file.public_key.ok()).chain(left).collect())
}

/// Removes a file with a secret, if it exists, and the directories below `root` that are empty
/// then.
///
/// # Errors
/// An error of the disk.
pub(crate) fn remove_secret(root: &Path, path: &Path) -> Result<(), CliError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        removed => removed.map_err(|source| CliError::File {
            doing: "remove",
            path: path.to_owned(),
            source,
        })?,
    }
    let within = |directory: &&Path| *directory != root && directory.starts_with(root);
    for directory in path.ancestors().skip(1).take_while(within) {
        // A directory that is not empty stays.
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
        if self.stays.is_empty() {
            return Ok(());
        }
        let mut keys: Vec<_> = self.stays.iter().map(|file| short(&file.key).to_string()).collect();
        keys.sort();
        keys.dedup();
        writeln!(f, "`{} {}` removes it", self.command, keys.join(" "))
    }
}
