//! Secrets in texts that are not key files.

use crate::files::error::KeyFileError;
use crate::{Curve, HdPath, KeyPair, PublicKey, SeedPhrase, find_secrets, is_printable};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use zeroize::Zeroizing;

/// The beginning of a file, up to the limit.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let failed = |source| KeyFileError::Io { doing: "read", path: path.to_owned(), source };
    // With enough capacity, so that the buffer does not grow and leave a copy behind.
    let mut contents = Zeroizing::new(Vec::with_capacity(MOST));
    let file = File::open(path).map_err(failed)?;
    file.take(MOST as u64).read_to_end(&mut contents).map_err(failed)?;
    Ok(contents)
}

/// The keys of all secrets in a text, each once: of secret keys in any encoding, and the first key of each seed phrase.
pub(super) fn keys(contents: &[u8]) -> Vec<PublicKey> {
    let text = Zeroizing::new(String::from_utf8_lossy(contents).into_owned());
    let mut keys = Vec::new();
    for range in find_secrets(&text) {
        for key in
            secret_key(&text[range.clone()]).map_or_else(|| phrases(&text[range]), |key| vec![key])
        {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    keys
}

/// One secret key; without the name of a curve it is ed25519.
fn secret_key(text: &str) -> Option<PublicKey> {
    let visible = text.chars().filter(|letter| letter.is_ascii() || is_printable(*letter));
    let text = Zeroizing::new(visible.collect::<String>());
    let body = text.rsplit(|letter: char| !letter.is_ascii_alphanumeric()).next()?;
    let curves = [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65];
    let named = curves.into_iter().find(|curve| {
        let name = text.get(..curve.prefix().len());
        body.len() < text.len()
            && name.is_some_and(|name| name.eq_ignore_ascii_case(curve.prefix()))
    });
    let bare = if body.len() > LONGEST_ED25519 { Curve::MlDsa65 } else { Curve::Ed25519 };
    let prefix = named.unwrap_or(bare).prefix();
    let written = Zeroizing::new(format!("{prefix}:{body}"));
    // Hexadecimal and base64 contain the seed and the public key, too.
    let other = || KeyPair::from_ed25519_seed_text(&text).ok();
    let pair = written.parse::<KeyPair>().ok().or_else(other)?;
    Some(pair.public_key().clone())
}

/// The first keys of the phrases among these words of the list; phrases may follow each other directly.
fn phrases(text: &str) -> Vec<PublicKey> {
    let words = text.split(|letter: char| !letter.is_ascii_alphabetic());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).take(MOST_WORDS).collect();
    let (mut keys, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let phrase = PHRASES.into_iter().find_map(|length| {
            let words = Zeroizing::new(words.get(at..at + length)?.join(" ").to_ascii_lowercase());
            Some((length, words.parse::<SeedPhrase>().ok()?))
        });
        if let Some((_, phrase)) = &phrase {
            keys.push(phrase.key_pair(&HdPath::default()).public_key().clone());
        }
        at += phrase.map_or(1, |(length, _)| length);
    }
    keys
}

/// Characters of an ed25519 secret, in any encoding.
const LONGEST_ED25519: usize = 200;

/// The most bytes of a file that are searched.
const MOST: usize = 1 << 18;

/// Numbers of words of seed phrases, longest first, because a shorter one inside a longer one is rarely meant.
const PHRASES: [usize; 5] = [24, 21, 18, 15, 12];

/// The most consecutive words that are searched.
const MOST_WORDS: usize = 2_400;
