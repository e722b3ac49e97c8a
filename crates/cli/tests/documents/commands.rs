//! docs/reference/commands.md, written from clap's tree.

use crate::page::root;
use clap::Command;
use std::fmt::Write;
use std::fs;

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may be asked to write its page")]
fn every_command_is_in_the_reference() {
    let path = root().join("docs/reference/commands.md");
    let page = page();
    if std::env::var_os("KEYWAY_BLESS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/reference/commands.md is out of date: KEYWAY_BLESS=1 cargo test -p keyway-cli --test documents reference"
    );
}

fn page() -> String {
    let mut page = format!("{TITLE}\n");
    let line = keyway_cli::command_line();
    let some = line.find_subcommand("locked").unwrap();
    let mut shared = Command::new("keyway").disable_help_flag(true).help_template("{options}");
    for arg in some.get_arguments().filter(|arg| arg.get_help_heading() == Some(SHARED)) {
        shared = shared.arg(arg.clone().help_heading(None::<&str>));
    }
    // Writing to a string cannot fail.
    let _ = writeln!(page, "## Shared options\n```text\n{}\n```", text(shared));
    describe(&line, "keyway", &mut page);
    page
}

fn describe(command: &Command, name: &str, page: &mut String) {
    for command in command.get_subcommands() {
        if command.is_hide_set() || command.get_name() == "help" {
            continue;
        }
        let name = format!("{name} {}", command.get_name());
        if command.has_subcommands() {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(page, "\n## {name}\n{about}.");
            describe(command, &name, page);
        } else {
            let level = if name.split(' ').count() > 2 { "###" } else { "##" };
            let own = command.clone().mut_args(|arg| {
                let hidden = arg.is_hide_set() || arg.get_help_heading() == Some(SHARED);
                arg.hide(hidden)
            });
            let _ = writeln!(page, "\n{level} {name}\n```text\n{}\n```", text(own));
        }
    }
}

/// The short help, without spaces at the ends of lines.
fn text(mut command: Command) -> String {
    let help = command.render_help().to_string();
    let lines: Vec<_> = help.trim().lines().map(str::trim_end).collect();
    lines.join("\n")
}

const SHARED: &str = "Shared options";

const TITLE: &str = "\
# All commands

<!-- Written by `KEYWAY_BLESS=1 cargo test -p keyway-cli --test documents reference` from the command tree. -->

What `-h` prints for each command; `--help` says more. [The command line](../command-line.md) explains what they share.
";
