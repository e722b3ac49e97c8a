//! One key file and its JSON.

mod fields;

use super::error::KeyFileError;
use super::place::{see_parent, write_private_file};
use crate::KeyPair;
use fields::Fields;
use near_primitives::types::AccountId;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use zeroize::Zeroizing;

/// The size limit of a key file, bytes; the longest have about 15,000.
const LARGEST: u64 = 65_536;

/// A key file of any of NEAR's tools, at any path; also `validator_key.json` and the like.
#[derive(Clone, Debug)]
pub struct KeyFile {
    /// The account named in the file. Files of near-cli-rs name none, or an implicit one.
    pub account_id: Option<AccountId>,
    /// The key pair.
    pub key_pair: KeyPair,
}

impl KeyFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// If the file cannot be read, is not a key file, or its public key does not belong to its secret.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, KeyFileError> {
        let path = path.as_ref();
        Fields::parse(path, &read(path)?)?.check(path)
    }

    /// Writes a key file at any path, with the fields that every tool reads, for its owner only. Never replaces a file.
    ///
    /// ```
    /// use keyway_signer::{KeyFile, KeyPair};
    ///
    /// let home = tempfile::tempdir()?;
    /// let (path, key_pair) = (home.path().join("spare.json"), KeyPair::random_ed25519());
    /// KeyFile::write(&path, &"alice.near".parse()?, &key_pair)?;
    /// assert_eq!(KeyFile::read(&path)?.key_pair, key_pair);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`KeyFileError::AlreadyExists`], [`KeyFileError::NoDirectory`], or the file system's error.
    pub fn write(
        path: impl AsRef<Path>,
        account_id: &AccountId,
        key_pair: &KeyPair,
    ) -> Result<(), KeyFileError> {
        see_parent(path.as_ref())?;
        write_private_file(path.as_ref(), &write(account_id, key_pair))
    }

    /// Reads the JSON of a key file of any account.
    pub(crate) fn parse(path: &Path, json: &[u8]) -> Result<Self, KeyFileError> {
        Fields::parse(path, json)?.check(path)
    }

    /// Whether the file at `path` holds a seed phrase, from which other keys may have been derived.
    ///
    /// # Errors
    /// If the file cannot be read or is not JSON.
    pub fn has_seed_phrase(path: impl AsRef<Path>) -> Result<bool, KeyFileError> {
        let path = path.as_ref();
        Ok(Fields::parse(path, &read(path)?)?.has_seed_phrase())
    }

    /// Reads a file from the place of `account_id`'s key files.
    pub(crate) fn read_of(path: &Path, account_id: &AccountId) -> Result<Self, KeyFileError> {
        Self::parse_of(path, &read(path)?, account_id)
    }

    /// Reads the JSON of a key file that does not come from a file, but from a pipe, say; errors call it `path`.
    ///
    /// ```
    /// use keyway_signer::{KeyFile, KeyPair};
    ///
    /// let key_pair = KeyPair::random_ed25519();
    /// let json = format!(
    ///     r#"{{"account_id": "alice.near", "private_key": "{}"}}"#,
    ///     *key_pair.expose_secret_text()
    /// );
    /// let read = KeyFile::parse_of("the pipe".as_ref(), json.as_bytes(), &"alice.near".parse()?)?;
    /// assert_eq!(read.key_pair, key_pair);
    /// assert!(KeyFile::parse_of("the pipe".as_ref(), json.as_bytes(), &"bob.near".parse()?).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If it is not a key file, its public key does not belong to its secret, or it names another account than
    /// `account_id`.
    pub fn parse_of(
        path: &Path,
        json: &[u8],
        account_id: &AccountId,
    ) -> Result<Self, KeyFileError> {
        let fields = Fields::parse(path, json)?;
        // near-cli-rs writes the implicit account that the key would have into every file, so it says nothing here.
        match fields.account_id(path)? {
            Some(stated) if stated != *account_id => Err(KeyFileError::WrongAccount {
                path: path.to_owned(),
                stated,
                expected: account_id.clone(),
            }),
            _ => fields.check(path),
        }
    }
}

/// Reads the JSON of a key file from a keychain entry.
pub(crate) fn parse_entry(json: &[u8]) -> Result<KeyPair, KeyFileError> {
    let path = Path::new("the entry");
    Ok(Fields::parse(path, json)?.check(path)?.key_pair)
}

