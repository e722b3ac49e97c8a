//! clap's texts: its help at the terminal's width, and its error for a wrong command line as one
//! sentence with our own suggestions.

use super::place::Places;
use crate::error::{Help, UsageError, plain};
use crate::notes::wrapped_help;
use crate::tools::page_width;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use keyway::keys::printable;

/// Describes what is wrong with the command line at `places`.
pub(super) fn usage_error(mut error: clap::Error, places: &Places<'_>) -> UsageError {
    let nearest = nearest(&error, places);
    // clap suggests the closest match, however far off it is.
    for kind in SUGGESTIONS {
        error.remove(kind);
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let words = format!("`{}` needs a command: see `{0} --help`", places.path);
        return UsageError { words, help: Help::Whole(help_text(&error)) };
    }
    let mut words = sentence(&error.render().to_string());
    if let Some(nearest) = nearest {
        words.push_str(&format!("; did you mean `{nearest}`?"));
    }
    UsageError { words, help: Help::Usage(usage(places)) }
}

/// clap's text with its styles, for the width of the terminal.
pub(super) fn help_text(error: &clap::Error) -> String {
    let columns = page_width().unwrap_or(PAGE).min(WIDEST);
    wrapped_help(&error.render().ansi().to_string(), columns)
}

/// Columns of a page if stdout is not a terminal.
const PAGE: usize = 80;

/// Columns up to which lines are easy to read.
const WIDEST: usize = 100;

/// clap's first paragraph as one line. The user's text is escaped, so it cannot start a new line.
fn sentence(rendered: &str) -> String {
    let text = rendered.strip_prefix("error: ").unwrap_or(rendered);
    let text = text.split("\n\n").next().unwrap_or_default();
    let mut lines = text.lines().map(str::trim);
    let first = lines.next().unwrap_or_default();
    let rest: Vec<_> = lines.collect();
    let rest = rest.join(if first.ends_with(':') { ", " } else { " " });
    printable(plain(&format!("{first} {rest}")).trim_end()).into_owned()
}

fn usage(places: &Places<'_>) -> String {
    let usage = places.command.clone().render_usage();
    format!("{usage}\n\nFor more, see `{} --help`", places.path)
}

/// The flag or command that was most likely meant: never a hidden one, and never a flag that
/// confirms something irreversible.
fn nearest(error: &clap::Error, places: &Places<'_>) -> Option<String> {
    let typed = |kind| match error.get(kind) {
        Some(ContextValue::String(typed)) => Some(typed.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let typed = typed(ContextKind::InvalidArg)?.strip_prefix("--")?;
            let flags = places.command.get_arguments().filter(|flag| !flag.is_hide_set());
            let names = flags.filter_map(|flag| flag.get_long());
            let names = names.filter(|name| !name.starts_with("yes-"));
            Some(format!("--{}", best(typed, names)?))
        }
        ErrorKind::InvalidSubcommand => {
            let typed = typed(ContextKind::InvalidSubcommand)?;
            let commands = places.command.get_subcommands().filter(|it| !it.is_hide_set());
            Some(best(typed, commands.map(|command| command.get_name()))?.to_owned())
        }
        _ => None,
    }
}

/// The name that differs from `typed` by one or two edits, or of which one is a prefix of the
/// other.
fn best<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let slips = |name: &str| strsim::osa_distance(typed, name);
    let same_start = |name: &&str| typed.chars().next() == name.chars().next();
    let begins = |name: &str| {
        let longer = typed.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
        longer || typed.len() >= SHORTEST_BEGINNING && name.starts_with(typed)
    };
    let near = |name: &&str| slips(name) <= (typed.len() / LETTERS_A_SLIP).max(1) || begins(name);
    names.filter(same_start).filter(near).min_by_key(|name| slips(name))
}

const SUGGESTIONS: [ContextKind; 7] = [
    ContextKind::SuggestedArg,
    ContextKind::SuggestedSubcommand,
    ContextKind::SuggestedCommand,
    ContextKind::SuggestedValue,
    ContextKind::Suggested,
    ContextKind::TrailingArg,
    ContextKind::Usage,
];

/// One edit is allowed for each so many letters.
const LETTERS_A_SLIP: usize = 4;
/// The minimum length of a prefix that counts.
const SHORTEST_BEGINNING: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::command_line;
    use std::ffi::OsString;

    #[track_caller]
    fn refused(line: &str) -> String {
        let root = command_line();
        let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let error = root.clone().try_get_matches_from(&args).unwrap_err();
        usage_error(error, &Places::of(&root, &args)).to_string()
    }

    #[test]
    fn a_slip_is_met_with_what_was_meant() {
        for (line, meant) in [
            ("keyway run --rpc-adr x", "--rpc-addr"),
            ("keyway key list a.near --netwrok local", "--network"),
            ("keyway key add a.near --function play", "--functions"),
            ("keyway key add a.near --contract-id game.near", "--contract"),
            ("keyway key lst a.near", "list"),
            ("keyway acount show a.near", "account"),
        ] {
            let words = refused(line);
            assert!(words.ends_with(&format!("; did you mean `{meant}`?")), "{line}: {words}");
        }
    }

    #[test]
    fn nothing_is_suggested_that_was_not_meant() {
        for line in [
            "keyway tx send a.near b.near --yes",
            "keyway tx send a.near b.near --yes-bur",
            "keyway account lock a.near --yes-look",
            "keyway account delete a.near --yes-delet",
            "keyway recovery uninstall",
            "keyway nosuch",
            "keyway run --rpc-port 1",
            "keyway tx send a.near b.near --burn",
        ] {
            let words = refused(line);
            assert!(!words.contains("did you mean"), "{line}: {words}");
            assert!(!words.contains("yes-burn") && !words.contains("tip"), "{line}: {words}");
        }
    }

    #[test]
    fn a_refusal_is_one_line_that_quotes_nothing_raw() {
        for line in
            ["keyway key show", "keyway key", "keyway key add a.near --curve x", "keyway a\nb"]
        {
            let words = refused(line);
            assert!(!words.contains('\n') && !words.ends_with('.'), "{words}");
        }
        assert!(refused("keyway key list a\u{1b}[2Jb\n").contains("\\u{1b}"));
        assert_eq!(
            refused("keyway key show"),
            "the following required arguments were not provided: <ACCOUNT>, <PUBLIC_KEY>"
        );
    }
}
