//! Files that are written completely or not at all.

mod user_cache;

pub use user_cache::user_cache_dir;

use crate::error::FileError;
use serde::de::{DeserializeOwned, DeserializeSeed};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// The value in a JSON file, which must exist.
///
/// # Errors
/// As [`read_json_with`].
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, FileError> {
    read_json_with(path, PhantomData)
}

/// The value that `seed` makes of a JSON file, which must exist.
///
/// # Errors
/// [`FileError::Missing`], [`FileError::Unreadable`] or [`FileError::Malformed`].
pub(crate) fn read_json_with<T>(
    path: &Path,
    seed: impl for<'de> DeserializeSeed<'de, Value = T>,
) -> Result<T, FileError> {
    let file = File::open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => FileError::Missing { path: path.to_owned() },
        _ => FileError::Unreadable { path: path.to_owned(), source },
    })?;
    let file = BufReader::with_capacity(READ_AT_ONCE, file);
    let mut json = serde_json::Deserializer::from_reader(file);
    let value = seed.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    value.map_err(|error| match error.is_io() {
        true => FileError::Unreadable { path: path.to_owned(), source: error.into() },
        false => FileError::Malformed { path: path.to_owned(), source: error },
    })
}

/// Writes a file under another name and renames it, so that no reader or crash finds a part of it.
///
/// # Errors
/// [`FileError::Unwritable`]; an earlier file at `path` is unchanged.
pub(crate) fn write_whole(
    path: &Path,
    access: Access,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), FileError> {
    let written = write_beside(path, access, write).and_then(|beside| put_in_place(&beside, path));
    written.map_err(|source| {
        let _never_made = fs::remove_file(beside(path));
        FileError::Unwritable { path: path.to_owned(), source }
    })
}

/// Writes a file beside `path` and syncs it. Returns its path.
///
/// # Errors
/// When it cannot be written. A part of it may be left.
pub(crate) fn write_beside(
    path: &Path,
    access: Access,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<PathBuf> {
    let beside = beside(path);
    let mut file = create(&beside, access)?;
    write(&mut file)?;
    file.sync_all()?;
    Ok(beside)
}

/// Moves the file that [`write_beside`] wrote to `path`. A power cut leaves the old file or the new.
///
/// # Errors
/// When the file cannot be moved, or when it is unknown which file a power cut would leave.
pub(crate) fn put_in_place(beside: &Path, path: &Path) -> io::Result<()> {
    fs::rename(beside, path)?;
    sync_directory_of(path)
}

/// Where [`write_beside`] writes.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let mut beside = OsString::from(path);
    beside.push(".new");
    beside.into()
}

/// A name in a directory survives a power cut once the directory is synced.
fn sync_directory_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(directory) if cfg!(unix) => File::open(Path::new(".").join(directory))?.sync_all(),
        _ => Ok(()),
    }
}

/// Makes a directory that only its owner may enter. An existing one is restricted if the system
/// allows it.
///
/// # Errors
/// When it does not exist and cannot be made.
pub(crate) fn private_dir(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _of_somebody_else = fs::set_permissions(path, fs::Permissions::from_mode(0o700));
    }
    Ok(())
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// As the process's umask says.
    Shared,
    /// Its owner only: mode 600.
    Owner,
}

fn create(path: &Path, access: Access) -> io::Result<File> {
    let mut options = access.options();
    options.write(true).create(true).truncate(true).open(path)
}

impl Access {
    /// Options that create a file with this access.
    pub(crate) fn options(self) -> OpenOptions {
        #[cfg_attr(not(unix), expect(unused_mut, reason = "there are no modes to set"))]
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        if self == Self::Owner {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        options
    }
}

/// A length in memory as a length in a file.
pub(crate) fn file_length(length: usize) -> u64 {
    u64::try_from(length).expect("a length in memory fits 64 bits")
}

/// Bytes of a file that are read at once.
const READ_AT_ONCE: usize = 64 << 10;
