//! Writes to stdout with proof that the text has arrived.

use crate::error::CliError;
use std::fs::File;
use std::io::{self, Write as _};

/// Writes all of `text` and, if stdout is a file, syncs it to disk.
///
/// # Errors
/// If stdout cannot be written, or its reader is gone.
pub(super) fn write_whole(text: &str) -> Result<(), CliError> {
    let mut stdout = anstream::stdout();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    written.and_then(|()| sync()).map_err(|source| CliError::Stdout { source })
}

/// A disk may be full although it accepted the bytes.
fn sync() -> io::Result<()> {
    match file() {
        Ok(file) if file.metadata()?.is_file() => file.sync_data(),
        _ => Ok(()),
    }
}

/// Whether text written to stdout is certainly lost: it is closed or the null device. A stdout that
/// was closed at the start is the null device by now.
#[cfg(unix)]
pub(super) fn is_nowhere() -> bool {
    use std::os::unix::fs::MetadataExt;
    let stdout = file().and_then(|file| file.metadata());
    match (stdout, std::fs::metadata("/dev/null")) {
        (Ok(stdout), Ok(null)) => stdout.rdev() == null.rdev(),
        (stdout, _) => stdout.is_err(),
    }
}

/// On other systems this is unknown.
#[cfg(not(unix))]
pub(super) fn is_nowhere() -> bool {
    false
}

#[cfg(unix)]
fn file() -> io::Result<File> {
    use std::os::fd::AsFd;
    io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

#[cfg(not(unix))]
fn file() -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}
