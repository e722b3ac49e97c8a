//! The directories of key files, and how files are written there.

use super::error::KeyFileError;
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::types::AccountId;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The directory of a network, where files are written, and the other ones that are read.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    root: PathBuf,
    directory: PathBuf,
    others: Vec<PathBuf>,
}

/// Key files of one account, and the directories that cannot be listed.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) unreadable: Vec<KeyFileError>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.directory.display())
    }
}

impl Place {
    /// The directory of `network` under `root`. near-shell's `default` and near-cli-rs' `implicit` are read, too.
    pub(crate) fn new(root: &Path, network: &str) -> Result<Self, NetworkNameError> {
        let directory = root.join(check_network_name(network)?);
        Ok(Self { root: root.to_owned(), directory, others: Vec::new() }.and(NEAR_SHELL))
    }

    /// Also reads the directory `network` under the root. A name that cannot be a directory's is ignored.
    pub(crate) fn and(mut self, network: &str) -> Self {
        if let Ok(name) = check_network_name(network) {
            let other = self.root.join(name);
            if other != self.directory && !self.others.contains(&other) {
                self.others.push(other);
            }
        }
        self
    }

    /// Every directory that is searched for `ACCOUNT.json` and `ACCOUNT/*.json`; the one for new files comes first.
    pub(crate) fn directories(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(&self.directory).chain(&self.others).map(PathBuf::as_path)
    }

    /// `ACCOUNT.EXTENSION`.
    pub(crate) fn of_account(&self, account_id: &AccountId, extension: &str) -> PathBuf {
        self.directory.join(format!("{account_id}.{extension}"))
    }

    /// `ACCOUNT/PUBLIC_KEY.EXTENSION`. Long keys are named by their handle, as on the chain.
    pub(crate) fn of_key(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        extension: &str,
    ) -> PathBuf {
        self.directory.join(account_id.as_str()).join(file_name(public_key, extension))
    }

    /// `ACCOUNT/PUBLIC_KEY.EXTENSION` in each of the directories, whether it exists or not.
    pub(crate) fn named(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        extension: &str,
    ) -> impl Iterator<Item = PathBuf> {
        let name = file_name(public_key, extension);
        self.directories().map(move |directory| directory.join(account_id.as_str()).join(&name))
    }

    /// The files of `account_id` that exist: its own, then those in its directory by name, then those elsewhere.
    pub(crate) fn files(&self, account_id: &AccountId, extension: &str) -> Listed {
        let mut listed = Listed::default();
        for directory in self.directories() {
            let own = directory.join(format!("{account_id}.{extension}"));
            listed.paths.extend(Some(own).filter(|path| path.is_file()));
            match entries(&directory.join(account_id.as_str())) {
                Ok(paths) => {
                    listed
                        .paths
                        .extend(paths.into_iter().filter(|path| is_key_file(path, extension)));
                }
                Err(error) => listed.unreadable.push(error),
            }
        }
        let implicit = self.implicit().join(format!("{account_id}.{extension}"));
        if implicit.is_file() && !listed.paths.contains(&implicit) {
            listed.paths.push(implicit);
        }
        listed
    }

    /// The accounts that have a file, sorted.
    pub(crate) fn accounts(&self, extension: &str) -> Result<Vec<AccountId>, KeyFileError> {
        let mut accounts = Vec::new();
        let implicit = self.implicit();
        for directory in self.directories().chain([implicit.as_path()]) {
            for path in entries(directory)? {
                let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
                let account_id =
                    name.and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
                let Some(account_id) = account_id else { continue };
                if !self.files(&account_id, extension).paths.is_empty() {
                    accounts.push(account_id);
                }
            }
        }
        accounts.sort();
        accounts.dedup();
        Ok(accounts)
    }

    /// Files in the account's directories that this library set aside, or that a crash left half written.
    pub(crate) fn leftovers(&self, account_id: &AccountId) -> Vec<PathBuf> {
        self.left_in(|directory| directory.join(account_id.as_str()))
    }

    /// Such files in the directories of networks, of any account.
    pub(crate) fn leftovers_beside(&self) -> Vec<PathBuf> {
        self.left_in(Path::to_owned)
    }

    fn left_in(&self, place: impl Fn(&Path) -> PathBuf) -> Vec<PathBuf> {
        let implicit = self.implicit();
        let mut left: Vec<_> = self
            .directories()
            .chain([implicit.as_path()])
            .flat_map(|directory| entries(&place(directory)).unwrap_or_default())
            .filter(|path| (is_half_written(path) || is_set_aside(path)) && path.is_file())
            .collect();
        left.sort();
        left.dedup();
        left
    }

    /// A free name for a key's file that is set aside, in the account's directory, where no tool takes it for another
    /// account's.
    pub(crate) fn aside(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        path: &Path,
        extension: &str,
    ) -> Result<PathBuf, KeyFileError> {
        let implicit = self.implicit();
        let mut networks = self.directories().chain([implicit.as_path()]);
        let main = networks.find(|directory| path.parent() == Some(directory));
        let (directory, kind) = match (main, path.parent()) {
            (Some(network), _) => (network.join(account_id.as_str()), "main."),
            (None, Some(own)) => (own.to_owned(), ""),
            (None, None) => (self.directory.join(account_id.as_str()), ""),
        };
        make_private_directory(&directory).map_err(|source| not_written(&directory, source))?;
        Ok(free_name(&directory, &file_name(public_key, &format!("{kind}{extension}"))))
    }

    /// Removes the directories of the account and of the networks that are empty.
    pub(crate) fn remove_empty_directories(&self, account_id: &AccountId) {
        for directory in self.directories() {
            for directory in [&directory.join(account_id.as_str()), directory] {
                // A directory that is not empty stays.
                let _not_empty = fs::remove_dir(directory);
            }
        }
    }

