//! Conversions from the library's errors.

use super::CliError;
use keyway::error::QueryError;
use keyway::keys::{EnvironmentKeyError, KeyFileError, KeychainError};
use keyway::{AccountId, ArgumentError, Error};
use keyway_node::HomeError;
use keyway_relay::StartError;

impl From<StartError> for CliError {
    fn from(error: StartError) -> Self {
        Self::Relay(Box::new(error))
    }
}

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
        let mut words = error.to_string();
        if matches!(&error, EnvironmentKeyError::NotSet { name } if name.starts_with('$')) {
            words.push_str(": leave the `$` out of its name");
        }
        Self::KeyTrouble(words)
    }
}

/// The error of a query that assumed that `account` has a contract of this kind (`drop`,
/// `recovery`): reports another contract, or none, as such.
pub(crate) fn other_contract(
    account: &AccountId,
    kind: &'static str,
) -> impl Fn(Error) -> CliError {
    let account = account.clone();
    move |error| match error {
        Error::Query(
            QueryError::NoContract { .. }
            | QueryError::UnknownMethod { .. }
            | QueryError::Unexpected { .. },
        ) => CliError::OtherContract { account: account.clone(), kind },
        other => other.into(),
    }
}

impl From<HomeError> for CliError {
    fn from(error: HomeError) -> Self {
        Self::Node(error.into())
    }
}
