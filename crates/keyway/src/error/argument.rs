//! Invalid arguments, found before anything is sent.

use crate::format::format_gas;
use crate::limits::limits;
use near_primitives::types::{AccountId, Gas};
use serde::Serialize;

/// An argument that every chain would refuse, found before anything is sent.
///
/// ```
/// use keyway::error::ArgumentProblem;
/// use keyway::{Step, add_function_call_key};
/// let key = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";
/// let step = Step::from(add_function_call_key(key, "game.near").any_function());
/// let error = step.into_action().unwrap_err();
/// assert_eq!(error.field(), "gas_budget");
/// assert!(matches!(error.problem(), ArgumentProblem::Missing { .. }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentError {
    site: ArgumentSite,
    field: &'static str,
    problem: ArgumentProblem,
}

/// The function whose argument is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArgumentSite {
    /// An amount: `parse_near`, or a number that overflows.
    Amount,
    /// Actions taken together, with their receiver.
    Intent,
    /// `add_full_access_key`.
    AddFullAccessKey,
    /// `add_function_call_key`.
    AddFunctionCallKey,
    /// `add_full_access_gas_key`.
    AddFullAccessGasKey,
    /// `add_function_call_gas_key`.
    AddFunctionCallGasKey,
    /// `fund_gas_key`.
    FundGasKey,
    /// `withdraw_from_gas_key`.
    WithdrawFromGasKey,
    /// `delete_key`.
    DeleteKey,
    /// `deploy`.
    Deploy,
    /// `deploy_global_by_hash` and `deploy_global_by_account`.
    DeployGlobal,
    /// `use_global_by_account`.
    UseGlobal,
    /// `init_deterministic_account` and `init_universal_account`.
    StateInit,
    /// `stake`.
    Stake,
    /// `delete_account`.
    DeleteAccount,
    /// `call`.
    Call,
    /// The settings of a client, signer or sandbox.
    Setup,
    /// A query.
    Query,
}

