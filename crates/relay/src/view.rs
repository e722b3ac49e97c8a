//! A request as the API and webhooks show it, and the lanes.

use crate::lately::Spending;
use crate::store::LaneState;
use crate::{Ending, Request, State};
use keyway::protocol::PublicKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A request, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RequestView {
    /// Its id.
    #[schema(example = "019a3c5e7c1b5f0e8a4c2d6b9f3e1a70")]
    pub id: String,
    /// What the app calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// How far it is.
    pub state: StateName,
    /// The hash of its transaction, once it is signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_hash: Option<String>,
    /// The most that it could cost, yoctoNEAR: what was reserved for it.
    #[schema(example = "3500000000000000000000")]
    pub most: String,
    /// What it cost, yoctoNEAR.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<String>,
    /// The gas that it burnt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gas_burnt: Option<u64>,
    /// What it returned, as base64; empty if it is longer than 16 kB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Why it failed or was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorView>,
    /// When it was accepted, milliseconds since the Unix epoch.
    pub accepted_ms: u64,
    /// When it ended, milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<u64>,
}

/// What an instance says of the lanes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanesView {
    /// The keys that this instance signs with: those that both its signer and the account have.
    pub keys: Vec<PublicKey>,
    /// All lanes of the account that were ever leased, whichever instance holds them.
    pub lanes: Vec<LaneState>,
    /// What this instance spent with each key, in the last hour at most.
    pub spending: Vec<Spending>,
}

/// How far a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StateName {
    /// It waits; nothing of it can run. It can be cancelled.
    Queued,
    /// Its transaction is stored, and was or will be sent.
    Sent,
    /// Its transaction ran and succeeded.
    Succeeded,
    /// Its transaction ran and failed.
    Failed,
    /// It never ran, and never will.
    Refused,
    /// The app cancelled it before it was sent.
    Cancelled,
}

/// An error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorView {
    /// Its stable dotted name.
    #[schema(example = "Relay.Policy.Refused")]
    pub kind: String,
    /// What happened, in words.
    pub message: String,
    /// The figures in it; amounts are yoctoNEAR, as text.
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    #[schema(value_type = Object)]
    pub figures: serde_json::Value,
}

impl RequestView {
    pub(crate) fn of(request: &Request) -> Self {
        let mut view = RequestView {
            id: request.id.to_string(),
            idempotency_key: request.idempotency_key.as_ref().map(ToString::to_string),
            state: StateName::Queued,
            transaction_hash: None,
            most: request.most.as_yoctonear().to_string(),
            cost: None,
            gas_burnt: None,
            value: None,
            error: None,
            accepted_ms: request.accepted_ms,
            ended_ms: None,
        };
        match &request.state {
            State::Queued => {}
            State::Sent { hash, .. } => {
                view.state = StateName::Sent;
                view.transaction_hash = Some(hash.to_string());
            }
            State::Ended { at_ms, ending } => {
                view.ended_ms = Some(*at_ms);
                view.show(ending);
            }
        }
        view
    }

    fn show(&mut self, ending: &Ending) {
        let error = |kind: &String, message: &String| {
            let (kind, message) = (kind.clone(), message.clone());
            Some(ErrorView { kind, message, figures: serde_json::Value::Null })
        };
        match ending {
            Ending::Succeeded { hash, cost, gas_burnt, value } => {
                self.state = StateName::Succeeded;
                self.transaction_hash = Some(hash.to_string());
                self.cost = Some(cost.as_yoctonear().to_string());
                self.gas_burnt = Some(gas_burnt.as_gas());
                self.value = Some(value.clone());
            }
            Ending::Failed { hash, cost, gas_burnt, kind, message } => {
                self.state = StateName::Failed;
                self.transaction_hash = Some(hash.to_string());
                self.cost = Some(cost.as_yoctonear().to_string());
                self.gas_burnt = Some(gas_burnt.as_gas());
                self.error = error(kind, message);
            }
            Ending::Refused { kind, message } => {
                self.state = StateName::Refused;
                self.error = error(kind, message);
            }
            Ending::Cancelled => self.state = StateName::Cancelled,
        }
    }
}
