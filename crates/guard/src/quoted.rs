//! Names that others have chosen, written so that they cannot be misread.

/// `name` as it is if it is unambiguous. Otherwise in quotes and escaped: if it is empty, or contains
/// blanks, commas, quotes or characters that control a terminal.
///
/// ```
/// use keyway_guard::quoted;
///
/// assert_eq!(quoted("play"), "play");
/// assert_eq!(quoted("play "), r#""play ""#);
/// assert_eq!(quoted(""), r#""""#);
/// assert_eq!(quoted("a\u{202e}b"), r#""a\u{202e}b""#);
/// ```
#[must_use]
pub fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, ',' | '"' | '\'' | '`' | '\\');
    match !name.is_empty() && name.chars().all(plain) {
        true => name.to_owned(),
        false => format!("{name:?}"),
    }
}

/// `names` in a list, each as [`quoted`] writes it, so that one cannot look like two.
#[must_use]
pub fn quoted_list(names: &[String]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped() {
        let steering =
            ["\x1b]0;title\x07", "\u{9b}31m", "a\u{202e}b", "a\u{2066}b", "a\r\nb", "a\u{200f}b"];
        for text in steering {
            let quoted = quoted(text);
            assert!(quoted.chars().all(|c| c.is_ascii_graphic()), "{quoted}");
        }
    }

    #[test]
    fn a_list_is_read_in_one_way() {
        let names = ["a".to_owned(), "b,c".to_owned(), " d".to_owned()];
        assert_eq!(quoted_list(&names), r#"a, "b,c", " d""#);
    }
}
