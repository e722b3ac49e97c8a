//! Errors of key files.

use crate::{ParseKeyPairError, SeedPhraseError};
use near_crypto::PublicKey;
use near_primitives::types::AccountId;
use std::io;
use std::path::PathBuf;

/// Why a key file cannot be read, trusted or written. No message quotes a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The file system's error.
    #[error("cannot {doing} `{path}`")]
    Io {
        /// `read`, `write`, `rename` or `remove`.
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No file of the account holds that key.
    #[error("there is no key file of `{account_id}` with the key {public_key}")]
    NoSuchKey {
        /// The account.
        account_id: AccountId,
        /// The key.
        public_key: Box<PublicKey>,
    },
    /// A file of that name exists, and is not changed.
    #[error("`{path}` exists already and is not overwritten; move it away first")]
    AlreadyExists {
        /// The file.
        path: PathBuf,
    },
    /// A file is in the place of a directory that is needed.
    #[error(
        "`{path}` is a file, perhaps another account's key file, but a directory of that name is needed: keep one of the two under another root"
    )]
    InTheWay {
        /// The file.
        path: PathBuf,
    },
    /// The directory for the secret does not exist.
    #[error("there is no directory `{path}`: create it first, if that is where the secret belongs")]
    NoDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// The file is larger than any key file.
    #[error("`{path}` has {got} bytes, but a key file has at most {most}")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size, bytes.
        got: u64,
        /// The size limit, bytes.
        most: u64,
    },
    /// The file is not JSON, or not an object with the known fields.
    #[error("`{path}` is not a key file: its JSON is wrong at line {line}, column {column}")]
    NotJson {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// No field holds a secret.
    #[error(
        "`{path}` holds no secret: it has none of `private_key`, `secret_key`, `master_seed_phrase`"
    )]
    NoSecret {
        /// The file.
        path: PathBuf,
    },
    /// The secret key is malformed.
    #[error("`{field}` in `{path}` is not a secret key")]
    Secret {
        /// The file.
        path: PathBuf,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        source: ParseKeyPairError,
    },
    /// The seed phrase is malformed.
    #[error("`master_seed_phrase` in `{path}` is not a seed phrase")]
    SeedPhrase {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: SeedPhraseError,
    },
    /// A field does not hold what it should.
    #[error("`{field}` in `{path}` is not a valid {expected}")]
    Field {
        /// The file.
        path: PathBuf,
        /// The field.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The public key in the file does not belong to its secret.
    #[error(
        "`{path}` has the public key {stated}, but its secret belongs to {actual}; find out which one is right"
    )]
    WrongPublicKey {
        /// The file.
        path: PathBuf,
        /// In the field `public_key`.
        stated: Box<PublicKey>,
        /// Of the secret.
        actual: Box<PublicKey>,
    },
    /// The file names another account than the one it was read for.
    #[error("`{path}` is a key file of `{stated}`, not of `{expected}`")]
    WrongAccount {
        /// The file.
        path: PathBuf,
        /// In the field `account_id`.
        stated: AccountId,
        /// The account that it was read for.
        expected: AccountId,
    },
    /// An encrypted file cannot be decrypted.
    #[error("cannot decrypt `{path}`")]
    Sealed {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: crate::SealError,
    },
}
