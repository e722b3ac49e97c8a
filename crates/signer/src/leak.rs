//! Finds secrets in other text: in an argument, a log line, an answer.
//!
//! Whatever parses as a secret is found, however it is wrapped: in quotes, in JSON, in a URL, after `NAME=`, in base58,
//! hexadecimal or base64, with invisible characters in it. Public keys, hashes, implicit accounts and signatures are
//! not secrets. Neither are 32 bytes in any encoding, because a seed looks like a hash.

mod base64;
mod key;
mod phrase;
mod visible;
mod words;

use std::borrow::Cow;
use std::ops::Range;
use visible::Visible;

/// The byte ranges of secrets in `text`: secret keys on every curve, and seed phrases.
///
/// Twelve consecutive words of the BIP-39 list are a seed phrase, even if the checksum is wrong: two may be swapped.
///
/// ```
/// use keyway_signer::{KeyPair, find_secrets};
///
/// let secret = KeyPair::random_ed25519().expose_secret_text();
/// let found = find_secrets(&format!("KEY='{}'", *secret));
/// assert_eq!(found, [5..5 + secret.len()]);
/// assert!(find_secrets(&KeyPair::random_ed25519().public_key().to_string()).is_empty());
/// ```
#[must_use]
pub fn find_secrets(text: &str) -> Vec<Range<usize>> {
    Visible::of(text).find(|text| {
        let words = words::words(text);
        let mut found = key::find(text, &words);
        found.extend(base64::find(text));
        found.extend(phrase::find(text, &words, phrase::Slips::None));
        merged(found)
    })
}

/// `text` with each secret replaced by `[secret]`.
///
/// ```
/// use keyway_signer::{KeyPair, without_secrets};
///
/// let secret = KeyPair::random_ed25519().expose_secret_text();
/// assert_eq!(without_secrets(&format!("no file `{}`", *secret)), "no file `[secret]`");
/// ```
#[must_use]
pub fn without_secrets(text: &str) -> Cow<'_, str> {
    let found = find_secrets(text);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for secret in found {
        shown.push_str(&text[from..secret.start]);
        shown.push_str(PLACEHOLDER);
        from = secret.end;
    }
    shown.push_str(&text[from..]);
    Cow::Owned(shown)
}

/// The byte ranges in `text` that were probably meant as secrets: those of [`find_secrets`], mistyped keys that are too
/// long for a public key, and phrases with one or two misspelt words. Meant for what people type; an answer may contain
/// signatures, which look like a mistyped secret key.
///
/// ```
/// use keyway_signer::{KeyPair, find_likely_secrets};
///
/// let secret = KeyPair::random_ed25519().expose_secret_text();
/// let cut = &secret[..secret.len() - 9];
/// assert_eq!(find_likely_secrets(cut).first(), Some(&(0..cut.len())));
/// ```
#[must_use]
pub fn find_likely_secrets(text: &str) -> Vec<Range<usize>> {
    Visible::of(text).find(|text| {
        let words = words::words(text);
        let mut found = key::find(text, &words);
        found.extend(base64::find(text));
        found.extend(key::find_slipped(text, &words));
        found.extend(key::find_bare(text, &words));
        found.extend(phrase::find(text, &words, phrase::Slips::Two));
        merged(found)
    })
}

