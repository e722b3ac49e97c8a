//! Wraps long lines on a terminal between words.

use console::measure_text_width;

/// `text` with every line wider than `columns` wrapped between words and indented. A command in
/// backticks is not broken, so that it can be copied.
pub(super) fn wrapped(text: &str, columns: usize) -> String {
    let lines = text.split('\n').map(|line| match measure_text_width(line) > columns {
        true => broken(line, columns),
        false => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn broken(line: &str, columns: usize) -> String {
    let start = line.len().saturating_sub(line.trim_start_matches(' ').len());
    let indent = " ".repeat(start + 2);
    let (mut lines, mut column, mut is_first) = (line[..start].to_owned(), start, true);
    for piece in pieces(&line[start..]) {
        let width = measure_text_width(piece);
        if !is_first && column + 1 + width > columns {
            lines.push('\n');
            lines.push_str(&indent);
            (column, is_first) = (indent.len(), true);
        }
        if !is_first {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(piece);
        (column, is_first) = (column + width, false);
    }
    lines
}

/// The words of a line; a command in backticks is one word.
fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    line.split(move |c: char| {
        quoted ^= c == '`';
        c == ' ' && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_broken_between_words() {
        let text = "error: no key signs for alice.near: take one over with `keyway key import a.near`, or stop";
        let shown = wrapped(text, 40);
        assert!(shown.lines().all(|line| line.len() <= 40), "{shown}");
        assert!(shown.contains("`keyway key import a.near`"), "{shown}");
        assert_eq!(
            shown.split_whitespace().collect::<Vec<_>>(),
            text.split_whitespace().collect::<Vec<_>>()
        );
        assert_eq!(wrapped("  short\n\n  lines", 40), "  short\n\n  lines");
        // A word that is wider than the terminal is left as it is.
        assert_eq!(wrapped(&"x".repeat(50), 40), "x".repeat(50));
    }

    #[test]
    fn styles_take_no_room() {
        let styled = format!("\u{1b}[1m{}\u{1b}[0m {}", "a".repeat(20), "b".repeat(19));
        assert_eq!(wrapped(&styled, 40), styled);
    }
}
