//! A request as the store keeps it.

use crate::budget::Charge;
use crate::store::LaneId;
use crate::{AppName, IdempotencyKey, RequestId, Work};
use keyway::protocol::CryptoHash;
use keyway::{Gas, NearToken};
use serde::{Deserialize, Serialize};

/// A request that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// The app that asked.
    pub app: AppName,
    /// What it asked for.
    pub work: Work,
    /// What the app calls it.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The most that it can cost, yoctoNEAR: what is reserved until it ends.
    pub most: NearToken,
    /// The counters that it is charged to.
    pub charges: Vec<Charge>,
    /// When it was accepted, milliseconds since the Unix epoch, by the store's clock.
    pub accepted_ms: u64,
    /// How many transactions were signed for it. All but the last were proved never to run.
    pub signatures: u32,
    /// How far it is.
    pub state: State,
}

/// How far a request is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Nothing is signed for it, or what was signed can never run. It can be cancelled.
    Queued,
    /// Its transaction is stored, and was or will be sent.
    Sent {
        /// The lane that signed.
        lane: LaneId,
        /// The transaction's hash.
        hash: CryptoHash,
    },
    /// It has ended.
    Ended {
        /// When, milliseconds since the Unix epoch, by the store's clock.
        at_ms: u64,
        /// How.
        ending: Ending,
    },
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ending", rename_all = "snake_case")]
pub enum Ending {
    /// Its transaction ran and succeeded.
    Succeeded {
        /// The transaction's hash.
        hash: CryptoHash,
        /// What it cost, yoctoNEAR.
        cost: NearToken,
        /// The gas that it burnt.
        gas_burnt: Gas,
        /// What it returned, as base64.
        value: String,
    },
    /// Its transaction ran, and an action failed; for a delegate action also if the user's actions failed.
    Failed {
        /// The transaction's hash.
        hash: CryptoHash,
        /// What it cost, yoctoNEAR.
        cost: NearToken,
        /// The gas that it burnt.
        gas_burnt: Gas,
        /// The failure's stable name.
        kind: String,
        /// The failure in words.
        message: String,
    },
    /// It never ran, and never will.
    Refused {
        /// The refusal's stable name.
        kind: String,
        /// The refusal in words.
        message: String,
    },
    /// The app cancelled it before it was sent.
    Cancelled,
}

impl Ending {
    /// What it cost, yoctoNEAR.
    #[must_use]
    pub fn cost(&self) -> NearToken {
        match self {
            Ending::Succeeded { cost, .. } | Ending::Failed { cost, .. } => *cost,
            Ending::Refused { .. } | Ending::Cancelled => NearToken::ZERO,
        }
    }

    /// Whether its transaction was in a block.
    #[must_use]
    pub fn ran(&self) -> bool {
        matches!(self, Ending::Succeeded { .. } | Ending::Failed { .. })
    }
}

impl Request {
    /// How it ended, if it has.
    #[must_use]
    pub fn ending(&self) -> Option<&Ending> {
        match &self.state {
            State::Ended { ending, .. } => Some(ending),
            State::Queued | State::Sent { .. } => None,
        }
    }
}
