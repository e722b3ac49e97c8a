//! Secrets within texts that are no key files.

use crate::files::KeyFileError;
use crate::{Curve, HdPath, KeyPair, SeedPhrase};
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

/// The first secret key in a text, or the first key of a seed phrase that a line of it is.
pub(super) fn secret(contents: &[u8]) -> Option<KeyPair> {
    let text = Zeroizing::new(String::from_utf8_lossy(contents).into_owned());
    let curves = [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65];
    let keys = curves.into_iter().find_map(|curve| key(&text, curve));
    keys.or_else(|| {
        let phrases =
            text.lines().filter(|line| line.split_whitespace().count() >= SHORTEST_PHRASE);
        let mut phrases = phrases.filter_map(|line| line.parse::<SeedPhrase>().ok());
        phrases.next().map(|phrase| phrase.key_pair(&HdPath::default()))
    })
}

fn key(text: &str, curve: Curve) -> Option<KeyPair> {
    let prefix = format!("{}:", curve.prefix());
    text.match_indices(&prefix).find_map(|(start, _)| {
        let rest = text.get(start + prefix.len()..)?;
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(rest.len());
        text.get(start..start + prefix.len() + end)?.parse().ok()
    })
}

/// Bytes of a file that are looked at.
const MOST: usize = 1 << 18;

/// Words of the shortest seed phrase.
const SHORTEST_PHRASE: usize = 12;
