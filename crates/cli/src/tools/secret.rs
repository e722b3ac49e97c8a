//! Secrets that pass through the command line.

use super::context::Context;
use super::files::too_long;
use crate::error::CliError;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use zeroize::Zeroizing;

/// A secret as written: never shown, and not part of any message.
#[derive(Clone)]
pub(crate) struct SecretText(Zeroizing<String>);

impl SecretText {
    /// The text, or the content of stdin if the text is `-`: one secret, or several, one on each
    /// line.
    ///
    /// # Errors
    /// If stdin cannot be read.
    pub(crate) fn expose(&self) -> Result<Zeroizing<String>, CliError> {
        if self.0.as_str() == "-" { read_stdin(LARGEST_LIST) } else { Ok(self.0.clone()) }
    }

    /// The content of stdin.
    ///
    /// # Errors
    /// If it cannot be read or is longer than a secret.
    pub(crate) fn piped() -> Result<Zeroizing<String>, CliError> {
        read_stdin(LARGEST)
    }
}

fn read_stdin(most: usize) -> Result<Zeroizing<String>, CliError> {
    // Reserved up front, so that no reallocation leaves a copy in memory.
    let mut text = Zeroizing::new(String::with_capacity(most + 1));
    let piped = std::io::stdin().take(most as u64 + 1).read_to_string(&mut text);
    let piped = piped.and_then(|read| match read > most {
        true => Err(too_long(most as u64)),
        false => Ok(text),
    });
    piped.map_err(|source| CliError::Stdin { source })
}

impl FromStr for SecretText {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(Zeroizing::new(text.to_owned())))
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

/// Writes secrets to a new file that only its owner can read. Never overwrites a file.
///
/// # Errors
/// If the file exists or cannot be written.
pub(crate) fn write_new_secret_file(path: &Path, secrets: &str) -> Result<(), CliError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(secrets.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|source| CliError::File { doing: "write", path: path.to_owned(), source })
}

/// Writes secrets that nobody read from stdout to a new file next to this network's key files.
///
/// # Errors
/// As [`write_new_secret_file`].
pub(crate) async fn write_rescued_secrets(
    context: &Context,
    name: &str,
    secrets: &str,
) -> Result<PathBuf, CliError> {
    let directory = context.key_files().await?.directories().swap_remove(0);
    std::fs::create_dir_all(&directory).map_err(|source| CliError::File {
        doing: "create",
        path: directory.clone(),
        source,
    })?;
    for number in 1..MOST_RESCUED {
        let path = directory.join(format!("{name}-{number}.txt"));
        if !path.exists() {
            return write_new_secret_file(&path, secrets).map(|()| path);
        }
    }
    let taken = directory.join(format!("{name}-{MOST_RESCUED}.txt"));
    write_new_secret_file(&taken, secrets).map(|()| taken)
}

/// The maximum number of such files with one name.
const MOST_RESCUED: u32 = 1_000;

/// In bytes: more than ten thousand links have.
const LARGEST_LIST: usize = 1 << 22;

/// In bytes: more than any secret key has.
const LARGEST: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        let secret: SecretText = "ed25519:secret".parse().unwrap();
        assert_eq!(format!("{secret:?}"), "SecretText(..)");
        assert_eq!(secret.expose().unwrap().as_str(), "ed25519:secret");
    }

    #[test]
    fn a_file_of_secrets_is_its_owners_and_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("links");
        write_new_secret_file(&path, "one\n").unwrap();
        let again = write_new_secret_file(&path, "two\n").unwrap_err();
        assert!(
            matches!(&again, CliError::File { source, .. }
                if source.kind() == std::io::ErrorKind::AlreadyExists),
            "{again}"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
