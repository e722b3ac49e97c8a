//! Many rotations, one after the other. Which keys are left stands in a file without secrets until the end.

use super::super::compromised::Opened;
use super::progress::{self, Progress};
use super::report::Report;
use super::{How, Job, RotateArgs};
use crate::error::{CliError, NoRotation};
use crate::tools::{Context, KeyName, SigningPlace, Vault, VaultName};
use keyway::client::PublicKeyHandle;
use keyway::error::QueryError;
use keyway::keys::{KeyFileError, replace_private_file, write_private_file};
use keyway::rotation::RotateError;
use keyway::{AccountId, Error, PublicKey};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::{fmt, fs, io};

/// Readers of key files leave names alone that begin like this.
const NAME: &str = ".keyway-rotate-all.json";

/// The keys that are left.
#[derive(Debug)]
pub(super) struct Batch {
    written: Written,
    path: PathBuf,
}

/// What the file holds.
#[derive(Debug, Serialize, Deserialize)]
struct Written {
    how: How,
    left: Vec<Todo>,
}

/// One key that is to be replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Todo {
    account: AccountId,
    old_key: PublicKey,
}

impl RotateArgs {
    /// Every key of the key files that is on the chain, account by account; with `--keychain` those of one account.
    pub(super) async fn every_key_file(&self, context: &Context) -> Result<Vec<Opened>, CliError> {
        let mut keys: BTreeMap<AccountId, Vec<PublicKey>> = BTreeMap::new();
        let place = self.signing.place();
        if place == SigningPlace::Vault(VaultName::Keychain) {
            let Some(account) = &self.account else {
                let why = "a keychain is not searched: say whose keys, `key rotate --all ACCOUNT`";
                return Err(CliError::Invalid(why.to_owned()));
            };
            let vault = Vault::open(context, VaultName::Keychain).await?;
            keys.insert(account.clone(), vault.list(account)?);
        } else {
            let encrypted = place == SigningPlace::Vault(VaultName::Encrypted);
            let files = context.key_files().await?.survey()?.into_iter();
            let asked = |account: &AccountId| self.account.as_ref().is_none_or(|a| a == account);
            for file in files.filter(|file| file.encrypted == encrypted && asked(&file.account_id))
            {
                match file.public_key {
                    Ok(key) => keys.entry(file.account_id).or_default().push(key),
                    Err(error) => context.warn_of(&[error]),
                }
            }
        }
        let mut opened = Vec::new();
        for (account, keys) in keys {
            opened.extend(Opened::find(context, account, &keys).await?);
        }
        Ok(opened)
    }
}

impl Batch {
    async fn place(context: &Context) -> Result<PathBuf, CliError> {
        // It refuses names that are no directory's.
        let mut directories = context.key_files().await?.directories();
        Ok(directories.swap_remove(0).join(NAME))
    }

    /// Writes down what is to be done.
    ///
    /// # Errors
    /// [`NoRotation::BatchUnderWay`], or nothing is to be done, or the disk's.
    pub(super) async fn begin(
        context: &Context,
        args: &RotateArgs,
        opened: Vec<Opened>,
    ) -> Result<Self, CliError> {
        // Where new secrets go stays decided, whatever signs when it goes on.
        let how = How { to: Some(args.vault_name(args.to)?), ..args.how() };
        let path = Self::place(context).await?;
        let todo = opened.into_iter().flat_map(|Opened { account, keys, .. }| {
            keys.into_iter().map(move |old_key| Todo { account: account.clone(), old_key })
        });
        let batch = Self { written: Written { how, left: todo.collect() }, path };
        if batch.written.left.is_empty() {
            return Err(nothing_to_rotate(args));
        }
        match write_private_file(&batch.path, &batch.text()?) {
            Err(KeyFileError::AlreadyExists { .. }) => {
                let left = Self::read(context).await?.written.left.len();
                Err(NoRotation::BatchUnderWay { left }.into())
            }
            written => written.map(|()| batch).map_err(Into::into),
        }
    }

