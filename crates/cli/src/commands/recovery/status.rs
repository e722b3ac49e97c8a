//! `recovery status`: helpers, delay, and requests.

use super::contract::{Request, State};
use crate::error::CliError;
use crate::tools::{Context, words};
use clap::Args;
use keyway::AccountId;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// Arguments of `recovery status`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway recovery status alice.near
  keyway recovery status alice.near --json")]
pub(crate) struct StatusArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
}

impl StatusArgs {
    /// Queries the contract.
    ///
    /// # Errors
    /// If recovery is not installed.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let then = context.client.pinned().await?;
        let state = State::of(&then, &self.account).await?;
        let now_ns = then.block().await?.timestamp_ns;
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
        let (needed, helpers) = (self.state.threshold, self.state.helpers.len());
        writeln!(f, "needed   {needed} of {helpers} for the same new key")?;
        if helpers < usize::from(needed) {
            writeln!(f, "no recovery is possible: add helpers")?;
        }
        let delay = self.state.delay_ns.parse().unwrap_or(u64::MAX);
        writeln!(f, "delay    {}", words(Duration::from_nanos(delay)))?;
        if self.state.requests.is_empty() {
            return writeln!(f, "requests none");
        }
        self.state.requests.iter().try_for_each(|request| self.tell(request, f))
    }
}

impl Shown {
    fn tell(&self, request: &Request, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "new key  {}", request.new_public_key)?;
        for helper in &request.helpers {
            writeln!(f, "  requested by {helper}")?;
        }
        match request.left_ns(self.now_ns) {
            None => writeln!(f, "  too few helpers request it"),
            Some(0) => writeln!(f, "  the delay is over: anyone can finish it"),
            Some(left) => writeln!(f, "  can be finished in {}", words(Duration::from_nanos(left))),
        }
    }
}
