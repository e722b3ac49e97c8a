//! From the process's arguments to what is asked.

use super::leaked::refuse_secrets;
use super::place::Places;
use super::{Cli, Refusal, command_line};
use crate::error::CliError;
use clap::FromArgMatches;
use clap::error::ErrorKind;
use std::ffi::OsString;

/// What a command line asks for.
#[derive(Debug)]
pub(crate) enum Asked {
    /// A text about the program itself, with its styles.
    Text(String),
    /// To do something.
    Do(Box<Cli>),
}

/// Reads `args`, the program's name first.
///
/// # Errors
/// When a secret is among them, or when they make no sense.
pub(crate) fn read(args: &[OsString]) -> Result<Asked, CliError> {
    let mut root = command_line();
    let known = root.clone();
    let places = Places::of(&known, args);
    refuse_secrets(&places, args)?;
    let parsed = root.try_get_matches_from_mut(args);
    match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => Ok(Asked::Do(Box::new(cli))),
        Err(error) if is_asked_for(error.kind()) => {
            Ok(Asked::Text(error.render().ansi().to_string()))
        }
        Err(error) => Err(Refusal::new(error, &places).into()),
    }
}

fn is_asked_for(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::DisplayHelp | ErrorKind::DisplayVersion)
}
