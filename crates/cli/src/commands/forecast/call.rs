//! The call to forecast, from the command line.

use crate::commands::outcome::burnt_for_good;
use crate::error::CliError;
use crate::tools::{Context, read_gas};
use clap::Args;
use keyway::guard::{KeyFacts, Usage};
use keyway::protocol::CryptoHash;
use keyway::{AccountId, Gas, Outcome, WaitUntil};
use near_primitives::views::ActionView;

/// The call that the key repeats.
#[derive(Args, Clone, Debug)]
pub(super) struct CallArgs {
    /// The contract [default: the key's contract; for a full-access key the account itself]
    #[arg(long, value_name = "ACCOUNT", help_heading = "The call")]
    contract: Option<AccountId>,
    /// The function [default: the first in the key's list]
    #[arg(long, value_name = "FUNCTION", help_heading = "The call")]
    call: Option<String>,
    /// Gas attached, as in `30 Tgas`
    #[arg(long, value_parser = read_gas, value_name = "GAS", default_value = "30 Tgas", help_heading = "The call")]
    gas: Gas,
    /// Length of the arguments in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=LARGEST), help_heading = "The call")]
    args_bytes: u32,
    /// Gas that a call burns in total, before refunds [default: all that it buys]
    #[arg(long, value_parser = read_gas, value_name = "GAS", help_heading = "The call")]
    burnt: Option<Gas>,
    /// Use the figures of an earlier call by the account: the hash of its transaction
    #[arg(
        long,
        value_name = "HASH",
        conflicts_with_all = ["contract", "call", "gas", "args_bytes", "burnt"],
        help_heading = "The call"
    )]
    like: Option<CryptoHash>,
}

/// The maximum length of arguments on any chain.
const LARGEST: i64 = 4 << 20;

/// Stands for a function if the key lists none; only its length matters.
const SOME_FUNCTION: &str = "function";

impl CallArgs {
    /// The call named by `--like`.
    ///
    /// # Errors
    /// If the transaction is unknown, or is not a single call.
    pub(super) async fn observed(
        &self,
        context: &Context,
        account: &AccountId,
    ) -> Result<Option<Usage>, CliError> {
        let Some(hash) = self.like else { return Ok(None) };
        let outcome = context.client.transaction(hash, account, WaitUntil::default()).await?;
        let why = || "the transaction was not a single call".to_owned();
        let usage = seen(&outcome);
        usage.map(Some).ok_or_else(|| CliError::Value { flag: "--like", why: why() })
    }

    /// The call for `key` of `account`.
    pub(super) fn usage(&self, account: &AccountId, key: &KeyFacts) -> Usage {
        let limits = key.access_key.permission.function_call_permission();
        let own = limits.and_then(|limits| limits.receiver_id.parse().ok());
        let contract = self.contract.clone().or(own).unwrap_or_else(|| account.clone());
        let listed = limits.and_then(|limits| limits.method_names.first().cloned());
        let function = self.call.clone().or(listed).unwrap_or_else(|| SOME_FUNCTION.to_owned());
        let usage = Usage::new(contract, function, self.gas).with_args(self.args_bytes as usize);
        match self.burnt {
            Some(gas) => usage.burning_in_all(gas),
            None => usage,
        }
    }
}

fn seen(outcome: &Outcome) -> Option<Usage> {
    let [ActionView::FunctionCall { method_name, args, gas, .. }] = outcome.transaction().actions()
    else {
        return None;
    };
    let usage = Usage::new(outcome.receiver_id().clone(), method_name, *gas);
    Some(usage.with_args(args.len()).burning_in_all(burnt_for_good(outcome)))
}
