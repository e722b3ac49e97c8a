//! Refusals of actions.

mod chain;

use crate::format::{format_gas, format_near};
use near_crypto::PublicKey;
use near_primitives::types::{AccountId, Balance as NearToken, Gas, ProtocolVersion};
use serde::Serialize;

/// The chain's refusal of actions by their form, before it looks at any account.
///
/// Most of these are found before anything is sent, as an [`ArgumentError`](crate::ArgumentError).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[non_exhaustive]
#[serde(untagged)]
pub enum ActionsRefusal {
    /// An account is deleted before the last action.
    #[error("delete_account is not the last action; put it last")]
    DeleteNotLast,
    /// The function calls have too much gas in total.
    #[error("the actions have {} attached in total, above the limit of {}; attach less", format_gas(*.gas), format_gas(*.limit))]
    TooMuchGas {
        /// The gas of all function calls.
        gas: Gas,
        /// The most there may be.
        limit: Gas,
    },
    /// Too many actions.
    #[error("there are {count} actions, above the limit of {limit}; send several transactions")]
    TooMany {
        /// How many there are.
        count: u64,
        /// How many there may be.
        limit: u64,
    },
    /// Too many contracts in one transaction.
    #[error(
        "{count} actions deploy contracts, above the limit of {limit}; send several transactions"
    )]
    TooManyDeploys {
        /// How many there are.
        count: u64,
        /// How many there may be.
        limit: u64,
    },
    /// The names of a key's functions are too long together.
    #[error(
        "the key's function names take {bytes} bytes (one more for each name), above the limit of {limit}; name fewer, or add two keys"
    )]
    FunctionNamesTooLong {
        /// Their bytes, and one for each name.
        bytes: u64,
        /// The most there may be.
        limit: u64,
    },
    /// A function's name on a key is too long.
    #[error(
        "a function name of the key has {length} bytes, above the limit of {limit}; shorten it"
    )]
    KeyFunctionNameTooLong {
        /// Its bytes.
        length: u64,
        /// The most there may be.
        limit: u64,
    },
    /// The gas of the actions overflows.
    #[error("the gas of the actions overflows; attach less")]
    GasOverflow,
    /// An invalid account id.
    #[error(
        "{account_id:?} is not an account id; write 2 to 64 of a-z and 0-9, with single '-', '_' or '.' between"
    )]
    AccountIdInvalid {
        /// The text.
        account_id: String,
    },
    /// A contract's code is too long.
    #[error("the contract has {size} bytes, above the limit of {limit}; make it smaller")]
    ContractTooLong {
        /// Its bytes.
        size: u64,
        /// The most there may be.
        limit: u64,
    },
    /// The name of a called function is too long.
    #[error("the function's name has {length} bytes, above the limit of {limit}; shorten it")]
    FunctionNameTooLong {
        /// Its bytes.
        length: u64,
        /// The most there may be.
        limit: u64,
    },
    /// The name of a called function is empty.
    #[error("the function name is empty; name the function to call")]
    FunctionNameEmpty,
    /// The arguments of a call are too long.
    #[error("the arguments have {length} bytes, above the limit of {limit}; shorten them")]
    ArgsTooLong {
        /// Their bytes.
        length: u64,
        /// The most there may be.
        limit: u64,
    },
    /// A function call without gas.
    #[error("the function call has 0 gas; attach some")]
    ZeroGas,
    /// A key that cannot be a validator's.
    #[error("{public_key} cannot be a validator's key; stake with an ed25519 key")]
    ValidatorKeyInvalid {
        /// The key.
        public_key: Box<PublicKey>,
    },
    /// More than one delegate action.
    #[error("there is more than 1 delegate action; send each in its own transaction")]
    TwoDelegates,
    /// The chain's protocol does not have this yet.
    #[error(
        "this chain runs protocol {version}, which does not have {feature} yet; wait for its upgrade"
    )]
    NotYetSupported {
        /// The protocol's name for it.
        feature: String,
        /// The protocol version of the chain.
        version: ProtocolVersion,
    },
    /// The chain's protocol does not have this any more.
    #[error("this chain runs protocol {version}, which no longer has {feature}; do without it")]
    NoLongerSupported {
        /// The protocol's name for it.
        feature: String,
        /// The protocol version of the chain.
        version: ProtocolVersion,
    },
    /// A deterministic account's state does not belong to the receiver.
    #[error(
        "this state init makes the account {derived_id}, the transaction goes to {receiver_id}; send it to {derived_id}"
    )]
    DeterministicReceiver {
        /// Where the transaction goes.
        receiver_id: AccountId,
        /// The account that the state makes.
        derived_id: AccountId,
    },
    /// A key in a deterministic account's state is too long.
    #[error("a key of the state init has {length} bytes, above the limit of {limit}; shorten it")]
    DeterministicKeyTooLong {
        /// Its bytes.
        length: u64,
        /// The most there may be.
        limit: u64,
    },
    /// A value in a deterministic account's state is too long.
    #[error("a value of the state init has {length} bytes, above the limit of {limit}; shorten it")]
    DeterministicValueTooLong {
        /// Its bytes.
        length: u64,
        /// The most there may be.
        limit: u64,
    },
    /// A universal account's state does not belong to the receiver.
    #[error(
        "this state init makes the account {derived_id}, the transaction goes to {receiver_id}; send it to {derived_id}"
    )]
    UniversalReceiver {
        /// Where the transaction goes.
        receiver_id: AccountId,
        /// The account that the state makes.
        derived_id: AccountId,
    },
    /// A key in a universal account's state is too long.
    #[error("a key of the state init has {length} bytes, above the limit of {limit}; shorten it")]
    UniversalKeyTooLong {
        /// Its bytes.
        length: u64,
        /// The most there may be.
        limit: u64,
    },
    /// A value in a universal account's state is too long.
    #[error("a value of the state init has {length} bytes, above the limit of {limit}; shorten it")]
    UniversalValueTooLong {
        /// Its bytes.
        length: u64,
        /// The most there may be.
        limit: u64,
    },
    /// A universal account's state is not in its one encoding.
    #[error(
        "the bytes of the state init are not canonical borsh; write them with UniversalStateInit::to_raw"
    )]
    UniversalMalformed,
    /// Too many access keys in the states of new accounts.
    #[error(
        "the state inits have {count} access keys, above the limit of {limit}; add the others in another transaction"
    )]
    StateInitTooManyKeys {
        /// How many there are.
        count: u64,
        /// How many there may be.
        limit: u64,
    },
    /// Too many entries in the states of new accounts.
    #[error(
        "the state inits have {count} entries, above the limit of {limit}; write the others in another transaction"
    )]
    StateInitTooManyEntries {
        /// How many there are.
        count: u64,
        /// How many there may be.
        limit: u64,
    },
    /// NEAR cannot be sent to a universal account yet.
    #[error(
        "transfers to the universal account {account_id} are not possible yet; create it with a deposit"
    )]
    TransferToUniversal {
        /// The account.
        account_id: AccountId,
    },
    /// A gas key's number of nonces is out of range.
    #[error("the gas key would have {got} nonces; it may have 1 to {limit}")]
    NonceCountInvalid {
        /// How many were asked for.
        got: u16,
        /// How many there may be.
        limit: u16,
    },
    /// A gas key added with money on it.
    #[error("a gas key is added with {} on it; add it with none, and fund it by its own action", format_near(*.balance))]
    GasKeyWithBalance {
        /// What it was added with.
        balance: NearToken,
    },
    /// A gas key added with an allowance.
    #[error("a gas key has its own balance and may have no allowance; leave the allowance out")]
    GasKeyWithAllowance,
    /// A withdrawal from a gas key inside a delegate action.
    #[error("withdraw_from_gas_key may not be in a delegate action; send it as the account itself")]
    WithdrawInDelegate,
}

