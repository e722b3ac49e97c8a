//! `chain dump`: the chain at its newest block, or a snapshot, as a file.

use super::control;
use crate::error::{CliError, NoControl};
use crate::tools::{Context, counted};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use keyway::protocol::CryptoHash;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Arguments of `chain dump`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway chain dump state.keyway
  keyway run --load state.keyway
      a chain in memory that goes on from there
  keyway --home /tmp/copy init --from state.keyway
      a durable one

  keyway chain dump claim.keyway --snapshot before-claim
      a snapshot, without going back to it

Two chains that start from one dump and get the same inputs at the same times
make the same blocks. The node goes on while it is dumped.")]
pub(super) struct DumpArgs {
    /// The file to write; an existing file is replaced
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The snapshot to write, instead of the newest block
    #[arg(long, value_name = "NAME")]
    snapshot: Option<String>,
}

/// A part of the file, as the node answers.
#[derive(Deserialize)]
struct Part {
    block_height: u64,
    block_hash: CryptoHash,
    /// In base64.
    bytes: String,
    next: Option<Value>,
}

#[derive(Serialize)]
struct Dumped {
    file: PathBuf,
    block_height: u64,
    block_hash: CryptoHash,
    bytes: u64,
}

impl DumpArgs {
    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written; if the chain cannot be dumped; as [`control`].
    pub(super) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let dumped = context.wait("dumping the chain", self.write(context)).await?;
        context.answer.give(&dumped)
    }

    async fn write(&self, context: &Context) -> Result<Dumped, CliError> {
        let unwritable =
            |source: io::Error| CliError::File { doing: "write", path: self.file.clone(), source };
        let parent = self.file.parent().filter(|parent| !parent.as_os_str().is_empty());
        let mut file =
            NamedTempFile::new_in(parent.unwrap_or(Path::new("."))).map_err(unwritable)?;
        let (mut params, mut bytes) = (json!({"snapshot": self.snapshot}), 0);
        loop {
            let part: Part = control(context, "keyway_dump", params).await?;
            let content = STANDARD.decode(&part.bytes).map_err(|error| {
                NoControl::Refused(format!("the node sent a part that is not base64: {error}"))
            })?;
            file.write_all(&content).map_err(unwritable)?;
            bytes += content.len() as u64;
            match part.next {
                Some(next) => params = json!({"after": next}),
                None => {
                    file.as_file().sync_all().map_err(unwritable)?;
                    file.persist(&self.file).map_err(|error| unwritable(error.error))?;
                    let Part { block_height, block_hash, .. } = part;
                    return Ok(Dumped { file: self.file.clone(), block_height, block_hash, bytes });
                }
            }
        }
    }
}

impl fmt::Display for Dumped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = counted(self.bytes, "byte");
        writeln!(f, "block {} written to {}, {bytes}", self.block_height, self.file.display())
    }
}
