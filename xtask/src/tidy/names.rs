//! docs/near-api-ts.md: every name of ours that its tables promise is in the library.

use super::differences::sources;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Looks up each name in the column "here".
pub(super) fn check(root: &Path, problems: &mut Vec<String>) {
    let page = fs::read_to_string(root.join(PAGE)).unwrap_or_default();
    check_page(&page, &declared(root), problems);
}

fn check_page(page: &str, known: &BTreeSet<String>, problems: &mut Vec<String>) {
    for (number, line) in page.lines().enumerate() {
        let row = line.strip_prefix("| ").filter(|row| !row.starts_with('-'));
        let Some(here) = row.and_then(|row| row.split(" | ").nth(1)) else { continue };
        for name in names(here) {
            if !known.contains(name) && !OTHERS.contains(&name) {
                problems.push(format!("{PAGE}:{}: the library has no `{name}`", number + 1));
            }
        }
    }
}

/// The names between backticks: what is called, what is a path, types, and what stands alone. Text
/// and variables are not.
fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2).flat_map(|code| {
        let pieces = code.split('"').step_by(2).flat_map(|piece| piece.split_inclusive(not_word));
        pieces.filter_map(move |piece| {
            let word = piece.trim_end_matches(not_word);
            let is_name = word.starts_with(|first: char| first.is_ascii_uppercase())
                || piece.ends_with(['(', ':'])
                || word == code;
            Some(word).filter(|word| is_name && !word.is_empty())
        })
    })
}

/// What the library's sources declare or give on.
fn declared(root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in SOURCES.iter().flat_map(|folder| sources(root.join(folder))) {
        let text = fs::read_to_string(&path).unwrap_or_default();
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let words: Vec<&str> = line.split(not_word).filter(|word| !word.is_empty()).collect();
            let is_front = FRONTS.iter().any(|front| path.ends_with(front));
            let names = if is_front { words } else { declarations(line, &words) };
            found.extend(names.into_iter().map(str::to_owned));
        }
    }
    found
}

/// What follows a keyword; and the first word of a line one step in, which may be a variant.
fn declarations<'a>(line: &str, words: &[&'a str]) -> Vec<&'a str> {
    let is_variant = line.starts_with("    ") && !line.starts_with("     ");
    let variant = words.first().filter(|_| is_variant);
    let said = words.windows(2).filter(|pair| KEYWORDS.contains(&pair[0])).map(|pair| &pair[1]);
    variant.into_iter().chain(said).copied().collect()
}

fn not_word(letter: char) -> bool {
    !letter.is_alphanumeric() && letter != '_'
}

const PAGE: &str = "docs/near-api-ts.md";

/// The files whose words are all names: they re-export what others declare.
const FRONTS: [&str; 2] = ["keyway/src/lib.rs", "keyway/src/protocol.rs"];

const SOURCES: [&str; 2] = ["crates/keyway/src", "crates/signer/src"];

const KEYWORDS: [&str; 6] = ["enum", "fn", "mod", "struct", "trait", "type"];

/// What the page names and other libraries have.
const OTHERS: [&str; 10] = [
    "T",
    "checked_add",
    "checked_sub",
    "from_gas",
    "from_yoctonear",
    "parse",
    "str",
    "time",
    "to_string",
    "tokio",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str) -> Vec<String> {
        let known = ["Client", "view", "json", "transfer"].map(str::to_owned).into();
        let mut problems = Vec::new();
        check_page(page, &known, &mut problems);
        problems
    }

    #[test]
    fn a_name_that_the_library_does_not_have_is_found() {
        let row = |here: &str| format!("| `theirs` | {here} | same | |\n");
        assert!(
            found(&row("`client.view(\"gone()\", method).json::<T>()`, `transfer`")).is_empty()
        );
        assert_eq!(found(&row("`client.vieww()`")).len(), 1);
        assert_eq!(found(&row("`Cliend::view`, `transferr`")).len(), 2);
        assert!(
            found("| a | here | is |\n| --- | --- | --- |\nWords, `gone()` | `gone()` |")
                .is_empty()
        );
    }

    #[test]
    fn names_are_found_in_the_sources() {
        let known = declared(&crate::root());
        for name in ["keys", "Sandbox", "GasBudget", "Unlimited", "expose_secret_text", "AccountId"]
        {
            assert!(known.contains(name), "{name}");
        }
        assert!(!known.contains("addFunctionCallKey"));
    }
}
