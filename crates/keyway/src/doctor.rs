//! The doctor: what is wrong with key files, and which of them hold secrets that are no longer of use.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use keyway::doctor::{Doctor, FileProblem};
//! use keyway::keys::{FileKeys, sweep};
//! use keyway::{KeyPair, Sandbox};
//!
//! let (sandbox, home) = (Sandbox::new(), tempfile::tempdir()?);
//! let chain_id = sandbox.client().status().await?.chain_id;
//! let files = FileKeys::new(home.path(), &chain_id)?;
//! files.save(&"nobody.near".parse()?, &KeyPair::random_ed25519())?;
//!
//! let swept = sweep(home.path()).files;
//! let mut doctor = Doctor::of_chain(sandbox.client(), vec![chain_id], false).await;
//! let findings = doctor.examine(&swept[0]).await;
//! assert!(matches!(findings[0].problem, FileProblem::NoAccount));
//! assert_eq!(doctor.removable(home.path(), &swept).await.len(), 2);
//! # Ok(())
//! # }
//! ```

use crate::client::{Client, PublicKeyHandle};
use crate::error::{Error, QueryError};
use crate::rotation::ProgressFile;
use keyway_guard::is_open_to_others;
use keyway_signer::{FileRole, KeyFileError, SweptFile};
use near_crypto::PublicKey;
use near_primitives::types::AccountId;
use near_primitives::utils::{derive_eth_implicit_account_id, derive_near_implicit_account_id};
use serde::Serialize;
use std::collections::HashMap;
use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Examines files that a [`sweep`](crate::keys::sweep) found, and compares their keys with a chain. Each account is queried
/// once.
#[derive(Debug)]
pub struct Doctor {
    client: Option<Client>,
    /// Directories whose keys are compared. The first is named like the chain.
    folders: Vec<String>,
    /// Whether the chain id is the name of the first directory.
    is_that_chain: bool,
    /// `None` for an account that does not exist.
    known: HashMap<AccountId, Option<Vec<PublicKeyHandle>>>,
    error: Option<Error>,
}

/// A problem with a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FileFinding {
    /// The file.
    pub path: PathBuf,
    /// The account whose key it holds, if known.
    #[serde(rename = "account", skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// What is wrong.
    #[serde(flatten)]
    pub problem: FileProblem,
}

/// The kinds of problems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FileProblem {
    /// Its key cannot be read.
    Unusable {
        /// Why.
        why: String,
    },
    /// Users other than its owner can open it.
    Open {
        /// Its Unix permission bits.
        mode: u32,
    },
    /// Its account does not exist.
    NoAccount,
    /// Its account does not have its key.
    NotOnChain {
        /// The key.
        public_key: PublicKeyHandle,
    },
    /// A rotation set it aside, and the secret is still in it.
    SetAside,
    /// A crash left it half written.
    HalfWritten,
    /// It holds a secret where no tool looks for one.
    Copy,
}

impl Doctor {
    /// Compares the keys in `folders` with the chain of `client` at one block, the newest final one. The first folder is named like the chain that its keys are
    /// for; the chain id must agree before any of its files is [`removable`](Self::removable), unless `any_name` says that
    /// the folder belongs to this chain whatever its name is.
    ///
    /// If the chain does not answer, files are examined without it; [`error`](Self::error) returns the reason.
    pub async fn of_chain(client: Client, folders: Vec<String>, any_name: bool) -> Self {
        let mut doctor = Self { folders, ..Self::offline() };
        let known = async { Ok((client.status().await?, client.pinned().await?)) };
        match known.await {
            Ok((status, pinned)) => {
                doctor.is_that_chain = any_name || doctor.folders.first() == Some(&status.chain_id);
                doctor.client = Some(pinned);
            }
            Err(error) => doctor.error = Some(error),
        }
        doctor
    }

    /// Examines files without a chain.
    #[must_use]
    pub fn offline() -> Self {
        let (folders, known) = (Vec::new(), HashMap::new());
        Self { client: None, folders, is_that_chain: false, known, error: None }
    }

