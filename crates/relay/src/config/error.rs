//! Errors of the configuration.

use keyway::keys::printable;
use keyway::transport::EndpointError;
use std::io;
use std::path::PathBuf;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is nothing to top up from.
    #[error(
        "the configuration has no table [top_up], which says from which account and up to what limit"
    )]
    NoTopUp,
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something in a file is wrong.
    #[error("{}: {source}", path.display())]
    In {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: Box<ConfigError>,
    },
    /// The text is not this kind of TOML.
    #[error("{why}")]
    NotRead {
        /// What is wrong, and where.
        why: String,
    },
    /// Something must not be empty.
    #[error("{field} is empty; name at least one, because an empty list does not mean everything")]
    Empty {
        /// The field.
        field: String,
    },
    /// A number is too small or too large.
    #[error("{field} is {got}, and must be from {least} to {most}")]
    OutOfRange {
        /// The field.
        field: String,
        /// The number.
        got: String,
        /// The least.
        least: String,
        /// The most.
        most: String,
    },
    /// An address cannot be used. It is not quoted, because it may hold a secret.
    #[error("{field} is no http or https address without a user name and password")]
    Url {
        /// The field.
        field: String,
    },
    /// An endpoint cannot be used.
    #[error("{field} cannot be used: {source}")]
    Endpoint {
        /// The field.
        field: String,
        /// Why. It quotes no key.
        source: EndpointError,
    },
    /// A secret is not where the configuration says.
    #[error("the secret of {field} is not in {place}: {why}")]
    NoSecret {
        /// What needs it.
        field: String,
        /// Where it should be.
        place: String,
        /// What is wrong.
        why: String,
    },
    /// The signer cannot be used.
    #[error("account.signer cannot be used: {why}")]
    Signer {
        /// What is wrong.
        why: String,
    },
}

impl ConfigError {
    pub(crate) fn not_read(error: &toml::de::Error) -> Self {
        // The whole error quotes the line, which may hold a secret that does not belong there.
        ConfigError::NotRead { why: printable(error.message()).to_string() }
    }
}
