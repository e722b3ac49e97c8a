//! Secret keys in base64.

use super::key::halves_fit;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::ops::Range;
use zeroize::Zeroizing;

/// The ranges of 64-byte ed25519 secrets in base64 of either alphabet, padded or not. 32 bytes are not searched for,
/// because hashes have as many.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let runs = runs(text).into_iter().filter(|run| run.len() >= CHARACTERS);
    runs.filter_map(|run| {
        let start = run.start + start_in(&text[run])?;
        let padding = text[start + CHARACTERS..].bytes().take(2).take_while(|byte| *byte == b'=');
        Some(start..start + CHARACTERS + padding.count())
    })
    .collect()
}

/// Runs of base64 characters.
fn runs(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let (mut runs, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|byte| is_base64(**byte)).count();
        if length > 0 {
            runs.push(at..at + length);
        }
        at += length.max(1);
    }
    runs
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
}

/// Where a secret begins in `run`. Long runs are data, and are searched only at both ends.
fn start_in(run: &str) -> Option<usize> {
    let last = run.len().checked_sub(CHARACTERS)?;
    let is_secret = |start: &usize| is_secret(&run[*start..*start + CHARACTERS]);
    match run.len() <= LONGEST_SEARCHED {
        true => (0..=last).find(is_secret),
        false => [0, last].into_iter().find(is_secret),
    }
}

fn is_secret(text: &str) -> bool {
    let mut bytes = Zeroizing::new([0; CHARACTERS]);
    let engine = if text.contains(['-', '_']) { &URL_SAFE_NO_PAD } else { &STANDARD_NO_PAD };
    let Ok(64) = engine.decode_slice(text, &mut bytes[..]) else { return false };
    bytes.first_chunk().is_some_and(halves_fit)
}

/// Characters of 64 bytes.
const CHARACTERS: usize = 86;
/// Characters.
const LONGEST_SEARCHED: usize = 200;
