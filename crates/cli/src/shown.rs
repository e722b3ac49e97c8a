//! The last filter before text is printed: it removes secrets, and control sequences other than the
//! program's own styles.
//!
//! Text from a chain, a node or a file is escaped where it enters a line; this is the safety net.

use keyway::keys::{is_printable, printable, without_secrets};
use std::borrow::Cow;

/// Lines for people.
pub(crate) fn for_people(text: &str) -> String {
    harmless(&without_secrets(text))
}

/// Lines for people that may contain the secrets that the user asked for.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        let mut parts = line.split(ESCAPE);
        shown.push_str(&printable(parts.next().unwrap_or_default()));
        for part in parts {
            let (style, rest) = part.split_at(style_length(part).unwrap_or_default());
            shown.push_str(if style.is_empty() { "\\u{1b}" } else { "\u{1b}" });
            shown.push_str(style);
            shown.push_str(&printable(rest));
        }
        shown.push_str(end);
    }
    shown
}

/// A JSON document with the same values, without secrets and with non-printable characters escaped.
///
/// Secrets are searched for in one string of the document at a time: the words of several strings
/// may together look like a seed phrase, and the JSON between them must stay.
pub(crate) fn for_programs(json: &str) -> String {
    let mut clean = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        let (before, text) = rest.split_at(start);
        let (text, after) = text.split_at(text_length(text));
        clean.push_str(before);
        clean.push_str(&text_without_secrets(text));
        rest = after;
    }
    clean.push_str(rest);
    escaped(&clean)
}

/// Length in bytes of the JSON string at the start of `json`, with its quotes.
fn text_length(json: &str) -> usize {
    let mut escape = false;
    let end = json.bytes().skip(1).position(|byte| {
        let end = byte == b'"' && !escape;
        escape = byte == b'\\' && !escape;
        end
    });
    end.map_or(json.len(), |end| end + 2)
}

/// A JSON string with its quotes; unchanged if it contains no secret.
fn text_without_secrets(text: &str) -> Cow<'_, str> {
    let Ok(said) = serde_json::from_str::<String>(text) else { return without_secrets(text) };
    match without_secrets(&said) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(clean) => Cow::Owned(serde_json::Value::from(clean).to_string()),
    }
}

/// A JSON document that may contain the secrets that the user asked for.
pub(crate) fn escaped(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for letter in json.chars() {
        // Line ends only separate values; in strings they are escaped already.
        if is_printable(letter) || letter == '\n' {
            shown.push(letter);
        } else {
            let mut units = [0; 2];
            let units = letter.encode_utf16(&mut units).iter();
            shown.extend(units.map(|unit| format!("\\u{unit:04x}")));
        }
    }
    shown
}

/// Length in bytes of the style at the start of `text`, which follows an escape character: a colour
/// or weight that the program itself writes.
fn style_length(text: &str) -> Option<usize> {
    let (codes, _) = text.strip_prefix('[')?.split_once('m')?;
    let ours = |code: &str| {
        matches!(code.parse(), Ok(0..=4 | 22..=24 | 31..=36 | 39 | 91..=96)) || code.is_empty()
    };
    codes.split(';').all(ours).then_some(codes.len() + 2)
}

const ESCAPE: char = '\u{1b}';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_styles_reach_a_terminal() {
        for style in ["\u{1b}[1m\u{1b}[31mred\u{1b}[0m", "\u{1b}[1;32mok\u{1b}[m", "plain\nlines\n"]
        {
            assert_eq!(for_people(style), style);
        }
        for (hostile, shown) in [
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("\u{1b}[8mhidden", "\\u{1b}[8mhidden"),
            ("\u{1b}[41m", "\\u{1b}[41m"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\rb\tc\u{202e}d", "a\\rb\\tc\\u{202e}d"),
            ("\u{1b}\u{1b}[31m", "\\u{1b}\u{1b}[31m"),
            ("\u{1b}", "\\u{1b}"),
        ] {
            assert_eq!(for_people(hostile), shown);
        }
    }

    #[test]
    fn json_stays_the_same_value() {
        let value =
            serde_json::json!({ "a\u{9b}b": ["\u{202e}", "\u{7f}\n", "\u{e0041}", "żółw"] });
        let text = for_programs(&serde_json::to_string_pretty(&value).unwrap());
        assert!(text.chars().all(|letter| is_printable(letter) || letter == '\n'), "{text}");
        assert!(text.contains("\\u202e") && text.contains("żółw"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    /// Words of a phrase in separate strings were replaced with the quotes between them.
    #[test]
    fn json_stays_json_whatever_its_texts_say() {
        let phrase = keyway::keys::SeedPhrase::generate().expose_words();
        let words: Vec<&str> = phrase.split(' ').collect();
        let said = serde_json::json!({
            "list": words,
            "fields": words.iter().map(|word| ((*word).to_owned(), (*word).into()))
                .collect::<serde_json::Map<_, _>>(),
            "quotes": ["\\", "\"", "\\\"", "a\\"],
        });
        for json in [said.to_string(), serde_json::to_string_pretty(&said).unwrap()] {
            let shown = for_programs(&json);
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), said);
        }
        let text = serde_json::json!({ (*phrase).to_owned(): format!("\"\n{}", *phrase) });
        let shown: serde_json::Value =
            serde_json::from_str(&for_programs(&text.to_string())).unwrap();
        assert_eq!(shown, serde_json::json!({ "[secret]": "\"\n[secret]" }));
    }

    #[test]
    fn secrets_are_left_out_unless_they_were_asked_for() {
        let secret = keyway::KeyPair::random_ed25519().expose_secret_text();
        let line = format!("cannot read {}", *secret);
        assert_eq!(for_people(&line), "cannot read [secret]");
        assert_eq!(harmless(&line), line);
        let json = format!("{{\"key\":\"{}\"}}", *secret);
        assert_eq!(for_programs(&json), "{\"key\":\"[secret]\"}");
        assert_eq!(escaped(&json), json);
    }
}
