//! The command line of Keyway: the node with its home directory and neard's flags, the tools for
//! keys, and all output for people. It contains no rule of the chain.

mod args;
mod commands;
mod dev_accounts;
mod dump;
mod error;
mod fork;
mod init;
mod notes;
mod protocol;
mod relay;
mod run;
mod shown;
mod tools;

use args::{Asked, Cli, Color, Command, Ignored, ViewStateCommand};
use error::CliError;
use keyway_allocator as _;
use notes::Notes;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// Runs the command that the process's arguments describe. stdout receives only results: a tool's
/// answer, `--help`, `--version`.
pub fn main() -> ExitCode {
    ExitCode::from(main_with(std::env::args_os().collect()))
}

/// As [`main`], with these arguments, of which the first is the program's name. Returns the exit code.
#[must_use]
pub fn main_with(args: Vec<OsString>) -> u8 {
    let args = Cli::joined(args);
    let mut notes = Notes::on_stderr();
    notes.take_panics();
    let code = match obey(&args, &mut notes) {
        Ok(()) => 0,
        Err(error) => {
            // The arguments may not have parsed, so look at the raw ones.
            let asks_for_json =
                |arg: &OsString| arg == "--json" || arg.to_string_lossy().starts_with("--json=");
            let json = args.iter().any(asks_for_json);
            notes.fail(if json { error.json() } else { error.lines() });
            error.exit_code()
        }
    };
    notes.finish();
    code
}

/// The whole command line as clap builds it, for tests and manuals.
#[must_use]
pub fn command_line() -> clap::Command {
    args::command_line()
}

fn obey(args: &[OsString], notes: &mut Notes) -> Result<(), CliError> {
    let cli = match args::read(args)? {
        Asked::Text(text) => return tools::write_stdout(&text),
        Asked::Do(cli) => cli,
    };
    match cli.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    notes.set_quiet(cli.quiet);
    for Ignored { flag, because } in without_effect(&cli) {
        notes.say(format!("note: {flag} has no effect: {because}"));
    }
    execute(&cli, notes)
}

fn execute(cli: &Cli, notes: &Notes) -> Result<(), CliError> {
    match &cli.command {
        Command::Init(args) => {
            let dir = home(cli, "init")?;
            notes.say(init::init(dir, args, notes)?.to_string());
        }
        Command::Run(args) => run::run(cli.home.as_deref(), args, notes)?,
        Command::ViewState(args) => {
            let ViewStateCommand::DumpState(args) = &args.command;
            let dump::Written { path, replaced } = dump::dump(home(cli, "view-state")?, args)?;
            let instead = if replaced { ", replacing what was there" } else { "" };
            notes.say(format!("state written to {}{instead}", path.display()));
        }
        Command::Relay(args) => args.run(cli.chain.json, notes)?,
        Command::Tool(command) => command.run(notes)?,
        Command::Completions(args) => args.run(command_line())?,
        Command::Man(args) => {
            let pages = args.run(&command_line())?;
            notes.say(format!("{pages} pages written to {}", args.directory().display()));
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
        Command::Relay(_) => {}
        Command::Init(args) => ignored.extend(args.neard.without_effect()),
        Command::Run(args) => ignored.extend(args.neard.without_effect()),
        Command::ViewState(args) => ignored.extend(args.neard.without_effect()),
        Command::Tool(_) | Command::Completions(_) | Command::Man(_) => {}
    }
    let of_a_tool = matches!(cli.command, Command::Tool(_));
    if of_a_tool && cli.home.is_some() {
        let because =
            "this command queries a node, set with --network; `keyway --home DIR run` starts one";
        ignored.push(Ignored { flag: "--home", because });
    }
    if !of_a_tool && cli.chain.network.is_some() {
        let because = "this command queries no node";
        ignored.push(Ignored { flag: "--network", because });
    }
    ignored
}
