//! Which secrets open nothing, and their end.

use super::judge::OnChain;
use crate::error::CliError;
use crate::tools::{Consent, remove_secret};
use keyway::keys::{FileRole, SweptFile};
use std::path::{Path, PathBuf};

/// Files that are to go.
#[derive(Debug)]
pub(super) struct Prune {
    files: Vec<PathBuf>,
}

impl Prune {
    /// Those whose key the chain certainly does not have, and what a crash left that is of no use.
    /// Where the chain is silent, every file stays.
    pub(super) fn of(files: &[SweptFile], on_chain: &OnChain) -> Self {
        let dead = files.iter().filter(|file| match (&file.public_key, &file.account_id) {
            (Some(Ok(key)), Some(account)) if on_chain.is_surely_about(file) => {
                on_chain.surely_lacks(account, key) || is_copy_of_another(file, files)
            }
            // Nothing that could be read was written.
            (None, _) => file.role == FileRole::HalfWritten,
            _ => false,
        });
        Self { files: dead.map(|file| file.path.clone()).collect() }
    }

    /// Removes them, when that is confirmed.
    ///
    /// # Errors
    /// [`CliError::NotConfirmed`], or the disk's.
    pub(super) fn run(self, root: &Path, given: bool) -> Result<Vec<PathBuf>, CliError> {
        if self.files.is_empty() {
            return Ok(self.files);
        }
        let paths: Vec<_> = self.files.iter().map(|path| path.display().to_string()).collect();
        let danger = format!(
            "{} with secrets that open nothing will be removed: {}.",
            if paths.len() == 1 { "1 file".to_owned() } else { format!("{} files", paths.len()) },
            paths.join(", ")
        );
        Consent { danger: &danger, word: "forget", flag: "--yes-forget", given }.ask()?;
        self.files.iter().try_for_each(|path| remove_secret(root, path))?;
        Ok(self.files)
    }
}

/// Whether a crash left it beside the file that it was to become.
fn is_copy_of_another(file: &SweptFile, files: &[SweptFile]) -> bool {
    let Some(Ok(key)) = &file.public_key else { return false };
    let same = |other: &&SweptFile| {
        other.role == FileRole::Plain
            && other.account_id == file.account_id
            && matches!(&other.public_key, Some(Ok(theirs)) if theirs == key)
    };
    file.role == FileRole::HalfWritten && files.iter().any(|other| same(&other))
}
