//! `chain fork freeze`: a file with what was read, for later forks.

use crate::commands::chain::control;
use crate::error::{CliError, NoControl};
use crate::tools::{Context, counted, shell_word};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use clap::Args;
use keyway_fork::NewForkFile;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;
use std::path::PathBuf;

/// Arguments of `chain fork freeze`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway chain fork freeze ref.fork
  keyway run --fork-file ref.fork --offline
      the same rows without the network; another row is an error
  keyway run --fork-file ref.fork --fork mainnet
      other rows are still read from the network

The file has what the fork read of the network, and nothing that was written on
the fork: `keyway chain dump` writes that.")]
pub(super) struct FreezeArgs {
    /// The file; one that exists is replaced
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Deserialize)]
struct Part {
    records_base64: String,
    next: Option<String>,
}

#[derive(Serialize)]
struct Frozen {
    file: String,
    records: u64,
}

impl FreezeArgs {
    /// Fetches what the node knows, part by part, and writes it.
    ///
    /// # Errors
    /// If the file cannot be written; as [`control`].
    pub(super) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let mut file = NewForkFile::create(&self.file)?;
        let mut after: Option<String> = None;
        for _ in 0..MOST_PARTS {
            let params = after.as_ref().map_or(json!({}), |after| json!({"after": after}));
            let part: Part = control(context, "keyway_fork_rows", params).await?;
            let records = BASE64_STANDARD
                .decode(&part.records_base64)
                .map_err(|_| NoControl::Refused("the node sent rows that are not base64".into()))?;
            file.append(&records)?;
            if part.next.is_none() {
                let records = file.entries();
                file.finish()?;
                let file = self.file.display().to_string();
                return context.answer.give(&Frozen { file, records });
            }
            after = part.next;
        }
        Err(NoControl::Refused("the node sent rows without an end".to_owned()).into())
    }
}

impl fmt::Display for Frozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} in {}", counted(self.records as usize, "record"), self.file)?;
        writeln!(f, "  keyway run --fork-file {} --offline", shell_word(&self.file))
    }
}

/// More parts than the largest fork file has.
const MOST_PARTS: usize = 4_096;
