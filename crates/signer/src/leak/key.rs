//! Secret keys among words.

use crate::{Curve, KeyPair};
use std::ops::Range;
use zeroize::Zeroizing;

/// The ranges of secret keys, including the name of the curve before them.
pub(super) fn find(text: &str, words: &[Range<usize>]) -> Vec<Range<usize>> {
    let keys = words.iter().filter(|word| word.len() >= SHORTEST).filter_map(|word| {
        let body = &text[word.clone()];
        match curve_before(text, word.start) {
            Some((Curve::Secp256k1, start)) if is_secp256k1(body) => Some(start..word.end),
            Some((Curve::MlDsa65, start)) if body.len() > LONGER_THAN_PUBLIC_ML_DSA => {
                Some(start..word.end)
            }
            Some((Curve::Ed25519, start)) => ed25519_in(body).map(|_| start..word.end),
            None if is_ml_dsa(body) => Some(word.clone()),
            _ => {
                let within = ed25519_in(body)?;
                Some(word.start + within.start..word.start + within.end)
            }
        }
    });
    keys.collect()
}

/// The ranges of keys that are not public keys of their curve, and too long for one: probably secrets that were cut or
/// mistyped. JSON is not searched, because it may well contain a signature.
pub(super) fn find_slipped(text: &str, words: &[Range<usize>]) -> Vec<Range<usize>> {
    if text.contains('{') {
        return Vec::new();
    }
    let slipped = words.iter().filter_map(|word| {
        let (curve, start) = curve_before(text, word.start)?;
        let is_secret = match curve {
            Curve::Ed25519 => word.len() > LONGEST_PUBLIC_ED25519,
            // A public key is twice as long as a secret.
            Curve::Secp256k1 => (SHORTEST..60).contains(&word.len()),
            Curve::MlDsa65 => word.len() > LONGER_THAN_PUBLIC_ML_DSA,
        };
        is_secret.then_some(start..word.end)
    });
    slipped.collect()
}

/// The range of the whole `text`, without quotes and a name before `=`, if it is base58 that is too long for a public
/// key or a hash: probably a secret without its curve that was cut or mistyped.
pub(super) fn find_bare(text: &str, words: &[Range<usize>]) -> Option<Range<usize>> {
    let word = words.last()?;
    let body = &text[word.clone()];
    let before = text[..word.start].trim_end_matches(['"', '\'', ' ']);
    let stands_alone = before.is_empty() || before.ends_with('=');
    let length = body.len();
    let is_too_long = (LONGEST_PUBLIC_ED25519 + 1..=LONGEST_SECRET_ED25519 + 2).contains(&length)
        || length > LONGER_THAN_PUBLIC_ML_DSA;
    (stands_alone && is_too_long && looks_random(body)).then(|| word.clone())
}

/// Whether base58 text has about as many digits and letters of each case as random text, and more than a name has.
fn looks_random(body: &str) -> bool {
    let count = |is: fn(&u8) -> bool| body.bytes().filter(is).count();
    body.bytes().all(|byte| byte.is_ascii_alphanumeric() && !b"0OIl".contains(&byte))
        && count(u8::is_ascii_digit) >= 2
        && count(u8::is_ascii_uppercase) >= 8
        && count(u8::is_ascii_lowercase) >= 8
}

/// The curve named right before `at`, and where its name begins.
fn curve_before(text: &str, at: usize) -> Option<(Curve, usize)> {
    let before = &text[..at];
    let (mut end, mut joined) = (before.len(), false);
    // A colon, quoted or escaped in any way.
    while let Some(last) = before[..end].chars().next_back() {
        if end >= 3 && before.is_char_boundary(end - 3) && is_percent_code(&before[end - 3..end]) {
            joined |= before[end - 3..end].eq_ignore_ascii_case("%3a");
            end -= 3;
        } else if !last.is_ascii_alphanumeric() && at - end < FARTHEST {
            joined |= matches!(last, ':' | '=');
            end -= last.len_utf8();
        } else {
            break;
        }
    }
    let curves = [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65].into_iter();
    // A quote between them belongs to the JSON, which must stay valid.
    let quoted = before[end..].contains(['"', '\'']);
    curves.filter(|_| joined).find_map(|curve| {
        let start = end.checked_sub(curve.prefix().len())?;
        let name = before.get(start..end)?;
        let named = name.eq_ignore_ascii_case(curve.prefix());
        named.then_some((curve, if quoted { at } else { start }))
    })
}

