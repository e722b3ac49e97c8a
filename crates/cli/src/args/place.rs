//! Which command, flag or position each argument belongs to, determined before clap has accepted
//! any of it.

use clap::{Arg, Command};
use std::ffi::OsString;

/// The positions of a command line's arguments.
#[derive(Debug)]
pub(super) struct Places<'a> {
    /// The last subcommand.
    pub(super) command: &'a Command,
    /// Its path, such as `keyway key list`.
    pub(super) path: String,
    /// The position of each argument after the program's name.
    pub(super) places: Vec<Place<'a>>,
}

/// The position of one argument.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    /// The name of a subcommand.
    Command,
    /// A flag, with its value if joined by `=`; `None` if it is unknown.
    Flag(Option<&'a Arg>),
    /// The value of the flag before it.
    Value(&'a Arg),
    /// A positional value; `None` if the command takes no more.
    Position(Option<&'a Arg>),
}

impl<'a> Places<'a> {
    /// Walks over `args`, the program's name first. `root` must have been built.
    pub(super) fn of(root: &'a Command, args: &[OsString]) -> Self {
        let mut walk = Walk { command: root, positions: 0, pending: None, only_values: false };
        let mut path = root.get_bin_name().unwrap_or(root.get_name()).to_owned();
        let places = args.iter().skip(1).map(|arg| {
            let arg = arg.to_string_lossy();
            let place = walk.place(&arg);
            if matches!(place, Place::Command) {
                path = format!("{path} {}", walk.command.get_name());
            }
            place
        });
        let places = places.collect();
        Self { command: walk.command, path, places }
    }
}

struct Walk<'a> {
    command: &'a Command,
    positions: usize,
    pending: Option<&'a Arg>,
    only_values: bool,
}

impl<'a> Walk<'a> {
    fn place(&mut self, arg: &str) -> Place<'a> {
        if let Some(flag) = self.pending.take() {
            return Place::Value(flag);
        }
        if arg == "--" && !self.only_values {
            self.only_values = true;
            return Place::Flag(None);
        }
        if arg.starts_with('-') && arg.len() > 1 && !self.only_values {
            return self.flag(arg);
        }
        let subcommand = self.command.find_subcommand(arg);
        if let Some(subcommand) = subcommand.filter(|_| !self.only_values && self.positions == 0) {
            self.command = subcommand;
            return Place::Command;
        }
        self.positions += 1;
        // The last positional argument takes all that follow.
        Place::Position(self.command.get_positionals().take(self.positions).last())
    }

    fn flag(&mut self, arg: &str) -> Place<'a> {
        let (name, has_value) = match arg.split_once('=') {
            Some((name, _)) => (name, true),
            None => (arg, false),
        };
        let flag = self.command.get_arguments().find(|known| is_named(known, name));
        let attached = has_value || !name.starts_with("--") && name.len() > 2;
        let waits = |flag: &&Arg| {
            flag.get_action().takes_values() && !flag.is_require_equals_set() && !attached
        };
        self.pending = flag.filter(waits);
        Place::Flag(flag)
    }
}

fn is_named(known: &Arg, name: &str) -> bool {
    match name.strip_prefix("--") {
        Some(long) => {
            let aliases = known.get_all_aliases().unwrap_or_default();
            known.get_long() == Some(long) || aliases.contains(&long)
        }
        None => known.get_short().is_some_and(|short| name[1..].starts_with(short)),
    }
}

impl Place<'_> {
    /// The position in words.
    pub(super) fn words(self) -> String {
        match self {
            Self::Command => "a command's name".to_owned(),
            Self::Flag(Some(flag)) | Self::Value(flag) => match flag.get_long() {
                Some(long) => format!("the value of --{long}"),
                None => "the value of a flag".to_owned(),
            },
            Self::Flag(None) => "an unknown flag".to_owned(),
            Self::Position(Some(arg)) if !arg.is_hide_set() => value_name(arg).to_owned(),
            Self::Position(_) => "an argument".to_owned(),
        }
    }

    /// The value name that help shows here: `FILE`, `PUBLIC_KEY`.
    pub(super) fn expects(&self) -> &str {
        match self {
            Self::Flag(Some(arg)) | Self::Value(arg) | Self::Position(Some(arg)) => value_name(arg),
            Self::Command | Self::Flag(None) | Self::Position(None) => "",
        }
    }
}

fn value_name(arg: &Arg) -> &str {
    arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::command_line;

    #[track_caller]
    fn check(line: &str, path: &str, words: &[&str]) {
        let root = command_line();
        let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let places = Places::of(&root, &args);
        assert_eq!(places.path, path);
        let said: Vec<_> = places.places.iter().map(|place| place.words()).collect();
        assert_eq!(said, words);
    }

    #[test]
    fn every_argument_has_its_place() {
        let (command, network) = ("a command's name", "the value of --network");
        check(
            "keyway key show a b",
            "keyway key show",
            &[command, command, "ACCOUNT", "PUBLIC_KEY"],
        );
        check(
            "keyway --network x key ls -- --y",
            "keyway key list",
            &[network, network, command, command, "an unknown flag", "ACCOUNT"],
        );
        check(
            "keyway tx send --key-env=x --nosuch y",
            "keyway tx send",
            &[command, command, "the value of --key-env", "an unknown flag", "SIGNER"],
        );
        check("keyway -nx nosuch", "keyway", &[network, "an argument"]);
    }
}
