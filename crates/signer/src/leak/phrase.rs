//! Seed phrases among words.

use bip39::Language;
use std::ops::Range;

/// How many words of twelve may be misspelt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Slips {
    None,
    One,
}

/// Where twelve words or more of the BIP-39 list stand in a row. Numbers between them are a list's.
pub(super) fn find(text: &str, words: &[Range<usize>], slips: Slips) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut row: Vec<(&Range<usize>, bool)> = Vec::new();
    for word in words {
        let letters = &text[word.clone()];
        match () {
            () if is_listed(letters) => row.push((word, true)),
            () if letters.len() <= 2 && letters.bytes().all(|byte| byte.is_ascii_digit()) => {}
            () if slips == Slips::One && letters.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                row.push((word, false));
            }
            () => found.extend(phrases(&std::mem::take(&mut row), slips)),
        }
    }
    found.extend(phrases(&row, slips));
    found
}

/// The stretches of `row` in which of each twelve words all are listed, or all but one.
fn phrases(row: &[(&Range<usize>, bool)], slips: Slips) -> Vec<Range<usize>> {
    let needed = FEWEST - usize::from(slips == Slips::One);
    let windows = row
        .windows(FEWEST)
        .filter(|words| words.iter().filter(|(_, listed)| *listed).count() >= needed);
    let range = |words: &[(&Range<usize>, bool)]| Some(words.first()?.0.start..words.last()?.0.end);
    windows.filter_map(range).collect()
}

fn is_listed(word: &str) -> bool {
    (3..=8).contains(&word.len())
        && Language::English.find_word(&word.to_ascii_lowercase()).is_some()
}

/// Words of the shortest phrase.
const FEWEST: usize = 12;
