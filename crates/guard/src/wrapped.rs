//! Lines that fit a terminal.

/// The width of a narrow terminal.
const COLUMNS: usize = 80;

/// `text` after `prefix`, in lines of 80 columns, indented to its first word. Words longer than a line, such
/// as paths and keys, stay whole.
///
/// ```
/// let text = "word ".repeat(20);
/// let lines = keyway_guard::wrapped("  note: ", text.trim_end());
/// assert!(lines.lines().all(|line| line.len() <= 80));
/// assert!(lines.starts_with("  note: word") && lines.contains("\n        word"));
/// ```
#[must_use]
pub fn wrapped(prefix: &str, text: &str) -> String {
    let indent = prefix.chars().count();
    let (mut lines, mut column, mut is_first) = (prefix.to_owned(), indent, true);
    for word in text.split(' ') {
        let length = word.chars().count();
        if !is_first && column.saturating_add(length) >= COLUMNS {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            (column, is_first) = (indent, true);
        }
        if !is_first {
            lines.push(' ');
            column = column.saturating_add(1);
        }
        lines.push_str(word);
        (column, is_first) = (column.saturating_add(length), false);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eighty_columns_are_used_and_no_more() {
        let exact = "x".repeat(40) + " " + &"y".repeat(39);
        assert_eq!(wrapped("", &exact), exact);
        assert_eq!(wrapped("", &format!("{exact}y")).lines().count(), 2);
    }

    #[test]
    fn what_is_longer_than_a_line_stays_whole() {
        let long = "k".repeat(100);
        assert_eq!(wrapped("  ", &long), format!("  {long}"));
        assert_eq!(wrapped("  ", &format!("a {long} b")), format!("  a\n  {long}\n  b"));
    }
}
