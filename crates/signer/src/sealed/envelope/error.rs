//! Why an encrypted key file does not open.

/// An encrypted key file that does not open, or cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The passphrase is another one, or the file was changed: the cipher cannot tell which.
    #[error("the passphrase is wrong, or the file was changed")]
    WrongPassphrase,
    /// Not JSON, or a field is missing.
    #[error("it is not an encrypted key file: its JSON is wrong at line {line}, column {column}")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// Written by another version.
    #[error("its format is version {got}, but this program knows version {known}")]
    Version {
        /// In the file.
        got: u32,
        /// Known here.
        known: u32,
    },
    /// A field is not what it should be.
    #[error("its field `{field}` is damaged")]
    Field {
        /// The field.
        field: &'static str,
    },
    /// The file is of another account or key than its place says.
    #[error("its `{field}` is not the one that its place in the directories says")]
    Misplaced {
        /// The field.
        field: &'static str,
    },
    /// The key derivation asks for too much, or too little.
    #[error(
        "its `argon2id` and `salt` are outside what is allowed: up to 1 GiB, 16 passes, 16 lanes"
    )]
    Costs,
    /// What was decrypted is not the secret of the file's public key.
    #[error("what it holds is not the secret of its public key")]
    WrongSecret,
}
