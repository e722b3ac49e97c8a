//! Secrets within texts that are no key files.

use crate::files::KeyFileError;
use crate::{Curve, HdPath, KeyPair, PublicKey, SeedPhrase, find_secrets};
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
    let body = text.rsplit(|letter: char| !letter.is_ascii_alphanumeric()).next()?;
    let curves = [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65];
    let named = curves.into_iter().find(|curve| {
        let name = text.get(..curve.prefix().len());
        body.len() < text.len()
            && name.is_some_and(|name| name.eq_ignore_ascii_case(curve.prefix()))
    });
    let prefix = named.unwrap_or(Curve::Ed25519).prefix();
    let written = Zeroizing::new(format!("{prefix}:{body}"));
    let pair = written.parse::<KeyPair>().ok().or_else(|| from_hex(body))?;
    Some(pair.public_key().clone())
}

fn from_hex(body: &str) -> Option<KeyPair> {
    let digits = body.strip_prefix("0x").or_else(|| body.strip_prefix("0X")).unwrap_or(body);
    let digits = digits.get(..64).filter(|_| digits.len() == 128)?;
    let mut seed = Zeroizing::new([0; 32]);
    for (byte, digits) in seed.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(KeyPair::from_ed25519_seed(&seed))
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

/// Bytes of a file that are looked at.
const MOST: usize = 1 << 18;

/// Words of seed phrases, the longest first: a shorter one within it would seldom be meant.
const PHRASES: [usize; 5] = [24, 21, 18, 15, 12];

/// Words in a row that are looked at.
const MOST_WORDS: usize = 2_400;
