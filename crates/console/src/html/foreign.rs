//! Foreign text: whatever comes from the chain, a node, a contract or a request.
//!
//! It is escaped, isolated from the direction of the text around it, and every character that people cannot
//! see or that changes how others are shown becomes a visible mark.

use keyway::keys::{is_printable, printable};
use maud::{Markup, PreEscaped, Render, html};
use std::borrow::Cow;

/// Foreign text in a line.
pub(crate) fn foreign(text: &str) -> Markup {
    html! { bdi { (Marked { text, lines: false }) } }
}

/// Foreign text in a block, where line ends and tabs also act as such.
pub(crate) fn foreign_lines(text: &str) -> Markup {
    html! { (Marked { text, lines: true }) }
}

/// Foreign text for an attribute or a title, where a mark can only be text.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    printable(text)
}

/// Text with visible marks.
struct Marked<'a> {
    text: &'a str,
    lines: bool,
}

impl Render for Marked<'_> {
    fn render_to(&self, buffer: &mut String) {
        let mut rest = self.text;
        while let Some(at) = rest.find(|letter| !is_printable(letter)) {
            let (shown, from) = rest.split_at(at);
            shown.render_to(buffer);
            let mut letters = from.chars();
            if let Some(letter) = letters.next() {
                self.mark(letter, buffer);
            }
            rest = letters.as_str();
        }
        rest.render_to(buffer);
    }
}

impl Marked<'_> {
    fn mark(&self, letter: char, buffer: &mut String) {
        match letter {
            '\n' | '\t' if self.lines => buffer.push(letter),
            _ => {
                // Only ASCII letters, digits, braces and a backslash.
                let mark = letter.escape_default().to_string();
                html! { span.mark { (PreEscaped(mark)) } }.render_to(buffer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(foreign(text).into_string(), format!("<bdi>{expected}</bdi>"));
    }

    #[test]
    fn markup_is_text() {
        check("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;");
        check("a\"b'c&d", "a&quot;b'c&amp;d");
    }

    #[test]
    fn what_cannot_be_seen_is_marked() {
        check("a\u{202e}b", "a<span class=\"mark\">\\u{202e}</span>b");
        check("\0\n", "<span class=\"mark\">\\u{0}</span><span class=\"mark\">\\n</span>");
        check("żółw 🐢", "żółw 🐢");
        assert_eq!(
            foreign_lines("a\n\tb\r").into_string(),
            "a\n\tb<span class=\"mark\">\\r</span>"
        );
        assert_eq!(plain("a\u{202e}\n"), "a\\u{202e}\\n");
    }

    proptest::proptest! {
        #[test]
        fn no_text_gets_out_of_its_element(text in ".{0,80}", lines in proptest::bool::ANY) {
            let shown = if lines { foreign_lines(&text) } else { foreign(&text) }.into_string();
            let shown = shown.replace("<bdi>", "").replace("</bdi>", "");
            let shown = shown.replace("<span class=\"mark\">", "").replace("</span>", "");
            proptest::prop_assert!(!shown.contains(['<', '>', '"']));
            let allowed = |c: char| is_printable(c) || lines && matches!(c, '\n' | '\t');
            proptest::prop_assert!(shown.chars().all(allowed));
        }
    }
}
