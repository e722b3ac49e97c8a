//! Seed phrases: words from which keys are derived.

mod derive;
mod path;

use crate::KeyPair;
use bip39::{Language, Mnemonic};
pub use path::{HdPath, HdPathError};
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// A BIP-39 seed phrase in English, and the ed25519 key pairs that NEAR's wallets derive from it.
///
/// Case and extra space do not matter; each word and the checksum do. It is zeroed on drop and never printed.
///
/// ```
/// use keyway_signer::{HdPath, SeedPhrase};
///
/// let phrase: SeedPhrase =
///     "fatal edge jacket cash hard pass gallery fabric whisper size rain biology".parse()?;
/// let key_pair = phrase.key_pair(&HdPath::default());
/// assert_eq!(key_pair.public_key().to_string(), "ed25519:2RM3EotCzEiVobm6aMjaup43k8cFffR4KHFtrqbZ79Qy");
/// # Ok::<(), keyway_signer::SeedPhraseError>(())
/// ```
#[derive(Clone)]
pub struct SeedPhrase(Mnemonic);

impl SeedPhrase {
    /// Twelve new words, drawn from the operating system's randomness.
    ///
    /// ```
    /// let phrase = keyway_signer::SeedPhrase::generate();
    /// assert_eq!(phrase.expose_words().split(' ').count(), 12);
    /// ```
    pub fn generate() -> Self {
        let entropy: Zeroizing<[u8; 16]> = crate::random::bytes();
        Self(Mnemonic::from_entropy(&*entropy).expect("invariant: 16 bytes are twelve words"))
    }

    /// The ed25519 key pair at `path`. Wallets use [`HdPath::default`], `m/44'/397'/0'`, and increase the last number for
    /// further keys.
    pub fn key_pair(&self, path: &HdPath) -> KeyPair {
        let master = Zeroizing::new(self.0.to_seed_normalized(""));
        KeyPair::from_ed25519_seed(&derive::ed25519(&*master, path))
    }

    /// The words, separated by single spaces. Anybody who reads them has every key of the phrase.
    pub fn expose_words(&self) -> Zeroizing<String> {
        // Words have at most 8 letters and there are at most 24, so the string never grows.
        let mut words = Zeroizing::new(String::with_capacity(24 * 9));
        for word in self.0.words() {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(word);
        }
        words
    }
}

impl FromStr for SeedPhrase {
    type Err = SeedPhraseError;

    fn from_str(text: &str) -> Result<Self, SeedPhraseError> {
        let mut words = Zeroizing::new(String::with_capacity(text.len()));
        for word in text.split_whitespace() {
            if !words.is_empty() {
                words.push(' ');
            }
            words.extend(word.chars().map(|letter| letter.to_ascii_lowercase()));
        }
        Ok(Self(Mnemonic::parse_in_normalized(Language::English, &words)?))
    }
}

impl fmt::Debug for SeedPhrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeedPhrase").field("words", &self.0.word_count()).finish_non_exhaustive()
    }
}

/// Why text is not a seed phrase. No message quotes a word of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SeedPhraseError {
    /// The number of words is wrong.
    #[error("a seed phrase has 12, 15, 18, 21 or 24 words, but this has {got}")]
    WordCount {
        /// Words in the text.
        got: usize,
    },
    /// A word is not in the English list.
    #[error(
        "word {position} of the seed phrase is not in the English BIP-39 word list; is it misspelt?"
    )]
    UnknownWord {
        /// Which word, counted from 1.
        position: usize,
    },
    /// Each word is in the list, but the checksum is wrong.
    #[error(
        "the seed phrase's checksum is wrong: a word is missing, swapped or mistaken for another"
    )]
    Checksum,
}

impl From<bip39::Error> for SeedPhraseError {
    fn from(error: bip39::Error) -> Self {
        match error {
            bip39::Error::BadWordCount(got) => Self::WordCount { got },
            bip39::Error::UnknownWord(index) => {
                Self::UnknownWord { position: index.saturating_add(1) }
            }
            _ => Self::Checksum,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WORDS: &str = "fatal edge jacket cash hard pass gallery fabric whisper size rain biology";

    #[track_caller]
    fn refused(text: &str, why: SeedPhraseError) {
        assert_eq!(text.parse::<SeedPhrase>().unwrap_err(), why);
    }

    #[test]
    fn case_and_space_do_not_matter() {
        let phrase: SeedPhrase =
            format!("\t {} \n", WORDS.to_uppercase().replace(' ', "  ")).parse().unwrap();
        assert_eq!(*phrase.expose_words(), WORDS);
    }

    #[test]
    fn each_slip_has_its_error() {
        refused("", SeedPhraseError::WordCount { got: 0 });
        refused("fatal edge", SeedPhraseError::WordCount { got: 2 });
        refused(&WORDS.replace("jacket", "jakcet"), SeedPhraseError::UnknownWord { position: 3 });
        refused(&WORDS.replace("fatal edge", "edge fatal"), SeedPhraseError::Checksum);
    }

    #[test]
    fn a_generated_phrase_goes_round_and_never_prints() {
        let phrase = SeedPhrase::generate();
        let again: SeedPhrase = phrase.expose_words().parse().unwrap();
        let path = HdPath::default();
        assert_eq!(again.key_pair(&path), phrase.key_pair(&path));
        assert_ne!(SeedPhrase::generate().key_pair(&path), phrase.key_pair(&path));
        assert_eq!(format!("{phrase:?}"), "SeedPhrase { words: 12, .. }");
    }

    proptest! {
        #[test]
        fn any_text_is_a_phrase_or_an_error(text in "\\PC*|([a-z]{3,8} ){11,25}|(abandon |zoo |about ){12}") {
            let _either = text.parse::<SeedPhrase>();
        }
    }
}
