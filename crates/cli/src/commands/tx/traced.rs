//! The trace of a transaction, from the node.

use crate::error::{CliError, NoControl};
use crate::tools::Context;
use keyway::Error;
use keyway::error::QueryError;
use keyway::protocol::CryptoHash;
use keyway::trace::Trace;

/// The trace of `hash`.
///
/// # Errors
/// If the node does not know it, or is none of keyway's.
pub(crate) async fn traced(context: &Context, hash: &CryptoHash) -> Result<Trace, CliError> {
    context.client.trace(hash).await.map_err(|error| untraced(error, hash))
}

/// Why the transaction `hash` has no trace.
pub(super) fn untraced(error: Error, hash: &CryptoHash) -> CliError {
    match error {
        Error::Query(QueryError::Other { name, .. }) if name == "UNKNOWN_TRANSACTION" => {
            Error::Query(QueryError::UnknownTransaction { hash: *hash }).into()
        }
        other => plain(other),
    }
}

/// An error of a tracing method, in its own words: the name of the cause is for programs.
pub(crate) fn plain(error: Error) -> CliError {
    match error {
        Error::Query(QueryError::Other { name, message }) if !message.is_empty() => {
            match name.as_str() {
                "INVALID_PARAMETER"
                | "PRUNED_STATE"
                | "REFUSED_TRANSACTION"
                | "TRACE_TOO_LARGE"
                | "UNKNOWN_TRANSACTION" => NoControl::Refused(message).into(),
                _ => Error::Query(QueryError::Other { name, message }).into(),
            }
        }
        other => other.into(),
    }
}