    /// All problems of `file`.
    pub async fn examine(&mut self, file: &SweptFile) -> Vec<FileFinding> {
        let mut problems = Vec::new();
        if let Some(mode) = file.mode.filter(|mode| is_open_to_others(*mode)) {
            problems.push(FileProblem::Open { mode });
        }
        match file.role {
            FileRole::SetAside => problems.push(FileProblem::SetAside),
            FileRole::HalfWritten => problems.push(FileProblem::HalfWritten),
            FileRole::Copy => problems.push(FileProblem::Copy),
            _ => {}
        }
        match (&file.public_key, &file.account_id) {
            (Some(Err(error)), _) => problems.push(FileProblem::Unusable { why: words(error) }),
            (Some(Ok(key)), Some(account)) if self.compares(file) => {
                self.ask(account).await;
                // One problem is enough for a copy or a retired file.
                if matches!(file.role, FileRole::Plain | FileRole::Encrypted) {
                    problems.extend(self.missing(account, key));
                }
            }
            _ => {}
        }
        let finding = |problem| FileFinding {
            path: file.path.clone(),
            account_id: file.account_id.clone(),
            problem,
        };
        problems.into_iter().map(finding).collect()
    }

    /// The files below `root` that can be removed without loss: those whose key is certainly on no account that is known
    /// here, and leftovers of a crash that hold nothing else. Without an answer from the chain, every key stays.
    pub async fn removable<'a>(
        &mut self,
        root: &Path,
        files: &'a [SweptFile],
    ) -> Vec<&'a SweptFile> {
        let dead: Vec<_> = files
            .iter()
            .filter(|file| self.is_dead(file, files) && !is_being_rotated(root, file))
            .filter(|file| file.role != FileRole::HalfWritten || is_a_minute_old(file))
            .collect();
        // A key may be on another account than its file says.
        let keys = dead.iter().filter_map(|file| file.public_key.as_ref()?.as_ref().ok());
        let own: Vec<_> = keys.filter_map(own_account).collect();
        if !dead.is_empty() {
            for account in files.iter().filter_map(|file| file.account_id.as_ref()).chain(&own) {
                self.ask(account).await;
            }
        }
        let goes = |file: &&SweptFile| match &file.public_key {
            Some(Ok(key)) => {
                self.answered() && (!self.opens_any(key) || is_copy_of_another(file, files))
            }
            _ => true,
        };
        dead.into_iter().filter(goes).collect()
    }

    /// Whether the chain answered every query.
    #[must_use]
    pub fn answered(&self) -> bool {
        self.client.is_some() && self.error.is_none()
    }

    /// Whether the keys in the directory `folder` were compared with the chain.
    #[must_use]
    pub fn compared(&self, folder: &str) -> bool {
        self.answered() && self.folders.iter().any(|name| name == folder)
    }

    /// Why the chain could not be queried.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Whether the file's keys are compared.
    fn compares(&self, file: &SweptFile) -> bool {
        file.folder.as_ref().is_some_and(|folder| self.compared(folder))
    }

    /// Whether the file certainly belongs to this chain.
    fn is_surely_of_chain(&self, file: &SweptFile) -> bool {
        self.compares(file) && self.is_that_chain && file.folder.as_ref() == self.folders.first()
    }

    async fn ask(&mut self, account: &AccountId) {
        let Some(client) = self.client.as_ref().filter(|_| self.error.is_none()) else { return };
        if !self.known.contains_key(account) {
            match keys_of(client, account).await {
                Ok(keys) => drop(self.known.insert(account.clone(), keys)),
                Err(error) => self.error = Some(error),
            }
        }
    }

    /// What is missing on the chain; none if that is unknown.
    fn missing(&self, account: &AccountId, key: &PublicKey) -> Option<FileProblem> {
        let public_key = PublicKeyHandle::from(key);
        match self.known.get(account)? {
            None => Some(FileProblem::NoAccount),
            Some(keys) if keys.contains(&public_key) => None,
            Some(_) => Some(FileProblem::NotOnChain { public_key }),
        }
    }

    /// Whether its account certainly does not have its key, or a crash left the file.
    fn is_dead(&self, file: &SweptFile, files: &[SweptFile]) -> bool {
        match (&file.public_key, &file.account_id) {
            (Some(Ok(key)), Some(account)) if self.is_surely_of_chain(file) => {
                let dead = self.surely_lacks(account, key) || is_copy_of_another(file, files);
                dead && file.holds_one_key
            }
            // Nothing readable was written.
            (None, _) => file.role == FileRole::HalfWritten,
            _ => false,
        }
    }

    /// Whether the account does not have the key, and will not get it by a transfer.
    fn surely_lacks(&self, account: &AccountId, key: &PublicKey) -> bool {
        match self.known.get(account) {
            // A transfer would create it.
            Some(None) => !account.get_account_type().is_implicit(),
            Some(Some(keys)) => !keys.contains(&PublicKeyHandle::from(key)),
            None => false,
        }
    }

    /// Whether an account that was queried has the key, or is derived from it.
    fn opens_any(&self, key: &PublicKey) -> bool {
        let handle = PublicKeyHandle::from(key);
        let exists = |account| self.known.get(&account).is_some_and(Option::is_some);
        let made = matches!(key, PublicKey::SECP256K1(_)) && own_account(key).is_some_and(exists);
        made || self.known.values().flatten().any(|keys| keys.contains(&handle))
    }
}

