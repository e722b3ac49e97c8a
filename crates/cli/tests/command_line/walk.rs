//! Each command with each of its flags, taken from clap's tree, so that hidden commands and new
//! flags are included.

use crate::common::{Node, command};
use clap::{Arg, Command};
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// One command line, without the program's name.
pub(crate) type Line = Vec<String>;

/// Two arguments of `bench` had the same name, which no test noticed until both were given.
#[test]
fn no_two_arguments_of_a_command_have_one_name() {
    let mut commands = 0;
    each_command(&keyway_cli::command_line(), &mut Vec::new(), &mut |command, path| {
        commands += 1;
        for (number, arg) in command.get_arguments().enumerate() {
            for other in command.get_arguments().skip(number + 1) {
                assert_ne!(arg.get_id(), other.get_id(), "{path:?}");
                assert!(arg.get_long().is_none() || arg.get_long() != other.get_long(), "{path:?}");
            }
        }
    });
    assert!(commands > 40, "{commands}");
    keyway_cli::command_line().debug_assert();
}

#[test]
fn every_command_is_parsed_with_each_of_its_flags() {
    let known = keyway_cli::command_line();
    for line in lines(&known, Path::new("/nowhere"), "http://127.0.0.1:1") {
        let args = ["keyway".to_owned()].into_iter().chain(line.clone());
        // It may be parsed or refused, but must not panic, and every flag must be known.
        if let Err(error) = known.clone().try_get_matches_from(args) {
            assert_ne!(error.kind(), clap::error::ErrorKind::UnknownArgument, "{line:?}: {error}");
            assert_ne!(error.kind(), clap::error::ErrorKind::InvalidSubcommand, "{line:?}");
        }
    }
}

/// `key add KEY --out env` was accepted and `--out` silently dropped: clap ignores that an argument
/// requires another one if a third argument excludes that one.
#[test]
fn no_argument_is_dropped_beside_one_that_excludes_what_it_requires() {
    let known = keyway_cli::command_line();
    let mut required = 0;
    each_command(&known, &mut Vec::new(), &mut |command, path| {
        if command.has_subcommands() || path.iter().any(|name| name == "help") {
            return;
        }
        let words = |arg: &Arg| -> Line {
            let flag = arg.get_long().map(|long| format!("--{long}"));
            let takes = arg.get_action().takes_values() && !arg.is_require_equals_set();
            let value = takes.then(|| value(arg, Path::new("/nowhere"), "local"));
            flag.into_iter().chain(value).collect()
        };
        let needed: Line =
            command.get_arguments().filter(|arg| arg.is_required_set()).flat_map(words).collect();
        let missing = |more: &[Line]| {
            let line = ["keyway".to_owned()].into_iter().chain(path.iter().cloned());
            let line = line.chain(needed.clone()).chain(more.concat());
            missing(&known, line.collect())
        };
        let without = missing(&[]).err().unwrap_or_default();
        let args: Vec<&Arg> =
            command.get_arguments().filter(|arg| !arg.is_required_set()).collect();
        for arg in &args {
            let Err(wanted) = missing(&[words(arg)]) else { continue };
            let wanted: Vec<_> = wanted.iter().filter(|name| !without.contains(name)).collect();
            // A second positional argument alone would be taken for the first.
            if wanted.is_empty() || wanted.iter().any(|wanted| wanted.contains(&name(arg))) {
                continue;
            }
            required += 1;
            for other in args.iter().filter(|other| other.get_id() != arg.get_id()) {
                let is_wanted = wanted.iter().any(|wanted| wanted.contains(&name(other)));
                let taken = missing(&[words(arg), words(other)]).is_ok();
                assert!(is_wanted || !taken, "{path:?}: {arg} beside {other} lacks {wanted:?}");
            }
        }
    });
    assert!(required > 10, "{required}");
}

/// The argument in clap's notation: `--flag`, `<POSITION>`.
fn name(arg: &Arg) -> String {
    match (arg.get_long(), arg.get_value_names().and_then(|names| names.first())) {
        (Some(long), _) => format!("--{long}"),
        (None, value) => format!("<{}>", value.map_or("", |name| name.as_str())),
    }
}

/// What clap reports as missing; empty if the line is accepted or wrong in another way.
fn missing(known: &Command, line: Line) -> Result<(), Vec<String>> {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    let Err(error) = known.clone().try_get_matches_from(line) else { return Ok(()) };
    match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(names))) => {
            Err(names.clone())
        }
        // Refused for another reason, so nothing was dropped.
        _ => Err(Vec::new()),
    }
}

