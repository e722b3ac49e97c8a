//! Refused transactions.

use super::{AccessKeyRefusal, ActionsRefusal};
use crate::format::format_near;
use near_primitives::errors::{DepositCostFailureReason, InvalidTxError, StorageError};
use near_primitives::types::{AccountId, Balance as NearToken, Nonce, NonceIndex};
use serde::Serialize;

/// The chain's refusal of a transaction: nothing happened, and nothing was charged.
///
/// One exception: a gas key's transaction whose deposits the account cannot pay ([`Refusal::DepositNotCovered`],
/// [`Refusal::DepositStorageNotCovered`]) may cost the gas key its fees, if it is refused inside a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[non_exhaustive]
#[serde(untagged)]
pub enum Refusal {
    /// The access key cannot sign this.
    #[error(transparent)]
    AccessKey(#[from] AccessKeyRefusal),
    /// The actions are invalid.
    #[error(transparent)]
    Actions(#[from] ActionsRefusal),
    /// The signer's account id is invalid, or, in a block, the account does not exist.
    #[error("{signer_id:?} cannot sign: no such account; check its spelling")]
    SignerInvalid {
        /// The signer.
        signer_id: String,
    },
    /// The signer does not exist.
    #[error("{}", super::query::missing_account(.signer_id))]
    SignerNotFound {
        /// The signer.
        signer_id: AccountId,
    },
    /// The nonce was used already, or is not the very next one although it must be.
    #[error(
        "the nonce {nonce} does not follow the key's nonce {key_nonce}; sign again with {key_nonce} + 1"
    )]
    NonceInvalid {
        /// The transaction's nonce.
        nonce: Nonce,
        /// The nonce that the key used last.
        key_nonce: Nonce,
    },
    /// The nonce is too far ahead of the chain.
    #[error(
        "the nonce {nonce} is not below {upper_bound}, the bound at this block height; sign again with the key's nonce + 1"
    )]
    NonceTooLarge {
        /// The transaction's nonce.
        nonce: Nonce,
        /// Nonces must be below this.
        upper_bound: Nonce,
    },
    /// A gas key was used without one of its nonces, or a plain key with one.
    #[error("{}; the key has {count} numbered nonces (0: it is not a gas key)", index_words(*.index))]
    NonceIndexInvalid {
        /// Which nonce the transaction names.
        index: Option<NonceIndex>,
        /// How many nonces the key has.
        count: NonceIndex,
    },
    /// The receiver's account id is invalid.
    #[error("the receiver {receiver_id:?} is not an account id; check its spelling")]
    ReceiverInvalid {
        /// The receiver.
        receiver_id: String,
    },
    /// The signature is not the key's.
    #[error(
        "the signature does not match the transaction and its key; sign again, and change nothing afterwards"
    )]
    SignatureInvalid,
    /// The account cannot pay.
    #[error(
        "{signer_id} has {} and {} are needed in advance (what is not burnt comes back); add at least {}",
        format_near(*.balance), format_near(*.cost), format_near(missing(*.balance, *.cost))
    )]
    BalanceNotEnough {
        /// The signer.
        signer_id: AccountId,
        /// What it has available.
        balance: NearToken,
        /// What the transaction costs, paid before it runs.
        cost: NearToken,
    },
    /// The account could pay, but not keep its storage stake afterwards.
    #[error("after paying, {signer_id} would be {} short of what its storage locks; add as much, or send less", format_near(*.missing))]
    StorageNotCovered {
        /// The signer.
        signer_id: AccountId,
        /// What is missing.
        missing: NearToken,
    },
    /// The gas key's balance is too low for the gas.
    #[error(
        "the gas key of {signer_id} has {} and {} are needed in advance; fund it with at least {}",
        format_near(*.balance), format_near(*.cost), format_near(missing(*.balance, *.cost))
    )]
    GasKeyBalanceNotEnough {
        /// The signer.
        signer_id: AccountId,
        /// What the gas key has.
        balance: NearToken,
        /// What the transaction's gas costs, paid before it runs.
        cost: NearToken,
    },
    /// The gas key pays for the gas, but the account cannot pay the deposits.
    #[error("{signer_id} has {} and {} are needed for deposits; send less, or add to the account", format_near(*.balance), format_near(*.cost))]
    DepositNotCovered {
        /// The signer.
        signer_id: AccountId,
        /// What it has available.
        balance: NearToken,
        /// The deposits.
        cost: NearToken,
    },
    /// The gas key pays for the gas, but the account could not keep its storage stake after the deposits.
    #[error("{signer_id} has {} and would after its deposits be {} short of what its storage locks; send less, or add to the account", format_near(*.balance), format_near(*.missing))]
    DepositStorageNotCovered {
        /// The signer.
        signer_id: AccountId,
        /// What it has available.
        balance: NearToken,
        /// What is missing.
        missing: NearToken,
    },
    /// The cost overflows.
    #[error("the cost of the transaction overflows; attach less gas and smaller deposits")]
    CostOverflow,
    /// The base block is of another chain, or of a fork.
    #[error(
        "the block that the transaction names is not on this chain; sign again with a recent block hash of it"
    )]
    BlockForeign,
    /// The base block is too old, or unknown to the node.
    #[error(
        "the block that the transaction names is too old or unknown; sign again with a recent block hash"
    )]
    BlockExpired,
    /// The transaction is too long.
    #[error("the transaction has {size} bytes, above the limit of {limit}; send less at once")]
    TooLong {
        /// Its bytes.
        size: u64,
        /// The most there may be.
        limit: u64,
    },
    /// The chain's protocol does not have this form of transaction.
    #[error(
        "the chain's protocol does not support this transaction version; sign as version 0, or wait for the chain's upgrade"
    )]
    VersionNotSupported,
    /// The node could not read its own storage.
    #[error("the node could not read its storage ({0}); ask another node")]
    NodeStorage(StorageError),
    /// The receiver's shard is congested.
    #[error("shard {shard_id} is congested to {congestion_level} of 1; send again later")]
    ShardCongested {
        /// The receiver's shard.
        shard_id: u32,
        /// From 0 (not congested) to 1, as the node writes it.
        congestion_level: String,
    },
    /// The receiver's shard makes no progress.
    #[error("shard {shard_id} missed its last {missed_chunks} chunks; send again later")]
    ShardStuck {
        /// The receiver's shard.
        shard_id: u32,
        /// How many chunks it missed.
        missed_chunks: u64,
    },
}

