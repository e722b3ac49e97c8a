//! `cargo xtask crash`: kills a node under load, and looks for what it had acknowledged.

use crate::bench::execute;
use std::path::Path;
use std::process::Command;

/// Builds the node and what kills it, and runs that with `arguments`.
///
/// # Errors
/// When something does not build, or the node lost something.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> Result<(), String> {
    let build = ["build", "--release", "--package", "keyway-cli", "--package", "keyway-bench"];
    execute(Command::new("cargo").args(build).current_dir(root))?;
    let bench = root.join("target/release/keyway-bench");
    execute(Command::new(bench).arg("crash").args(arguments).current_dir(root))
}
