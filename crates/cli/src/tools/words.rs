//! Small pieces of text: counts, colours, shell quoting.

use anstyle::{AnsiColor, Style};
use std::fmt::Display;

/// `1 key`, `3 keys`.
pub(crate) fn counted<N: Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let plural = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The first few of a list and how many more there are: `a, b and 48 more`.
pub(crate) fn some_of(list: &[String]) -> String {
    let named = list.get(..NAMED).unwrap_or(list).join(", ");
    match list.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// The number of items that are listed.
const NAMED: usize = 5;

/// `text` in bold and a colour, if colours are shown.
pub(crate) fn painted(text: &str, colour: AnsiColor) -> String {
    let style = Style::new().fg_color(Some(colour.into())).bold();
    format!("{style}{text}{style:#}")
}

/// `text` with its first line in bold, as a heading.
pub(crate) fn headed(text: &str) -> String {
    let bold = Style::new().bold();
    match text.split_once('\n') {
        Some((head, rest)) => format!("{bold}{head}{bold:#}\n{rest}"),
        None => format!("{bold}{text}{bold:#}"),
    }
}

/// `text` quoted as one word for a shell, whatever it contains.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "key")), ["0 keys", "1 key", "2 keys"]);
    }

    /// Fifty paths in one sentence filled the screen.
    #[test]
    fn a_long_list_is_cut_with_a_count() {
        let list: Vec<String> = (1..=50).map(|n| n.to_string()).collect();
        assert_eq!(some_of(&list), "1, 2, 3, 4, 5 and 45 more");
        assert_eq!(some_of(&list[..5]), "1, 2, 3, 4, 5");
        assert_eq!(some_of(&[]), "");
    }

    #[test]
    fn nothing_in_a_word_is_run() {
        assert_eq!(shell_word("plan/alice.near-1.json"), "plan/alice.near-1.json");
        assert_eq!(shell_word("ed25519:abc"), "ed25519:abc");
        assert_eq!(shell_word("my plan"), "'my plan'");
        assert_eq!(shell_word("$(rm x)"), "'$(rm x)'");
        assert_eq!(shell_word("a'b"), r"'a'\''b'");
        assert_eq!(shell_word(""), "''");
    }
}
