//! Rules for single files: length, words that must not stay, machine paths.

use std::fs;
use std::path::{Path, PathBuf};

/// Looks at every text file of the project.
pub(super) fn check(root: &Path, problems: &mut Vec<String>) {
    for path in files(root) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        check_words(&name, &text, problems);
        if name.ends_with(".rs") {
            check_length(&name, &text, problems);
        }
    }
}

fn check_words(name: &str, text: &str, problems: &mut Vec<String>) {
    for (number, line) in text.lines().enumerate() {
        for word in UNWANTED.iter().filter(|word| line.contains(**word)) {
            problems.push(format!("{name}:{}: `{word}` must not stay", number + 1));
        }
    }
}

/// A file's body is what stands before its unit tests.
fn check_length(name: &str, text: &str, problems: &mut Vec<String>) {
    if is_test(name) {
        return;
    }
    let body = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
    if body > BODY_LINES {
        problems.push(format!("{name}: {body} lines of body, at most {BODY_LINES}: split it"));
    }
}

fn is_test(name: &str) -> bool {
    name.split('/').any(|part| part == "tests" || part == "benches")
}

/// Every text file below `root` that belongs to the project.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            if SKIPPED.contains(&name.as_ref()) {
                continue;
            }
            if path.is_dir() {
                waiting.push(path);
            } else if TEXT.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Lines a file may have before its unit tests.
const BODY_LINES: usize = 400;

/// Notes to self, and paths that only one machine has. Split, so that this file may stay.
const UNWANTED: [&str; 7] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("to", "do!("),
    concat!("XX", "X"),
    concat!("../", "shared"),
    concat!("/wo", "rk/"),
    concat!("/tmp/", "nc"),
];

const SKIPPED: [&str; 4] = [".git", "target", "node_modules", "package-lock.json"];

const TEXT: [&str; 10] =
    [".rs", ".toml", ".md", ".sh", ".py", ".js", ".cjs", ".mjs", ".ts", ".yml"];

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        check_words(name, text, &mut problems);
        check_length(name, text, &mut problems);
        problems
    }

    #[test]
    fn notes_to_self_are_found() {
        let note = concat!("fine\n// TO", "DO: later\n");
        let problems = found("src/a.rs", note);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("src/a.rs:2:"), "{problems:?}");
    }

    #[test]
    fn a_body_may_have_four_hundred_lines_and_any_number_of_tests() {
        let body = "x\n".repeat(BODY_LINES);
        let tested = format!("{body}#[cfg(test)]\n{body}");
        assert!(found("src/a.rs", &tested).is_empty());
        assert_eq!(found("src/a.rs", &format!("{body}x\n")).len(), 1);
        assert!(found("crates/a/tests/b.rs", &format!("{body}x\n")).is_empty());
    }
}
