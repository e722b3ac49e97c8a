//! `cargo xtask oldest`: the workspace builds with the oldest compiler that it says it supports.

use crate::bench::execute;
use crate::say;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Builds with the stated compiler, unless that is the one in use.
///
/// # Errors
/// When something does not build, or the compiler is not here.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let stated = stated(root)?;
    let used = Command::new("rustc").arg("--version").current_dir(root).output();
    let used = used.map_err(|error| format!("rustc cannot be run: {error}"))?;
    let used = String::from_utf8_lossy(&used.stdout).into_owned();
    if is_of(&used, &stated) {
        say(&format!("{stated} is the compiler in use: whatever else was built shows it"));
        return Ok(());
    }
    let check = ["check", "--release", "--workspace", "--all-targets"];
    let toolchain = format!("+{stated}.0");
    execute(Command::new("cargo").arg(&toolchain).args(check).current_dir(root)).map_err(
        |problem| {
            format!("{problem}; if the compiler is missing: rustup toolchain install {stated}.0")
        },
    )
}

/// The oldest supported version, such as `1.95`, as Cargo.toml states it.
///
/// # Errors
/// When it states none.
pub(crate) fn stated(root: &Path) -> Result<String, String> {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default();
    let line = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \""));
    let version = line.and_then(|rest| rest.strip_suffix('"'));
    version.map(str::to_owned).ok_or("Cargo.toml states no rust-version".to_owned())
}

/// Whether `rustc --version` says this version: `rustc 1.95.0 (…)`.
fn is_of(said: &str, version: &str) -> bool {
    let number = said.split_whitespace().nth(1).unwrap_or_default();
    number.strip_prefix(version).is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_number_by_number() {
        assert!(is_of("rustc 1.95.0 (59807616e 2026-04-14)", "1.95"));
        assert!(!is_of("rustc 1.950.0 (59807616e 2026-04-14)", "1.95"));
        assert!(!is_of("rustc 1.97.0-nightly (e50aa6fba 2026-05-19)", "1.95"));
        assert!(!is_of("", "1.95"));
    }
}
