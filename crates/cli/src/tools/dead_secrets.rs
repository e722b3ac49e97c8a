//! Secrets whose keys are gone: the files that still hold them, and their end.

use super::context::Context;
use super::key_name::short;
use super::vault::VaultName;
use crate::error::CliError;
use keyway::keys::SurveyedFile;
use keyway::{AccountId, PublicKey};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Files of secrets that open nothing any more, or are to be removed.
#[derive(Debug, Default, Serialize)]
pub(crate) struct DeadSecrets {
    #[serde(skip)]
    root: PathBuf,
    /// The command that removes them, without their keys.
    #[serde(skip)]
    command: String,
    /// Files that still hold one.
    #[serde(rename = "secret_files", skip_serializing_if = "Vec::is_empty")]
    stays: Vec<SecretFile>,
    /// Files that held one, and were removed.
    #[serde(rename = "removed_files", skip_serializing_if = "Vec::is_empty")]
    pub(crate) removed: Vec<PathBuf>,
    /// Why not all is known or removed.
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
    /// After these keys of `account` went from the chain: their files, which `forget` removes. What goes wrong is told by
    /// [`DeadSecrets::whole`], after the answer was given.
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

    /// The files of these keys of `account`, plain and encrypted, also those that were set aside.
    ///
    /// # Errors
    /// When the key files cannot be read.
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

    /// After `account` is gone: every key file of it, as [`DeadSecrets::of_keys`].
    pub(crate) async fn of_account(context: &Context, account: &AccountId, forget: bool) -> Self {
        match keys_in_files(context, account).await {
            Ok(keys) => Self::of_keys(context, account, &keys, forget).await,
            Err(error) => Self { trouble: Some(error), ..Self::default() },
        }
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

    /// Removes the files. Those that cannot be removed stay, as [`DeadSecrets::whole`] tells.
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

    /// Whether all is known and was removed as it should be.
    ///
    /// # Errors
    /// The first that was met.
    pub(crate) fn whole(self) -> Result<Self, CliError> {
        match self.trouble {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }
}

/// Every key of the account that has a file here, also where it was set aside.
async fn keys_in_files(context: &Context, account: &AccountId) -> Result<Vec<PublicKey>, CliError> {
    let files = context.key_files().await?;
    let survey = files.survey()?.into_iter().filter(|file| file.account_id == *account);
    let left = files.leftovers(account).into_iter().map(|(_, key)| key);
    Ok(survey.filter_map(|file| file.public_key.ok()).chain(left).collect())
}

/// Removes a file with a secret in it, unless it is gone, and the directories below `root` that are empty then.
///
/// # Errors
/// The disk's.
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
        if self.stays.is_empty() {
            return Ok(());
        }
        let mut keys: Vec<_> = self.stays.iter().map(|file| short(&file.key).to_string()).collect();
        keys.sort();
        keys.dedup();
        writeln!(f, "`{} {}` removes it", self.command, keys.join(" "))
    }
}
