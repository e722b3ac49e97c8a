//! The names of near-api-ts 0.11.

use super::{ArgumentError, ArgumentProblem, ArgumentSite, Error};
use crate::transport::{TransportError, Trouble};

impl Error {
    /// The name of this error in near-api-ts 0.11, without the method that precedes it there:
    /// `Client.SendSignedTransaction.Rpc.Signer.AccessKey.NotFound` is `Signer.AccessKey.NotFound` here. None if it has no
    /// name for it.
    ///
    /// ```
    /// use keyway::{Error, Refusal};
    /// let error = Error::from(Refusal::SignatureInvalid);
    /// assert_eq!(error.near_api_ts_kind(), Some("Signature.Invalid"));
    /// ```
    #[must_use]
    pub fn near_api_ts_kind(&self) -> Option<&'static str> {
        match self {
            Self::Argument(error) => argument(error),
            Self::Transport(TransportError { trouble: Trouble::Node { name, .. }, .. }) => {
                node(name)
            }
            other => {
                let kind = other.kind();
                KINDS.iter().find(|(ours, _)| *ours == kind).map(|(_, theirs)| *theirs)
            }
        }
    }
}

/// A node's trouble, by its name in nearcore.
fn node(name: &str) -> Option<&'static str> {
    match name {
        "NOT_SYNCED_YET" | "NO_SYNCED_BLOCKS" => Some("Rpc.NotSynced"),
        "UNAVAILABLE_SHARD" | "DOES_NOT_TRACK_SHARD" => Some("Rpc.Shard.NotTracked"),
        _ => None,
    }
}

fn argument(error: &ArgumentError) -> Option<&'static str> {
    if let ArgumentProblem::NotWritten { .. } = error.problem() {
        return Some("CreateAction.FunctionCall.SerializeArgs.Failed");
    }
    match error.site() {
        ArgumentSite::Amount => Some("CreateNearToken.Args.InvalidSchema"),
        ArgumentSite::AddFullAccessKey => Some("CreateAction.AddFullAccessKey.Args.InvalidSchema"),
        ArgumentSite::AddFunctionCallKey => {
            Some("CreateAction.AddFunctionCallKey.Args.InvalidSchema")
        }
        ArgumentSite::DeleteKey => Some("CreateAction.DeleteKey.Args.InvalidSchema"),
        ArgumentSite::Deploy => Some("CreateAction.DeployContract.Args.InvalidSchema"),
        ArgumentSite::Stake => Some("CreateAction.Stake.Args.InvalidSchema"),
        ArgumentSite::DeleteAccount => Some("CreateAction.DeleteAccount.Args.InvalidSchema"),
        ArgumentSite::Call => Some("CreateAction.FunctionCall.Args.InvalidSchema"),
        ArgumentSite::Intent => Some("MemorySigner.ExecuteTransaction.Args.InvalidSchema"),
        ArgumentSite::Setup => Some("CreateClient.Args.InvalidSchema"),
        ArgumentSite::Query
        | ArgumentSite::AddFullAccessGasKey
        | ArgumentSite::AddFunctionCallGasKey
        | ArgumentSite::FundGasKey
        | ArgumentSite::WithdrawFromGasKey
        | ArgumentSite::DeployGlobal
        | ArgumentSite::UseGlobal
        | ArgumentSite::StateInit => None,
    }
}

