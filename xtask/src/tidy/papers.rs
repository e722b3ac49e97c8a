//! README, ARCHITECTURE, docs and the like: what they name exists, and the numbers that they state
//! are those of the code.

mod names;
mod pins;

use names::Known;
use std::fs;
use std::path::{Path, PathBuf};

/// Looks at every paper.
pub(super) fn check(root: &Path, problems: &mut Vec<String>) {
    let known = Known::of(root);
    for name in papers(root) {
        let text = fs::read_to_string(root.join(&name)).unwrap_or_default();
        let shown = name.display();
        for (number, line) in text.lines().enumerate() {
            let place = format!("{shown}:{}", number + 1);
            problems.extend(links(root, &name, line).map(|link| format!("{place}: no `{link}`")));
        }
        for (number, code) in pieces_of_code(&text) {
            let place = format!("{shown}:{number}");
            known.check(code, &mut |problem| problems.push(format!("{place}: {problem}")));
        }
    }
    check_site(root, problems);
    pins::check(root, problems);
}

/// Every page below `docs` is in the site's contents, and links to nothing that the site does not have.
fn check_site(root: &Path, problems: &mut Vec<String>) {
    let contents = fs::read_to_string(root.join(CONTENTS)).unwrap_or_default();
    for name in papers(root) {
        let Ok(page) = name.strip_prefix("docs") else { continue };
        let text = fs::read_to_string(root.join(&name)).unwrap_or_default();
        let (shown, page) = (name.display(), page.display());
        if name != Path::new(CONTENTS) && !contents.contains(&format!("]({page})")) {
            problems.push(format!("{CONTENTS} has no line for {page}"));
        }
        let up = "../".repeat(name.components().count() - 1);
        if text.contains(&format!("]({up}")) {
            problems.push(format!("{shown} links out of the site: use {}…", ON_THE_WEB[0]));
        }
    }
}

/// All papers, relative to the workspace. What the changelog names may be gone.
fn papers(root: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in FOLDERS {
        for entry in fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
            let name = PathBuf::from(folder).join(entry.file_name());
            if name.extension().is_some_and(|ending| ending == "md") && !name.ends_with(CHANGES) {
                found.push(name);
            }
        }
    }
    found.sort();
    found
}

/// What stands between backticks or in a block of code, with the number of its line.
fn pieces_of_code(text: &str) -> Vec<(usize, &str)> {
    let (mut found, mut in_block) = (Vec::new(), false);
    for (number, line) in text.lines().enumerate().map(|(number, line)| (number + 1, line)) {
        if line.starts_with("```") {
            in_block = !in_block;
        } else if in_block {
            found.push((number, line));
        } else {
            found.extend(line.split('`').skip(1).step_by(2).map(|code| (number, code)));
        }
    }
    found
}

/// The files that a line links to and that are not there, here or in the repository on the web.
fn links<'a>(root: &Path, paper: &Path, line: &'a str) -> impl Iterator<Item = &'a str> {
    let folder = root.join(paper).parent().map(Path::to_owned).unwrap_or_default();
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(move |target| {
        let file = target.split('#').next().unwrap_or_default();
        match ON_THE_WEB.iter().find_map(|web| file.strip_prefix(web)) {
            Some(file) => !root.join(file).exists(),
            None => !file.is_empty() && !file.contains("://") && !folder.join(file).exists(),
        }
    })
}

const FOLDERS: [&str; 10] = [
    "",
    "benches/store",
    "bindings/node",
    "bindings/python",
    "contracts",
    "docs",
    "docs/guides",
    "docs/migrate",
    "docs/reference",
    "fuzz",
];

const CHANGES: &str = "CHANGELOG.md";

const CONTENTS: &str = "docs/SUMMARY.md";

/// Where a page of the site finds files that are not in it.
const ON_THE_WEB: [&str; 2] =
    ["https://github.com/keyway/keyway/blob/main/", "https://github.com/keyway/keyway/tree/main/"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_found_in_lines_and_in_blocks() {
        let text = "See `a/b.rs` and `c`.\n```sh\ncargo `x`\n```\nend `d`";
        let found: Vec<_> = pieces_of_code(text).into_iter().map(|(_, code)| code).collect();
        assert_eq!(found, ["a/b.rs", "c", "cargo `x`", "d"]);
    }

    #[test]
    fn a_link_to_nothing_is_found() {
        let root = crate::root();
        let missing = |line: &str| links(&root, Path::new("docs/rpc.md"), line).count();
        assert_eq!(missing("[a](../README.md#start), [b](https://docs.rs), [c](#here)"), 0);
        assert_eq!(missing("[a](README.md) [b](errors.md)"), 1);
        let web = |file: &str| {
            missing(&format!("[a](https://github.com/keyway/keyway/blob/main/{file})"))
        };
        assert_eq!((web("README.md#start"), web("docs/README.md")), (0, 1));
    }
}
