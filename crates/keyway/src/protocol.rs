//! The protocol's own types, as NEAR's crates define them.
//!
//! Most of this library's types are its own, and change only when it does. These come from `near-primitives` and
//! `near-crypto`, whose minor releases are breaking ones. Import them from here, and your program uses the same version
//! of them as this library.
//!
//! [`AccountId`](crate::AccountId), [`NearToken`](crate::NearToken) and [`Gas`](crate::Gas) are not here but at the
//! root: they come from the small crates `near-account-id`, `near-token` and `near-gas`, which rarely change.

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
    BlockHeight, BlockHeightDelta, EpochId, Nonce, NonceIndex, ProtocolVersion, ShardId,
};
pub use near_primitives::universal_state_init::{UniversalStateInit, UniversalStateInitV1};
pub use near_primitives::views::{ActionView, SignedTransactionView, StateChangeWithCauseView};
