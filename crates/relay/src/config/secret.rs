//! Where secrets are.

use super::ConfigError;
use serde::Deserialize;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Reads an environment variable; none if it is not set. Only the command line has a real one.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<Zeroizing<String>>;

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum SecretSource {
    /// In an environment variable.
    Env(String),
    /// In a file, without the line end after it.
    File(PathBuf),
}

/// A secret. It never prints, and is zeroed when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The secret's text.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }

    /// The secret's text, which is zeroed when it is dropped, too.
    pub(crate) fn into_text(self) -> Zeroizing<String> {
        self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl SecretSource {
    /// Reads the secret that `field` of the configuration needs.
    ///
    /// # Errors
    /// If it is not there, is empty, or is longer than 4,096 bytes.
    pub fn read(&self, field: &str, environment: Environment<'_>) -> Result<Secret, ConfigError> {
        let missing = |why: &str| {
            let (field, place, why) = (field.to_owned(), self.place(), why.to_owned());
            ConfigError::NoSecret { field, place, why }
        };
        let text = match self {
            SecretSource::Env(name) => environment(name).ok_or_else(|| missing("it is not set"))?,
            SecretSource::File(path) => {
                let text = fs::read_to_string(path).map(Zeroizing::new);
                text.map_err(|error| missing(&error.to_string()))?
            }
        };
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        match text.len() {
            0 => Err(missing("it is empty")),
            1..=LONGEST => Ok(Secret(Zeroizing::new(text.to_owned()))),
            _ => Err(missing("it is longer than 4096 bytes")),
        }
    }

    /// Where it is, for messages.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            SecretSource::Env(name) => format!("the environment variable {name}"),
            SecretSource::File(path) => format!("the file {}", path.display()),
        }
    }

    pub(super) fn below(&mut self, directory: &Path) {
        if let SecretSource::File(path) = self {
            *path = directory.join(&*path);
        }
    }
}

const LONGEST: usize = 4_096;
