//! The commands about keys: one file each. What several of them need is in [`crate::tools`].

pub(crate) mod account;
pub(crate) mod completions;
pub(crate) mod explain;
pub(crate) mod forecast;
pub(crate) mod key;
pub(crate) mod locked;
pub(crate) mod message;
mod outcome;
pub(crate) mod tx;

use crate::args::ToolCommand;
use crate::error::CliError;
use crate::notes::Notes;
use crate::tools::{ChainArgs, Context};
use std::future::Future;

impl ToolCommand {
    /// Does what it says.
    ///
    /// # Errors
    /// What the command's own file says.
    pub(crate) fn run(&self, notes: &Notes) -> Result<(), CliError> {
        match self {
            Self::Key(args) => on(&args.chain, notes, async |context| args.run(&context).await),
            Self::Account(args) => on(&args.chain, notes, async |context| args.run(&context).await),
            Self::Locked(args) => on(&args.chain, notes, async |context| args.run(&context).await),
            Self::Message(args) => on(&args.chain, notes, async |context| args.run(&context).await),
            Self::Tx(args) => on(&args.chain, notes, async |context| args.run(&context).await),
            Self::Explain(args) => on(&args.chain, notes, async |context| args.run(&context).await),
            Self::Forecast(args) => {
                on(&args.chain, notes, async |context| args.run(&context).await)
            }
            Self::Completions(args) => {
                args.run();
                Ok(())
            }
        }
    }

    /// Whether the answer is read by a program.
    pub(crate) fn is_json(&self) -> bool {
        match self {
            Self::Key(args) => args.chain.json,
            Self::Account(args) => args.chain.json,
            Self::Locked(args) => args.chain.json,
            Self::Message(args) => args.chain.json,
            Self::Tx(args) => args.chain.json,
            Self::Explain(args) => args.chain.json,
            Self::Forecast(args) => args.chain.json,
            Self::Completions(_) => false,
        }
    }
}

/// Runs one command on a runtime of its own.
fn on<F: Future<Output = Result<(), CliError>>>(
    args: &ChainArgs,
    notes: &Notes,
    command: impl FnOnce(Context) -> F,
) -> Result<(), CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| CliError::System { source })?;
    runtime.block_on(command(Context::new(args, notes)?))
}
