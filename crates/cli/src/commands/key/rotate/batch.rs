//! Rotates many keys, one after another. A file without secrets lists the remaining keys until the
//! end.

use super::super::compromised::Opened;
use super::progress::{self, Progress};
use super::report::Report;
use super::{How, Job, RotateArgs};
use crate::error::{CliError, NoRotation};
use crate::tools::{Context, KeyName, SigningPlace, Vault, VaultName};
use keyway::client::PublicKeyHandle;
use keyway::error::QueryError;
use keyway::keys::{KeyFileError, replace_private_file, write_private_file};
use keyway::protocol::PublicKey;
use keyway::rotation::RotateError;
use keyway::{AccountId, Error};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::{fmt, fs, io};

/// Readers of key files ignore names with this prefix.
const NAME: &str = ".keyway-rotate-all.json";

/// The format of the file.
const FORMAT: u32 = 1;

fn format() -> u32 {
    FORMAT
}

/// The remaining keys.
#[derive(Debug)]
pub(super) struct Batch {
    written: Written,
    path: PathBuf,
}

/// The content of the file. An unknown field is an error: it could change how keys are replaced.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// The format of the file. It was not written before format 1 had a number.
    #[serde(default = "format")]
    version: u32,
    how: How,
    left: Vec<Todo>,
}

/// A key to replace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Todo {
    account: AccountId,
    old_key: PublicKey,
}

impl RotateArgs {
    /// Every key in the key files that is on the chain, account by account; with `--keychain` the
    /// keys of one account.
    pub(super) async fn every_key_file(&self, context: &Context) -> Result<Vec<Opened>, CliError> {
        let mut keys: BTreeMap<AccountId, Vec<PublicKey>> = BTreeMap::new();
        let place = self.signing.place();
        if place == SigningPlace::Vault(VaultName::Keychain) {
            let Some(account) = &self.account else {
                let why =
                    "a keychain cannot be searched: name the account, `key rotate --all ACCOUNT`";
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
        // It refuses names that cannot be a directory.
        let mut directories = context.key_files().await?.directories();
        Ok(directories.swap_remove(0).join(NAME))
    }

    /// Saves what is to be done.
    ///
    /// # Errors
    /// [`NoRotation::BatchUnderWay`]; if there is nothing to do; an error of the disk.
    pub(super) async fn begin(
        context: &Context,
        args: &RotateArgs,
        opened: Vec<Opened>,
    ) -> Result<Self, CliError> {
        // The place of new secrets is saved, whichever key signs after a resume.
        let how = How { to: Some(args.vault_name(args.to)?), ..args.how() };
        let path = Self::place(context).await?;
        let todo = opened.into_iter().flat_map(|Opened { account, keys, .. }| {
            keys.into_iter().map(move |old_key| Todo { account: account.clone(), old_key })
        });
        let written = Written { version: FORMAT, how, left: todo.collect() };
        let batch = Self { written, path };
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

    /// The rest of a saved rotation.
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
        let failed = |source| NoRotation::BatchFile { path: path.clone(), source };
        let written: Written =
            serde_json::from_slice(&text).map_err(|error| failed(error.into()))?;
        if written.version != FORMAT {
            let why = format!("its format is {}, and this keyway reads {FORMAT}", written.version);
            return Err(failed(io::Error::other(why)).into());
        }
        Ok(Self { written, path })
    }

    /// From now on also removes old secrets, if a resume asks for it.
    ///
    /// # Errors
    /// An error of the disk.
    pub(super) fn forget_old_too(&mut self, asked: bool) -> Result<(), CliError> {
        if asked && !self.written.how.forget_old {
            self.written.how.forget_old = true;
            replace_private_file(&self.path, &self.text()?)?;
        }
        Ok(())
    }

    /// Rotates each remaining key. A failure is reported and does not stop the others.
    ///
    /// # Errors
    /// [`NoRotation::Left`], after the answer, if some keys are not rotated.
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

    /// Undoes rotations in progress, and leaves the other keys as they are.
    ///
    /// # Errors
    /// If a rotation in progress cannot be undone.
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
    /// Finishes a rotation in progress for the account, then replaces this key if it still exists.
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

/// The error if no account that is known here has any of the keys.
fn nothing_to_rotate(args: &RotateArgs) -> CliError {
    CliError::NotFound(match (&args.account, args.all) {
        (Some(_), _) => "the account has none of these keys",
        (None, true) => "no key file here holds a key of an account of this chain",
        (None, false) => {
            "no account that is known here has one of these keys: name the account, as in `keyway key rotate ACCOUNT --compromised …`"
        }
    })
}

/// The result of rotating many keys.
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