/// What is wrong with an argument, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[non_exhaustive]
#[serde(untagged)]
pub enum ArgumentProblem {
    /// Not an amount of NEAR.
    #[error("{got:?} is not an amount of NEAR: {why}")]
    NotAnAmount {
        /// The text, shortened.
        got: String,
        /// What is wrong with it, and what to write.
        why: String,
    },
    /// Not an account id.
    #[error(
        "got {got:?}, which is not an account id ({why}); write 2 to 64 of a-z and 0-9, with single '-', '_' or '.' between"
    )]
    NotAnAccountId {
        /// The text, shortened.
        got: String,
        /// The reason of the account id's parser.
        why: String,
    },
    /// Not a public key. The text is not shown: it may be a secret key.
    #[error(
        "got {characters} characters that are not a public key ({why}); write its curve and base58, as in \"ed25519:…\""
    )]
    NotAPublicKey {
        /// How many characters the text has.
        characters: usize,
        /// What is wrong with them.
        why: String,
    },
    /// A number that is too large.
    #[error("{got} overflows: the most is {most}")]
    Overflow {
        /// The number with its unit.
        got: String,
        /// The largest that fits.
        most: String,
    },
    /// A required argument was left out.
    #[error("is required: {how}")]
    Missing {
        /// What to write.
        how: &'static str,
    },
    /// An empty list of functions, which on NEAR would allow all of them.
    #[error(
        "is an empty list, which on NEAR would allow every function; name one, or write any_function()"
    )]
    EmptyFunctions,
    /// No actions.
    #[error("got none; write at least 1")]
    NoActions,
    /// A text that may not be empty.
    #[error("is empty; write at least 1 byte")]
    Empty,
    /// A gas budget of zero, which is ambiguous on NEAR.
    #[error(
        "is 0 NEAR, which is ambiguous: with an allowance of 0 a key can pay for nothing, without an allowance it has no limit; write an amount above 0, or GasBudget::Unlimited"
    )]
    ZeroGasBudget,
    /// Gas that must be above zero.
    #[error("is 0 gas; attach some, as in 30.tgas()")]
    ZeroGas,
    /// More gas than a transaction may carry.
    #[error("is {}, above the limit of {}; attach less", format_gas(*.got), format_gas(*.limit))]
    TooMuchGas {
        /// The gas attached.
        got: Gas,
        /// The most that may be.
        limit: Gas,
    },
    /// More bytes than the protocol allows.
    #[error("has {got} bytes, above the limit of {limit}; shorten it")]
    TooLong {
        /// Its length in bytes.
        got: u64,
        /// The most that may be.
        limit: u64,
    },
    /// More items than the protocol allows.
    #[error("got {got}, above the limit of {limit}; split them")]
    TooMany {
        /// How many there are.
        got: u64,
        /// How many there may be.
        limit: u64,
    },
    /// A number outside of its range.
    #[error("is {got}; write {least} to {most}")]
    OutOfRange {
        /// The number.
        got: u64,
        /// The least it may be.
        least: u64,
        /// The most it may be.
        most: u64,
    },
    /// A validator's key of a scheme that cannot validate.
    #[error("is a key of {got}; a validator's key is ed25519")]
    WrongKeyType {
        /// The scheme of the key.
        got: String,
    },
    /// Actions of one transaction that would go to different accounts.
    #[error(
        "is {first} for one action and {second} for another; a transaction has one receiver, so send two"
    )]
    TwoReceivers {
        /// Where the transaction goes.
        first: AccountId,
        /// Where this action would go.
        second: AccountId,
    },
    /// The account is deleted before the last action.
    #[error("has delete_account as number {index} of {count} (counted from 0); put it last")]
    DeleteNotLast {
        /// Its index.
        index: usize,
        /// How many actions there are.
        count: usize,
    },
    /// Arguments of a call that could not be serialized as JSON or borsh.
    #[error("could not be written as {form} ({why}); pass bytes, or a type that can")]
    NotWritten {
        /// `JSON` or `borsh`.
        form: &'static str,
        /// The serializer's reason.
        why: String,
    },
    /// Another setting that is invalid, such as the address of a node or a file.
    #[error("got {got:?} ({why})")]
    NotUsable {
        /// The text, shortened.
        got: String,
        /// What is wrong with it.
        why: String,
    },
}

impl ArgumentError {
    /// The argument `field` of `site` has `problem`.
    pub(crate) fn new(site: ArgumentSite, field: &'static str, problem: ArgumentProblem) -> Self {
        Self { site, field, problem }
    }

    /// The same error, at another site.
    pub(crate) fn at(self, site: ArgumentSite) -> Self {
        Self { site, ..self }
    }

    /// The function whose argument is wrong.
    #[must_use]
    pub fn site(&self) -> ArgumentSite {
        self.site
    }

    /// The argument's name, as in that function's documentation.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// What is wrong with it.
    #[must_use]
    pub fn problem(&self) -> &ArgumentProblem {
        &self.problem
    }

    /// A stable dotted name for what is wrong.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.problem {
            ArgumentProblem::NotAnAmount { .. } => "Argument.Amount.Invalid",
            ArgumentProblem::NotAnAccountId { .. } => "Argument.AccountId.Invalid",
            ArgumentProblem::NotAPublicKey { .. } => "Argument.PublicKey.Invalid",
            ArgumentProblem::Overflow { .. } => "Argument.Amount.Overflow",
            ArgumentProblem::Missing { .. } => "Argument.Missing",
            ArgumentProblem::EmptyFunctions => "Argument.AllowedFunctions.Empty",
            ArgumentProblem::NoActions => "Argument.Actions.Empty",
            ArgumentProblem::Empty => "Argument.Empty",
            ArgumentProblem::ZeroGasBudget => "Argument.GasBudget.Zero",
            ArgumentProblem::ZeroGas => "Argument.Gas.Zero",
            ArgumentProblem::TooMuchGas { .. } => "Argument.Gas.TooMuch",
            ArgumentProblem::TooLong { .. } => "Argument.TooLong",
            ArgumentProblem::TooMany { .. } => "Argument.TooMany",
            ArgumentProblem::OutOfRange { .. } => "Argument.OutOfRange",
            ArgumentProblem::WrongKeyType { .. } => "Argument.PublicKey.WrongType",
            ArgumentProblem::TwoReceivers { .. } => "Argument.Receiver.Two",
            ArgumentProblem::DeleteNotLast { .. } => "Argument.DeleteAccount.NotLast",
            ArgumentProblem::NotWritten { .. } => "Argument.Args.NotWritten",
            ArgumentProblem::NotUsable { .. } => "Argument.NotUsable",
        }
    }
}

