//! The secret that lets a browser write.

use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// 128 random bits that a node prints when it starts. Whoever has them may act on its chain with the
/// console. They do not come from the chain, and are forgotten with the process.
pub struct Token(Zeroizing<String>);

impl Token {
    /// A new one, from the operating system's randomness.
    ///
    /// # Panics
    /// If the system has none.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = Zeroizing::new([0; BYTES]);
        getrandom::fill(&mut *bytes).expect("invariant: the operating system has randomness");
        Self(hex(&*bytes))
    }

    /// The secret, for the link that its owner opens.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }

    /// Whether `given` is this secret, compared in constant time.
    pub(crate) fn is(&self, given: &str) -> bool {
        same(&self.0, given)
    }

    /// Another secret that only somebody with this one can know.
    pub(crate) fn derived(&self, purpose: &str) -> Zeroizing<String> {
        let digest = Sha256::new().chain_update(purpose).chain_update([0]).chain_update(&*self.0);
        hex(&digest.finalize()[..BYTES])
    }
}

/// Compares two secrets in constant time; only their lengths show.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

fn hex(bytes: &[u8]) -> Zeroizing<String> {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    Zeroizing::new(digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect())
}

/// Bytes of a token.
const BYTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_all_of_its_digits() {
        let (token, other) = (Token::random(), Token::random());
        let text = token.expose_secret();
        assert_eq!(text.len(), 2 * BYTES);
        assert!(token.is(text) && !token.is(other.expose_secret()));
        for wrong in ["", &text[1..], &text.to_uppercase().replace(char::is_numeric, "a")] {
            assert!(!token.is(wrong), "{wrong}");
        }
    }

    #[test]
    fn what_is_derived_differs_by_purpose_and_shows_nothing() {
        let token = Token::random();
        let (cookie, form) = (token.derived("cookie"), token.derived("form"));
        assert_ne!(cookie, form);
        assert!(!token.is(&cookie));
        assert_eq!(token.derived("form"), form);
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
