//! Seed phrases among words.

use bip39::Language;
use std::ops::Range;
use strsim::osa_distance;

/// How many of twelve words may be misspelt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Slips {
    None,
    /// One may be any word; two must both be one letter away from words of the list.
    Two,
}

/// A word, and whether it is in the list.
type Word<'a> = (&'a Range<usize>, bool);

/// The ranges of twelve or more consecutive words of the BIP-39 list. Numbers between them are ignored.
pub(super) fn find(text: &str, words: &[Range<usize>], slips: Slips) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut row: Vec<Word<'_>> = Vec::new();
    for word in words {
        let letters = &text[word.clone()];
        match () {
            () if is_listed(letters) => row.push((word, true)),
            () if letters.len() <= 2 && letters.bytes().all(|byte| byte.is_ascii_digit()) => {}
            () if slips == Slips::Two && letters.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                row.push((word, false));
            }
            () => found.extend(phrases(text, &std::mem::take(&mut row))),
        }
    }
    found.extend(phrases(text, &row));
    found
}

/// The parts of `row` in which all of each twelve words are listed, or few are misspelt.
fn phrases(text: &str, row: &[Word<'_>]) -> Vec<Range<usize>> {
    let windows = row.windows(FEWEST).filter(|words| is_phrase(text, words));
    let range = |words: &[Word<'_>]| Some(words.first()?.0.start..words.last()?.0.end);
    windows.filter_map(range).collect()
}

fn is_phrase(text: &str, words: &[Word<'_>]) -> bool {
    let mut misspelt = words.iter().filter(|(_, listed)| !listed);
    match misspelt.clone().count() {
        0 | 1 => true,
        2 => misspelt.all(|(word, _)| is_nearly_listed(&text[(*word).clone()])),
        _ => false,
    }
}

fn is_listed(word: &str) -> bool {
    (3..=8).contains(&word.len())
        && Language::English.find_word(&word.to_ascii_lowercase()).is_some()
}

/// Whether `word` is one typing mistake away from a word of the list.
fn is_nearly_listed(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let near = |listed: &&str| osa_distance(listed, &word) <= 1;
    (3..=9).contains(&word.len()) && Language::English.word_list().iter().any(near)
}

/// Words of the shortest phrase.
const FEWEST: usize = 12;