#[test]
fn every_help_has_examples_and_shows_own_options_first() {
    each_command(&keyway_cli::command_line(), &mut Vec::new(), &mut |command, path| {
        if command.has_subcommands() || path.iter().any(|name| name == "help") {
            return;
        }
        let help = command.clone().render_long_help().to_string();
        let has_examples = help.contains("Examples:\n") || path[0] == "recovery";
        assert!(has_examples, "{path:?}:\n{help}");
        assert!(!help.contains("--network <NETWORK> <"), "{path:?}:\n{help}");
        for line in help.lines().filter(|line| line.starts_with("Usage:")) {
            assert!(!line.contains("--network"), "{path:?}: {line}");
        }
        // A heading ends with a colon and is followed by its section.
        let is_heading = |line: &&str| {
            line.ends_with(':') && line.starts_with(|first: char| first.is_ascii_uppercase())
        };
        let headings: Vec<&str> = help.lines().filter(is_heading).collect();
        let shared = headings.iter().position(|heading| *heading == "Shared options:");
        let later = headings.iter().skip(shared.map_or(0, |at| at + 1)).collect::<Vec<_>>();
        let later: Vec<_> = later.iter().filter(|it| !it.starts_with("Examples")).collect();
        assert!(
            shared.is_some() || ["completions", "man"].contains(&path[0].as_str()),
            "{path:?}: {headings:?}"
        );
        assert!(later.len() < 2, "{path:?}: {headings:?}");
        let own = [command.get_after_help(), command.get_after_long_help()];
        for text in own.into_iter().flatten() {
            let text = text.to_string();
            let wide = text.lines().find(|line| line.chars().count() > 80);
            assert_eq!(wide, None, "{path:?}: wider than 80 columns");
        }
    });
}

#[test]
fn no_command_panics_with_any_of_its_flags() {
    let node = Node::start(["run", "--no-ticks"]);
    let dir = tempfile::tempdir().unwrap();
    let lines = lines(&keyway_cli::command_line(), dir.path(), &format!("http://{}", node.addr));
    assert!(lines.len() > 200, "{}", lines.len());
    in_parallel(&lines, |line| {
        let (status, said) = run(line, dir.path(), &[]);
        // `None` means that it was still running.
        let ended_well = status.is_none_or(|status| matches!(status.code(), Some(0..=12)));
        assert!(ended_well && !said.contains("panicked at"), "{line:?}: {status:?}\n{said}");
    });
}

/// A secret in each position of each command is refused by the whole process.
#[test]
fn no_command_repeats_a_secret_that_stands_in_the_wrong_place() {
    let dir = tempfile::tempdir().unwrap();
    let mut lines = Vec::new();
    each_command(&keyway_cli::command_line(), &mut Vec::new(), &mut |command, path| {
        let mut add = |args: &[&str]| {
            let args = args.iter().map(|arg| (*arg).to_owned());
            lines.push(path.iter().cloned().chain(args).collect::<Line>());
        };
        add(&[HERE]);
        for long in command.get_arguments().filter_map(Arg::get_long) {
            add(&[&format!("--{long}"), HERE]);
            add(&[&format!("--{long}={HERE}")]);
        }
    });
    let numbered: Vec<(usize, Line)> = lines.into_iter().enumerate().collect();
    in_parallel(&numbered, |(number, line)| {
        let (form, secret) = secret(*number);
        let mut line: Line = line.iter().map(|arg| arg.replace(HERE, &form)).collect();
        let json = number % 2 == 1;
        line.extend(json.then(|| "--json".to_owned()));
        let (status, said) = run(&line, dir.path(), &[]);
        let shown: Vec<_> = line.iter().filter(|arg| !arg.contains(&form)).collect();
        assert_eq!(status.unwrap().code(), Some(2), "{shown:?}: {said}");
        assert!(said.contains("treat it as leaked"), "{shown:?}: {said}");
        assert!(!said.contains(&secret), "{shown:?}: {said}");
        if json {
            let error: serde_json::Value = serde_json::from_str(&said).unwrap();
            assert_eq!(error["error"]["kind"], "Command.Arguments", "{said}");
        }
    });
}

const HERE: &str = "HERE";

/// A secret in one of its forms, with a part of it that must not be printed.
fn secret(number: usize) -> (String, String) {
    let text = keyway::KeyPair::random_ed25519().expose_secret_text().to_string();
    let (_, body) = text.split_once(':').unwrap();
    let part = body[30..46].to_owned();
    let form = match number % 6 {
        0 => text,
        1 => body.to_owned(),
        2 => format!("ED25519:{body}"),
        3 => format!("{{\"private_key\":\"{text}\"}}"),
        4 => text[..text.len() - 2].to_owned(),
        _ => {
            let phrase = keyway::keys::SeedPhrase::generate().expose_words().to_string();
            let words: Vec<_> = phrase.split(' ').collect();
            return (phrase.clone(), words[..3].join(" "));
        }
    };
    (form, part)
}

