//! The commands about keys: one file each. What several of them need is in [`crate::tools`].

pub(crate) mod bench;
pub(crate) mod key;

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
            Self::Bench(args) => on(&args.chain, notes, async |context| args.run(&context).await),
        }
    }

    /// Whether the answer is read by a program.
    pub(crate) fn is_json(&self) -> bool {
        match self {
            Self::Key(args) => args.chain.json,
            Self::Bench(args) => args.chain.json,
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
