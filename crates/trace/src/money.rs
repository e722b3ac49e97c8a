//! Where the tokens of a transaction came from and where they went.

use near_primitives::hash::CryptoHash;
use near_primitives::types::AccountId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Every balance that a transaction changed, and what left the supply. The entries add up to zero
/// once all receipts have run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// In the order in which they happened.
    pub entries: Vec<MoneyEntry>,
}

/// A balance that changed, or tokens that left the supply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyEntry {
    /// Why.
    pub reason: MoneyReason,
    /// Whose balance; none for what left the supply, or is on its way.
    pub account_id: Option<AccountId>,
    /// The receipt that did it; none for the transaction itself.
    pub receipt_id: Option<CryptoHash>,
    /// What was added, or, below zero, taken.
    pub change: Yocto,
}

/// Why tokens moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoneyReason {
    /// The signer, or its gas key, bought gas.
    GasBought,
    /// The signer attached it to an action.
    Deposited,
    /// An action or a contract moved it.
    Moved,
    /// Gas that was bought and not burnt came back.
    GasRefunded,
    /// The deposit of something that failed came back.
    DepositRefunded,
    /// A contract's account got its part of the gas that its contract burnt.
    Reward,
    /// It left the supply.
    Burnt,
    /// The protocol added it to a call that attaches 1 yoctoNEAR.
    Subsidized,
    /// It is in receipts that have not run.
    InFlight,
}

impl MoneyReason {
    /// The words for it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::GasBought => "gas bought",
            Self::Deposited => "deposit attached",
            Self::Moved => "moved by an action",
            Self::GasRefunded => "gas refunded",
            Self::DepositRefunded => "deposit refunded",
            Self::Reward => "contract reward",
            Self::Burnt => "burnt",
            Self::Subsidized => "added by the protocol",
            Self::InFlight => "in flight",
        }
    }
}

impl Money {
    /// The sum of all changes: zero once all receipts have run.
    #[must_use]
    pub fn sum(&self) -> Yocto {
        Yocto(self.entries.iter().fold(0, |sum, entry| sum.saturating_add(entry.change.0)))
    }
}

/// yoctoNEAR with a sign. In JSON it is a decimal string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Yocto(pub i128);

impl fmt::Display for Yocto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Yocto {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Yocto {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}
