//! Bytes that a contract was given or returned, as far as people can read them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

/// Bytes with a bounded beginning of them: as text where they are text, else as base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bytes {
    /// How many bytes there are.
    pub length: u64,
    /// What `text` is.
    pub format: Format,
    /// The bytes, or their beginning.
    pub text: String,
    /// Whether `text` is only their beginning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// The form of the text of [`Bytes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// The bytes are a JSON text, and whole.
    Json,
    /// They are borsh: the text is the JSON of what the contract's ABI says that they are.
    Borsh,
    /// The bytes are UTF-8.
    Text,
    /// They are neither: base64.
    Base64,
}

impl Bytes {
    /// The first `limit` bytes of `bytes`, in the form that fits.
    #[must_use]
    pub fn of(bytes: &[u8], limit: usize) -> Self {
        let (length, truncated) = (bytes.len() as u64, bytes.len() > limit);
        let (format, text) = match readable(bytes, limit) {
            Some(text) if !truncated && is_json(text) => (Format::Json, text.to_owned()),
            Some(text) => (Format::Text, text.to_owned()),
            None => {
                let beginning = bytes.get(..limit).unwrap_or(bytes);
                (Format::Base64, BASE64_STANDARD.encode(beginning))
            }
        };
        Self { length, format, text, truncated }
    }

    /// Bytes of borsh whose value in JSON is `text`.
    pub(crate) fn decoded(length: usize, text: String) -> Self {
        Self { length: length as u64, format: Format::Borsh, text, truncated: false }
    }

    /// The bytes in one line: the text, or how many bytes they are.
    #[must_use]
    pub fn brief(&self) -> String {
        match self.format {
            Format::Json | Format::Text if self.truncated => {
                format!("{}… ({} bytes)", self.text, self.length)
            }
            Format::Json | Format::Borsh | Format::Text => self.text.clone(),
            Format::Base64 if self.length == 1 => "1 byte".to_owned(),
            Format::Base64 => format!("{} bytes", self.length),
        }
    }
}

/// The beginning of `bytes` as text, cut between two characters; none if they are not text.
fn readable(bytes: &[u8], limit: usize) -> Option<&str> {
    let beginning = bytes.get(..limit).unwrap_or(bytes);
    let text = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        // A character that the limit cut.
        Err(error) if beginning.len() < bytes.len() && error.error_len().is_none() => {
            std::str::from_utf8(beginning.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let binary = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    (!text.contains(binary)).then_some(text)
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], limit: usize, format: Format, text: &str, truncated: bool) {
        let seen = Bytes::of(bytes, limit);
        let length = bytes.len() as u64;
        assert_eq!(seen, Bytes { length, format, text: text.to_owned(), truncated });
    }

    #[test]
    fn bytes_are_shown_in_the_form_that_fits() {
        check(b"{\"to\":\"bob.near\"}", 99, Format::Json, "{\"to\":\"bob.near\"}", false);
        check(b"", 99, Format::Text, "", false);
        check(b"hello there", 5, Format::Text, "hello", true);
        check("aé".as_bytes(), 2, Format::Text, "a", true);
        check(&[0, 1, 255], 99, Format::Base64, "AAH/", false);
        check(&[0xff; 9], 3, Format::Base64, "////", true);
    }

    /// A number of a token amount lost its last digits when it went through a float.
    #[test]
    fn large_numbers_stay_as_they_are() {
        let text = "{\"amount\":340282366920938463463374607431768211455}";
        check(text.as_bytes(), 99, Format::Json, text, false);
    }

    #[test]
    fn escapes_of_a_terminal_are_not_text() {
        assert_eq!(Bytes::of(b"\x1b[2J", 99).format, Format::Base64);
    }
}
