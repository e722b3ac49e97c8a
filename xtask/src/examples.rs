//! `cargo xtask examples`: builds the examples and runs each of them; they assert.

use crate::bench::execute;
use crate::say;
use crate::steps::cargo;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs every example.
///
/// # Errors
/// When one does not build, or fails.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    // The whole workspace, so that its crates are built with the same features as by the tests.
    let build = ["build", "--release", "--workspace", "--examples"];
    execute(cargo().args(build).current_dir(root))?;
    let mut all = Vec::new();
    for dir in EXAMPLES {
        all.extend(names(&root.join(dir))?);
    }
    for name in &all {
        execute(Command::new(root.join("target/release/examples").join(name)).current_dir(root))?;
    }
    say(&format!("{} examples ran", all.len()));
    Ok(())
}

/// The examples in `dir`, by name.
fn names(dir: &Path) -> Result<Vec<String>, String> {
    let unreadable = |error| format!("{} cannot be read: {error}", dir.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    if names.is_empty() {
        return Err(format!("{} holds no example", dir.display()));
    }
    Ok(names)
}

/// Where they are.
const EXAMPLES: [&str; 3] =
    ["crates/keyway/examples", "crates/node/examples", "crates/relay/examples"];
