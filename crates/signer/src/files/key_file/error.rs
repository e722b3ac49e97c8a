//! What may be wrong with key files.

use crate::{ParseKeyPairError, SeedPhraseError};
use near_crypto::PublicKey;
use near_primitives::types::AccountId;
use std::io;
use std::path::PathBuf;

/// A key file that cannot be read, trusted or written. No message quotes a secret.
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
    /// A file of that name is there, and is left as it is.
    #[error("`{path}` exists already and is not overwritten; move it away first")]
    AlreadyExists {
        /// The file.
        path: PathBuf,
    },
    /// A directory is needed where a file is.
    #[error(
        "`{path}` is a file, perhaps another account's key file, where a directory of that name is needed: keep one of the two under another root"
    )]
    InTheWay {
        /// The file.
        path: PathBuf,
    },
    /// The directory that a secret was to go to is not there.
    #[error("there is no directory `{path}`: make it first, if that is where the secret belongs")]
    NoDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// Larger than any key file.
    #[error("`{path}` has {got} bytes, but a key file has at most {most}")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        got: u64,
        /// Bytes allowed.
        most: u64,
    },
    /// Not JSON, or not an object with the known fields.
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
    /// The secret is none.
    #[error("`{field}` in `{path}` is no secret key")]
    Secret {
        /// The file.
        path: PathBuf,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        source: ParseKeyPairError,
    },
    /// The seed phrase is none.
    #[error("`master_seed_phrase` in `{path}` is no seed phrase")]
    SeedPhrase {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: SeedPhraseError,
    },
    /// A field is not what its name says.
    #[error("`{field}` in `{path}` is no {expected}")]
    Field {
        /// The file.
        path: PathBuf,
        /// The field.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The public key in the file is not its secret's.
    #[error(
        "`{path}` says that its public key is {stated}, but its secret's is {actual}; which one is right?"
    )]
    WrongPublicKey {
        /// The file.
        path: PathBuf,
        /// In the field `public_key`.
        stated: Box<PublicKey>,
        /// Of the secret.
        actual: Box<PublicKey>,
    },
    /// The file is wanted for one account and names another.
    #[error("`{path}` is a key file of `{stated}`, not of `{expected}`")]
    WrongAccount {
        /// The file.
        path: PathBuf,
        /// In the field `account_id`.
        stated: AccountId,
        /// By its place, or by who asks.
        expected: AccountId,
    },
    /// An encrypted file does not open.
    #[error("cannot decrypt `{path}`")]
    Sealed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: crate::SealError,
    },
}
