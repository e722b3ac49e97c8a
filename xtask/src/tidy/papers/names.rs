//! The names in papers' code: paths, crates, flags, and the project's own commands.

use crate::steps;
use crate::tidy::differences::sources;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What there is to be named.
pub(super) struct Known {
    root: PathBuf,
    /// Every Rust file, relative to the workspace.
    files: Vec<String>,
    crates: BTreeSet<String>,
    flags: BTreeSet<String>,
    chores: BTreeSet<String>,
}

impl Known {
    /// What the workspace at `root` has.
    pub(super) fn of(root: &Path) -> Self {
        let folders = ["bindings", "crates", "tests", "benches", "xtask", "fuzz", "contracts"];
        let files = folders.into_iter().flat_map(|folder| sources(root.join(folder)));
        let relative =
            |path: PathBuf| path.strip_prefix(root).ok().map(|path| path.display().to_string());
        let chores = fs::read_to_string(root.join("xtask/src/main.rs")).unwrap_or_default();
        let chores = chores.lines().filter_map(|line| line.trim_start().strip_prefix("[\""));
        let chores = chores.filter_map(|rest| rest.split('"').next());
        Self {
            files: files.filter_map(relative).collect(),
            crates: crates(root),
            flags: flags(root),
            chores: chores.map(str::to_owned).collect(),
            root: root.to_owned(),
        }
    }

    /// Looks up whatever a piece of code names.
    pub(super) fn check(&self, code: &str, problem: &mut dyn FnMut(String)) {
        let words: Vec<&str> = code.split_whitespace().map(bare).collect();
        for word in &words {
            if !self.is_there(word) {
                problem(format!("there is no file `{word}`"));
            }
            if word.starts_with("keyway-") && is_name(word) && !self.crates.contains(*word) {
                problem(format!("there is no crate `{word}`"));
            }
            let flag = word.split('=').next().and_then(|word| word.strip_prefix("--"));
            if flag.is_some_and(|flag| is_name(flag) && !self.flags.contains(flag)) {
                problem(format!("nothing takes `{word}`"));
            }
        }
        if let ["cargo", "xtask", chore, rest @ ..] = words.as_slice() {
            if !self.chores.contains(*chore) {
                problem(format!("there is no `cargo xtask {chore}`"));
            }
            let step = rest.first().filter(|step| *chore == "test" && is_name(step));
            if step.is_some_and(|step| !steps::names().split(", ").any(|name| name == *step)) {
                problem(format!("there is no step `{}`", rest[0]));
            }
        }
    }

    /// Whether a word that looks like a path of this project is one.
    fn is_there(&self, word: &str) -> bool {
        if TOP.iter().any(|top| word.starts_with(top)) {
            let whole = word.split(['*', '…']).next().unwrap_or_default();
            return self.root.join(whole.trim_end_matches('/')).exists();
        }
        let is_source = word.ends_with(".rs") && word.contains('/');
        !is_source || self.files.iter().any(|file| file.ends_with(&format!("/{word}")))
    }
}

/// A word without the marks around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|letter: char| {
        matches!(letter, ',' | '.' | ';' | ':' | '(' | ')' | '[' | ']' | '"' | '\'')
            && !word.starts_with('.')
    })
}

/// Whether a word is lower-case letters, digits and hyphens.
fn is_name(word: &str) -> bool {
    let fits =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    word.starts_with(|first: char| first.is_ascii_lowercase())
        && word.chars().all(fits)
        && !word.ends_with('-')
}

/// The packages of the repository.
fn crates(root: &Path) -> BTreeSet<String> {
    let folders = ["", "crates", "tests", "tests/clients", "contracts"];
    let inside = folders
        .into_iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).into_iter().flatten().flatten());
    let manifests =
        inside.filter_map(|entry| fs::read_to_string(entry.path().join("Cargo.toml")).ok());
    let name = |manifest: String| {
        let line =
            manifest.lines().find_map(|line| line.strip_prefix("name = \"").map(str::to_owned));
        line.map(|rest| rest.trim_end_matches('"').to_owned())
    };
    manifests.filter_map(name).collect()
}

/// Every flag that a program of the repository takes: the fields of its arguments, and what stands
/// in quotes. And those of others' programs that the papers call.
fn flags(root: &Path) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = OTHERS.map(str::to_owned).into();
    let files = ["crates/cli/src", "benches/src", "xtask/src"]
        .into_iter()
        .flat_map(|folder| sources(root.join(folder)));
    for path in files {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let body = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in body.lines().map(str::trim_start).filter(|line| !line.starts_with("//")) {
            let rest = line.strip_prefix("pub(crate) ").or(line.strip_prefix("pub(super) "));
            if let Some((field, _)) = rest.unwrap_or(line).split_once(": ") {
                found.insert(field.replace('_', "-"));
            }
            for quoted in line.split('"').skip(1).step_by(2) {
                found.insert(quoted.trim_start_matches("--").to_owned());
            }
        }
    }
    found
}

/// What a path of this project begins with.
const TOP: [&str; 10] = [
    "bindings/",
    "crates/",
    "docs/",
    "tests/",
    "xtask/",
    "benches/",
    "contracts/",
    "fuzz/",
    ".ci/",
    ".cargo/",
];

/// Flags of cargo, npm, curl and others.
const OTHERS: [&str; 23] = [
    "help",
    "version",
    "release",
    "package",
    "path",
    "locked",
    "workspace",
    "no-default-features",
    "manifest-path",
    "bin",
    "target-dir",
    "sanitizer",
    "lib",
    "test",
    "all",
    "features",
    "example",
    "check",
    "fuzz-dir",
    "nocapture",
    "publish",
    "save-dev",
    "tag",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn found(code: &str) -> Vec<String> {
        let mut problems = Vec::new();
        Known::of(&crate::root()).check(code, &mut |problem| problems.push(problem));
        problems
    }

    #[test]
    fn what_is_there_may_be_named() {
        for code in [
            "crates/cli",
            "crates/*/src",
            "tidy/papers/names.rs",
            "keyway-chain",
            "--no-ticks",
            "cargo xtask test lint",
            "cargo xtask crash --kills 1000",
            "--home=DIR",
            "keyway-",
        ] {
            assert!(found(code).is_empty(), "{code}");
        }
    }

    #[test]
    fn what_is_not_there_is_found() {
        for code in [
            "crates/gone",
            "tidy/papers/gone.rs",
            "keyway-gone",
            "--no-such-flag",
            "cargo xtask gone",
            "cargo xtask test gone",
        ] {
            assert_eq!(found(code).len(), 1, "{code}: {:?}", found(code));
        }
    }
}
