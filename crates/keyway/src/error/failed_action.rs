//! Reasons why actions fail.

mod chain;

use super::{AccessKeyRefusal, ContractFailure, ReceiptRefusal};
use crate::format::format_near;
use near_crypto::PublicKey;
use near_primitives::action::GlobalContractIdentifier;
use near_primitives::types::{AccountId, Balance as NearToken, Nonce, NonceIndex};
use serde::Serialize;

/// Why an action failed when it ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[non_exhaustive]
#[serde(untagged)]
pub enum FailedAction {
    /// The account to be created exists.
    #[error("the account {account_id} exists already; choose another name")]
    AccountAlreadyExists {
        /// The account.
        account_id: AccountId,
    },
    /// The receiver does not exist.
    #[error("the account {account_id} does not exist; create it first")]
    AccountNotFound {
        /// The account.
        account_id: AccountId,
    },
    /// A universal account that exists has no state yet.
    #[error(
        "the universal account {account_id} has no keys, code or data yet; send its state init first"
    )]
    AccountNotInitialized {
        /// The account.
        account_id: AccountId,
    },
    /// An account without a dot in its name.
    #[error(
        "{creator_id} may not create the top-level account {account_id}, only {registrar_id} may; create it below {creator_id}"
    )]
    TopLevelAccount {
        /// The account to be created.
        account_id: AccountId,
        /// The only account that may.
        registrar_id: AccountId,
        /// Who tried.
        creator_id: AccountId,
    },
    /// An account below another account.
    #[error(
        "{creator_id} may not create {account_id}; it may create accounts that end in .{creator_id}"
    )]
    ForeignNamespace {
        /// The account to be created.
        account_id: AccountId,
        /// Who tried.
        creator_id: AccountId,
    },
    /// An account whose name is made from a key or a state.
    #[error(
        "{account_id} is an implicit account, which create_account cannot make; send NEAR or a state init to it"
    )]
    ImplicitAccount {
        /// The account.
        account_id: AccountId,
    },
    /// Only the account itself, or its creator, may do this.
    #[error("{actor_id} may not do this to {account_id}; sign as {account_id}")]
    Forbidden {
        /// The receiver.
        account_id: AccountId,
        /// Who tried.
        actor_id: AccountId,
    },
    /// The account does not have the key to be deleted.
    #[error("{account_id} has no access key {public_key} to delete: it may be gone already")]
    KeyNotFound {
        /// The account.
        account_id: AccountId,
        /// The key.
        public_key: Box<PublicKey>,
    },
    /// The key to be added is one of the account's already.
    #[error(
        "{account_id} has the access key {public_key} already; delete it in the same transaction to replace it"
    )]
    KeyAlreadyExists {
        /// The account.
        account_id: AccountId,
        /// The key.
        public_key: Box<PublicKey>,
    },
    /// A validator's account cannot be deleted.
    #[error(
        "{account_id} is staking and cannot be deleted; unstake and wait until the stake is returned"
    )]
    DeleteWhileStaking {
        /// The account.
        account_id: AccountId,
    },
    /// An account with much state cannot be deleted.
    #[error("{account_id} has too much state to be deleted; remove most of it first")]
    DeleteWithLargeState {
        /// The account.
        account_id: AccountId,
    },
    /// The account could not hold its storage afterwards.
    #[error("{account_id} would be {} short of what its storage locks; add as much", format_near(*.missing))]
    StorageNotCovered {
        /// The account.
        account_id: AccountId,
        /// What is missing.
        missing: NearToken,
    },
    /// Nothing is staked.
    #[error("{account_id} has no stake, so there is nothing to unstake")]
    StakeAlreadyZero {
        /// The account.
        account_id: AccountId,
    },
    /// Too little for the stake.
    #[error(
        "{account_id} wants to stake {} and has {} besides the {} staked; stake less, or add to the account",
        format_near(*.stake), format_near(*.balance), format_near(*.locked)
    )]
    StakeNotCovered {
        /// The account.
        account_id: AccountId,
        /// What it wants to stake in all.
        stake: NearToken,
        /// Its stake now.
        locked: NearToken,
        /// What it has besides.
        balance: NearToken,
    },
    /// The stake is below what a validator needs.
    #[error("{account_id} wants to stake {}, below the least stake of {}; stake more", format_near(*.stake), format_near(*.minimum))]
    StakeTooSmall {
        /// The account.
        account_id: AccountId,
        /// What it wants to stake in all.
        stake: NearToken,
        /// The least that is taken.
        minimum: NearToken,
    },
    /// The contract did not run to its end.
    #[error(transparent)]
    Contract(#[from] ContractFailure),
    /// The contract made a receipt that the chain does not take.
    #[error("the contract made an invalid receipt: {0}")]
    Receipt(#[source] ReceiptRefusal),
    /// There is no such global contract.
    #[error("there is no global contract {}; deploy it first", identifier_words(.identifier))]
    GlobalContractNotFound {
        /// Its name.
        identifier: GlobalContractIdentifier,
    },
    /// There is no such gas key.
    #[error("{account_id} has no gas key {public_key}; add it first")]
    GasKeyNotFound {
        /// The account.
        account_id: AccountId,
        /// The key.
        public_key: Box<PublicKey>,
    },
    /// More was asked of a gas key than it has.
    #[error("the gas key {public_key} of {account_id} has {}, less than the {} to withdraw; withdraw less", format_near(*.balance), format_near(*.required))]
    GasKeyBalanceNotEnough {
        /// The account.
        account_id: AccountId,
        /// The key.
        public_key: Box<PublicKey>,
        /// What it has.
        balance: NearToken,
        /// What was asked of it.
        required: NearToken,
    },
    /// Deleting would burn more than 1 NEAR of gas keys' balances.
    #[error("deleting would burn {} of {}, and at most 1 NEAR may be; withdraw first", format_near(*.balance), gas_key_words(.account_id, .public_key.as_deref()))]
    GasKeyBalanceTooHigh {
        /// The account.
        account_id: AccountId,
        /// The key; `None` when the account itself was to be deleted.
        public_key: Option<Box<PublicKey>>,
        /// What would be burnt.
        balance: NearToken,
    },
    /// A delegate action that its sender did not sign.
    #[error(
        "the delegate action's signature is not its sender's; sign it again, and change nothing afterwards"
    )]
    DelegateSignatureInvalid,
    /// A delegate action sent to another account than its sender.
    #[error("the delegate action of {sender_id} was sent to {receiver_id}; send it to {sender_id}")]
    DelegateReceiverMismatch {
        /// Who signed the delegate action.
        sender_id: AccountId,
        /// Where the transaction went.
        receiver_id: AccountId,
    },
    /// A delegate action that came too late.
    #[error("the delegate action came after its last block height; sign it again with a later one")]
    DelegateExpired,
    /// The key of a delegate action may not do this.
    #[error("for the delegate action: {0}")]
    DelegateAccessKey(#[source] AccessKeyRefusal),
    /// The nonce of a delegate action was used already.
    #[error(
        "the delegate action's nonce {nonce} is not above the key's nonce {key_nonce}; sign it again with {key_nonce} + 1"
    )]
    DelegateNonceInvalid {
        /// The delegate action's nonce.
        nonce: Nonce,
        /// The nonce that the key used last.
        key_nonce: Nonce,
    },
    /// The nonce of a delegate action is too far ahead of the chain.
    #[error(
        "the delegate action's nonce {nonce} is not below {upper_bound}, the bound at this block height; sign it again with the key's nonce + 1"
    )]
    DelegateNonceTooLarge {
        /// The delegate action's nonce.
        nonce: Nonce,
        /// Nonces must be below this.
        upper_bound: Nonce,
    },
    /// A delegate action names a nonce that its gas key does not have.
    #[error(
        "the delegate action names nonce {index} of a gas key with {count}; name one below {count}"
    )]
    DelegateNonceIndexInvalid {
        /// Which nonce it names.
        index: NonceIndex,
        /// How many nonces the key has.
        count: NonceIndex,
    },
    /// The results that a receipt waited for are too long together.
    #[error("the results waited for have {size} bytes, above the limit of {limit}; return less")]
    PromiseInputTooLong {
        /// Their bytes.
        size: u64,
        /// The most there may be.
        limit: u64,
    },
    /// The receipt touched too much state.
    #[error(
        "the receipt touched more state than a proof of {limit} bytes holds; do less in one call"
    )]
    StorageProofTooLong {
        /// The most bytes there may be.
        limit: u64,
    },
    /// A universal account's state is not in its one encoding.
    #[error(
        "the bytes of the state init are not canonical borsh; write them with UniversalStateInit::to_raw"
    )]
    UniversalMalformed,
}

