//! docs/differences.md: every difference is shown by a test, and the test is there.

use std::fs;
use std::path::{Path, PathBuf};

/// Looks up each test that the page names.
pub(super) fn check(root: &Path, problems: &mut Vec<String>) {
    let page = fs::read_to_string(root.join(PAGE)).unwrap_or_default();
    check_page(&page, &|home, test| is_there(root, home, test), problems);
}

fn check_page(page: &str, is_there: &dyn Fn(&str, &str) -> bool, problems: &mut Vec<String>) {
    for (number, line) in page.lines().enumerate() {
        let number = number + 1;
        if !line.starts_with("- ") {
            continue;
        }
        if !line.ends_with('`') || tests(line).next().is_none() {
            problems.push(format!("{PAGE}:{number}: ends without a test"));
        }
        for (home, test) in tests(line) {
            if !is_there(home, test) {
                problems.push(format!("{PAGE}:{number}: there is no test {home}::{test}"));
            }
        }
    }
}

/// The tests of a line: whatever looks like `crate::test` between backticks.
fn tests(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let quoted = line.split('`').skip(1).step_by(2);
    quoted.filter_map(|text| text.split_once("::"))
}

/// Whether a file of the crate, or of the test suite, of this name has such a function.
fn is_there(root: &Path, home: &str, test: &str) -> bool {
    let function = format!("fn {test}(");
    HOMES.iter().any(|folder| {
        let files = sources(root.join(folder).join(home));
        files.iter().any(|path| fs::read_to_string(path).is_ok_and(|text| text.contains(&function)))
    })
}

/// The Rust files below a folder.
pub(super) fn sources(folder: PathBuf) -> Vec<PathBuf> {
    let (mut found, mut waiting) = (Vec::new(), vec![folder]);
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found
}

const PAGE: &str = "docs/differences.md";

/// Where crates and suites are.
const HOMES: [&str; 2] = ["crates", "tests"];

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str) -> Vec<String> {
        let mut problems = Vec::new();
        let is_there = |home: &str, test: &str| (home, test) == ("node", "it_is_so");
        check_page(page, &is_there, &mut problems);
        problems
    }

    #[test]
    fn a_difference_without_a_test_is_found() {
        assert!(found("# Title\n\nWords.\n- So. `node::it_is_so`\n").is_empty());
        assert_eq!(found("- `query` is so.").len(), 1);
        assert_eq!(found("- So. `node::it_is_so` and no more").len(), 1);
        assert_eq!(found("- So. `node::it_is_so` `rpc::it_is_so`").len(), 1);
    }

    #[test]
    fn tests_are_found_in_crates_and_suites() {
        let root = crate::root();
        assert!(is_there(&root, "chain", "finality_lags_two_blocks"));
        assert!(!is_there(&root, "rpc", "finality_lags_two_blocks"));
    }
}
