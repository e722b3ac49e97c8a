//! Flags of the console that `run` serves.

use clap::Args;

/// Whether there is a console.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct ConsoleFlags {
    /// Serve no console: by default a browser finds pages about the chain at the same address
    #[arg(long)]
    pub(crate) no_console: bool,
}
