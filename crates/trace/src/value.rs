//! The trace of a transaction.

use crate::frame::{AccountChange, Frame};
use crate::gas::GasCost;
use crate::money::Money;
use near_primitives::errors::TxExecutionError;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance, BlockHeight, Gas};
use near_primitives::views::AccessKeyView;
use serde::{Deserialize, Serialize};

use crate::bytes::Bytes;

/// Everything that a transaction did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The transaction.
    pub transaction: TracedTransaction,
    /// How it ended.
    pub status: Status,
    /// Gas that it burnt in all, refunds included.
    pub gas_burnt: Gas,
    /// What turning it into its first receipt cost.
    pub conversion: Conversion,
    /// Its receipts, each before those that it made, in the order in which they were made.
    pub frames: Vec<Frame>,
    /// Receipts left out, beyond the bound of a trace.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub omitted_frames: u64,
    /// Where the tokens went.
    pub money: Money,
}

/// The transaction of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracedTransaction {
    /// Its hash.
    pub hash: CryptoHash,
    /// Who signed it.
    pub signer_id: AccountId,
    /// The key that signed it; none for an account that was impersonated.
    pub public_key: Option<String>,
    /// Its nonce.
    pub nonce: u64,
    /// The account that its actions run on.
    pub receiver_id: AccountId,
    /// The height of its block.
    pub block_height: BlockHeight,
    /// The hash of its block; none for a transaction that was only tried.
    pub block_hash: Option<CryptoHash>,
}

/// How a transaction ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Some of its receipts have not run.
    Pending,
    /// It succeeded with this value.
    Succeeded(Bytes),
    /// It was in a block and failed, or it was refused there.
    Failed(TxExecutionError),
}

/// Turning a transaction into a receipt: what it cost, and the key that paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// Gas that it burnt.
    pub gas_burnt: Gas,
    /// That gas by cost.
    pub costs: Vec<GasCost>,
    /// yoctoNEAR that it burnt.
    pub tokens_burnt: Balance,
    /// The signer's balance before and after; none if the transaction was refused.
    pub account: Option<AccountChange>,
    /// The key that signed, before and after; none if no key was used.
    pub key: Option<ConversionKey>,
}

/// The key of a transaction before and after it paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversionKey {
    /// Before.
    pub before: AccessKeyView,
    /// After.
    pub after: AccessKeyView,
}

impl Trace {
    /// The receipt with this id.
    #[must_use]
    pub fn frame(&self, receipt_id: &CryptoHash) -> Option<&Frame> {
        self.frames.iter().find(|frame| frame.receipt_id == *receipt_id)
    }

    /// All gas by cost, which adds up to `gas_burnt`.
    pub fn costs(&self) -> impl Iterator<Item = &GasCost> {
        self.conversion.costs.iter().chain(self.frames.iter().flat_map(Frame::all_costs))
    }

    /// yoctoNEAR that the key's allowance was charged when the transaction was converted; none if
    /// it has none.
    #[must_use]
    pub fn allowance_charged(&self) -> Option<Balance> {
        let key = self.conversion.key.as_ref()?;
        allowance(&key.before)?.checked_sub(allowance(&key.after)?)
    }
}

fn allowance(key: &AccessKeyView) -> Option<Balance> {
    use near_primitives::views::AccessKeyPermissionView as Permission;
    match &key.permission {
        Permission::FunctionCall { allowance, .. } => *allowance,
        _ => None,
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
