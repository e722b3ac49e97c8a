//! Files that are there whole or not at all.

use super::HomeError;
use serde::de::{DeserializeOwned, DeserializeSeed};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader};
use std::marker::PhantomData;
use std::path::Path;

/// The value in a JSON file that must be there.
///
/// # Errors
/// As [`read_json_with`].
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, HomeError> {
    read_json_with(path, PhantomData)
}

/// What `seed` makes of a JSON file that must be there.
///
/// # Errors
/// [`HomeError::Missing`], [`HomeError::Unreadable`] or [`HomeError::Malformed`].
pub(super) fn read_json_with<T>(
    path: &Path,
    seed: impl for<'de> DeserializeSeed<'de, Value = T>,
) -> Result<T, HomeError> {
    let file = File::open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => HomeError::Missing { path: path.to_owned() },
        _ => HomeError::Unreadable { path: path.to_owned(), source },
    })?;
    let file = BufReader::with_capacity(READ_AT_ONCE, file);
    let mut json = serde_json::Deserializer::from_reader(file);
    let value = seed.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    value.map_err(|error| match error.is_io() {
        true => HomeError::Unreadable { path: path.to_owned(), source: error.into() },
        false => HomeError::Malformed { path: path.to_owned(), source: error },
    })
}

/// Writes a file beside its place and moves it there, so that no reader and no crash ever finds half of it.
///
/// # Errors
/// [`HomeError::Unwritable`]; what stood at `path` before still stands there.
pub(crate) fn write_whole(
    path: &Path,
    access: Access,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), HomeError> {
    let mut beside = OsString::from(path);
    beside.push(".new");
    let beside = Path::new(&beside);
    let written = create(beside, access)
        .and_then(|mut file| write(&mut file).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(beside, path))
        .and_then(|()| sync_directory_of(path));
    written.map_err(|source| {
        let _never_made = fs::remove_file(beside);
        HomeError::Unwritable { path: path.to_owned(), source }
    })
}

/// A name in a directory survives a power cut when the directory was synced.
fn sync_directory_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(directory) if cfg!(unix) => File::open(Path::new(".").join(directory))?.sync_all(),
        _ => Ok(()),
    }
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Whoever the process's umask lets.
    Shared,
    /// Its owner only: mode 600.
    Owner,
}

fn create(path: &Path, access: Access) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if access == Access::Owner {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = access;
    options.open(path)
}

/// Bytes of a file.
const READ_AT_ONCE: usize = 64 << 10;
