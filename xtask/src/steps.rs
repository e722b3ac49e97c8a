//! The checks, each a command with a name, run one after the other until one fails.

use crate::say;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// How much is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything, as CI does.
    Whole,
    /// What fails most often, within minutes of a change: fewer generated cases, one kill instead of
    /// five, no clients.
    Quick,
}

/// Runs every step.
///
/// # Errors
/// The name of the first step that fails, and how to run it alone.
pub(crate) fn all(root: &Path, extent: Extent) -> Result<(), String> {
    let started = now();
    let mut report = Vec::new();
    for step in STEPS.iter().filter(|step| extent == Extent::Whole || step.quick) {
        let took = run(root, step, extent)?;
        report.push(format!("  {:<8} {:>6.1} s", step.name, took.as_secs_f64()));
    }
    say(&format!("\nall checks passed in {:.1} s", started.elapsed().as_secs_f64()));
    say(&report.join("\n"));
    Ok(())
}

/// Runs the step called `name`.
///
/// # Errors
/// When it fails, or there is none of that name.
pub(crate) fn one(root: &Path, name: &str) -> Result<(), String> {
    match STEPS.iter().find(|step| step.name == name) {
        Some(step) => run(root, step, Extent::Whole).map(|_took| ()),
        None => Err(format!("there is no step `{name}`; the steps are: {}", names())),
    }
}

/// All steps' names, in order.
pub(crate) fn names() -> String {
    STEPS.each_ref().map(|step| step.name).join(", ")
}

/// One check: commands that must all succeed.
#[derive(Clone, Copy)]
struct Step {
    name: &'static str,
    /// Whether the quick check has it.
    quick: bool,
    /// A program that must be there, and how to get it.
    needs: &'static [(&'static str, &'static str)],
    /// Variables set for the commands.
    env: &'static [(&'static str, &'static str)],
    commands: &'static [&'static str],
}

static STEPS: [Step; 10] = [
    Step {
        name: "format",
        quick: true,
        commands: &[
            "cargo fmt --all --check",
            "cargo fmt --all --check --manifest-path contracts/Cargo.toml",
            "cargo fmt --check --manifest-path fuzz/Cargo.toml",
            "cargo fmt --check --manifest-path tests/clients/rust/Cargo.toml",
        ],
        needs: &[("rustfmt", "rustup component add rustfmt")],
        ..STEP
    },
    Step {
        name: "lint",
        quick: true,
        commands: &[
            "cargo clippy --release --workspace --all-targets -- -D warnings",
            "cargo clippy --release --package keyway --no-default-features --lib --tests -- -D warnings",
        ],
        needs: &[("cargo-clippy", "rustup component add clippy")],
        ..STEP
    },
    Step {
        name: "docs",
        commands: &["cargo doc --release --workspace --no-deps"],
        env: &[("RUSTDOCFLAGS", "-D warnings")],
        ..STEP
    },
    Step {
        name: "tests",
        quick: true,
        // Builds the binaries too, which the tests of clients and of crashes look for.
        commands: &["cargo test --release --workspace"],
        ..STEP
    },
    Step {
        name: "library",
        // Without a chain. The examples need one.
        commands: &["cargo test --release --package keyway --no-default-features --lib --tests"],
        ..STEP
    },
    Step { name: "examples", commands: &["cargo xtask examples"], ..STEP },
    Step {
        name: "clients",
        // The Rust clients are a workspace of their own: they must not choose features for the
        // binary under test. What both build alike is built once.
        commands: &[
            "cargo test --release --locked --manifest-path tests/clients/rust/Cargo.toml --target-dir target",
            "npm --prefix tests/clients/node ci --no-audit --no-fund",
            "npm --prefix tests/clients/node test",
        ],
        needs: &[("node", NODE), ("npm", NODE)],
        ..STEP
    },
    Step {
        name: "browser",
        commands: &[
            "npm --prefix tests/browser ci --no-audit --no-fund",
            "npm --prefix tests/browser test",
        ],
        needs: &[("node", NODE), ("npm", NODE), ("chromium", CHROMIUM)],
        ..STEP
    },
    Step {
        name: "bindings",
        // The whole workspace and one test, because Cargo then chooses the features that it chose for the
        // tests; otherwise it would compile the contract VM again.
        commands: &[
            "cargo build --release --workspace --lib --bins --test documents",
            "node bindings/node/scripts/build.mjs",
            "npm --prefix bindings/node ci --no-audit --no-fund",
            "npm --prefix bindings/node test",
            "node bindings/node/scripts/fresh.mjs",
            "python3 bindings/python/scripts/check.py",
        ],
        needs: &[("node", NODE), ("npm", NODE), ("python3", PYTHON)],
        ..STEP
    },
    // On the oldest compiler itself all other steps have shown it, and this one costs nothing.
    Step { name: "oldest", commands: &["cargo xtask oldest"], ..STEP },
];

const STEP: Step = Step { name: "", quick: false, needs: &[], env: &[], commands: &[] };

const NODE: &str = "install Node.js 20 or newer, from nodejs.org or your system's packages";

const CHROMIUM: &str = "apt-get install chromium, or your system's package of it";

const PYTHON: &str = "install Python 3.9 or newer with venv: apt-get install python3 python3-venv";

/// Tells tests to try fewer cases.
const QUICK: &str = "KEYWAY_TEST_QUICK";

fn run(root: &Path, step: &Step, extent: Extent) -> Result<Duration, String> {
    let started = now();
    say(&format!("\n=== {} ===", step.name));
    for (program, remedy) in step.needs {
        require(step, program, remedy)?;
    }
    for command in step.commands {
        execute(root, step, command, extent)?;
    }
    Ok(started.elapsed())
}

fn require(step: &Step, program: &str, remedy: &str) -> Result<(), String> {
    let found = Command::new(program).arg("--version").output();
    match found {
        Ok(output) if output.status.success() => Ok(()),
        _ => Err(format!("step `{}` needs `{program}`, which is not here: {remedy}", step.name)),
    }
}

fn execute(root: &Path, step: &Step, line: &str, extent: Extent) -> Result<(), String> {
    say(&format!("$ {line}"));
    let mut words = line.split_whitespace();
    let program = words.next().unwrap_or_default();
    let mut command = if program == "cargo" { cargo() } else { Command::new(program) };
    command.args(words).current_dir(root).envs(step.env.iter().copied());
    if extent == Extent::Quick {
        command.env(QUICK, "1");
    }
    let failed = |how: String| {
        format!(
            "step `{}` failed: `{line}` {how}; alone: cargo xtask test {}",
            step.name, step.name
        )
    };
    let status = command.status().map_err(|error| failed(format!("cannot be run: {error}")))?;
    if status.success() { Ok(()) } else { Err(failed(format!("ended with {status}"))) }
}

/// Cargo, as all checks call it: below the workspace's directory, with the settings of checks.toml.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(["--config", CHECKS]);
    cargo
}

/// Settings of Cargo for the checks alone.
pub(crate) const CHECKS: &str = "xtask/checks.toml";

#[expect(clippy::disallowed_methods, reason = "steps are timed for people")]
fn now() -> Instant {
    Instant::now()
}
