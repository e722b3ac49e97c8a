//! Which secrets open nothing, and their end.

use super::judge::OnChain;
use crate::commands::key::JOURNAL;
use crate::error::CliError;
use crate::tools::{Consent, Context, remove_secret};
use keyway::keys::{FileRole, SweptFile};
use keyway::{AccountId, PublicKey};
use near_primitives::utils::{derive_eth_implicit_account_id, derive_near_implicit_account_id};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Files that are to go.
#[derive(Debug)]
pub(super) struct Prune {
    files: Vec<PathBuf>,
}

impl Prune {
    /// Those whose key certainly opens no account that is known here, and what a crash left that is of no use. Where
    /// the chain is silent, every file stays.
    pub(super) async fn of(
        context: &Context,
        root: &Path,
        files: &[SweptFile],
        on_chain: &mut OnChain,
    ) -> Self {
        let doomed: Vec<_> = files
            .iter()
            .filter(|file| is_dead(file, files, on_chain) && !rotates(root, file))
            .filter(|file| file.role != FileRole::HalfWritten || is_a_minute_old(file))
            .collect();
        // A key may open an account other than the one that its file is of.
        let keys = doomed.iter().filter_map(|file| file.public_key.as_ref()?.as_ref().ok());
        let own: Vec<_> = keys.filter_map(own_account).collect();
        if !doomed.is_empty() {
            for account in files.iter().filter_map(|file| file.account_id.as_ref()).chain(&own) {
                on_chain.ask(context, account).await;
            }
        }
        let answered = on_chain.answered();
        let goes = doomed.iter().filter(|file| match &file.public_key {
            Some(Ok(key)) => answered && (!opens(on_chain, key) || is_copy_of_another(file, files)),
            _ => true,
        });
        Self { files: goes.map(|file| file.path.clone()).collect() }
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

/// Whether its account does not have its key, as far as that is known so far; or a crash left it.
fn is_dead(file: &SweptFile, files: &[SweptFile], on_chain: &OnChain) -> bool {
    match (&file.public_key, &file.account_id) {
        (Some(Ok(key)), Some(account)) if on_chain.is_surely_about(file) => {
            let dead = on_chain.surely_lacks(account, key) || is_copy_of_another(file, files);
            dead && file.holds_one_key
        }
        // Nothing that could be read was written.
        (None, _) => file.role == FileRole::HalfWritten,
        _ => false,
    }
}

/// Whether an account is known to have the key, or to be made of it.
fn opens(on_chain: &OnChain, key: &PublicKey) -> bool {
    let made = matches!(key, PublicKey::SECP256K1(_))
        && own_account(key).is_some_and(|account| on_chain.is_there(&account));
    made || on_chain.opens_any(key)
}

/// The implicit account of the key itself. That of a secp256k1 key is opened by its signature, not by an access key.
fn own_account(key: &PublicKey) -> Option<AccountId> {
    match key {
        PublicKey::ED25519(key) => Some(derive_near_implicit_account_id(key)),
        PublicKey::SECP256K1(key) => Some(derive_eth_implicit_account_id(key)),
        _ => None,
    }
}

/// Whether a rotation of its account is under way, on whichever network: it may need any key of the account.
fn rotates(root: &Path, file: &SweptFile) -> bool {
    let Some(account) = &file.account_id else { return false };
    let Ok(networks) = std::fs::read_dir(root) else { return true };
    networks.flatten().any(|network| network.path().join(account.as_str()).join(JOURNAL).exists())
}

/// Whether no process is still writing it.
fn is_a_minute_old(file: &SweptFile) -> bool {
    let modified = std::fs::metadata(&file.path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > Duration::from_secs(60)))
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
