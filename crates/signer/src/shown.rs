//! Foreign text, made safe to print.

use std::borrow::Cow;

/// `text` with everything escaped, as in `\u{202e}`, that a terminal does not simply show: control characters and line
/// ends, marks that change the direction of writing, and invisible characters.
///
/// Text from contracts, nodes and files must pass through this before it becomes part of a line, so that it can neither
/// control a terminal nor look like a line of the program itself.
///
/// ```
/// use keyway_signer::printable;
///
/// assert_eq!(printable("ok ✓ \x1b[31mred\r\n"), "ok ✓ \\u{1b}[31mred\\r\\n");
/// assert_eq!(printable("in\u{202e}nocent"), "in\\u{202e}nocent");
/// assert_eq!(printable("żółw 🐢"), "żółw 🐢");
/// ```
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_printable) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_printable(letter) {
            shown.push(letter);
        } else {
            shown.extend(letter.escape_default());
        }
    }
    Cow::Owned(shown)
}

/// Whether a terminal shows `letter`, and does nothing else with it.
#[must_use]
pub fn is_printable(letter: char) -> bool {
    !letter.is_control()
        && !matches!(letter,
            // Soft hyphen, joiners, fillers and variation selectors of no width.
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{ffa0}'
            // Bidirectional marks, embeddings, overrides and isolates.
            | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            // Line and paragraph separators.
            | '\u{2028}' | '\u{2029}'
            // Word joiner, invisible operators, isolates, deprecated formats.
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            // Tags, which spell invisible text.
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_a_terminal_obeys() {
        let hostile = [
            '\0',
            '\u{7}',
            '\t',
            '\n',
            '\r',
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{9b}',
            '\u{9d}',
            '\u{61c}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{e0041}',
            '\u{ad}',
        ];
        for letter in hostile {
            let shown = printable(&format!("a{letter}b")).into_owned();
            assert!(shown.starts_with("a\\") && shown.ends_with('b'), "{shown:?}");
            assert!(!shown.contains(letter));
        }
    }

    #[test]
    fn what_people_write_stays() {
        for text in ["alice.near", "{\"score\":7}", "żółw", "日本語", "🐢", "a\\b 'c' \"d\"", "…"]
        {
            assert!(matches!(printable(text), Cow::Borrowed(same) if same == text));
        }
    }
}