fn is_percent_code(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next() == Some(b'%') && bytes.all(|byte| byte.is_ascii_hexdigit())
}

/// The range of a 64-byte ed25519 secret in `word`: the seed, followed by its public key. A signature has as many bytes,
/// but its halves do not match.
fn ed25519_in(word: &str) -> Option<Range<usize>> {
    let length = word.len();
    let whole = (length <= LONGEST_SECRET_ED25519).then_some(0..length).into_iter();
    // The key may be joined to other text.
    let starts = if length <= LONGEST_SEARCHED { length } else { 1 };
    let windows =
        (0..starts).flat_map(|start| USUAL_SECRET_ED25519.map(move |size| start..start + size));
    let last = USUAL_SECRET_ED25519.filter_map(|size| Some(length.checked_sub(size)?..length));
    let mut base58 = whole.chain(windows).chain(last).filter(|range| range.end <= length);
    let fits = |range: &Range<usize>| is_ed25519_base58(&word[range.clone()]);
    base58.find(fits).or_else(|| {
        let start = if word.starts_with("0x") || word.starts_with("0X") { 2 } else { 0 };
        (length - start == HEX_SECRET_ED25519 && is_ed25519_hex(&word[start..]))
            .then_some(0..length)
    })
}

fn is_ed25519_base58(text: &str) -> bool {
    let mut bytes = Zeroizing::new([0; 64]);
    bs58::decode(text).onto(&mut bytes[..]) == Ok(64) && halves_fit(&bytes)
}

fn is_ed25519_hex(text: &str) -> bool {
    let mut bytes = Zeroizing::new([0; 64]);
    let digits = text.as_bytes().chunks_exact(2);
    for (byte, digits) in bytes.iter_mut().zip(digits) {
        let digits = std::str::from_utf8(digits).unwrap_or_default();
        match u8::from_str_radix(digits, 16) {
            Ok(read) => *byte = read,
            Err(_) => return false,
        }
    }
    halves_fit(&bytes)
}

/// Whether the second half is the public key of the first.
pub(super) fn halves_fit(bytes: &[u8; 64]) -> bool {
    let Some((seed, public)) = bytes.split_first_chunk() else { return false };
    KeyPair::from_ed25519_seed(seed).public_key().key_data() == public
}

/// Whether it is base58 of as many bytes as an ML-DSA-65 secret has, which nothing else that people handle has.
fn is_ml_dsa(body: &str) -> bool {
    if !(LONGER_THAN_PUBLIC_ML_DSA..=LONGEST_SECRET_ML_DSA).contains(&body.len()) {
        return false;
    }
    let mut bytes = Zeroizing::new(vec![0; SECRET_ML_DSA_BYTES + 1]);
    bs58::decode(body).onto(&mut bytes[..]) == Ok(SECRET_ML_DSA_BYTES)
}

fn is_secp256k1(body: &str) -> bool {
    let mut bytes = Zeroizing::new([0; 33]);
    bs58::decode(body).onto(&mut bytes[..]) == Ok(32)
}

/// Characters of the shortest secret: 32 zero bytes.
const SHORTEST: usize = 32;
/// Characters of 64 bytes in base58, usually.
const USUAL_SECRET_ED25519: std::ops::RangeInclusive<usize> = 86..=88;
/// Characters of 64 bytes in base58, at most.
const LONGEST_SECRET_ED25519: usize = 88;
const HEX_SECRET_ED25519: usize = 128;
/// Characters of 32 bytes in base58, and two for mistakes.
const LONGEST_PUBLIC_ED25519: usize = 46;
/// Characters: public keys have 2,666 at most, signatures 4,520, secrets 5,507.
const LONGER_THAN_PUBLIC_ML_DSA: usize = 4_600;
/// Characters of [`SECRET_ML_DSA_BYTES`] in base58, at most.
const LONGEST_SECRET_ML_DSA: usize = 5_507;
/// FIPS 204.
const SECRET_ML_DSA_BYTES: usize = 4_032;
/// Characters; longer words are code or data, and are searched only at both ends.
const LONGEST_SEARCHED: usize = 200;
/// Bytes between the name of a curve and the key.
const FARTHEST: usize = 8;
