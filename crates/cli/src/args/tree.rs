//! Changes to the command tree, for help and completions, that clap's attributes cannot express.

use super::Cli;
use clap::{Arg, Command, CommandFactory};

/// The complete command line, for parsing, help, completions and tests.
pub(crate) fn command_line() -> Command {
    command_line_as("keyway")
}

/// The same under another program name.
pub(super) fn command_line_as(name: &'static str) -> Command {
    let mut root = Cli::command().bin_name(name);
    let shared: Vec<Arg> =
        root.get_arguments().filter(|arg| arg.is_global_set()).cloned().collect();
    root = root.mut_subcommands(|command| {
        let useless = useless_for(command.get_name());
        let useless = shared.iter().filter(|arg| useless.contains(&arg.get_id().as_str()));
        // clap does not pass a global argument down if the command has one of that name.
        useless.fold(command, |command, arg| command.arg(arg.clone().hide(true)))
    });
    for (command, alias) in ALIASES {
        root = with_alias(root, command, alias);
    }
    root.build();
    root
}

/// Shared arguments that are accepted but have no effect for this command: hidden in its help.
fn useless_for(command: &str) -> &'static [&'static str] {
    match command {
        "init" | "run" | "view-state" => &["network", "credentials", "json", "timeout"],
        "completions" | "man" => &["network", "credentials", "json", "timeout", "home", "quiet"],
        "relay" => &["home", "network", "credentials", "timeout"],
        _ => &["home"],
    }
}

fn with_alias(command: Command, path: &[&'static str], alias: &'static str) -> Command {
    let Some((first, rest)) = path.split_first() else { return command.visible_alias(alias) };
    command.mut_subcommand(first, |command| with_alias(command, rest, alias))
}

/// Aliases that people try first.
const ALIASES: [(&[&str], &str); 5] = [
    (&["key", "list"], "ls"),
    (&["key", "delete"], "rm"),
    (&["key", "generate"], "new"),
    (&["account", "create"], "new"),
    (&["account", "delete"], "rm"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_shows_what_it_uses_and_no_more() {
        let mut root = command_line();
        let mut help = |path: &[&str]| {
            let command = path
                .iter()
                .fold(&mut root, |command, name| command.find_subcommand_mut(name).unwrap());
            command.render_help().to_string()
        };
        for node in [&["init"][..], &["run"], &["view-state", "dump-state"]] {
            let help = help(node);
            assert!(help.contains("--home") && !help.contains("--network <"), "{help}");
        }
        for tool in [&["key", "list"][..], &["locked"], &["tx", "send"]] {
            let help = help(tool);
            assert!(!help.contains("--home") && help.contains("--network <"), "{help}");
        }
    }
}
