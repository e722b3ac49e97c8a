//! Secrets that pass through the command line.

use crate::error::CliError;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::Path;
use std::str::FromStr;
use zeroize::Zeroizing;

/// A secret as it was written: never shown, and no part of any message.
#[derive(Clone)]
pub(crate) struct SecretText(Zeroizing<String>);

impl SecretText {
    /// The text; what stdin has, where that was written as `-`.
    ///
    /// # Errors
    /// When stdin cannot be read.
    pub(crate) fn expose(&self) -> Result<Zeroizing<String>, CliError> {
        let mut text = self.0.clone();
        if text.as_str() == "-" {
            text.clear();
            let piped = std::io::stdin().take(LARGEST).read_to_string(&mut text);
            piped.map_err(|source| CliError::Stdin { source })?;
        }
        Ok(text)
    }
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

/// Writes secrets to a new file that only its owner reads. What is there is never overwritten.
///
/// # Errors
/// When the file is there, or cannot be written.
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

/// More than any secret key has.
const LARGEST: u64 = 1 << 16;

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
        assert!(write_new_secret_file(&path, "two\n").is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