async fn keys_of(
    client: &Client,
    account: &AccountId,
) -> Result<Option<Vec<PublicKeyHandle>>, Error> {
    match client.account(account).await {
        Ok(_) => {}
        Err(Error::Query(QueryError::UnknownAccount { .. })) => return Ok(None),
        Err(error) => return Err(error),
    }
    let keys = client.access_keys(account).await?;
    Ok(Some(keys.into_iter().map(|key| key.public_key).collect()))
}

/// The implicit account of the key. That of a secp256k1 key is controlled by signatures, not by an access key.
fn own_account(key: &PublicKey) -> Option<AccountId> {
    match key {
        PublicKey::ED25519(key) => Some(derive_near_implicit_account_id(key)),
        PublicKey::SECP256K1(key) => Some(derive_eth_implicit_account_id(key)),
        _ => None,
    }
}

/// Whether a rotation of its account is in progress on any network; it may need any key of the account.
fn is_being_rotated(root: &Path, file: &SweptFile) -> bool {
    let Some(account) = &file.account_id else { return false };
    let Ok(networks) = std::fs::read_dir(root) else { return true };
    let progress = |network: &Path| network.join(account.as_str()).join(ProgressFile::<()>::NAME);
    networks.flatten().any(|network| progress(&network.path()).exists())
}

/// Whether it is old enough that no process is still writing it.
fn is_a_minute_old(file: &SweptFile) -> bool {
    let modified = std::fs::metadata(&file.path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > Duration::from_secs(60)))
}

/// Whether a crash left it beside the file that it should have replaced.
fn is_copy_of_another(file: &SweptFile, files: &[SweptFile]) -> bool {
    let Some(Ok(key)) = &file.public_key else { return false };
    let same = |other: &&SweptFile| {
        other.role == FileRole::Plain
            && other.account_id == file.account_id
            && matches!(&other.public_key, Some(Ok(theirs)) if theirs == key)
    };
    file.role == FileRole::HalfWritten && files.iter().any(|other| same(&other))
}

/// The error and its cause.
fn words(error: &KeyFileError) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests {
    use super::*;
    use crate::{KeyPair, Sandbox};
    use keyway_signer::{FileKeys, sweep};

    const CHAIN: &str = "localnet";

    async fn removable(doctor: &mut Doctor, root: &Path) -> usize {
        let files = sweep(root).files;
        for file in &files {
            doctor.examine(file).await;
        }
        doctor.removable(root, &files).await.len()
    }

    #[tokio::test]
    async fn only_the_named_chain_says_that_a_key_is_dead() {
        let (sandbox, home) = (Sandbox::new(), tempfile::tempdir().unwrap());
        let nobody = "nobody.near".parse().unwrap();
        FileKeys::new(home.path(), CHAIN)
            .unwrap()
            .save(&nobody, &KeyPair::random_ed25519())
            .unwrap();
        let root = home.path();
        assert_eq!(removable(&mut Doctor::offline(), root).await, 0);
        let mut other = Doctor::of_chain(sandbox.client(), vec!["mainnet".to_owned()], false).await;
        assert_eq!(removable(&mut other, root).await, 0);
        assert!(!other.compared(CHAIN));
        let name = sandbox.client().status().await.unwrap().chain_id;
        let same = name == CHAIN;
        let mut renamed = Doctor::of_chain(sandbox.client(), vec![CHAIN.to_owned()], !same).await;
        assert_eq!(removable(&mut renamed, root).await, 2);
    }

    #[tokio::test]
    async fn what_a_rotation_may_need_stays() {
        let (sandbox, home) = (Sandbox::new(), tempfile::tempdir().unwrap());
        let nobody: AccountId = "nobody.near".parse().unwrap();
        FileKeys::new(home.path(), CHAIN)
            .unwrap()
            .save(&nobody, &KeyPair::random_ed25519())
            .unwrap();
        let progress = home.path().join("testnet/nobody.near").join(ProgressFile::<()>::NAME);
        std::fs::create_dir_all(progress.parent().unwrap()).unwrap();
        std::fs::write(progress, "{}").unwrap();
        let mut doctor = Doctor::of_chain(sandbox.client(), vec![CHAIN.to_owned()], true).await;
        assert_eq!(removable(&mut doctor, home.path()).await, 0);
    }
}