impl Refusal {
    /// A stable dotted name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AccessKey(refusal) => refusal.names()[0],
            Self::Actions(refusal) => refusal.kind(),
            Self::SignerInvalid { .. } => "Refused.Signer.Invalid",
            Self::SignerNotFound { .. } => "Refused.Signer.NotFound",
            Self::NonceInvalid { .. } => "Refused.Nonce.Invalid",
            Self::NonceTooLarge { .. } => "Refused.Nonce.TooLarge",
            Self::NonceIndexInvalid { .. } => "Refused.Nonce.Index.Invalid",
            Self::ReceiverInvalid { .. } => "Refused.Receiver.Invalid",
            Self::SignatureInvalid => "Refused.Signature.Invalid",
            Self::BalanceNotEnough { .. } => "Refused.Signer.Budget.NotEnough",
            Self::StorageNotCovered { .. } => "Refused.Signer.Budget.Storage.NotCovered",
            Self::GasKeyBalanceNotEnough { .. } => "Refused.Signer.GasKey.Balance.NotEnough",
            Self::DepositNotCovered { .. } => "Refused.Signer.Budget.Deposit.NotCovered",
            Self::DepositStorageNotCovered { .. } => {
                "Refused.Signer.Budget.DepositStorage.NotCovered"
            }
            Self::CostOverflow => "Refused.TransactionCost.Overflow",
            Self::BlockForeign => "Refused.BlockHash.Foreign",
            Self::BlockExpired => "Refused.BlockHash.Expired",
            Self::TooLong { .. } => "Refused.Transaction.TooLong",
            Self::VersionNotSupported => "Refused.Transaction.Version.NotSupported",
            Self::NodeStorage(_) => "Refused.Node.Storage",
            Self::ShardCongested { .. } => "Refused.Shard.Congested",
            Self::ShardStuck { .. } => "Refused.Shard.Stuck",
        }
    }
}

