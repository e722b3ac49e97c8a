//! The protocol's own types, as NEAR's crates define them.
//!
//! Everything else in this library is its own, so that it changes only when this library does. These types change with
//! `near-primitives` and `near-crypto`, whose every minor release is a breaking one; take them from here, and your
//! program has the same version of them as this library. [`AccountId`], [`NearToken`] and [`Gas`] come from the small
//! crates `near-account-id`, `near-token` and `near-gas`, which hardly ever change.

pub use near_crypto::{KeyType, PublicKey, PublicKeyHandle, Signature};
pub use near_primitives::account::{
    AccessKey, AccessKeyPermission, FunctionCallPermission, GasKeyInfo,
};
pub use near_primitives::action::delegate::SignedDelegateAction;
pub use near_primitives::action::{Action, GlobalContractIdentifier};
pub use near_primitives::deterministic_account_id::{
    DeterministicAccountStateInit, DeterministicAccountStateInitV1,
};
pub use near_primitives::errors::{ActionErrorKind, InvalidTxError, TxExecutionError};
pub use near_primitives::hash::CryptoHash;
pub use near_primitives::state_record::StateRecord;
pub use near_primitives::transaction::{SignedTransaction, Transaction};
pub use near_primitives::types::{
    AccountId, Balance as NearToken, BlockHeight, BlockHeightDelta, EpochId, Gas, Nonce,
    NonceIndex, ProtocolVersion, ShardId,
};
pub use near_primitives::universal_state_init::{UniversalStateInit, UniversalStateInitV1};
pub use near_primitives::views::{ActionView, SignedTransactionView, StateChangeWithCauseView};
