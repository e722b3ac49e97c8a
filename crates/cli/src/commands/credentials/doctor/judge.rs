//! What is wrong with one file.

use crate::error::CliError;
use crate::tools::{Context, file_words, short};
use keyway::client::PublicKeyHandle;
use keyway::error::QueryError;
use keyway::guard::is_open_to_others;
use keyway::keys::{FileRole, SweptFile};
use keyway::{AccountId, Error, PublicKey};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

/// Something that is wrong with a file.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) path: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<AccountId>,
    #[serde(flatten)]
    pub(super) problem: Problem,
}

/// What may be wrong with a file.
#[derive(Debug, Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub(super) enum Problem {
    /// Its key cannot be had.
    Unusable { why: String },
    /// Others can open it.
    Open { mode: u32, mended: bool },
    /// Its account does not exist.
    NoAccount,
    /// Its account does not have its key.
    NotOnChain { public_key: PublicKeyHandle },
    /// A rotation set it aside, and the secret is still there.
    SetAside,
    /// A crash left it while it was being written.
    HalfWritten,
    /// A secret where no tool looks for one.
    Copy,
}

impl Finding {
    /// Takes it for mended, where `--fix` mends it.
    pub(super) fn mend(&mut self) -> bool {
        if let Problem::Open { mended, .. } = &mut self.problem {
            *mended = true;
            return true;
        }
        false
    }

    /// Whether it is mended.
    pub(super) fn is_mended(&self) -> bool {
        matches!(self.problem, Problem::Open { mended: true, .. })
    }
}

/// Everything that is wrong with `file`.
pub(super) async fn judge(
    context: &Context,
    file: &SweptFile,
    on_chain: &mut OnChain,
) -> Vec<Finding> {
    let mut problems = Vec::new();
    if let Some(mode) = file.mode.filter(|mode| is_open_to_others(*mode)) {
        problems.push(Problem::Open { mode, mended: false });
    }
    match file.role {
        FileRole::SetAside => problems.push(Problem::SetAside),
        FileRole::HalfWritten => problems.push(Problem::HalfWritten),
        FileRole::Copy => problems.push(Problem::Copy),
        _ => {}
    }
    match (&file.public_key, &file.account_id) {
        (Some(Err(error)), _) => problems.push(Problem::Unusable { why: file_words(error) }),
        (Some(Ok(key)), Some(account)) if on_chain.is_about(file) => {
            on_chain.ask(context, account).await;
            // What is no key file of the account is told once, for what it is.
            if matches!(file.role, FileRole::Plain | FileRole::Encrypted) {
                problems.extend(on_chain.lacks(account, key));
            }
        }
        _ => {}
    }
    let finding =
        |problem| Finding { path: file.path.clone(), account: file.account_id.clone(), problem };
    problems.into_iter().map(finding).collect()
}

/// The keys of accounts, asked for once.
pub(super) struct OnChain {
    /// Names of directories whose keys are compared; that of the network itself is the first.
    folders: Vec<String>,
    /// Whether the chain is the one that the network's directory is named for.
    is_the_chain: bool,
    /// `None` for an account that does not exist.
    known: HashMap<AccountId, Option<Vec<PublicKeyHandle>>>,
    error: Option<CliError>,
}

impl OnChain {
    /// Asks which chain it is.
    pub(super) async fn new(context: &Context) -> Self {
        let mut new =
            Self { folders: Vec::new(), is_the_chain: false, known: HashMap::new(), error: None };
        if let Err(error) = new.learn(context).await {
            new.error = Some(error);
        }
        new
    }

    async fn learn(&mut self, context: &Context) -> Result<(), CliError> {
        let directories = context.key_files().await?.directories();
        let name = |path: PathBuf| Some(path.file_name()?.to_str()?.to_owned());
        self.folders = directories.into_iter().filter_map(name).collect();
        self.folders.push(IMPLICIT.to_owned());
        let chain_id = context.client.status().await?.chain_id;
        // A connection of near-cli-rs may give its directory any name, and other chains' names, too.
        self.is_the_chain =
            context.network.has_own_folder() || chain_id == *context.network_name().await?;
        Ok(())
    }

    /// Whether the file is of this network.
    pub(super) fn is_about(&self, file: &SweptFile) -> bool {
        self.error.is_none() && file.folder.as_ref().is_some_and(|name| self.folders.contains(name))
    }

    /// Whether the file is of this network alone, and the chain the one that it is of.
    pub(super) fn is_surely_about(&self, file: &SweptFile) -> bool {
        self.is_about(file) && self.is_the_chain && file.folder.as_ref() == self.folders.first()
    }

    pub(super) async fn ask(&mut self, context: &Context, account: &AccountId) {
        if self.error.is_none() && !self.known.contains_key(account) {
            match keys_of(context, account).await {
                Ok(keys) => drop(self.known.insert(account.clone(), keys)),
                Err(error) => self.error = Some(error),
            }
        }
    }

    /// What the account lacks for the key; none where that is not known.
    fn lacks(&self, account: &AccountId, key: &PublicKey) -> Option<Problem> {
        match self.known.get(account)? {
            None => Some(Problem::NoAccount),
            Some(keys) if keys.contains(&short(key)) => None,
            Some(_) => Some(Problem::NotOnChain { public_key: short(key) }),
        }
    }

    /// Whether the chain has said that the key opens nothing, now and whatever is paid to the account.
    pub(super) fn surely_lacks(&self, account: &AccountId, key: &PublicKey) -> bool {
        match self.known.get(account) {
            // A transfer would create it.
            Some(None) => !account.get_account_type().is_implicit(),
            Some(Some(keys)) => !keys.contains(&short(key)),
            None => false,
        }
    }

    /// Whether some account that was asked about has the key.
    pub(super) fn opens_any(&self, key: &PublicKey) -> bool {
        let key = short(key);
        self.known.values().flatten().any(|keys| keys.contains(&key))
    }

    /// Whether the account was asked about, and exists.
    pub(super) fn is_there(&self, account: &AccountId) -> bool {
        self.known.get(account).is_some_and(Option::is_some)
    }

    /// The networks whose keys were compared.
    pub(super) fn folders(&self) -> BTreeSet<&str> {
        self.folders.iter().map(String::as_str).collect()
    }

    /// Whether it answered.
    pub(super) fn answered(&self) -> bool {
        self.error.is_none()
    }

    /// Why the chain could not be asked.
    pub(super) fn into_error(self) -> Option<CliError> {
        self.error
    }
}

async fn keys_of(
    context: &Context,
    account: &AccountId,
) -> Result<Option<Vec<PublicKeyHandle>>, CliError> {
    match context.client.account(account).await {
        Ok(_) => {}
        Err(Error::Query(QueryError::UnknownAccount { .. })) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let keys = context.client.access_keys(account).await?;
    Ok(Some(keys.into_iter().map(|key| key.public_key).collect()))
}

/// near-cli-rs' directory of implicit accounts, of whichever network.
const IMPLICIT: &str = "implicit";