/// The JSON of a key file, with the fields that every tool reads.
pub(crate) fn write(account_id: &AccountId, key_pair: &KeyPair) -> Zeroizing<Vec<u8>> {
    let (public_key, secret) = (key_pair.public_key().to_string(), key_pair.expose_secret_text());
    // With enough capacity, so that the string does not grow and leave a copy behind. Nothing needs escaping.
    let mut json = Zeroizing::new(Vec::with_capacity(
        public_key.len().saturating_add(secret.len()).saturating_add(256),
    ));
    for part in [
        r#"{"account_id":""#,
        account_id.as_str(),
        r#"","public_key":""#,
        &public_key,
        r#"","private_key":""#,
        &secret,
        r#""}"#,
    ] {
        json.extend_from_slice(part.as_bytes());
    }
    json
}

/// The contents of a file, unless it is too large.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let failed = |source| KeyFileError::Io { doing: "read", path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size > LARGEST {
        return Err(KeyFileError::TooLarge { path: path.to_owned(), got: size, most: LARGEST });
    }
    let mut contents = Zeroizing::new(Vec::with_capacity(LARGEST as usize));
    file.take(LARGEST).read_to_end(&mut contents).map_err(failed)?;
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse_text(json: &str) -> Result<KeyFile, KeyFileError> {
        let path = Path::new("alice.json");
        Fields::parse(path, json.as_bytes())?.check(path)
    }

    #[track_caller]
    fn refused(json: &str, message: &str) {
        assert_eq!(parse_text(json).unwrap_err().to_string(), message);
    }

    #[test]
    fn each_slip_has_its_error() {
        let (one, two) =
            (KeyPair::from_ed25519_seed(&[1; 32]), KeyPair::from_ed25519_seed(&[2; 32]));
        let (secret, public) = (one.expose_secret_text(), two.public_key());
        refused("{", "`alice.json` is not a key file: its JSON is wrong at line 1, column 1");
        refused(
            &format!("\"{}\"", *secret),
            "`alice.json` is not a key file: its JSON is wrong at line 1, column 97",
        );
        refused(
            "{}",
            "`alice.json` holds no secret: it has none of `private_key`, `secret_key`, `master_seed_phrase`",
        );
        refused(
            r#"{"secret_key":"ed25519:1"}"#,
            "`secret_key` in `alice.json` is not a secret key",
        );
        refused(
            r#"{"master_seed_phrase":"fatal"}"#,
            "`master_seed_phrase` in `alice.json` is not a seed phrase",
        );
        refused(
            &format!(r#"{{"private_key":"{}","public_key":"{public}"}}"#, *secret),
            &format!(
                "`alice.json` has the public key {public}, but its secret belongs to {}; find out which one is right",
                one.public_key()
            ),
        );
        refused(
            &format!(r#"{{"private_key":"{}","public_key":"x"}}"#, *secret),
            "`public_key` in `alice.json` is not a valid public key",
        );
        refused(
            &format!(r#"{{"private_key":"{}","account_id":"A"}}"#, *secret),
            "`account_id` in `alice.json` is not a valid account id",
        );
    }

    #[test]
    fn what_is_written_is_read() {
        let key_pair = KeyPair::random_ml_dsa_65();
        let json = write(&"alice.near".parse().unwrap(), &key_pair);
        let file = parse_text(std::str::from_utf8(&json).unwrap()).unwrap();
        assert_eq!(file.account_id.unwrap(), "alice.near");
        assert_eq!(file.key_pair, key_pair);
    }

    #[test]
    fn a_file_of_another_account_and_a_large_one_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        std::fs::write(&path, &*write(&"bob.near".parse().unwrap(), &KeyPair::random_ed25519()))
            .unwrap();
        let error = KeyFile::read_of(&path, &"alice.near".parse().unwrap()).unwrap_err();
        assert!(matches!(error, KeyFileError::WrongAccount { stated, .. } if stated == "bob.near"));
        std::fs::write(&path, vec![b' '; 65_537]).unwrap();
        assert!(matches!(
            KeyFile::read(&path).unwrap_err(),
            KeyFileError::TooLarge { got: 65_537, .. }
        ));
        assert!(matches!(KeyFile::read(home.path()).unwrap_err(), KeyFileError::Io { .. }));
    }

    proptest! {
        #[test]
        fn any_json_is_a_key_file_or_an_error(
            json in r#"\PC*|\{("(account_id|public_key|private_key|master_seed_phrase)":("[a-z:1]{0,70}"|1|null),?){0,3}\}"#
        ) {
            let _either = parse_text(&json);
        }
    }
}
