//! `completions`: completion scripts for shells.

use crate::error::CliError;
use crate::tools::write_stdout;
use clap::{Args, Command};
use clap_complete::Shell;

/// Arguments of `completions`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway completions bash > /etc/bash_completion.d/keyway
  keyway completions zsh > ~/.zfunc/_keyway
  keyway completions fish > ~/.config/fish/completions/keyway.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl CompletionsArgs {
    /// Writes the script for `command`, the whole command line, to stdout.
    ///
    /// # Errors
    /// If stdout cannot be written.
    pub(crate) fn run(&self, mut command: Command) -> Result<(), CliError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "keyway", &mut script);
        write_stdout(&String::from_utf8_lossy(&script))
    }
}
