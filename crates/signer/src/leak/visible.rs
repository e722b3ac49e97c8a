//! Text without the characters that nobody sees: one of them within a secret must not hide it.

use crate::is_printable;
use std::ops::Range;
use zeroize::Zeroizing;

/// A text, and what is visible of it where that is less.
pub(super) struct Visible<'a> {
    text: &'a str,
    seen: Option<Seen>,
}

struct Seen {
    text: Zeroizing<String>,
    /// Where each of its bytes stands in the whole text.
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

    /// What `find` finds in what is visible, as places in the whole text.
    pub(super) fn find(&self, find: impl FnOnce(&str) -> Vec<Range<usize>>) -> Vec<Range<usize>> {
        let Some(Seen { text, places }) = &self.seen else { return find(self.text) };
        let in_whole = |range: Range<usize>| {
            let last = range.end.checked_sub(1)?;
            Some(*places.get(range.start)?..places.get(last)? + 1)
        };
        find(text).into_iter().filter_map(in_whole).collect()
    }
}

/// Control characters end words, and are left to do so.
fn is_invisible(letter: char) -> bool {
    !letter.is_ascii() && !letter.is_control() && !is_printable(letter)
}
