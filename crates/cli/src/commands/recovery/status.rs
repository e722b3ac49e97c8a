//! `recovery status`: helpers, delay, what is under way.

use super::contract::State;
use crate::error::CliError;
use crate::tools::{Context, words};
use clap::Args;
use keyway::AccountId;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// Arguments of `recovery status`.
#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
}

impl StatusArgs {
    /// Asks the contract.
    ///
    /// # Errors
    /// When recovery is not installed.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let state = State::of(context, &self.account).await?;
        let now_ns = context.client.block().await?.timestamp_ns;
        context.answer.give(&Shown { state, now_ns })
    }
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    state: State,
    #[serde(skip)]
    now_ns: u64,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for helper in &self.state.helpers {
            writeln!(f, "helper   {helper}")?;
        }
        let delay = self.state.delay_ns.parse().unwrap_or(u64::MAX);
        writeln!(f, "delay    {}", words(Duration::from_nanos(delay)))?;
        let Some(pending) = &self.state.pending else {
            return writeln!(f, "under way: nothing");
        };
        writeln!(f, "started  by {}", pending.helper)?;
        writeln!(f, "new key  {}", pending.new_public_key)?;
        match pending.left_ns(self.now_ns) {
            0 => writeln!(f, "the delay is over: anybody can finish it"),
            left => writeln!(f, "it can be finished in {}", words(Duration::from_nanos(left))),
        }
    }
}
