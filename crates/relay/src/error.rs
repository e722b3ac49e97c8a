//! Why a request was not accepted, or an instance could not start.

use crate::budget::{BudgetKey, Exceeded};
use crate::config::ConfigError;
use crate::judge::NotPaid;
use crate::policy::{PolicyFileError, PolicyRefusal};
use crate::store::StoreError;
use crate::{InvalidName, RequestId, WorkError};
use keyway::{Error, format_near};
use serde_json::{Value, json};
use std::time::Duration;

/// Why a request was not accepted. Nothing is paid.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// No app has this API key.
    #[error("no app has this API key; send it as `Authorization: Bearer KEY`")]
    Unauthorized,
    /// The app asks too often.
    #[error("the app asks more than {per_second} times a second; ask again in {} ms", after.as_millis())]
    TooOften {
        /// Its rate.
        per_second: u32,
        /// When there is a place again.
        after: Duration,
    },
    /// The body is too large.
    #[error("the body is larger than the limit of {limit} bytes")]
    TooLarge {
        /// The limit, bytes.
        limit: usize,
    },
    /// The body did not arrive in time.
    #[error("the body did not arrive within {} ms", limit.as_millis())]
    TooSlow {
        /// The limit.
        limit: Duration,
    },
    /// The body is not what the API takes.
    #[error("the request cannot be read: {0}")]
    NotRead(String),
    /// What is asked for is not work for a relayer.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// A name is not valid.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// The app used this idempotency key for something else.
    #[error("request {0} with the same Idempotency-Key asked for something else; use another key")]
    OtherBody(RequestId),
    /// Another app relays the same delegate action.
    #[error("this delegate action is relayed for another app already")]
    OtherApp,
    /// The policy does not allow it.
    #[error(transparent)]
    Policy(#[from] PolicyRefusal),
    /// A budget does not pay for it.
    #[error(
        "{} does not pay for it: {} is spent and {} reserved of {}, and this can cost {}",
        key.in_words(), format_near(exceeded.spent), format_near(exceeded.reserved),
        format_near(exceeded.limit), format_near(exceeded.needed)
    )]
    OverBudget {
        /// The budget.
        key: Box<BudgetKey>,
        /// Its figures.
        exceeded: Exceeded,
    },
    /// The chain would refuse it, or it would fail; or the relayer cannot pay now.
    #[error("{0}")]
    NotPaid(String, &'static str, u16),
    /// There is no such request of this app.
    #[error("the app has no request {0}")]
    Unknown(RequestId),
    /// It cannot be cancelled any more.
    #[error("request {0} is not queued any more, so it cannot be cancelled")]
    TooLate(RequestId),
    /// Too many requests wait.
    #[error("{limit} requests wait already; ask again in a moment")]
    Full {
        /// How many may wait.
        limit: usize,
    },
    /// The store cannot be used.
    #[error(
        "the relayer's store cannot be used now, so it promises nothing new; ask again in a moment"
    )]
    Store(#[source] StoreError),
    /// The instance stops.
    #[error("this instance is stopping; ask another one")]
    Stopping,
}

impl Refused {
    /// A stable dotted name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Refused::Unauthorized => "Relay.Unauthorized",
            Refused::TooOften { .. } => "Relay.TooOften",
            Refused::TooLarge { .. } => "Relay.Body.TooLarge",
            Refused::TooSlow { .. } => "Relay.Body.TooSlow",
            Refused::NotRead(_) => "Relay.Body.NotRead",
            Refused::Work(_) => "Relay.Body.NotWork",
            Refused::Name(_) => "Relay.Name.Invalid",
            Refused::OtherBody(_) => "Relay.Idempotency.OtherBody",
            Refused::OtherApp => "Relay.Delegate.OtherApp",
            Refused::Policy(_) => "Relay.Policy.Refused",
            Refused::OverBudget { .. } => "Relay.Budget.Exceeded",
            Refused::NotPaid(_, kind, _) => kind,
            Refused::Unknown(_) => "Relay.Request.Unknown",
            Refused::TooLate(_) => "Relay.Request.TooLate",
            Refused::Full { .. } => "Relay.Full",
            Refused::Store(_) => "Relay.Store.Unavailable",
            Refused::Stopping => "Relay.Stopping",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Refused::Unauthorized => 401,
            Refused::TooOften { .. } => 429,
            Refused::TooLarge { .. } => 413,
            Refused::TooSlow { .. } => 408,
            Refused::NotRead(_) | Refused::Work(_) | Refused::Name(_) => 400,
            Refused::OtherBody(_) | Refused::OtherApp | Refused::TooLate(_) => 409,
            Refused::Policy(_) | Refused::OverBudget { .. } => 403,
            Refused::NotPaid(_, _, status) => *status,
            Refused::Unknown(_) => 404,
            Refused::Full { .. } | Refused::Store(_) | Refused::Stopping => 503,
        }
    }

    /// The figures in it, for programs. Amounts are yoctoNEAR, as text.
    #[must_use]
    pub fn figures(&self) -> Value {
        match self {
            Refused::TooOften { per_second, after } => {
                json!({"per_second": per_second, "after_ms": after.as_millis().min(u64::MAX.into()) as u64})
            }
            Refused::TooLarge { limit } | Refused::Full { limit } => json!({"limit": limit}),
            Refused::TooSlow { limit } => {
                json!({"limit_ms": limit.as_millis().min(u64::MAX.into()) as u64})
            }
            Refused::OverBudget { key, exceeded } => json!({
                "budget": key.to_string(),
                "spent": exceeded.spent,
                "reserved": exceeded.reserved,
                "needed": exceeded.needed,
                "limit": exceeded.limit,
            }),
            Refused::OtherBody(id) | Refused::Unknown(id) | Refused::TooLate(id) => {
                json!({"request": id})
            }
            _ => Value::Null,
        }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "the store refused");
        Refused::Store(error)
    }
}

impl From<NotPaid> for Refused {
    fn from(error: NotPaid) -> Self {
        let (kind, status) = match &error {
            NotPaid::Refused(_) => ("Relay.Chain.WouldRefuse", 422),
            NotPaid::Delegate { .. } => ("Relay.Chain.WouldRefuseDelegate", 422),
            NotPaid::Fails { .. } => ("Relay.Chain.WouldFail", 422),
            NotPaid::NoFunds { .. } => ("Relay.NoFunds", 503),
            NotPaid::Chain(_) => ("Relay.Chain.Unavailable", 503),
        };
        Refused::NotPaid(error.to_string(), kind, status)
    }
}

/// Why an instance could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The policy.
    #[error("the policy cannot be used: {0}")]
    Policy(#[from] PolicyFileError),
    /// An app without rules, or rules without an app.
    #[error("app {0} has API keys and no rules: add [apps.{0}] to the policy")]
    NoRules(crate::AppName),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The chain.
    #[error("the chain cannot be asked: {0}")]
    Chain(#[from] Error),
    /// The signer has no key that is on the account.
    #[error("{place} has no key of {account_id}")]
    NoKey {
        /// Where the keys are.
        place: String,
        /// The account.
        account_id: keyway::AccountId,
    },
    /// The address of the API cannot be used.
    #[error(
        "cannot listen on {addr}: {source}; choose another address with --listen IP:PORT, or in relay.toml"
    )]
    Listen {
        /// The address.
        addr: std::net::SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
    /// The system has no randomness, threads or sockets.
    #[error("the system refuses: {0}")]
    System(#[from] std::io::Error),
}
