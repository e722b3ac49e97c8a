//! The commands, one file each. What several of them share is in [`crate::tools`].

pub(crate) mod account;
pub(crate) mod audit;
pub(crate) mod bench;
pub(crate) mod blast_radius;
pub(crate) mod call;
pub(crate) mod chain;
pub(crate) mod completions;
pub(crate) mod console;
pub(crate) mod credentials;
pub(crate) mod drop;
pub(crate) mod explain;
pub(crate) mod forecast;
pub(crate) mod gas;
pub(crate) mod key;
pub(crate) mod locked;
pub(crate) mod man;
pub(crate) mod message;
mod outcome;
pub(crate) mod recovery;
pub(crate) mod tx;
pub(crate) mod view;

use crate::args::ToolCommand;
use crate::error::CliError;
use crate::notes::Notes;
use crate::tools::{ChainArgs, Context};

impl ToolCommand {
    /// Runs the command on a runtime of its own.
    ///
    /// # Errors
    /// As the command.
    pub(crate) fn run(&self, notes: &Notes) -> Result<(), CliError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|source| CliError::System { source })?;
        let context = Context::new(self.chain(), notes)?;
        runtime.block_on(async {
            if self.tells_by_itself() {
                return self.run_on(&context).await;
            }
            tokio::select! {
                done = self.run_on(&context) => done,
                never = context.tell_of_waiting() => match never {},
            }
        })
    }

    /// Whether no line on stderr should say what the command waits for: a program reads the answer,
    /// or waiting is the command's work.
    fn tells_by_itself(&self) -> bool {
        self.chain().json || matches!(self, Self::Bench(_) | Self::Console(_))
    }

    /// The chain and the output format.
    pub(crate) fn chain(&self) -> &ChainArgs {
        match self {
            Self::Key(args) => &args.chain,
            Self::Account(args) => &args.chain,
            Self::Explain(args) => &args.chain,
            Self::Forecast(args) => &args.chain,
            Self::Audit(args) => &args.chain,
            Self::BlastRadius(args) => &args.chain,
            Self::Locked(args) => &args.chain,
            Self::Credentials(args) => &args.chain,
            Self::Message(args) => &args.chain,
            Self::Call(args) => &args.chain,
            Self::View(args) => &args.chain,
            Self::Tx(args) => &args.chain,
            Self::Drop(args) => &args.chain,
            Self::Recovery(args) => &args.chain,
            Self::Chain(args) => &args.chain,
            Self::Gas(args) => &args.chain,
            Self::Console(args) => &args.chain,
            Self::Bench(args) => &args.chain,
        }
    }

    async fn run_on(&self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Key(args) => args.run(context).await,
            Self::Account(args) => args.run(context).await,
            Self::Explain(args) => args.run(context).await,
            Self::Forecast(args) => args.run(context).await,
            Self::Audit(args) => args.run(context).await,
            Self::BlastRadius(args) => args.run(context).await,
            Self::Locked(args) => args.run(context).await,
            Self::Credentials(args) => args.run(context).await,
            Self::Message(args) => args.run(context).await,
            Self::Call(args) => args.run(context).await,
            Self::View(args) => args.run(context).await,
            Self::Tx(args) => args.run(context).await,
            Self::Drop(args) => args.run(context).await,
            Self::Recovery(args) => args.run(context).await,
            Self::Chain(args) => args.run(context).await,
            Self::Gas(args) => args.run(context).await,
            Self::Console(args) => args.run(context).await,
            Self::Bench(args) => args.run(context).await,
        }
    }
}
