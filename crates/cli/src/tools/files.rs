//! Input of limited length, and JSON documents that one run writes and another reads.

use super::strict::read_strict;
use crate::error::CliError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// The whole content of `source`, up to `most` bytes.
///
/// # Errors
/// [`io::ErrorKind::FileTooLarge`] if there is more; nothing is cut off. An error of the source.
fn read_bounded(source: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(too_long(most));
    }
    Ok(bytes)
}

/// The error for more than `most` bytes.
pub(super) fn too_long(most: u64) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {most} bytes"))
}

/// The content of stdin, up to `most` bytes.
///
/// # Errors
/// If there is more, or stdin cannot be read.
pub(crate) fn read_stdin(most: u64) -> Result<Vec<u8>, CliError> {
    read_bounded(io::stdin(), most).map_err(|source| CliError::Stdin { source })
}

/// The content of a file, up to `most` bytes.
///
/// # Errors
/// If there is more, or the file cannot be read.
pub(crate) fn read_file(path: &Path, most: u64) -> Result<Vec<u8>, CliError> {
    let read = File::open(path).and_then(|file| read_bounded(file, most));
    read.map_err(|source| CliError::File { doing: "read", path: path.to_owned(), source })
}

/// The document in the file that `flag` names.
///
/// # Errors
/// If the file cannot be read or contains something else, including an unknown field.
pub(crate) fn read_document<T: DeserializeOwned>(
    flag: &'static str,
    path: &Path,
) -> Result<T, CliError> {
    read_strict(&read_file(path, LARGEST_JSON)?).map_err(|why| CliError::Value { flag, why })
}

/// Writes a document atomically, replacing an older one.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn write_document(path: &Path, document: &impl Serialize) -> Result<(), CliError> {
    let failed = |source| CliError::File { doing: "write", path: path.to_owned(), source };
    put(path, document).map_err(failed)
}

fn put(path: &Path, document: &impl Serialize) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut file = NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))?;
    serde_json::to_writer_pretty(&mut file, document)?;
    file.write_all(b"\n")?;
    file.persist(path)?;
    Ok(())
}

/// In bytes: the JSON of the largest transaction is shorter.
pub(crate) const LARGEST_JSON: u64 = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    /// Input that was too long was silently cut, and half of it signed or refused as invalid.
    #[test]
    fn nothing_is_cut_off() {
        assert_eq!(read_bounded(&b"1234"[..], 4).unwrap(), b"1234");
        assert_eq!(read_bounded(&b""[..], 0).unwrap(), b"");
        let error = read_bounded(&b"12345"[..], 4).unwrap_err();
        assert_eq!(error.to_string(), "it has more than 4 bytes");
        assert_eq!(
            read_bounded(io::repeat(0), 1 << 10).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
    }
}
