//! `credentials doctor`: what is wrong with the files that hold keys.

use crate::error::CliError;
use crate::tools::Context;
use clap::Args;
use keyway::client::PublicKeyHandle;
use keyway::error::QueryError;
use keyway::guard::is_open_to_others;
use keyway::keys::SurveyedFile;
use keyway::{AccountId, Error, PublicKey};
use serde::Serialize;
use std::collections::HashMap;
use std::error::Error as _;
use std::fmt;
use std::path::PathBuf;

/// Arguments of `credentials doctor`.
#[derive(Args, Debug)]
#[command(after_help = "\
Looked at are the key files of the network of --network. Exit code 12 means that something is wrong
that was not mended.

Examples:
  keyway credentials doctor --network testnet
  keyway credentials doctor --fix")]
pub(crate) struct DoctorArgs {
    /// Make files that others can open their owner's only (mode 600)
    #[arg(long)]
    fix: bool,
}

impl DoctorArgs {
    /// Looks at every key file, and asks the chain about its key.
    ///
    /// # Errors
    /// [`CliError::Found`] when something is wrong and not mended; when files or chain cannot be
    /// read.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let files = context.key_files().await?.survey()?;
        let mut on_chain = OnChain::default();
        let mut problems = Vec::new();
        for file in &files {
            problems.extend(self.open(file)?.map(|problem| told(file, problem)));
            let problem = match &file.public_key {
                Err(error) => Some(Problem::Unusable { why: words(error) }),
                Ok(key) => on_chain.lacks(context, &file.account_id, key).await?,
            };
            problems.extend(problem.map(|problem| told(file, problem)));
        }
        let report = Report { files: files.len(), problems };
        context.answer.give(&report)?;
        match report.left() {
            0 => Ok(()),
            left => Err(CliError::Found(format!("{left} problems with key files"))),
        }
    }

    fn open(&self, file: &SurveyedFile) -> Result<Option<Problem>, CliError> {
        let Some(mode) = file.mode.filter(|mode| is_open_to_others(*mode)) else { return Ok(None) };
        if self.fix {
            file.make_private()?;
        }
        Ok(Some(Problem::Open { mode, mended: self.fix }))
    }
}

/// The keys of accounts, asked for once; `None` for an account that does not exist.
#[derive(Default)]
struct OnChain {
    known: HashMap<AccountId, Option<Vec<PublicKeyHandle>>>,
}

impl OnChain {
    async fn lacks(
        &mut self,
        context: &Context,
        account: &AccountId,
        key: &PublicKey,
    ) -> Result<Option<Problem>, CliError> {
        if !self.known.contains_key(account) {
            self.known.insert(account.clone(), keys_of(context, account).await?);
        }
        Ok(match self.known.get(account).and_then(Option::as_ref) {
            None => Some(Problem::NoAccount),
            Some(keys) if keys.contains(&key.into()) => None,
            Some(_) => Some(Problem::NotOnChain { public_key: key.into() }),
        })
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

/// What may be wrong with a key file.
#[derive(Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
enum Problem {
    /// Its key cannot be had.
    Unusable { why: String },
    /// Others can open it.
    Open { mode: u32, mended: bool },
    /// Its account does not exist.
    NoAccount,
    /// Its account does not have its key.
    NotOnChain { public_key: PublicKeyHandle },
}

#[derive(Serialize)]
struct Told {
    path: PathBuf,
    account: AccountId,
    #[serde(flatten)]
    problem: Problem,
}

#[derive(Serialize)]
struct Report {
    files: usize,
    problems: Vec<Told>,
}

impl Report {
    /// How many problems are not mended.
    fn left(&self) -> usize {
        let mended = |told: &&Told| matches!(told.problem, Problem::Open { mended: true, .. });
        self.problems.iter().filter(|told| !mended(told)).count()
    }
}

fn told(file: &SurveyedFile, problem: Problem) -> Told {
    Told { path: file.path.clone(), account: file.account_id.clone(), problem }
}

/// The error and what caused it, on one line.
fn words(error: &keyway::keys::KeyFileError) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.problem {
            Problem::Unusable { why } => f.write_str(why),
            Problem::Open { mode, mended: true } => {
                write!(f, "{path} had mode {mode:03o}; now it is its owner's only")
            }
            Problem::Open { mode, mended: false } => {
                write!(f, "{path} has mode {mode:03o}: others can open it; --fix makes it 600")
            }
            Problem::NoAccount => {
                write!(f, "{path}: there is no account {} on this network", self.account)
            }
            Problem::NotOnChain { public_key } => {
                write!(f, "{path}: {} does not have the key {public_key}", self.account)
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problems.iter().try_for_each(|told| writeln!(f, "{told}"))?;
        writeln!(f, "{} key files, {} problems left", self.files, self.left())
    }
}