impl From<InvalidTxError> for Refusal {
    fn from(error: InvalidTxError) -> Self {
        use InvalidTxError as Chain;
        match error {
            Chain::InvalidAccessKeyError(error) => Self::AccessKey(error.into()),
            Chain::InvalidSignerId { signer_id } => Self::SignerInvalid { signer_id },
            Chain::SignerDoesNotExist { signer_id } => Self::SignerNotFound { signer_id },
            Chain::InvalidNonce { tx_nonce: nonce, ak_nonce: key_nonce } => {
                Self::NonceInvalid { nonce, key_nonce }
            }
            Chain::NonceTooLarge { tx_nonce: nonce, upper_bound } => {
                Self::NonceTooLarge { nonce, upper_bound }
            }
            Chain::InvalidReceiverId { receiver_id } => Self::ReceiverInvalid { receiver_id },
            Chain::InvalidSignature => Self::SignatureInvalid,
            Chain::NotEnoughBalance { signer_id, balance, cost } => {
                Self::BalanceNotEnough { signer_id, balance, cost }
            }
            Chain::LackBalanceForState { signer_id, amount: missing } => {
                Self::StorageNotCovered { signer_id, missing }
            }
            Chain::CostOverflow => Self::CostOverflow,
            Chain::InvalidChain => Self::BlockForeign,
            Chain::Expired => Self::BlockExpired,
            Chain::ActionsValidation(error) => Self::Actions(error.into()),
            Chain::TransactionSizeExceeded { size, limit } => Self::TooLong { size, limit },
            Chain::InvalidTransactionVersion => Self::VersionNotSupported,
            Chain::StorageError(error) => Self::NodeStorage(error),
            Chain::ShardCongested { shard_id, congestion_level } => {
                let congestion_level = format!("{congestion_level:.3}");
                Self::ShardCongested { shard_id, congestion_level }
            }
            Chain::ShardStuck { shard_id, missed_chunks } => {
                Self::ShardStuck { shard_id, missed_chunks }
            }
            Chain::InvalidNonceIndex { tx_nonce_index: index, num_nonces: count } => {
                Self::NonceIndexInvalid { index, count }
            }
            Chain::NotEnoughGasKeyBalance { signer_id, balance, cost } => {
                Self::GasKeyBalanceNotEnough { signer_id, balance, cost }
            }
            Chain::NotEnoughBalanceForDeposit { signer_id, balance, cost, reason } => {
                not_for_deposit(signer_id, balance, cost, &reason)
            }
        }
    }
}

fn not_for_deposit(
    signer_id: AccountId,
    balance: NearToken,
    cost: NearToken,
    reason: &DepositCostFailureReason,
) -> Refusal {
    match reason {
        DepositCostFailureReason::NotEnoughBalance => {
            Refusal::DepositNotCovered { signer_id, balance, cost }
        }
        // In this error the chain uses `cost` for the missing amount.
        DepositCostFailureReason::LackBalanceForState => {
            Refusal::DepositStorageNotCovered { signer_id, balance, missing: cost }
        }
    }
}

/// The amount to add to `have` to reach `need`.
fn missing(have: NearToken, need: NearToken) -> NearToken {
    need.checked_sub(have).unwrap_or(NearToken::ZERO)
}

fn index_words(index: Option<NonceIndex>) -> String {
    match index {
        None => "the transaction names no nonce of the gas key, which it must".to_owned(),
        Some(index) => format!("the transaction names nonce {index}, which the key does not have"),
    }
}
