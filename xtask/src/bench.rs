//! `cargo xtask bench`: builds the node and the benchmark, and runs it.

use crate::say;
use std::path::Path;
use std::process::Command;

/// Runs the benchmark with `arguments`, which are its own.
///
/// # Errors
/// When something does not build, or the benchmark fails.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> Result<(), String> {
    let build = ["build", "--release", "--package", "keyway-cli", "--package", "keyway-bench"];
    execute(Command::new("cargo").args(build).current_dir(root))?;
    let bench = root.join("target/release/keyway-bench");
    execute(Command::new(bench).args(arguments).current_dir(root))
}

/// Runs `command`, said aloud.
///
/// # Errors
/// When it cannot be run, or fails.
pub(crate) fn execute(command: &mut Command) -> Result<(), String> {
    let line = format!("{command:?}");
    say(&format!("$ {line}"));
    let status = command.status().map_err(|error| format!("{line} cannot be run: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{line} ended with {status}")) }
}
