//! The command line of Keyway: arguments, the home directory with neard's files, the journal's
//! file, and what people read. It holds no rule of the chain.

mod args;
mod chain;
mod contracts;
mod dev_accounts;
mod dump;
mod error;
mod home;
mod init;
mod journal;
mod notes;
mod run;
mod wallet;

use args::{Cli, Command, Ignored, ViewStateCommand};
use clap::Parser;
use error::CliError;
use notes::Notes;
use std::path::Path;
use std::process::ExitCode;

/// Does what the process's arguments say. stdout stays empty but for `--help` and `--version`.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let notes = Notes::on_stderr();
    for Ignored { flag, because } in without_effect(&cli) {
        notes.say(format!("note: {flag} has no effect: {because}"));
    }
    let code = match execute(&cli, &notes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            notes.say(error.line());
            ExitCode::from(error.exit_code())
        }
    };
    notes.finish();
    code
}

fn execute(cli: &Cli, notes: &Notes) -> Result<(), CliError> {
    match &cli.command {
        Command::Init(args) => {
            let dir = home(cli, "init")?;
            let done = match init::init(dir, args)? {
                init::Outcome::Made => "made",
                init::Outcome::Kept => "is there already, left as it was",
            };
            notes.say(format!("home {} {done}", dir.display()));
        }
        Command::Run(args) => run::run(cli.home.as_deref(), args, notes)?,
        Command::ViewState(args) => {
            let ViewStateCommand::DumpState(args) = &args.command;
            let written = dump::dump_state(home(cli, "view-state")?, args)?;
            notes.say(format!("state written to {}", written.display()));
        }
    }
    Ok(())
}

fn home<'a>(cli: &'a Cli, command: &'static str) -> Result<&'a Path, CliError> {
    cli.home.as_deref().ok_or(CliError::HomeNeeded { command })
}

fn without_effect(cli: &Cli) -> Vec<Ignored> {
    let mut ignored: Vec<_> = cli.neard.without_effect().collect();
    match &cli.command {
        Command::Init(args) => ignored.extend(args.neard.without_effect()),
        Command::Run(args) => ignored.extend(args.neard.without_effect()),
        Command::ViewState(args) => ignored.extend(args.neard.without_effect()),
    }
    ignored
}
