//! Lanes, and the leases on them.

use super::StoreError;
use crate::{InvalidName, RequestId};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use borsh::BorshDeserialize;
use keyway::AccountId;
use keyway::protocol::{BlockHeight, CryptoHash, Nonce, NonceIndex, PublicKey, SignedTransaction};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One key, or one nonce row of a gas key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LaneId {
    /// The account that signs.
    pub account_id: AccountId,
    /// The key.
    pub public_key: PublicKey,
    /// The nonce row; none for an ordinary key.
    pub row: Option<NonceIndex>,
}

/// As stores write it: `relay.near/ed25519:…`, or `relay.near/ed25519:…/0017`.
impl fmt::Display for LaneId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account_id, self.public_key)?;
        self.row.map_or(Ok(()), |row| write!(f, "/{row:04}"))
    }
}

impl LaneId {
    /// The lane that a row of a store is about.
    pub(super) fn of_row(name: &str) -> Result<Self, StoreError> {
        name.parse().map_err(|error: InvalidName| StoreError::Damaged {
            what: "lane",
            name: name.to_owned(),
            why: error.to_string(),
        })
    }
}

impl FromStr for LaneId {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let invalid = InvalidName { what: "lane", needed: "ACCOUNT/KEY or ACCOUNT/KEY/ROW" };
        let mut parts = text.split('/');
        let lane = (|| {
            let account_id = parts.next()?.parse().ok()?;
            let public_key = parts.next()?.parse().ok()?;
            let row = parts.next().map(str::parse).transpose().ok()?;
            parts.next().is_none().then_some(LaneId { account_id, public_key, row })
        })();
        lane.ok_or(invalid)
    }
}

impl From<LaneId> for String {
    fn from(lane: LaneId) -> Self {
        lane.to_string()
    }
}

impl TryFrom<String> for LaneId {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
    }
}

/// The right to write about a lane, until it is leased again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fence {
    /// The lane.
    pub lane: LaneId,
    /// The fencing number of the lease. It grows with each lease of the lane.
    pub number: u64,
}

/// A lane that an instance may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What the instance's writes carry.
    pub fence: Fence,
    /// The highest nonce that was ever signed on the lane; none if nothing was.
    pub last_nonce: Option<Nonce>,
    /// Bytes whose fate is not proved, and the request that they are for. An instance before this one may still send them.
    pub unproved: Option<(RequestId, Signed)>,
}

/// A lane as the store has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneState {
    /// The lane.
    pub lane: LaneId,
    /// Whether an instance holds it.
    pub leased: bool,
    /// Whether it carries bytes whose fate is not proved.
    pub unproved: bool,
}

/// A signed transaction, as it is kept before it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Its hash.
    pub hash: CryptoHash,
    /// Its nonce.
    pub nonce: Nonce,
    /// The height of its base block.
    pub base: BlockHeight,
    /// Its borsh bytes in base64.
    bytes: String,
}

impl Signed {
    /// A transaction whose base block has the height `base`.
    #[must_use]
    pub fn new(transaction: &SignedTransaction, base: BlockHeight) -> Self {
        let bytes = borsh::to_vec(transaction)
            .expect("the invariant that a transaction is written to memory");
        Signed {
            hash: transaction.get_hash(),
            nonce: transaction.transaction.nonce().nonce(),
            base,
            bytes: BASE64_STANDARD.encode(bytes),
        }
    }

    /// The transaction; none if the stored bytes are damaged.
    #[must_use]
    pub fn transaction(&self) -> Option<SignedTransaction> {
        let bytes = BASE64_STANDARD.decode(&self.bytes).ok()?;
        let transaction = SignedTransaction::try_from_slice(&bytes).ok()?;
        (transaction.get_hash() == self.hash).then_some(transaction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";

    #[test]
    fn a_lane_has_one_text() {
        for text in [format!("relay.near/{KEY}"), format!("relay.near/{KEY}/0017")] {
            assert_eq!(text.parse::<LaneId>().unwrap().to_string(), text);
        }
        for wrong in ["", "relay.near", &format!("relay.near/{KEY}/x"), &format!("a/{KEY}/1/2")] {
            assert!(matches!(wrong.parse::<LaneId>(), Err(InvalidName { .. })), "{wrong}");
        }
    }
}