    /// Checks that the parent of the root exists. If it does not, the path is probably wrong, and creating it would hide a secret.
    pub(crate) fn see_root(&self) -> Result<(), KeyFileError> {
        see_parent(&self.root)
    }

    /// The file that near-cli-rs writes for the key of an implicit account.
    fn implicit(&self) -> PathBuf {
        self.root.join(IMPLICIT)
    }
}

/// The name of a key's own file. `:` is not allowed everywhere.
fn file_name(public_key: &PublicKey, extension: &str) -> String {
    let name = PublicKeyHandle::from(public_key).to_string().replace(':', "_");
    format!("{name}.{extension}")
}

/// Checks that the directory of a path exists.
pub(crate) fn see_parent(path: &Path) -> Result<(), KeyFileError> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() && !parent.exists() => {
            Err(KeyFileError::NoDirectory { path: parent.to_owned() })
        }
        _ => Ok(()),
    }
}

/// Whether a crash left the file before it got its name.
pub(crate) fn is_half_written(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    // Other programs' files may begin so, too, but have an extension.
    name.starts_with(HALF_WRITTEN) && !name.contains(".json")
}

/// Whether the file was set aside, so that no tool reads it.
pub(crate) fn is_set_aside(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == SET_ASIDE)
}

fn is_key_file(path: &Path, extension: &str) -> bool {
    let half_written =
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(HALF_WRITTEN));
    !half_written && path.extension().is_some_and(|found| found == extension) && path.is_file()
}

/// The entries of `directory`, sorted; none if it does not exist.
pub(crate) fn entries(directory: &Path) -> Result<Vec<PathBuf>, KeyFileError> {
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

/// Writes a file for its owner only, completely or not at all, and never replaces another. Missing directories are
/// created for their owner only, too.
///
/// Readers of key files ignore names that begin with `.keyway-`.
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
/// [`KeyFileError::AlreadyExists`] if the file exists, [`KeyFileError::InTheWay`] if a file has the name of a directory
/// that is needed, or the file system's error.
pub fn write_private_file(path: &Path, contents: &[u8]) -> Result<(), KeyFileError> {
    put_new(path, contents).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists if path.symlink_metadata().is_ok() => {
            KeyFileError::AlreadyExists { path: path.to_owned() }
        }
        _ => not_written(path, source),
    })
}

/// Writes a file for its owner only, and replaces another one atomically; see [`write_private_file`].
///
/// # Errors
/// The file system's error.
pub fn replace_private_file(path: &Path, contents: &[u8]) -> Result<(), KeyFileError> {
    let put = || {
        half_written(path, contents)?.persist(path)?;
        make_last(path)
    };
    put().map_err(|source| not_written(path, source))
}

fn not_written(path: &Path, source: io::Error) -> KeyFileError {
    let is_file = |path: &&Path| path.is_file();
    match path.ancestors().skip(1).find(is_file) {
        Some(file) => KeyFileError::InTheWay { path: file.to_owned() },
        None => KeyFileError::Io { doing: "write", path: path.to_owned(), source },
    }
}

/// `NAME.retired` in `directory`, with a number if the name is taken.
fn free_name(directory: &Path, name: &str) -> PathBuf {
    let is_free = |path: &PathBuf| path.symlink_metadata().is_err();
    let first = directory.join(format!("{name}.{SET_ASIDE}"));
    let others = (2_u64..).map(|number| directory.join(format!("{name}.{number}.{SET_ASIDE}")));
    std::iter::once(first).chain(others).find(is_free).expect("invariant: numbers do not end")
}

/// Renames a file atomically.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), KeyFileError> {
    let renamed = fs::rename(from, to).and_then(|()| make_last(to));
    renamed.map_err(|source| KeyFileError::Io { doing: "rename", path: from.to_owned(), source })
}

/// Removes a file. Returns whether it existed.
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

/// Writes the whole file under a temporary name, beside its final one.
fn half_written(path: &Path, contents: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let directory = path.parent().ok_or(io::ErrorKind::NotFound)?;
    // `tempfile` creates it with mode 600, and removes it unless it is persisted.
    let new_file = || {
        make_private_directory(directory)?;
        tempfile::Builder::new().prefix(HALF_WRITTEN).tempfile_in(directory)
    };
    let mut file = match new_file() {
        // Another process removed the directory while it was empty.
        Err(error) if error.kind() == io::ErrorKind::NotFound => new_file()?,
        file => file?,
    };
    file.write_all(contents)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Syncs the directory, so that the name is durable, on systems where directories can be opened.
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

/// Checks a network's name, which becomes that of a directory and of keychain entries.
pub(crate) fn check_network_name(name: &str) -> Result<&str, NetworkNameError> {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if name.is_empty() || name.starts_with('.') || name.len() > 64 || !name.bytes().all(sound) {
        return Err(NetworkNameError);
    }
    Ok(name)
}

/// A network's name is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a network's name is 1 to 64 letters, digits, `-`, `_` and `.`, and does not begin with `.`, like `testnet`"
)]
pub struct NetworkNameError;

/// The extension of plain key files.
pub(crate) const PLAIN: &str = "json";

/// The extension of encrypted key files.
pub(crate) const ENCRYPTED: &str = "sealed";

/// The beginning of the names of files that are being written.
const HALF_WRITTEN: &str = ".keyway-";

/// The extension of files that were set aside.
const SET_ASIDE: &str = "retired";

/// The directory for files of implicit accounts under the root, for all networks.
const IMPLICIT: &str = "implicit";

/// near-shell's name for the network that it was configured with.
const NEAR_SHELL: &str = "default";

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