impl ActionsRefusal {
    /// A stable dotted name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::DeleteNotLast => "Refused.Action.DeleteAccount.NotFinal",
            Self::TooMuchGas { .. } => "Refused.Actions.FunctionCall.TotalGasLimit.Exceeded",
            Self::TooMany { .. } => "Refused.Actions.TooMany",
            Self::TooManyDeploys { .. } => "Refused.Actions.DeployContract.TooMany",
            Self::FunctionNamesTooLong { .. } => {
                "Refused.Action.AddKey.AllowedFunctions.TotalSize.Exceeded"
            }
            Self::KeyFunctionNameTooLong { .. } => {
                "Refused.Action.AddKey.AllowedFunctions.FunctionName.TooLong"
            }
            Self::GasOverflow => "Refused.Actions.FunctionCall.TotalGasLimit.Overflow",
            Self::AccountIdInvalid { .. } => "Refused.Action.AccountId.Invalid",
            Self::ContractTooLong { .. } => "Refused.Action.DeployContract.TooLong",
            Self::FunctionNameTooLong { .. } => "Refused.Action.FunctionCall.FunctionName.TooLong",
            Self::FunctionNameEmpty => "Refused.Action.FunctionCall.FunctionName.Empty",
            Self::ArgsTooLong { .. } => "Refused.Action.FunctionCall.Args.TooLong",
            Self::ZeroGas => "Refused.Action.FunctionCall.ZeroGasLimit",
            Self::ValidatorKeyInvalid { .. } => "Refused.Action.Stake.ValidatorKey.Invalid",
            Self::TwoDelegates => "Refused.Actions.Delegate.TooMany",
            Self::NotYetSupported { .. } => "Refused.Action.NotYetSupported",
            Self::NoLongerSupported { .. } => "Refused.Action.NoLongerSupported",
            Self::DeterministicReceiver { .. } => {
                "Refused.Action.DeterministicStateInit.Receiver.Mismatch"
            }
            Self::DeterministicKeyTooLong { .. } => {
                "Refused.Action.DeterministicStateInit.Key.TooLong"
            }
            Self::DeterministicValueTooLong { .. } => {
                "Refused.Action.DeterministicStateInit.Value.TooLong"
            }
            Self::UniversalReceiver { .. } => "Refused.Action.UniversalStateInit.Receiver.Mismatch",
            Self::UniversalKeyTooLong { .. } => "Refused.Action.UniversalStateInit.Key.TooLong",
            Self::UniversalValueTooLong { .. } => "Refused.Action.UniversalStateInit.Value.TooLong",
            Self::UniversalMalformed => "Refused.Action.UniversalStateInit.Malformed",
            Self::StateInitTooManyKeys { .. } => "Refused.Actions.StateInit.Keys.TooMany",
            Self::StateInitTooManyEntries { .. } => "Refused.Actions.StateInit.Entries.TooMany",
            Self::TransferToUniversal { .. } => "Refused.Action.Transfer.Receiver.NotAllowed",
            Self::NonceCountInvalid { .. } => "Refused.Action.AddKey.GasKey.Nonces.OutOfRange",
            Self::GasKeyWithBalance { .. } => "Refused.Action.AddKey.GasKey.Balance.NotZero",
            Self::GasKeyWithAllowance => "Refused.Action.AddKey.GasKey.GasBudget.NotAllowed",
            Self::WithdrawInDelegate => "Refused.Action.WithdrawFromGasKey.InDelegate",
        }
    }
}
