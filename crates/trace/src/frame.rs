//! One receipt of a trace: what it was given, what it did, and how it ended.

use crate::bytes::Bytes;
use crate::gas::GasCost;
use crate::panic::PanicPlace;
use crate::storage::StorageUse;
use near_primitives::errors::TxExecutionError;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance, BlockHeight, Gas};
use near_primitives::views::{AccessKeyView, ActionView};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A receipt that a transaction caused, directly or through other receipts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The receipt's id.
    pub receipt_id: CryptoHash,
    /// The receipt that made it, or the transaction's hash.
    pub parent: CryptoHash,
    /// 1 for what the transaction became, 1 more than its parent for any other.
    pub depth: usize,
    /// Why it exists.
    pub kind: FrameKind,
    /// The account that it comes from.
    pub predecessor_id: AccountId,
    /// The account that it ran on.
    pub receiver_id: AccountId,
    /// The height of the block that ran it; none if it has not run.
    pub block_height: Option<BlockHeight>,
    /// The results that it waited for, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<PromiseInput>,
    /// Its actions, in order.
    pub actions: Vec<ActionTrace>,
    /// Gas attached to its calls.
    pub gas_attached: Gas,
    /// Gas that it burnt.
    pub gas_burnt: Gas,
    /// Gas that it handed to receipts that it made.
    pub gas_given_on: Gas,
    /// Gas of the receipt itself, besides its actions.
    pub costs: Vec<GasCost>,
    /// yoctoNEAR that its outcome counts as burnt, with the reward.
    pub tokens_burnt: Balance,
    /// The part of the burnt gas that went to the contract's account, yoctoNEAR.
    pub reward: Balance,
    /// What its contracts did with their storage.
    #[serde(default, skip_serializing_if = "StorageUse::is_empty")]
    pub storage: StorageUse,
    /// Balances that it changed, with the gas reward.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<AccountChange>,
    /// Keys that it added, deleted or changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyChange>,
    /// How it ended.
    pub result: FrameResult,
}

/// Why a receipt exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FrameKind {
    /// Actions that a transaction or a contract sent.
    Actions,
    /// Actions that wait for the results of other receipts.
    Callback,
    /// A call that waited until it was resumed, or until its time was over.
    Yield,
    /// The actions inside a delegate action.
    Delegated,
    /// Gas that was bought and not burnt, on its way back.
    GasRefund,
    /// A deposit of something that failed, on its way back.
    DepositRefund,
}

impl FrameKind {
    /// Whether it is a refund.
    #[must_use]
    pub fn is_refund(self) -> bool {
        matches!(self, Self::GasRefund | Self::DepositRefund)
    }
}

/// A result that a receipt waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromiseInput {
    /// The receipt whose result it is; none for a yield, and where the transaction did not make it.
    pub from: Option<CryptoHash>,
    /// The result.
    pub result: InputResult,
}

/// What came of what a receipt waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputResult {
    /// Data.
    Returned(Bytes),
    /// The call failed, or the yield's time was over.
    Failed,
}

/// One action of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionTrace {
    /// The protocol's name of the action, such as `FunctionCall`.
    pub kind: String,
    /// The action, where it is short; calls have `method` and `args`, a delegate action and a state
    /// init only what is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<ActionView>,
    /// The method of a call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The arguments of a call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Bytes>,
    /// yoctoNEAR that it carries.
    pub deposit: Balance,
    /// Gas attached to a call.
    pub gas_attached: Gas,
    /// Gas that it burnt.
    pub gas_burnt: Gas,
    /// Gas that it handed to receipts that it made.
    pub gas_given_on: Gas,
    /// Its gas by cost, which adds up to `gas_burnt`.
    pub costs: Vec<GasCost>,
    /// The contract that it ran: its code's hash, or the account whose global contract it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// What its contract logged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<Log>,
    /// Whether it ran: those after one that failed do not.
    pub ran: bool,
}

/// A line that a contract logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// The line.
    pub text: String,
    /// The event in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Event>,
}

impl Log {
    /// A logged line, with its event if it is one.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let event = text.strip_prefix(EVENT_PREFIX).and_then(Event::parse);
        Self { text: text.to_owned(), event }
    }
}

/// An event (NEP-297).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The standard, such as `nep141`.
    pub standard: String,
    /// The standard's version.
    pub version: String,
    /// The event's name.
    pub event: String,
}

impl Event {
    fn parse(json: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(json).ok()?;
        let field = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
        Some(Self {
            standard: field("standard")?,
            version: field("version")?,
            event: field("event")?,
        })
    }
}

/// A balance that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChange {
    /// The account.
    pub account_id: AccountId,
    /// yoctoNEAR before, locked for staking included; none if the account did not exist.
    pub before: Option<Balance>,
    /// yoctoNEAR after; none if it was deleted.
    pub after: Option<Balance>,
    /// yoctoNEAR locked for staking before.
    pub locked_before: Balance,
    /// yoctoNEAR locked for staking after.
    pub locked_after: Balance,
}

/// An access key that was added, deleted or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChange {
    /// The account.
    pub account_id: AccountId,
    /// The key's handle: the key itself, or a hash of a long one.
    pub public_key: String,
    /// The key before; none if it was added.
    pub before: Option<AccessKeyView>,
    /// The key after; none if it was deleted.
    pub after: Option<AccessKeyView>,
}

/// How a receipt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FrameResult {
    /// It has not run.
    Pending,
    /// It returned a value; an empty one if it returned none.
    Returned(Bytes),
    /// Its value is that of this receipt.
    Continued(CryptoHash),
    /// It failed, and changed nothing.
    Failed {
        /// The failure, as the protocol has it.
        error: TxExecutionError,
        /// The place of a panic, if its message names it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        panic: Option<PanicPlace>,
    },
}

impl Frame {
    /// Whether it failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        matches!(self.result, FrameResult::Failed { .. })
    }

    /// All its gas by cost, which adds up to `gas_burnt`.
    pub fn all_costs(&self) -> impl Iterator<Item = &GasCost> {
        self.costs.iter().chain(self.actions.iter().flat_map(|action| &action.costs))
    }

    /// yoctoNEAR that its actions carry.
    #[must_use]
    pub fn deposit(&self) -> Balance {
        self.actions.iter().fold(Balance::ZERO, |sum, action| sum.saturating_add(action.deposit))
    }

    /// The name that stacks and tables give it: the account, and its first method or action.
    #[must_use]
    pub fn name(&self) -> String {
        let first = self.actions.first();
        let what =
            first.map_or("nothing", |action| action.method.as_deref().unwrap_or(&action.kind));
        match self.kind {
            FrameKind::GasRefund => format!("{}: gas refund", self.receiver_id),
            FrameKind::DepositRefund => format!("{}: deposit refund", self.receiver_id),
            _ => format!("{}: {what}", self.receiver_id),
        }
    }
}

/// What a log that is an event begins with (NEP-297).
const EVENT_PREFIX: &str = "EVENT_JSON:";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_from_its_log() {
        let json = r#"{"standard":"nep141","version":"1.0.0","event":"ft_mint","data":[1]}"#;
        let event = Log::of(&format!("EVENT_JSON:{json}")).event.unwrap();
        assert_eq!((event.standard.as_str(), event.event.as_str()), ("nep141", "ft_mint"));
        for text in ["hello", "EVENT_JSON:{", "EVENT_JSON:{\"event\":1}", json] {
            assert_eq!(Log::of(text).event, None, "{text}");
        }
    }
}
