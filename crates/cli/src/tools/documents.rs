//! JSON documents in files: read by one run, written by another.

use super::bounded::{LARGEST_JSON, read_file};
use super::strict::read_strict;
use crate::error::CliError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// The document in the file that `flag` named.
///
/// # Errors
/// When the file cannot be read, or holds something else: also a field that nothing reads.
pub(crate) fn read_document<T: DeserializeOwned>(
    flag: &'static str,
    path: &Path,
) -> Result<T, CliError> {
    read_strict(&read_file(path, LARGEST_JSON)?).map_err(|why| CliError::Value { flag, why })
}

/// Writes a document whole or not at all, over an older one.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write_document(path: &Path, document: &impl Serialize) -> Result<(), CliError> {
    put(path, document).map_err(|source| failed("write", path, source))
}

fn put(path: &Path, document: &impl Serialize) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut file = NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))?;
    serde_json::to_writer_pretty(&mut file, document)?;
    file.write_all(b"\n")?;
    file.persist(path)?;
    Ok(())
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> CliError {
    CliError::File { doing, path: path.to_owned(), source }
}
