//! Failures of contracts.

use near_primitives::errors::{CompilationError, FunctionCallError, HostError, MethodResolveError};
use near_primitives::types::AccountId;
use serde::Serialize;

/// Why a contract's function did not finish, in a transaction or in a view call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[non_exhaustive]
#[serde(untagged)]
pub enum ContractFailure {
    /// The account has no contract.
    #[error("{account_id} has no contract; deploy one first")]
    CodeNotFound {
        /// The account called.
        account_id: AccountId,
    },
    /// The contract's code is invalid.
    #[error("the contract's code cannot be run ({why}); deploy it again")]
    CodeInvalid {
        /// The virtual machine's reason.
        why: String,
    },
    /// The contract has no such function.
    #[error("the contract has no such function; names must match exactly")]
    FunctionNotFound,
    /// The function has parameters or results, which a callable function cannot have.
    #[error(
        "the function has WebAssembly parameters or results, which a callable function cannot have; change the contract"
    )]
    FunctionInvalid,
    /// The contract panicked.
    #[error("the contract panicked: {message}")]
    Panicked {
        /// The contract's message.
        message: String,
    },
    /// The gas attached ran out.
    #[error("the attached gas ran out; attach more")]
    GasExhausted,
    /// The call burnt as much gas as one call can.
    #[error("the call burnt as much gas as one call may; do less in one call")]
    GasLimitReached,
    /// A function that changes something was called as a view.
    #[error("{host_function} may not be used in a view; send a transaction")]
    ViewOnly {
        /// The host function that the contract called.
        host_function: String,
    },
    /// The contract broke a rule of the virtual machine.
    #[error("the contract was stopped: {why}")]
    Stopped {
        /// The virtual machine's reason.
        why: String,
    },
}

impl ContractFailure {
    /// Stable dotted names: in a transaction, and in a view call.
    pub(crate) fn names(&self) -> [&'static str; 2] {
        match self {
            Self::CodeNotFound { .. } => {
                ["Failed.Action.FunctionCall.ContractWasm.NotFound", "Query.ContractWasm.NotFound"]
            }
            Self::CodeInvalid { .. } => [
                "Failed.Action.FunctionCall.Preparation.Failed",
                "Query.FunctionCall.Preparation.Failed",
            ],
            Self::FunctionNotFound => {
                ["Failed.Action.FunctionCall.Function.NotFound", "Query.Function.NotFound"]
            }
            Self::FunctionInvalid => [
                "Failed.Action.FunctionCall.Function.Invalid",
                "Query.FunctionCall.Function.Invalid",
            ],
            Self::Panicked { .. } => [
                "Failed.Action.FunctionCall.Execution.Panicked",
                "Query.FunctionCall.Execution.Panicked",
            ],
            Self::GasExhausted => {
                ["Failed.Action.FunctionCall.Gas.Exhausted", "Query.FunctionCall.Gas.Exhausted"]
            }
            Self::GasLimitReached => [
                "Failed.Action.FunctionCall.Gas.LimitReached",
                "Query.FunctionCall.Gas.LimitReached",
            ],
            Self::ViewOnly { .. } => [
                "Failed.Action.FunctionCall.Execution.ViewOnly",
                "Query.FunctionCall.Execution.ViewOnly",
            ],
            Self::Stopped { .. } => [
                "Failed.Action.FunctionCall.Execution.Stopped",
                "Query.FunctionCall.Execution.Stopped",
            ],
        }
    }

    /// The chain stores errors of the virtual machine only as text.
    fn from_words(words: &str) -> Self {
        const PANICKED: &str = "Smart contract panicked: ";
        const NO_VIEW: &str = " is not allowed in view calls";
        if let Some(message) = words.strip_prefix(PANICKED) {
            return Self::Panicked { message: message.to_owned() };
        }
        if let Some(host_function) = words.strip_suffix(NO_VIEW) {
            return Self::ViewOnly { host_function: host_function.to_owned() };
        }
        match words {
            "Exceeded the prepaid gas." => Self::GasExhausted,
            "Exceeded the maximum amount of gas allowed to burn per contract." => {
                Self::GasLimitReached
            }
            words => Self::Stopped { why: words.trim_end_matches('.').to_owned() },
        }
    }
}

impl From<FunctionCallError> for ContractFailure {
    fn from(error: FunctionCallError) -> Self {
        use FunctionCallError as Chain;
        match error {
            Chain::CompilationError(error) => error.into(),
            Chain::LinkError { msg: why } => Self::CodeInvalid { why },
            Chain::MethodResolveError(error) => error.into(),
            Chain::WasmTrap(trap) => Self::Stopped { why: format!("trap {}", <&str>::from(trap)) },
            Chain::WasmUnknownError | Chain::_EVMError => {
                Self::Stopped { why: "an unknown error of the virtual machine".to_owned() }
            }
            Chain::HostError(error) => error.into(),
            Chain::ExecutionError(words) => Self::from_words(&words),
        }
    }
}

impl From<CompilationError> for ContractFailure {
    fn from(error: CompilationError) -> Self {
        match error {
            CompilationError::CodeDoesNotExist { account_id } => Self::CodeNotFound { account_id },
            CompilationError::PrepareError(error) => {
                Self::CodeInvalid { why: format!("{error:?}") }
            }
            CompilationError::WasmerCompileError { msg: why } => Self::CodeInvalid { why },
        }
    }
}

impl From<MethodResolveError> for ContractFailure {
    fn from(error: MethodResolveError) -> Self {
        match error {
            MethodResolveError::MethodEmptyName | MethodResolveError::MethodNotFound => {
                Self::FunctionNotFound
            }
            MethodResolveError::MethodInvalidSignature => Self::FunctionInvalid,
        }
    }
}

impl From<HostError> for ContractFailure {
    fn from(error: HostError) -> Self {
        match error {
            HostError::GasExceeded => Self::GasExhausted,
            HostError::GasLimitExceeded => Self::GasLimitReached,
            HostError::GuestPanic { panic_msg: message } => Self::Panicked { message },
            HostError::ProhibitedInView { method_name: host_function } => {
                Self::ViewOnly { host_function }
            }
            // Only in old outcomes: a newer chain stores the text instead.
            other => Self::Stopped { why: format!("{other:?}") },
        }
    }
}
