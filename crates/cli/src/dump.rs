//! `view-state dump-state`: exports the newest state as a genesis for another chain.

use crate::args::DumpStateArgs;
use crate::error::CliError;
use keyway_node::{DumpOutput, Home, dump_state};
use std::path::{Path, PathBuf};

/// A written dump.
pub(crate) struct Written {
    /// Its path.
    pub(crate) path: PathBuf,
    /// Whether it replaced an existing file or directory.
    pub(crate) replaced: bool,
}

/// Writes the state of the home at `dir`, even while a node runs on it.
///
/// # Errors
/// If the home cannot be read or the output cannot be written.
pub(crate) fn dump(dir: &Path, args: &DumpStateArgs) -> Result<Written, CliError> {
    if let Some(flag) = args.neard.unserved() {
        return Err(CliError::DumpFlag { flag });
    }
    let home = Home::read(dir)?;
    let usual = if args.stream { "output" } else { "output.json" };
    let path = args.file.clone().unwrap_or_else(|| home.dir.join(usual));
    let replaced = path.exists();
    let output = match args.stream {
        true => DumpOutput::Directory(&path),
        false => DumpOutput::File(&path),
    };
    dump_state(&home, output)?;
    Ok(Written { path, replaced })
}