/// The ranges in order, without those inside another.
fn merged(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for range in found {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// Replaces a secret.
const PLACEHOLDER: &str = "[secret]";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Curve, KeyPair, SeedPhrase};
    use proptest::prelude::*;

    const CURVES: [Curve; 3] = [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65];

    /// No eight consecutive characters of the secret are left.
    #[track_caller]
    fn hidden(secret: &str, text: &str) {
        let shown = without_secrets(text);
        for part in secret.as_bytes().windows(8) {
            let part = std::str::from_utf8(part).unwrap();
            assert!(!shown.contains(part), "`{part}` is left of {text}");
        }
        assert!(shown.contains(PLACEHOLDER));
    }

    fn body(secret: &str) -> &str {
        secret.split_once(':').unwrap().1
    }

    fn wrapped(secret: &str) -> Vec<String> {
        let (curve, body) = secret.split_once(':').unwrap();
        [
            secret.to_owned(),
            format!("  {secret}\n"),
            format!("'{secret}'"),
            format!("\"{secret}\","),
            format!("`{secret}` is not set"),
            format!("--key-env={secret}"),
            format!("NEAR_KEY={secret};"),
            format!("{{\"private_key\":\"{secret}\"}}"),
            format!("{{\\\"private_key\\\":\\\"{secret}\\\"}}"),
            format!("drop.near#{secret}"),
            format!("https://user:{secret}@example.org/?key={secret}&x=1"),
            format!("key%3D{curve}%3A{body}%22"),
            format!("{}:{body}", curve.to_uppercase()),
            format!("{curve}: {body}"),
            format!("{curve}={body}"),
            format!("{curve}\\u003a{body}"),
            format!("a dry sentence with {secret}, and more"),
            format!("/tmp/{secret}/localnet"),
            format!("ключ:{secret}…"),
        ]
        .to_vec()
    }

    #[test]
    fn secret_keys_are_found_however_they_are_wrapped() {
        for curve in CURVES {
            for _ in 0..8 {
                let secret = KeyPair::random(curve).expose_secret_text();
                for text in wrapped(&secret) {
                    if !(text.contains("\\u003a") && curve != Curve::Ed25519) {
                        hidden(body(&secret), &text);
                    }
                }
                if curve == Curve::MlDsa65 {
                    break;
                }
            }
        }
    }

    #[test]
    fn ed25519_secrets_need_no_curve() {
        for seed in [[7; 32], [0; 32], [255; 32], std::array::from_fn(|i| i as u8)] {
            let secret = KeyPair::from_ed25519_seed(&seed).expose_secret_text();
            let body = body(&secret);
            for text in [
                body.to_owned(),
                format!("\"{body}\""),
                format!("https://wallet.near.org/linkdrop/drop.near/{body}?redirect=x"),
            ] {
                hidden(body, &text);
            }
        }
        let secret = KeyPair::random_ed25519().expose_secret_text();
        for text in [format!("x{}", body(&secret)), format!("ed25519{}yz", body(&secret))] {
            hidden(body(&secret), &text);
        }
    }

    #[test]
    fn ed25519_secrets_are_found_in_hex() {
        let pair = KeyPair::from_ed25519_seed(&[9; 32]);
        let bytes = bs58::decode(body(&pair.expose_secret_text())).into_vec().unwrap();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        for text in [hex.clone(), format!("0x{}", hex.to_uppercase()), format!("\"{hex}\"")] {
            hidden(&text[4..60], &text);
        }
        // Hashes and implicit accounts are public.
        assert!(find_secrets(&hex[..64]).is_empty());
        let other = format!("{}{}", &hex[..64], &hex[..64]);
        assert!(find_secrets(&other).is_empty());
    }

    #[test]
    fn seed_phrases_are_found_however_they_are_written() {
        let words = "fatal edge jacket cash hard pass gallery fabric whisper size rain biology";
        let listed = words.split(' ').map(|word| format!("{word:?}"));
        let listed = listed.collect::<Vec<_>>().join(", ");
        for text in [
            words.to_owned(),
            words.to_uppercase(),
            words.replace(' ', "\n"),
            words.replace(' ', ","),
            words.replace(' ', "%20"),
            words.replace(' ', "-"),
            format!("[{listed}]"),
            format!("seed: '{words}'"),
            words.replace("fatal edge", "edge fatal"),
        ] {
            let shown = without_secrets(&text).to_lowercase();
            for word in words.split(' ') {
                assert!(!shown.contains(word), "{shown}");
            }
        }
        for _ in 0..20 {
            let phrase = SeedPhrase::generate();
            assert_eq!(without_secrets(&phrase.expose_words()), PLACEHOLDER);
        }
        let misspelt = words.replace("jacket", "jakcet");
        assert!(find_secrets(&misspelt).is_empty());
        for misspelt in [misspelt.clone(), misspelt.replace("whisper", "wisper")] {
            let found = find_likely_secrets(&misspelt);
            assert!(matches!(found.as_slice(), [range] if *range == (0..misspelt.len())));
        }
        let prose = words.replace("jacket", "yesterday").replace("whisper", "nowhere");
        assert_eq!(find_likely_secrets(&prose), []);
    }

    #[test]
    fn ed25519_secrets_are_found_in_base64() {
        use ::base64::Engine;
        use ::base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
        for number in 0..20 {
            let pair = KeyPair::from_ed25519_seed(&[number; 32]);
            let bytes = bs58::decode(body(&pair.expose_secret_text())).into_vec().unwrap();
            for secret in [STANDARD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
                let letters = secret.trim_end_matches('=');
                for text in [
                    secret.clone(),
                    format!("\"{secret}\""),
                    format!("NEAR_KEY={secret}"),
                    format!("/tmp/{secret}/x"),
                ] {
                    hidden(letters, &text);
                }
            }
            // A seed of 32 bytes, and a signature of 64.
            assert_eq!(find_likely_secrets(&STANDARD.encode(&bytes[..32])), []);
            let other = [&bytes[..32], &bytes[..32]].concat();
            assert_eq!(find_secrets(&STANDARD.encode(other)), []);
        }
    }

    #[test]
    fn what_nobody_sees_hides_no_secret() {
        let phrase = "fatal edge jacket cash hard pass gallery fabric whisper size rain biology";
        for curve in CURVES {
            let secret = KeyPair::random(curve).expose_secret_text();
            for invisible in ['\u{200b}', '\u{ad}', '\u{feff}', '\u{2060}'] {
                let text = format!("{}{invisible}{}", &secret[..30], &secret[30..]);
                let found = find_secrets(&format!("é {text} é"));
                let whole = 3..3 + text.len();
                assert_eq!(found, std::slice::from_ref(&whole), "{curve} {invisible:?}");
            }
        }
        let spread = phrase.replace("jacket", "jac\u{200b}ket");
        assert_eq!(without_secrets(&spread), PLACEHOLDER);
    }

    #[test]
    fn bare_secrets_are_found_whole_and_cut() {
        let secret = KeyPair::random_ml_dsa_65().expose_secret_text();
        hidden(body(&secret), body(&secret));
        let cut = &body(&secret)[..5_000];
        assert_eq!(find_likely_secrets(cut).first(), Some(&(0..cut.len())));
        for _ in 0..20 {
            let secret = KeyPair::random_ed25519().expose_secret_text();
            let body = body(&secret);
            for cut in [&body[..70], &body[7..], &body[..body.len() - 2]] {
                for text in [cut.to_owned(), format!(" '{cut}'\n"), format!("NEAR_KEY={cut}")] {
                    assert_eq!(find_likely_secrets(&text).len(), 1, "{text}");
                }
            }
        }
    }

    #[test]
    fn a_slip_does_not_hide_a_secret() {
        for curve in CURVES {
            let secret = KeyPair::random(curve).expose_secret_text();
            let mut other = secret.to_string();
            let letter = if other.pop() == Some('1') { '2' } else { '1' };
            other.push(letter);
            for text in [
                other,
                format!("{}!", *secret),
                format!("{}1", *secret),
                secret[..secret.len() - 2].to_owned(),
                format!("{}0{}", &secret[..30], &secret[31..]),
            ] {
                assert!(!find_likely_secrets(&text).is_empty(), "{curve}: {text}");
            }
        }
    }

    #[test]
    fn what_is_public_is_no_secret() {
        let mut public = vec![
            "a".repeat(64),
            "c4f5941e81e071c2fd1dae2e71fd3d859d462484391d9a90bf219211dcbb320f".to_owned(),
            "eyJhY2NvdW50X2lkIjoiYWxpY2UubmVhciIsImFtb3VudCI6IjEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwIn0="
                .to_owned(),
            "get_the_score_of_every_account_that_played_in_the_first_season_2".to_owned(),
            "/home/alice/.near-credentials/testnet/alice.testnet/ed25519_6E8sCci9badyRkXb3JoRpBj5p8C6Tw41ELDZoiihKEtp.json".to_owned(),
            "0x".to_owned() + &"ab".repeat(20),
            "key list account drop call send sign add remove any".to_owned(),
            "Say when the account was there, and what the two of you could see of it all day."
                .into(),
            String::new(),
        ];
        for curve in CURVES {
            let pair = KeyPair::random(curve);
            let signature = pair.sign_hash(&crate::CryptoHash::hash_bytes(b"x"));
            public.push(pair.public_key().to_string());
            public.push(near_crypto::PublicKeyHandle::from(pair.public_key()).to_string());
            public.push(format!("{{\"signature\":\"{signature}\"}}"));
            public.push(crate::CryptoHash::hash_bytes(b"y").to_string());
        }
        for text in public {
            assert_eq!(find_likely_secrets(&text), [], "{text}");
            assert_eq!(without_secrets(&text), text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_looked_through(text in "\\PC*|([1-9A-Za-z%:#]{0,400})") {
            let _found = find_likely_secrets(&text);
            let _shown = without_secrets(&text);
        }

        #[test]
        fn a_secret_is_found_in_any_text(before in "[^A-Za-z0-9%]{0,9}", after in "[^A-Za-z0-9]{0,9}") {
            let secret = KeyPair::random_ed25519().expose_secret_text();
            let text = format!("{before}{}{after}", *secret);
            prop_assert_eq!(without_secrets(&text), format!("{before}{PLACEHOLDER}{after}"));
        }
    }
}
