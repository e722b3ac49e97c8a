//! Where key files are, and how one comes to be there.

use super::KeyFileError;
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::types::AccountId;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What the names of files that are still being written begin with.
const HALF_WRITTEN: &str = ".keyway-";

/// One network's directory.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    directory: PathBuf,
}

impl Place {
    /// The directory of `network` under `root`.
    pub(crate) fn new(root: &Path, network: &str) -> Result<Self, NetworkNameError> {
        Ok(Self { directory: root.join(check_network_name(network)?) })
    }

    /// `ACCOUNT.EXTENSION`.
    pub(crate) fn of_account(&self, account_id: &AccountId, extension: &str) -> PathBuf {
        self.directory.join(format!("{account_id}.{extension}"))
    }

    /// `ACCOUNT/PUBLIC_KEY.EXTENSION`. Long keys go by their handle, as the chain calls them.
    pub(crate) fn of_key(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        extension: &str,
    ) -> PathBuf {
        let name = PublicKeyHandle::from(public_key).to_string().replace(':', "_");
        self.directory.join(account_id.as_str()).join(format!("{name}.{extension}"))
    }

    /// Makes the directory of `account_id`, unless it is there.
    pub(crate) fn make_directory(&self, account_id: &AccountId) -> Result<(), KeyFileError> {
        let path = self.directory.join(account_id.as_str());
        make_private_directory(&path).map_err(|source| KeyFileError::Io {
            doing: "write",
            path,
            source,
        })
    }

    /// The files of `account_id` that exist: its own, then those in its directory by name.
    pub(crate) fn files(
        &self,
        account_id: &AccountId,
        extension: &str,
    ) -> Result<Vec<PathBuf>, KeyFileError> {
        let own = self.of_account(account_id, extension);
        let mut files = entries(&self.directory.join(account_id.as_str()))?;
        files.retain(|path| is_key_file(path, extension));
        if own.is_file() {
            files.insert(0, own);
        }
        Ok(files)
    }

    /// The accounts that have a file, sorted.
    pub(crate) fn accounts(&self, extension: &str) -> Result<Vec<AccountId>, KeyFileError> {
        let mut accounts = Vec::new();
        for path in entries(&self.directory)? {
            let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
            let account_id = name.and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
            let Some(account_id) = account_id else { continue };
            if !self.files(&account_id, extension)?.is_empty() {
                accounts.push(account_id);
            }
        }
        accounts.sort();
        accounts.dedup();
        Ok(accounts)
    }
}

fn is_key_file(path: &Path, extension: &str) -> bool {
    let half_written =
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(HALF_WRITTEN));
    !half_written && path.extension().is_some_and(|found| found == extension) && path.is_file()
}

/// What `directory` holds, sorted; nothing when it is missing.
fn entries(directory: &Path) -> Result<Vec<PathBuf>, KeyFileError> {
    let failed = |source| KeyFileError::Io { doing: "read", path: directory.to_owned(), source };
    let listing = match fs::read_dir(directory) {
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(Vec::new());
        }
        listing => listing.map_err(failed)?,
    };
    let mut paths =
        listing.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>().map_err(failed)?;
    paths.sort();
    Ok(paths)
}

/// Writes a file for its owner only, whole or not at all, and never over another. Directories that
/// are missing are made for their owner only, too.
///
/// Readers of key files leave names alone that begin with `.keyway-`.
///
/// ```
/// use keyway_signer::{KeyFileError, replace_private_file, write_private_file};
///
/// let home = tempfile::tempdir()?;
/// let path = home.path().join("plans/plan.json");
/// write_private_file(&path, b"one")?;
/// let again = write_private_file(&path, b"two").unwrap_err();
/// assert!(matches!(again, KeyFileError::AlreadyExists { .. }));
/// replace_private_file(&path, b"two")?;
/// assert_eq!(std::fs::read(&path)?, b"two");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`KeyFileError::AlreadyExists`] when a file is there, or the disk's error.
pub fn write_private_file(path: &Path, contents: &[u8]) -> Result<(), KeyFileError> {
    put_new(path, contents).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyFileError::AlreadyExists { path: path.to_owned() },
        _ => KeyFileError::Io { doing: "write", path: path.to_owned(), source },
    })
}

/// Writes a file for its owner only, in one step in the place of another; see
/// [`write_private_file`].
///
/// # Errors
/// The disk's.
pub fn replace_private_file(path: &Path, contents: &[u8]) -> Result<(), KeyFileError> {
    let put = || {
        half_written(path, contents)?.persist(path)?;
        make_last(path)
    };
    put().map_err(|source| KeyFileError::Io { doing: "write", path: path.to_owned(), source })
}

/// Gives a file another name, in one step.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), KeyFileError> {
    let renamed = fs::rename(from, to).and_then(|()| make_last(to));
    renamed.map_err(|source| KeyFileError::Io { doing: "rename", path: from.to_owned(), source })
}

/// Removes a file, and tells whether it was there.
pub(crate) fn remove(path: &Path) -> Result<bool, KeyFileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        removed => removed
            .and_then(|()| make_last(path))
            .map(|()| true)
            .map_err(|source| KeyFileError::Io { doing: "remove", path: path.to_owned(), source }),
    }
}

fn put_new(path: &Path, contents: &[u8]) -> io::Result<()> {
    half_written(path, contents)?.persist_noclobber(path)?;
    make_last(path)
}

/// The whole file under a name of its own, beside the one that it shall have.
fn half_written(path: &Path, contents: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let directory = path.parent().ok_or(io::ErrorKind::NotFound)?;
    make_private_directory(directory)?;
    // `tempfile` makes it with mode 600, and removes it unless it gets its name.
    let mut file = tempfile::Builder::new().prefix(HALF_WRITTEN).tempfile_in(directory)?;
    file.write_all(contents)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// A name must last, too, where a directory can be opened.
fn make_last(path: &Path) -> io::Result<()> {
    let directory = path.parent().ok_or(io::ErrorKind::NotFound)?;
    fs::File::open(directory).and_then(|directory| directory.sync_all()).or(Ok(()))
}

fn make_private_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// A network's name, which becomes a directory's and a keychain entry's.
pub(crate) fn check_network_name(name: &str) -> Result<&str, NetworkNameError> {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if name.is_empty() || name.starts_with('.') || name.len() > 64 || !name.bytes().all(sound) {
        return Err(NetworkNameError);
    }
    Ok(name)
}

/// A network's name that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a network's name is 1 to 64 letters, digits, `-`, `_` and `.`, and does not begin with `.`, like `testnet`"
)]
pub struct NetworkNameError;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_network_stays_under_its_root(name in "\\PC*|[./a-z-]{0,8}") {
            if let Ok(place) = Place::new(Path::new("/root"), &name) {
                prop_assert_eq!(place.directory.parent(), Some(Path::new("/root")));
                prop_assert!(place.directory.file_name().is_some());
            }
        }
    }
}
