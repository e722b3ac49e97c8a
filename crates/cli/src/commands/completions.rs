//! `completions`: what a shell needs to complete commands and flags.

use crate::args::Cli;
use clap::{Args, CommandFactory};
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
    /// Writes the script to stdout.
    pub(crate) fn run(&self) {
        clap_complete::generate(self.shell, &mut Cli::command(), "keyway", &mut std::io::stdout());
    }
}