impl FailedAction {
    /// A stable dotted name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AccountAlreadyExists { .. } => "Failed.Action.CreateAccount.AlreadyExists",
            Self::AccountNotFound { .. } => "Failed.Executor.NotFound",
            Self::AccountNotInitialized { .. } => "Failed.Executor.NotInitialized",
            Self::TopLevelAccount { .. } => "Failed.Action.CreateAccount.TopLevelNamespace",
            Self::ForeignNamespace { .. } => "Failed.Action.CreateAccount.ForeignNamespace",
            Self::ImplicitAccount { .. } => "Failed.Action.CreateAccount.ImplicitAccount",
            Self::Forbidden { .. } => "Failed.Action.Forbidden",
            Self::KeyNotFound { .. } => "Failed.Action.DeleteKey.NotFound",
            Self::KeyAlreadyExists { .. } => "Failed.Action.AddKey.AlreadyExists",
            Self::DeleteWhileStaking { .. } => "Failed.Action.DeleteAccount.Staking",
            Self::DeleteWithLargeState { .. } => "Failed.Action.DeleteAccount.LargeState",
            Self::StorageNotCovered { .. } => "Failed.Executor.Budget.NotEnough",
            Self::StakeAlreadyZero { .. } => "Failed.Action.Stake.ValidatorStake.AlreadyZero",
            Self::StakeNotCovered { .. } => "Failed.Action.Stake.TotalBalance.NotEnough",
            Self::StakeTooSmall { .. } => "Failed.Action.Stake.ProposedStake.BelowThreshold",
            Self::Contract(failure) => failure.names()[0],
            Self::Receipt(refusal) => refusal.kind(),
            Self::GlobalContractNotFound { .. } => "Failed.Action.UseGlobalContract.NotFound",
            Self::GasKeyNotFound { .. } => "Failed.Action.GasKey.NotFound",
            Self::GasKeyBalanceNotEnough { .. } => {
                "Failed.Action.WithdrawFromGasKey.Balance.NotEnough"
            }
            Self::GasKeyBalanceTooHigh { .. } => "Failed.Action.GasKey.Balance.TooHigh",
            Self::DelegateSignatureInvalid => "Failed.Delegate.Signature.Invalid",
            Self::DelegateReceiverMismatch { .. } => "Failed.Delegate.Receiver.Mismatch",
            Self::DelegateExpired => "Failed.Delegate.Expired",
            Self::DelegateAccessKey(refusal) => refusal.names()[1],
            Self::DelegateNonceInvalid { .. } => "Failed.Delegate.Nonce.Invalid",
            Self::DelegateNonceTooLarge { .. } => "Failed.Delegate.Nonce.TooLarge",
            Self::DelegateNonceIndexInvalid { .. } => "Failed.Delegate.Nonce.Index.Invalid",
            Self::PromiseInputTooLong { .. } => "Failed.Receipt.PromiseInput.TooLong",
            Self::StorageProofTooLong { .. } => "Failed.Receipt.StorageProof.TooLong",
            Self::UniversalMalformed => "Failed.Action.UniversalStateInit.Malformed",
        }
    }
}

pub(super) fn identifier_words(identifier: &GlobalContractIdentifier) -> String {
    match identifier {
        GlobalContractIdentifier::CodeHash(hash) => format!("with the hash {hash}"),
        GlobalContractIdentifier::AccountId(account_id) => format!("of {account_id}"),
    }
}

fn gas_key_words(account_id: &AccountId, public_key: Option<&PublicKey>) -> String {
    match public_key {
        Some(public_key) => format!("the gas key {public_key} of {account_id}"),
        None => format!("the gas keys of {account_id}"),
    }
}