impl ArgumentError {
    /// What is wrong, without the name of the function that was called.
    ///
    /// ```
    /// let error = keyway::Step::from(keyway::call("game.near", "")).into_action().unwrap_err();
    /// assert_eq!(error.sentence(), "the function name is empty; write at least 1 byte");
    /// ```
    #[must_use]
    pub fn sentence(&self) -> String {
        match (&self.problem, self.words()) {
            (ArgumentProblem::NotAnAmount { .. } | ArgumentProblem::Overflow { .. }, _)
            | (_, "") => self.problem.to_string(),
            (problem, words) => format!("{words} {problem}"),
        }
    }

    /// The argument, as it is named in messages.
    fn words(&self) -> &'static str {
        match (self.field, &self.problem) {
            // These messages name what they got.
            (_, ArgumentProblem::NotUsable { .. }) => "",
            ("functions", ArgumentProblem::TooLong { limit, .. })
                if *limit == limits().method_names_bytes =>
            {
                "the list of functions, with one byte more for each,"
            }
            ("functions", ArgumentProblem::Empty | ArgumentProblem::TooLong { .. }) => {
                "a function name"
            }
            ("functions", _) => "the list of functions",
            ("method", _) => "the function name",
            ("gas_budget", _) => "the allowance",
            ("public_key", _) => "the public key",
            ("validator_key", _) => "the validator's key",
            ("account_id", _) => "the account",
            ("contract", _) => "the contract",
            ("receiver", _) => "the receiver",
            ("beneficiary", _) => "the beneficiary",
            ("owner", _) => "the owner",
            ("nonces", _) => "the number of nonce rows",
            ("actions", _) => "the list of actions",
            ("deploy actions", _) => "the list of deployments",
            ("gas", _) => "the gas",
            ("args", _) => "the call's arguments",
            ("code", _) => "the contract's code",
            ("access_keys", _) => "the list of access keys",
            (field, _) => field,
        }
    }
}

impl std::fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.problem {
            ArgumentProblem::NotAnAmount { .. } | ArgumentProblem::Overflow { .. } => {
                write!(f, "{}", self.problem)
            }
            _ => write!(f, "{}: {} {}", self.site.name(), self.field, self.problem),
        }
    }
}

impl std::error::Error for ArgumentError {}

impl ArgumentSite {
    /// The function at that site.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Amount => "parse_near",
            Self::Intent => "intent",
            Self::AddFullAccessKey => "add_full_access_key",
            Self::AddFunctionCallKey => "add_function_call_key",
            Self::AddFullAccessGasKey => "add_full_access_gas_key",
            Self::AddFunctionCallGasKey => "add_function_call_gas_key",
            Self::FundGasKey => "fund_gas_key",
            Self::WithdrawFromGasKey => "withdraw_from_gas_key",
            Self::DeleteKey => "delete_key",
            Self::Deploy => "deploy",
            Self::DeployGlobal => "deploy_global",
            Self::UseGlobal => "use_global",
            Self::StateInit => "state init",
            Self::Stake => "stake",
            Self::DeleteAccount => "delete_account",
            Self::Call => "call",
            Self::Setup => "setup",
            Self::Query => "query",
        }
    }
}
