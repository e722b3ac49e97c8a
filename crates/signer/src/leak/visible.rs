//! Text without invisible characters, which could hide a secret.

use crate::is_printable;
use std::ops::Range;
use zeroize::Zeroizing;

/// A text, and its visible part if that differs.
pub(super) struct Visible<'a> {
    text: &'a str,
    seen: Option<Seen>,
}

struct Seen {
    text: Zeroizing<String>,
    /// The position of each visible byte in the whole text.
    places: Vec<usize>,
}

impl<'a> Visible<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let seen = text.chars().any(is_invisible).then(|| {
            let mut seen = Seen {
                text: Zeroizing::new(String::with_capacity(text.len())),
                places: Vec::with_capacity(text.len()),
            };
            for (at, letter) in text.char_indices().filter(|(_, letter)| !is_invisible(*letter)) {
                seen.text.push(letter);
                seen.places.extend(at..at + letter.len_utf8());
            }
            seen
        });
        Self { text, seen }
    }

    /// The results of `find` on the visible text, as ranges of the whole text.
    pub(super) fn find(&self, find: impl FnOnce(&str) -> Vec<Range<usize>>) -> Vec<Range<usize>> {
        let Some(Seen { text, places }) = &self.seen else { return find(self.text) };
        let in_whole = |range: Range<usize>| {
            let last = range.end.checked_sub(1)?;
            Some(*places.get(range.start)?..places.get(last)? + 1)
        };
        find(text).into_iter().filter_map(in_whole).collect()
    }
}

/// Control characters are kept, because they end words.
fn is_invisible(letter: char) -> bool {
    !letter.is_ascii() && !letter.is_control() && !is_printable(letter)
}
