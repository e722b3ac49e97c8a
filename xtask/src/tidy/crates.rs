//! Rules for crates: each says what it is, obeys the workspace's lints, and depends only downwards.

use crate::steps::CHECKS;
use std::fs;
use std::path::Path;

/// Looks at every crate below `crates/`.
pub(super) fn check(root: &Path, problems: &mut Vec<String>) {
    check_settings(root, problems);
    for entry in fs::read_dir(root.join("crates")).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let manifest = fs::read_to_string(entry.path().join("Cargo.toml")).unwrap_or_default();
        check_manifest(&name, &manifest, problems);
        let main = entry.path().join("src/lib.rs");
        if !fs::read_to_string(main).is_ok_and(|text| text.starts_with("//! ")) {
            problems
                .push(format!("crates/{name}/src/lib.rs does not begin with what the crate is"));
        }
    }
}

/// Every package of the workspace is named in checks.toml; one that is not would be optimised, slowly. Cargo
/// only warns of a package in dist.toml that is gone.
fn check_settings(root: &Path, problems: &mut Vec<String>) {
    let settings = fs::read_to_string(root.join(CHECKS)).unwrap_or_default();
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    for name in ours(&lock) {
        if !settings.contains(&format!("\n{name}.opt-level = 0\n")) {
            problems.push(format!("{CHECKS} lacks `{name}.opt-level = 0`"));
        }
    }
    let release = fs::read_to_string(root.join(RELEASE)).unwrap_or_default();
    for name in release.lines().filter_map(|line| line.strip_suffix(".opt-level = 3")) {
        if !lock.contains(&format!("\nname = \"{name}\"\n")) {
            problems.push(format!("{RELEASE} names {name}, which nothing depends on"));
        }
    }
}

/// How a release is compiled.
const RELEASE: &str = "packaging/dist.toml";

/// The packages of a lock file that come from the workspace: those without a source.
fn ours(lock: &str) -> impl Iterator<Item = &str> {
    lock.split("[[package]]\n")
        .filter(|package| !package.contains("\nsource = "))
        .filter_map(|package| package.strip_prefix("name = \"")?.split('"').next())
}

fn check_manifest(name: &str, manifest: &str, problems: &mut Vec<String>) {
    if !manifest.contains("[lints]\nworkspace = true") {
        problems.push(format!("crates/{name}: Cargo.toml lacks `[lints] workspace = true`"));
    }
    let Some(level) = level(name) else {
        problems.push(format!("crates/{name} has no place in the order of crates"));
        return;
    };
    for used in dependencies(manifest) {
        if self::level(used).is_none_or(|used| used >= level) {
            problems.push(format!("crates/{name} must not depend on {PREFIX}{used}"));
        }
    }
}

/// Which of the workspace's crates a manifest names as normal dependencies.
fn dependencies(manifest: &str) -> impl Iterator<Item = &str> {
    let mut normal = false;
    manifest.lines().filter_map(move |line| {
        if line.starts_with('[') {
            normal = line.trim() == "[dependencies]";
        }
        let name = line.split(['.', ' ', '=']).next().filter(|_| normal)?;
        name.strip_prefix(PREFIX).or((name == LIBRARY).then_some(LIBRARY))
    })
}

fn level(name: &str) -> Option<usize> {
    ORDER.iter().position(|known| *known == name)
}

/// Lowest first: a crate may use those before it.
const ORDER: [&str; 16] = [
    "allocator",
    "rules",
    "guard",
    "engine",
    "state",
    "trace",
    "signer",
    "chain",
    "store",
    "node",
    "fork",
    "rpc",
    LIBRARY,
    "relay",
    "console",
    "cli",
];

const PREFIX: &str = "keyway-";

/// The one crate whose name has no prefix: what people depend on.
const LIBRARY: &str = "keyway";

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, dependencies: &str) -> Vec<String> {
        let mut problems = Vec::new();
        let manifest = format!("[dependencies]\n{dependencies}\n[lints]\nworkspace = true\n");
        check_manifest(name, &manifest, &mut problems);
        problems
    }

    #[test]
    fn packages_without_a_source_are_ours() {
        let lock = "version = 4\n\n[[package]]\nname = \"keyway\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"redb\"\nversion = \"4.0.0\"\nsource = \"registry\"\n";
        assert_eq!(ours(lock).collect::<Vec<_>>(), ["keyway"]);
    }

    #[test]
    fn crates_depend_downwards_only() {
        assert!(found("node", "keyway-state.workspace = true").is_empty());
        assert_eq!(found("state", "keyway-chain.workspace = true").len(), 1);
        assert!(found("cli", "keyway.workspace = true").is_empty());
        assert_eq!(found("rpc", "keyway = { path = \".\" }").len(), 1);
        assert_eq!(found("engine", "keyway-engine = { path = \".\" }").len(), 1);
        assert_eq!(found("stranger", "").len(), 1);
        let tests_only = "borsh.workspace = true\n[dev-dependencies]\nkeyway-rpc.workspace = true";
        assert!(found("node", tests_only).is_empty());
    }
}
