//! Wraps long lines on a terminal between words.

use console::measure_text_width;

/// `text` with every line wider than `columns` wrapped between words and indented. A command in
/// backticks is not broken, so that it can be copied.
pub(super) fn wrapped(text: &str, columns: usize) -> String {
    each_wide_line(text, columns, |line| {
        let start = leading(line);
        (start, start + 2)
    })
}

/// The same for clap's help: the description of a flag or command continues in its own column.
pub(crate) fn wrapped_help(text: &str, columns: usize) -> String {
    each_wide_line(text, columns, |line| {
        let start = leading(line);
        match line[start..].find("  ") {
            Some(gap) => {
                let start = start + gap + leading(&line[start + gap..]);
                (start, measure_text_width(&line[..start]))
            }
            None if start >= DESCRIPTION => match line[start..].strip_prefix("- ") {
                Some(value) => (start, start + value.find(": ").map_or(2, |name| name + 4)),
                None => (start, start),
            },
            None => (start, start + 2),
        }
    })
}

/// Wraps lines wider than `columns`. `layout` gives the byte at which a line's words start, and the
/// column at which its other lines continue.
fn each_wide_line(text: &str, columns: usize, layout: impl Fn(&str) -> (usize, usize)) -> String {
    let lines = text.split('\n').map(|line| match measure_text_width(line) > columns {
        true => {
            let (start, hang) = layout(line);
            broken(line.split_at(start), hang, columns)
        }
        false => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn broken((head, words): (&str, &str), hang: usize, columns: usize) -> String {
    let indent = " ".repeat(hang);
    let (mut lines, mut column, mut is_first) = (head.to_owned(), measure_text_width(head), true);
    for piece in pieces(words) {
        let width = measure_text_width(piece);
        if !is_first && column + 1 + width > columns {
            lines.push('\n');
            lines.push_str(&indent);
            (column, is_first) = (hang, true);
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

/// The number of spaces at the start.
fn leading(line: &str) -> usize {
    line.len().saturating_sub(line.trim_start_matches(' ').len())
}

/// The indentation from which clap prints only descriptions.
const DESCRIPTION: usize = 10;

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

    #[test]
    fn a_description_in_help_keeps_its_column() {
        let help = "      --\u{1b}[1mgas\u{1b}[0m <GAS>  What the call may burn, in Tgas";
        let shown = "      --\u{1b}[1mgas\u{1b}[0m <GAS>  What the call may\n                   burn, in Tgas";
        assert_eq!(wrapped_help(help, 36), shown);
        let below = "          What the call may burn";
        assert_eq!(wrapped_help(below, 28), "          What the call may\n          burn");
        let value = "          - block: It is synced to disk";
        let shown = "          - block: It is synced to\n                   disk";
        assert_eq!(wrapped_help(value, 34), shown);
        assert_eq!(
            wrapped_help("Usage: keyway call [OPTIONS]", 20),
            "Usage: keyway call\n  [OPTIONS]"
        );
    }
}