/// Every command that does something, with each of its flags in turn, and what they need.
fn lines(root: &Command, dir: &Path, url: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    each_command(root, &mut Vec::new(), &mut |command, path| {
        if command.has_subcommands() || path.iter().any(|name| name == "help") {
            return;
        }
        let needed = needed(command, path, dir, url);
        lines.push([path, &needed].concat());
        for arg in command.get_arguments().filter(|arg| arg.get_long().is_some()) {
            let flag = format!("--{}", arg.get_long().unwrap_or_default());
            let mut others = needed.clone();
            if let Some(at) = others.iter().position(|other| *other == flag) {
                others.drain(at..at + 2);
            }
            let value = arg.get_action().takes_values().then(|| value(arg, dir, url));
            let flag = match (&value, arg.is_require_equals_set()) {
                (Some(value), true) => vec![format!("{flag}={value}")],
                (Some(value), false) => vec![flag, value.clone()],
                (None, _) => vec![flag],
            };
            lines.push([path, &others, &flag].concat());
        }
    });
    lines
}

/// Positions and flags without which the command does nothing, or too much.
fn needed(command: &Command, path: &[String], dir: &Path, url: &str) -> Line {
    let mut needed: Line = command.get_positionals().map(|arg| value(arg, dir, url)).collect();
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    let home = dir.join("home").display().to_string();
    let more = match &path[..] {
        ["init"] | ["view-state", ..] => vec!["--home", &home],
        ["run"] => vec!["--rpc-addr", "127.0.0.1:0"],
        ["completions"] | ["man"] => vec![],
        ["bench"] => vec!["--network", url, "--transactions", "5", "--accounts", "1"],
        _ => vec!["--network", url],
    };
    needed.extend(more.into_iter().map(str::to_owned));
    for arg in command.get_arguments().filter(|arg| arg.is_required_set()) {
        if let Some(long) = arg.get_long() {
            needed.extend([format!("--{long}"), value(arg, dir, url)]);
        }
    }
    needed
}

/// A value that the argument could accept.
fn value(arg: &Arg, dir: &Path, url: &str) -> String {
    if let Some(value) = arg.get_possible_values().first() {
        return value.get_name().to_owned();
    }
    let names = arg.get_value_names().unwrap_or_default();
    let value = match names.first().map_or("", |name| name.as_str()) {
        "ACCOUNT" | "SIGNER" | "CONTRACT" | "DROP" => "alice.near",
        "RECEIVER" => "bob.near",
        "AMOUNT" => "1 NEAR",
        "GAS" => "30 Tgas",
        "TIME" => "1h",
        "JSON" => "{}",
        "NAME=HASH" => "play=11111111111111111111111111111111",
        "WHEN" => "2027-05-01",
        "BASE64" => "AAAA",
        "HASH" => "11111111111111111111111111111111",
        "LEVEL" => "warning",
        "NETWORK" | "URL" => url,
        "IP:PORT" => "127.0.0.1:0",
        "BOOL" => "true",
        "PATH" if arg.get_long() == Some("hd-path") => "m/44'/397'/0'",
        "FILE" | "DIR" | "PATH" => return dir.join("file").display().to_string(),
        name if name.contains("KEY") => "ed25519:6E8sCci9badyRkXb3JoRpBj5p8C6Tw41ELDZoiihKEtp",
        _ => "2",
    };
    value.to_owned()
}

fn each_command(
    command: &Command,
    path: &mut Vec<String>,
    see: &mut impl FnMut(&Command, &[String]),
) {
    see(command, path);
    for command in command.get_subcommands() {
        path.push(command.get_name().to_owned());
        each_command(command, path, see);
        path.pop();
    }
}

/// Runs `work` for each on a few threads, and fails if one fails.
fn in_parallel<T: Sync>(all: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(one);
                }
            });
        }
    });
}

/// How it ended, within a time limit, with all its output.
pub(crate) fn run(
    line: &[String],
    dir: &Path,
    environment: &[(&str, &str)],
) -> (Option<ExitStatus>, String) {
    let said = tempfile::NamedTempFile::new().unwrap();
    let mut command = command(line);
    command.current_dir(dir).env("HOME", dir).env("NEAR_CREDENTIALS_DIR", dir.join("keys"));
    command.env_remove("NEAR_ENV").stdin(Stdio::null());
    command.stdout(said.reopen().unwrap()).stderr(said.reopen().unwrap());
    command.envs(environment.iter().copied());
    let mut child = command.spawn().unwrap();
    let patience = if line.first().is_some_and(|name| name == "run") { 50 } else { 1_000 };
    let status = wait(&mut child, patience);
    (status, String::from_utf8_lossy(&std::fs::read(said.path()).unwrap()).into_owned())
}

/// How it ended; `None` if it was killed after so many hundredths of a second.
fn wait(child: &mut Child, patience: u32) -> Option<ExitStatus> {
    for _ in 0..patience {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    None
}

const THREADS: usize = 4;