/// Kinds of this library, and their names in near-api-ts.
const KINDS: &[(&str, &str)] = &[
    ("Refused.Signer.AccessKey.NotFound", "Signer.AccessKey.NotFound"),
    ("Refused.Signer.AccessKey.Receiver.NotAllowed", "Signer.AccessKey.Receiver.NotAllowed"),
    ("Refused.Signer.AccessKey.Function.NotAllowed", "Signer.AccessKey.Function.NotAllowed"),
    ("Refused.Signer.AccessKey.NotFullAccess", "Signer.AccessKey.NotFullAccess"),
    ("Refused.Signer.AccessKey.GasBudget.NotEnough", "Signer.AccessKey.GasBudget.NotEnough"),
    (
        "Refused.Signer.AccessKey.AttachedDeposit.NotAllowed",
        "Signer.AccessKey.AttachedDeposit.NotAllowed",
    ),
    ("Refused.Signer.Invalid", "Signer.NotFound"),
    ("Refused.Signer.NotFound", "Signer.NotFound"),
    ("Refused.Signer.Budget.NotEnough", "Signer.Budget.NotEnough"),
    ("Refused.Signer.Budget.Storage.NotCovered", "Signer.Budget.NotEnough"),
    ("Refused.Nonce.Invalid", "Nonce.Invalid"),
    ("Refused.Signature.Invalid", "Signature.Invalid"),
    ("Refused.TransactionCost.Overflow", "TransactionCost.Overflow"),
    ("Refused.BlockHash.Expired", "BlockHash.Expired"),
    ("Refused.Actions.TooMany", "Actions.TooMany"),
    ("Refused.Actions.DeployContract.TooMany", "Actions.DeployContract.TooMany"),
    (
        "Refused.Actions.FunctionCall.TotalGasLimit.Exceeded",
        "Actions.FunctionCall.TotalGasLimit.Exceeded",
    ),
    (
        "Refused.Actions.FunctionCall.TotalGasLimit.Overflow",
        "Actions.FunctionCall.TotalGasLimit.Overflow",
    ),
    (
        "Refused.Action.FunctionCall.FunctionName.TooLong",
        "Action.FunctionCall.FunctionName.TooLong",
    ),
    ("Refused.Action.FunctionCall.ZeroGasLimit", "Action.FunctionCall.ZeroGasLimit"),
    (
        "Refused.Action.AddKey.AllowedFunctions.FunctionName.TooLong",
        "Action.AddKey.AllowedFunctions.FunctionName.TooLong",
    ),
    (
        "Refused.Action.AddKey.AllowedFunctions.TotalSize.Exceeded",
        "Action.AddKey.AllowedFunctions.TotalSize.Exceeded",
    ),
    ("Refused.Action.Stake.ValidatorKey.Invalid", "Action.Stake.ValidatorKey.Invalid"),
    ("Refused.Action.DeleteAccount.NotFinal", "Action.DeleteAccount.NotFinal"),
    ("Failed.Executor.NotFound", "Executor.NotFound"),
    ("Failed.Executor.Budget.NotEnough", "Executor.Budget.NotEnough"),
    ("Failed.Action.Forbidden", "Action.Forbidden"),
    ("Failed.Action.CreateAccount.AlreadyExists", "Action.CreateAccount.AlreadyExists"),
    ("Failed.Action.CreateAccount.TopLevelNamespace", "Action.CreateAccount.TopLevelNamespace"),
    ("Failed.Action.CreateAccount.ForeignNamespace", "Action.CreateAccount.ForeignNamespace"),
    ("Failed.Action.CreateAccount.ImplicitAccount", "Action.CreateAccount.ImplicitAccount"),
    ("Failed.Action.AddKey.AlreadyExists", "Action.AddKey.AlreadyExists"),
    ("Failed.Action.DeleteKey.NotFound", "Action.DeleteKey.NotFound"),
    ("Failed.Action.DeleteAccount.Staking", "Action.DeleteAccount.Staking"),
    ("Failed.Action.DeleteAccount.LargeState", "Action.DeleteAccount.LargeState"),
    ("Failed.Action.Stake.ValidatorStake.AlreadyZero", "Action.Stake.ValidatorStake.AlreadyZero"),
    ("Failed.Action.Stake.TotalBalance.NotEnough", "Action.Stake.TotalBalance.NotEnough"),
    (
        "Failed.Action.Stake.ProposedStake.BelowThreshold",
        "Action.Stake.ProposedStake.BelowThreshold",
    ),
    (
        "Failed.Action.FunctionCall.ContractWasm.NotFound",
        "Action.FunctionCall.ContractWasm.NotFound",
    ),
    ("Failed.Action.FunctionCall.Function.NotFound", "Action.FunctionCall.Function.NotFound"),
    ("Failed.Action.FunctionCall.Function.Invalid", "Action.FunctionCall.Preparation.Failed"),
    ("Failed.Action.FunctionCall.Preparation.Failed", "Action.FunctionCall.Preparation.Failed"),
    ("Failed.Action.FunctionCall.Execution.Panicked", "Action.FunctionCall.Execution.Failed"),
    ("Failed.Action.FunctionCall.Execution.ViewOnly", "Action.FunctionCall.Execution.Failed"),
    ("Failed.Action.FunctionCall.Execution.Stopped", "Action.FunctionCall.Execution.Failed"),
    ("Failed.Action.FunctionCall.Gas.Exhausted", "Action.FunctionCall.Execution.Failed"),
    ("Failed.Action.FunctionCall.Gas.LimitReached", "Action.FunctionCall.Execution.Failed"),
    ("Query.Account.NotFound", "Rpc.Account.NotFound"),
    ("Query.AccessKey.NotFound", "Rpc.AccountAccessKey.NotFound"),
    ("Query.ContractWasm.NotFound", "Rpc.FunctionCall.Failed"),
    ("Query.Function.NotFound", "Rpc.FunctionCall.Failed"),
    ("Query.FunctionCall.Preparation.Failed", "Rpc.FunctionCall.Failed"),
    ("Query.FunctionCall.Function.Invalid", "Rpc.FunctionCall.Failed"),
    ("Query.FunctionCall.Execution.Panicked", "Rpc.FunctionCall.Failed"),
    ("Query.FunctionCall.Execution.ViewOnly", "Rpc.FunctionCall.Failed"),
    ("Query.FunctionCall.Execution.Stopped", "Rpc.FunctionCall.Failed"),
    ("Query.FunctionCall.Gas.Exhausted", "Rpc.FunctionCall.Failed"),
    ("Query.FunctionCall.Gas.LimitReached", "Rpc.FunctionCall.Failed"),
    ("Query.Block.NotFound", "Rpc.Block.NotFound"),
    ("Query.Block.GarbageCollected", "Rpc.Block.GarbageCollected"),
    ("Query.Transaction.NotFound", "Rpc.Transaction.NotFound"),
    ("Query.Transaction.Timeout", "Rpc.Timeout"),
    ("Query.MethodNotFound", "SendRequest.InnerRpc.MethodNotFound"),
    ("Query.ParseFailed", "SendRequest.InnerRpc.ParseFailed"),
    ("Query.Other", "Internal"),
    ("Query.Answer.Unexpected", "DeserializeResult.Failed"),
    ("Transport.Unreachable", "SendRequest.Attempt.Request.FetchFailed"),
    ("Transport.Broken", "SendRequest.Attempt.Request.FetchFailed"),
    ("Transport.Timeout", "SendRequest.Attempt.Request.Timeout"),
    ("Transport.NotJsonRpc", "SendRequest.Attempt.Response.JsonParseFailed"),
    ("Endpoint.Invalid", "CreateClient.Args.InvalidSchema"),
    ("Pool.Empty", "KeyPool.Empty"),
    ("Pool.SigningKey.NotFound", "KeyPool.SigningKey.NotFound"),
    ("Key.NotFound", "MemoryKeyService.SignData.SigningKey.NotFound"),
    ("Fate.Unknown", "Exhausted"),
];