    /// What is left of what was written down.
    ///
    /// # Errors
    /// [`NoRotation::NoBatch`], or the file cannot be read.
    pub(super) async fn read(context: &Context) -> Result<Self, CliError> {
        let path = Self::place(context).await?;
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(NoRotation::NoBatch.into());
            }
            text => text.map_err(|source| NoRotation::BatchFile { path: path.clone(), source })?,
        };
        let written = serde_json::from_slice(&text)
            .map_err(|error| NoRotation::BatchFile { path: path.clone(), source: error.into() })?;
        Ok(Self { written, path })
    }

    /// From here on old secrets are removed, too, where that was asked for on going on.
    ///
    /// # Errors
    /// The disk's.
    pub(super) fn forget_old_too(&mut self, asked: bool) -> Result<(), CliError> {
        if asked && !self.written.how.forget_old {
            self.written.how.forget_old = true;
            replace_private_file(&self.path, &self.text()?)?;
        }
        Ok(())
    }

    /// Rotates each key that is left. One that cannot be is told, and does not stop the others.
    ///
    /// # Errors
    /// [`NoRotation::Left`] when some are not rotated, after the answer was given.
    pub(super) async fn run(
        mut self,
        context: &Context,
        args: &RotateArgs,
    ) -> Result<(), CliError> {
        let (all, mut report) = (self.written.left.len(), BatchReport::default());
        for todo in self.written.left.clone() {
            match todo.rotate(context, args, &self.written.how).await {
                Ok(done) => {
                    report.rotated.extend(done);
                    self.written.left.retain(|other| *other != todo);
                    replace_private_file(&self.path, &self.text()?)?;
                }
                Err(error) => report.failed.push(Failed::new(&todo, &error)),
            }
        }
        let left = self.written.left.len();
        if left == 0 {
            self.end()?;
        }
        context.answer.give(&report)?;
        if left == 0 { Ok(()) } else { Err(NoRotation::Left { left, all }.into()) }
    }

    /// Takes back what is under way, and leaves the rest as it is.
    ///
    /// # Errors
    /// When a rotation that is under way cannot be taken back.
    pub(super) async fn give_up(
        self,
        context: &Context,
        args: &RotateArgs,
    ) -> Result<(), CliError> {
        let mut report = BatchReport::default();
        let accounts: BTreeSet<_> = self.written.left.iter().map(|todo| &todo.account).collect();
        for account in accounts {
            let job = Job { args, how: &self.written.how, account, old_key: None };
            match Progress::read(progress::path(context, account).await?, account) {
                Err(RotateError::NotUnderWay { .. }) => {}
                progress => {
                    let drive = job.pick_up(context, progress?).await?;
                    report.rotated.push(drive.take_back().await?);
                }
            }
        }
        self.end()?;
        context.answer.give(&report)
    }

    fn text(&self) -> Result<Vec<u8>, NoRotation> {
        serde_json::to_vec_pretty(&self.written).map_err(|error| NoRotation::BatchFile {
            path: self.path.clone(),
            source: error.into(),
        })
    }

    fn end(&self) -> Result<(), NoRotation> {
        fs::remove_file(&self.path)
            .map_err(|source| NoRotation::BatchFile { path: self.path.clone(), source })
    }
}

impl Todo {
    /// Finishes what is under way for the account, then replaces this key, if it is still there.
    async fn rotate(
        &self,
        context: &Context,
        args: &RotateArgs,
        how: &How,
    ) -> Result<Vec<Report>, CliError> {
        let (account, name) = (&self.account, KeyName::Whole(self.old_key.clone()));
        let job = Job { args, how, account, old_key: Some(&name) };
        let mut reports = Vec::new();
        let path = progress::path(context, account).await?;
        match Progress::read(path.clone(), account) {
            Err(RotateError::NotUnderWay { .. }) => {}
            progress => reports.push(job.pick_up(context, progress?).await?.run().await?),
        }
        match context.client.access_key(account, &self.old_key).await {
            Ok(_) => {}
            Err(Error::Query(
                QueryError::UnknownAccessKey { .. } | QueryError::UnknownAccount { .. },
            )) => return Ok(reports),
            Err(error) => return Err(error.into()),
        }
        let drive = job.start(context, path).await?;
        reports.push(drive.run().await?);
        Ok(reports)
    }
}

/// That no account has any of the keys, as far as accounts are known here.
fn nothing_to_rotate(args: &RotateArgs) -> CliError {
    CliError::NotFound(match (&args.account, args.all) {
        (Some(_), _) => "the account has none of these keys",
        (None, true) => "no key file here holds a key of an account of this chain",
        (None, false) => {
            "no account that is known here has one of these keys: name the account, as in `keyway key rotate ACCOUNT --compromised …`"
        }
    })
}

/// What became of many rotations.
#[derive(Debug, Default, Serialize)]
struct BatchReport {
    rotated: Vec<Report>,
    failed: Vec<Failed>,
}

#[derive(Debug, Serialize)]
struct Failed {
    account: AccountId,
    old_key: PublicKeyHandle,
    kind: &'static str,
    why: String,
}

impl Failed {
    fn new(todo: &Todo, error: &CliError) -> Self {
        let why = error.words();
        let old_key = (&todo.old_key).into();
        Self { account: todo.account.clone(), old_key, kind: error.kind(), why }
    }
}

impl fmt::Display for BatchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rotated.iter().try_for_each(|report| writeln!(f, "{report}"))?;
        let mut last = "";
        for Failed { account, old_key, why, .. } in &self.failed {
            let words = if why == last { "for the same reason" } else { why };
            writeln!(f, "{old_key} of {account} is not rotated: {words}")?;
            last = why;
        }
        let count = |keys: usize| if keys == 1 { "key" } else { "keys" };
        let (done, left) = (self.rotated.len(), self.failed.len());
        writeln!(f, "{done} {} rotated, {left} left", count(done))
    }
}
