//! Secrets within texts that are no key files.

use crate::files::KeyFileError;
use crate::{Curve, HdPath, KeyPair, PublicKey, SeedPhrase, find_secrets, is_printable};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use zeroize::Zeroizing;

/// The beginning of a file, as far as it is looked at.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let failed = |source| KeyFileError::Io { doing: "read", path: path.to_owned(), source };
    // Enough room from the start, so that no half of it is left behind.
    let mut contents = Zeroizing::new(Vec::with_capacity(MOST));
    let file = File::open(path).map_err(failed)?;
    file.take(MOST as u64).read_to_end(&mut contents).map_err(failed)?;
    Ok(contents)
}

/// The keys of all secrets in a text, each once: secret keys however they are written, and the first key of each seed
/// phrase.
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

/// One secret key; without the name of a curve it is one of ed25519.
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
    // Hexadecimal and base64 hold the seed and the public key, too.
    let other = || KeyPair::from_ed25519_seed_text(&text).ok();
    let pair = written.parse::<KeyPair>().ok().or_else(other)?;
    Some(pair.public_key().clone())
}

/// The first keys of the phrases among these words of the list; between two phrases nothing need stand.
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

/// Characters of an ed25519 secret, however it is written.
const LONGEST_ED25519: usize = 200;

/// Bytes of a file that are looked at.
const MOST: usize = 1 << 18;

/// Words of seed phrases, the longest first: a shorter one within it would seldom be meant.
const PHRASES: [usize; 5] = [24, 21, 18, 15, 12];

/// Words in a row that are looked at.
const MOST_WORDS: usize = 2_400;
