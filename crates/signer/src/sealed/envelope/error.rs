//! Errors of encrypted key files.

/// Why an encrypted key file cannot be opened or made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The passphrase is wrong or the file was changed; the cipher cannot distinguish them.
    #[error("the passphrase is wrong, or the file was changed")]
    WrongPassphrase,
    /// It is not JSON, or a field is missing.
    #[error("it is not an encrypted key file: its JSON is wrong at line {line}, column {column}")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// Another version wrote it.
    #[error("its format is version {got}, but this program knows version {known}")]
    Version {
        /// The version of the file.
        got: u32,
        /// The version that this build knows.
        known: u32,
    },
    /// A field is damaged.
    #[error("its field `{field}` is damaged")]
    Field {
        /// The field.
        field: &'static str,
    },
    /// The file names another account or key than its path does.
    #[error("its `{field}` is not the one in its path")]
    Misplaced {
        /// The field.
        field: &'static str,
    },
    /// The parameters of the key derivation are out of range.
    #[error("its `argon2id` and `salt` are outside the limits: up to 1 GiB, 16 passes, 16 lanes")]
    Costs,
    /// The decrypted secret does not belong to the file's public key.
    #[error("the secret in it does not belong to its public key")]
    WrongSecret,
}
