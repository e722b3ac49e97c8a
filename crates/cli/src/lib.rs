//! The command line of Keyway: the node with its home directory and neard's files, the tools for
//! keys, and what people read. It holds no rule of the chain.

mod args;
mod chain;
mod commands;
mod contracts;
mod dev_accounts;
mod dump;
mod error;
mod home;
mod init;
mod journal;
mod keep;
mod notes;
mod protocol;
mod run;
mod tools;
mod wallet;

use args::{Cli, Command, Ignored, ViewStateCommand};
use error::CliError;
use notes::Notes;
use std::path::Path;
use std::process::ExitCode;

/// A chain makes and drops many small values on several threads, which the system's allocator is
/// slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Does what the process's arguments say. stdout has answers alone: of a tool,
/// of `--help`, of `--version`.
pub fn main() -> ExitCode {
    let cli = Cli::of(std::env::args_os());
    let notes = Notes::on_stderr();
    for Ignored { flag, because } in without_effect(&cli) {
        notes.say(format!("note: {flag} has no effect: {because}"));
    }
    let code = match execute(&cli, &notes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            notes.say(if wants_json(&cli) { error.json() } else { error.line() });
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
            notes.say(init::init(dir, args)?.to_string());
        }
        Command::Run(args) => run::run(cli.home.as_deref(), args, notes)?,
        Command::ViewState(args) => {
            let ViewStateCommand::DumpState(args) = &args.command;
            let dump::Written { path, replaced } =
                dump::dump_state(home(cli, "view-state")?, args)?;
            let instead = if replaced { ", in the place of what stood there" } else { "" };
            notes.say(format!("state written to {}{instead}", path.display()));
        }
        Command::Tool(command) => command.run(notes)?,
        Command::Completions(args) => args.run(),
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
        Command::Tool(_) | Command::Completions(_) => {}
    }
    ignored
}

fn wants_json(cli: &Cli) -> bool {
    matches!(&cli.command, Command::Tool(command) if command.chain().json)
}
