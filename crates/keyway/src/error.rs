//! All errors of this library, as one tree of types.
//!
//! [`Error`] has one variant for each place where something can go wrong, and the type in it has one variant for each
//! reason, with its figures. [`Error::kind`] is a stable name to match on and to log; `docs/errors.md` lists them all.

mod access_key;
mod actions;
mod argument;
mod contract;
mod failed_action;
mod failure;
mod fate;
mod figures;
mod near_api_ts;
mod pool;
mod query;
mod receipt;
mod refusal;
#[cfg(feature = "sandbox")]
mod sandbox;
mod transport;

pub use crate::signer::{CannotSign, UnusableKey};
pub use crate::transport::{EndpointError, TransportError};
pub use access_key::AccessKeyRefusal;
pub use actions::ActionsRefusal;
pub use argument::{ArgumentError, ArgumentProblem, ArgumentSite};
pub use contract::ContractFailure;
pub use failed_action::FailedAction;
pub use failure::Failure;
pub use fate::UnknownFate;
pub use pool::PoolError;
pub use query::QueryError;
pub use receipt::ReceiptRefusal;
pub use refusal::Refusal;
#[cfg(feature = "sandbox")]
pub use sandbox::SandboxError;

use crate::outcome::Outcome;
use failed_action::identifier_words;
use keyway_signer::KeyServiceError;
use near_primitives::errors::{InvalidTxError, TxExecutionError};
use std::sync::Arc;

/// Any error of this library.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An argument is invalid; nothing was sent.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// The address of a node is invalid; nothing was sent.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// None of the signer's keys can sign this; nothing was sent.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// The key service did not sign; nothing was sent.
    #[error(transparent)]
    Key(#[from] Arc<KeyServiceError>),
    /// The chain refused the transaction: it never runs and costs nothing.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The transaction ran and failed: its deposits were refunded, its gas is spent.
    #[error(transparent)]
    Failed(#[from] Box<Failure>),
    /// A query could not be answered.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// No node answered.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// It is unknown whether a transaction ran or will run.
    #[error(transparent)]
    Fate(#[from] UnknownFate),
    /// A sandbox could not do something that only a sandbox does.
    #[cfg(feature = "sandbox")]
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

impl Error {
    /// The error for a transaction that did not succeed.
    #[must_use]
    pub fn from_execution(error: TxExecutionError, outcome: Outcome) -> Self {
        match error {
            TxExecutionError::InvalidTxError(error) => error.into(),
            TxExecutionError::ActionError(error) => Box::new(Failure::new(error, outcome)).into(),
        }
    }

    /// A stable dotted name of what went wrong, such as
    /// `Refused.Signer.AccessKey.GasBudget.NotEnough`.
    ///
    /// ```
    /// use keyway::{Error, NearLiteral, transfer};
    /// let intent = keyway::Intent::to("Not An Account").then(transfer(1.near()));
    /// let error = Error::from(intent.resolve(&"alice.near".parse()?).unwrap_err());
    /// assert_eq!(error.kind(), "Argument.AccountId.Invalid");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Argument(error) => error.kind(),
            Self::Endpoint(_) => "Endpoint.Invalid",
            Self::Pool(error) => error.kind(),
            Self::Key(error) => match **error {
                KeyServiceError::NoKey { .. } => "Key.NotFound",
                KeyServiceError::Unavailable { .. } => "Key.Unavailable",
                KeyServiceError::Refused { .. } => "Key.Refused",
                KeyServiceError::WrongSignature { .. } => "Key.WrongSignature",
                _ => "Key.NotSigned",
            },
            Self::Refused(refusal) => refusal.kind(),
            Self::Failed(failure) => failure.kind(),
            Self::Query(error) => error.kind(),
            Self::Transport(error) => error.kind(),
            Self::Fate(error) => error.kind(),
            #[cfg(feature = "sandbox")]
            Self::Sandbox(error) => error.kind(),
        }
    }
}

impl From<KeyServiceError> for Error {
    fn from(error: KeyServiceError) -> Self {
        Self::Key(Arc::new(error))
    }
}

impl From<InvalidTxError> for Error {
    fn from(error: InvalidTxError) -> Self {
        Self::Refused(error.into())
    }
}

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests {
    mod documented;
}
