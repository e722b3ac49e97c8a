//! The fields of key files, as NEAR's tools write them.

use super::KeyFile;
use crate::files::error::KeyFileError;
use crate::{HdPath, KeyPair, SeedPhrase};
use near_crypto::PublicKey;
use near_primitives::types::AccountId;
use serde::{Deserialize, Deserializer};
use std::path::Path;
use zeroize::Zeroizing;

/// The fields of a key file; unknown ones are ignored.
#[derive(Deserialize)]
pub(super) struct Fields {
    account_id: Option<String>,
    /// near-cli-rs: the implicit account of the key.
    implicit_account_id: Option<String>,
    public_key: Option<String>,
    /// near-cli, near-api-js, near-cli-rs.
    private_key: Option<SecretText>,
    /// neard.
    secret_key: Option<SecretText>,
    /// near-cli-rs, beside the private key.
    master_seed_phrase: Option<SecretText>,
    seed_phrase_hd_path: Option<String>,
}

impl Fields {
    /// Reads the JSON of the file at `path`.
    pub(super) fn parse(path: &Path, json: &[u8]) -> Result<Self, KeyFileError> {
        // Some editors write a byte order mark first.
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        // The library's message may quote the secret; a position does not.
        serde_json::from_slice(json).map_err(|error| KeyFileError::NotJson {
            path: path.to_owned(),
            line: error.line(),
            column: error.column(),
        })
    }

    /// The account that the file names.
    pub(super) fn account_id(&self, path: &Path) -> Result<Option<AccountId>, KeyFileError> {
        parse_account(path, "account_id", self.account_id.as_deref())
    }

    /// Makes the key pair, and compares the public key.
    pub(super) fn check(self, path: &Path) -> Result<KeyFile, KeyFileError> {
        let key_pair = self.key_pair(path)?;
        if let Some(stated) = &self.public_key {
            let stated: PublicKey =
                stated.parse().map_err(|_| bad(path, "public_key", "public key"))?;
            if stated != *key_pair.public_key() {
                let actual = Box::new(key_pair.public_key().clone());
                return Err(KeyFileError::WrongPublicKey {
                    path: path.to_owned(),
                    stated: Box::new(stated),
                    actual,
                });
            }
        }
        let implicit =
            || parse_account(path, "implicit_account_id", self.implicit_account_id.as_deref());
        let account_id =
            self.account_id(path)?.map_or_else(implicit, |account_id| Ok(Some(account_id)))?;
        Ok(KeyFile { account_id, key_pair })
    }

    /// Whether the file holds a seed phrase, from which other keys may have been derived.
    pub(super) fn has_seed_phrase(&self) -> bool {
        self.master_seed_phrase.is_some()
    }

    fn key_pair(&self, path: &Path) -> Result<KeyPair, KeyFileError> {
        let secrets = [("private_key", &self.private_key), ("secret_key", &self.secret_key)];
        for (field, secret) in secrets {
            if let Some(SecretText(text)) = secret {
                return text.parse().map_err(|source| KeyFileError::Secret {
                    path: path.to_owned(),
                    field,
                    source,
                });
            }
        }
        let Some(SecretText(words)) = &self.master_seed_phrase else {
            return Err(KeyFileError::NoSecret { path: path.to_owned() });
        };
        let phrase = words.parse::<SeedPhrase>();
        let phrase =
            phrase.map_err(|source| KeyFileError::SeedPhrase { path: path.to_owned(), source })?;
        Ok(phrase.key_pair(&self.hd_path(path)?))
    }

    fn hd_path(&self, path: &Path) -> Result<HdPath, KeyFileError> {
        let Some(text) = &self.seed_phrase_hd_path else { return Ok(HdPath::default()) };
        text.parse().map_err(|_| bad(path, "seed_phrase_hd_path", "derivation path"))
    }
}

fn parse_account(
    path: &Path,
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<AccountId>, KeyFileError> {
    text.map(str::parse).transpose().map_err(|_| bad(path, field, "account id"))
}

fn bad(path: &Path, field: &'static str, expected: &'static str) -> KeyFileError {
    KeyFileError::Field { path: path.to_owned(), field, expected }
}

/// A string that is zeroed when dropped.
struct SecretText(Zeroizing<String>);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}
