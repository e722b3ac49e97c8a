//! An account with another contract than a command is about.

use crate::error::CliError;
use keyway::error::QueryError;
use keyway::{AccountId, Error};

/// What went wrong when `account` was asked as if it had a contract of this kind (`drop`,
/// `recovery`): that it has another one, or none, is told as that.
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
