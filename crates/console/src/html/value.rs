//! Bytes from the chain: as JSON, text or hexadecimal digits, with their length.

use super::foreign::foreign_lines;
use super::json::indented;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use keyway::trace::{Bytes, Format};
use maud::{Markup, html};

/// Bytes of a trace. Long ones are folded.
pub(crate) fn bytes(bytes: &Bytes) -> Markup {
    if bytes.length == 0 {
        return html! { span.soft { "nothing" } };
    }
    let (kind, text) = match bytes.format {
        Format::Json => ("JSON", indented(&bytes.text)),
        Format::Borsh => ("borsh, by the contract’s ABI", indented(&bytes.text)),
        Format::Text => ("text", bytes.text.clone()),
        Format::Base64 => ("bytes", hex(&bytes.text)),
    };
    let size = size(bytes.length);
    let cut = if bytes.truncated { ", cut" } else { "" };
    html! {
        div.value {
            (folded(&text, &format!("{kind}, {size}{cut}")))
        }
    }
}

/// Any foreign text as a block. Long text is folded, and only its beginning is on the page if it is very long.
pub(crate) fn text_block(text: &str) -> Markup {
    let (shown, cut) = beginning(text, MOST);
    let cut = if cut { ", cut" } else { "" };
    html! { div.value { (folded(shown, &format!("text, {}{cut}", size(text.len() as u64)))) } }
}

/// Text as a block under a short label; folded if it is long.
fn folded(text: &str, label: &str) -> Markup {
    let long = text.len() > UNFOLDED || text.lines().count() > LINES;
    html! {
        @if long {
            details.long {
                summary {
                    code { (super::foreign(&one_line(text))) "…" }
                    span.note { " show all (" (label) ")" }
                }
                pre data-copy { (foreign_lines(text)) }
            }
        } @else {
            pre data-copy { (foreign_lines(text)) }
            span.note { (label) }
        }
    }
}

/// The beginning of a text, with blanks instead of line ends.
fn one_line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().take(BRIEF).collect();
    words.join(" ").chars().take(BRIEF).collect()
}

/// The first `most` bytes, cut between two characters, and whether something was cut.
fn beginning(text: &str, most: usize) -> (&str, bool) {
    match text.get(..text.floor_char_boundary(most)) {
        Some(beginning) if beginning.len() < text.len() => (beginning, true),
        _ => (text, false),
    }
}

fn size(bytes: u64) -> String {
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}

/// Hexadecimal digits in groups of four bytes.
fn hex(base64: &str) -> String {
    let Ok(bytes) = BASE64_STANDARD.decode(base64) else { return base64.to_owned() };
    let groups = bytes.chunks(4);
    let groups = groups.map(|group| group.iter().map(|byte| format!("{byte:02x}")).collect());
    groups.collect::<Vec<String>>().join(" ")
}

/// Bytes of text that are shown without folding.
const UNFOLDED: usize = 600;
/// Lines that are shown without folding.
const LINES: usize = 14;
/// Characters of a folded text that are shown.
const BRIEF: usize = 90;
/// Bytes of a text on a page.
const MOST: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &[u8], expected: &str) {
        let shown = bytes(&Bytes::of(given, 4096)).into_string();
        assert!(shown.contains(expected), "{shown}");
    }

    #[test]
    fn bytes_are_shown_in_the_form_that_fits() {
        check(b"", "nothing");
        check(b"hello", "<pre data-copy>hello</pre><span class=\"note\">text, 5 bytes</span>");
        check(&[0, 1, 2, 3, 255], "00010203 ff");
        check(b"{\"a\":1}", "{\n  &quot;a&quot;: 1\n}");
    }

    #[test]
    fn long_text_is_folded_and_very_long_text_is_cut() {
        let shown = text_block(&"ż".repeat(100_000)).into_string();
        assert!(
            shown.contains("<details") && shown.contains("200000 bytes, cut"),
            "{}",
            shown.len()
        );
        assert!(shown.len() < 2 * MOST);
        assert!(!text_block("short").into_string().contains("details"));
    }
}
