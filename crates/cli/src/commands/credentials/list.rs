//! `credentials list`: every secret on this machine, of all networks, without asking a chain.

use crate::error::CliError;
use crate::tools::{Context, file_words, short, table};
use clap::Args;
use keyway::AccountId;
use keyway::client::PublicKeyHandle;
use keyway::keys::{FileRole, sweep};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// Arguments of `credentials list`.
#[derive(Args, Debug)]
#[command(after_help = "\
No chain is asked, and every network is listed; `keyway account list` asks the
chain of one network.

Examples:
  keyway credentials list
  keyway credentials list --credentials /mnt/old/.near-credentials --json")]
pub(crate) struct ListArgs {}

impl ListArgs {
    /// Lists every file with a secret below the directory of key files.
    ///
    /// # Errors
    /// If the directory does not exist.
    pub(crate) fn run(&self, context: &Context) -> Result<(), CliError> {
        let root = context.credentials_dir()?;
        let swept = sweep(&root);
        context.warn_of(&swept.unreadable);
        let files = swept.files.into_iter().map(|file| {
            let (public_key, unusable) = match file.public_key {
                Some(Ok(key)) => (Some(short(&key)), None),
                Some(Err(error)) => (None, Some(file_words(&error))),
                None => (None, None),
            };
            Listed {
                network: file.folder,
                account: file.account_id,
                public_key,
                unusable,
                kept: Kept::from(file.role),
                file: file.path,
            }
        });
        context.answer.give(&List { files: files.collect(), root })
    }
}

#[derive(Serialize)]
struct List {
    root: PathBuf,
    files: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    network: Option<String>,
    account: Option<AccountId>,
    public_key: Option<PublicKeyHandle>,
    /// Why its key cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    unusable: Option<String>,
    kept: Kept,
    file: PathBuf,
}

/// How a secret is stored.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Plain,
    Encrypted,
    SetAside,
    HalfWritten,
    Copy,
}

impl From<FileRole> for Kept {
    fn from(role: FileRole) -> Self {
        match role {
            FileRole::Plain => Self::Plain,
            FileRole::Encrypted => Self::Encrypted,
            FileRole::SetAside => Self::SetAside,
            FileRole::HalfWritten => Self::HalfWritten,
            _ => Self::Copy,
        }
    }
}

impl Kept {
    fn words(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Encrypted => "encrypted",
            Self::SetAside => "set aside",
            Self::HalfWritten => "half written",
            Self::Copy => "copy",
        }
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.files.is_empty() {
            return writeln!(f, "no key files below {}", self.root.display());
        }
        let mut table = table(["network", "account", "public key", "kept", "file"]);
        for Listed { network, account, public_key, unusable, kept, file } in &self.files {
            let key = public_key.as_ref().map(ToString::to_string);
            let unusable = unusable.as_ref().map(|_| "unusable".to_owned());
            table.add_row([
                network.clone().unwrap_or_default(),
                account.as_ref().map(ToString::to_string).unwrap_or_default(),
                key.or(unusable).unwrap_or_default(),
                kept.words().to_owned(),
                file.strip_prefix(&self.root).unwrap_or(file).display().to_string(),
            ]);
        }
        writeln!(f, "{}", table.trim_fmt())
    }
}
