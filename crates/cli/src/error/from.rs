//! Errors of the library that become ours.

use super::CliError;
use keyway::keys::{EnvironmentKeyError, KeyFileError, KeychainError};
use keyway::{ArgumentError, KeyServiceError};
use keyway_node::HomeError;

impl From<ArgumentError> for CliError {
    fn from(error: ArgumentError) -> Self {
        Self::Library(error.into())
    }
}

impl From<KeyFileError> for CliError {
    fn from(error: KeyFileError) -> Self {
        Self::Keys(error.into())
    }
}

impl From<KeychainError> for CliError {
    fn from(error: KeychainError) -> Self {
        Self::Keys(error.into())
    }
}

impl From<EnvironmentKeyError> for CliError {
    fn from(error: EnvironmentKeyError) -> Self {
        Self::Keys(KeyServiceError::Other(Box::new(error)))
    }
}

impl From<HomeError> for CliError {
    fn from(error: HomeError) -> Self {
        Self::Node(error.into())
    }
}
