//! Parses the process's arguments.

use super::Cli;
use super::leaked::refuse_secrets;
use super::place::Places;
use super::tree::command_line_as;
use super::usage::{help_text, usage_error};
use crate::error::CliError;
use clap::FromArgMatches;
use clap::error::ErrorKind;
use std::ffi::OsString;
use std::path::Path;

/// What a command line requests.
#[derive(Debug)]
pub(crate) enum Asked {
    /// A text about the program itself, with styles.
    Text(String),
    /// A command to run.
    Do(Box<Cli>),
}

/// Parses `args`, the program's name first.
///
/// # Errors
/// If they contain a secret or cannot be parsed.
pub(crate) fn read(args: &[OsString]) -> Result<Asked, CliError> {
    let mut root = command_line_as(called(args));
    let known = root.clone();
    let places = Places::of(&known, args);
    refuse_secrets(&places, args)?;
    let parsed = root.try_get_matches_from_mut(args);
    match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => Ok(Asked::Do(Box::new(cli))),
        Err(error) if is_asked_for(error.kind()) => Ok(Asked::Text(help_text(&error))),
        Err(error) => Err(usage_error(error, &places).into()),
    }
}

/// The program's name for people: near-cli-rs runs `near-keyway` for `near keyway`.
fn called(args: &[OsString]) -> &'static str {
    let program = args.first().and_then(|program| Path::new(program).file_stem());
    match program {
        Some(name) if name == "near-keyway" => "near keyway",
        _ => "keyway",
    }
}

fn is_asked_for(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::DisplayHelp | ErrorKind::DisplayVersion)
}
