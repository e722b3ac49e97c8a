//! Passphrases.

use crate::environment::variable;
use std::fmt;
use std::io::{self, Read};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes that a passphrase may have.
const LONGEST: usize = 4096;

/// What encrypted key files are opened with: zeroed on drop, never printed.
///
/// Where it comes from is the caller's to decide: a prompt, a variable, or an open file.
///
/// ```
/// use keyway_signer::Passphrase;
///
/// let passphrase = Passphrase::from_reader(&b"correct horse\nand the next line"[..])?;
/// assert_eq!(format!("{passphrase:?}"), "Passphrase(..)");
/// # Ok::<(), keyway_signer::PassphraseError>(())
/// ```
#[derive(Clone)]
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// Takes over `text`.
    ///
    /// # Errors
    /// It is empty, or longer than 4096 bytes.
    pub fn new(text: impl Into<Zeroizing<String>>) -> Result<Self, PassphraseError> {
        Self::checked(Zeroizing::new(text.into().as_bytes().to_vec()))
    }

    /// Reads the first line, without its end, and not a byte more: the rest of a file descriptor stays unread.
    ///
    /// # Errors
    /// The line is empty or longer than 4096 bytes, or reading fails.
    pub fn from_reader(mut reader: impl Read) -> Result<Self, PassphraseError> {
        let mut line = Zeroizing::new(Vec::with_capacity(LONGEST.saturating_add(1)));
        let mut byte = Zeroizing::new([0]);
        while line.len() <= LONGEST && read_one(&mut reader, &mut byte)? && byte[0] != b'\n' {
            line.push(byte[0]);
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Self::checked(line)
    }

    /// Asks at the terminal, which does not show what is typed.
    ///
    /// # Errors
    /// [`PassphraseError::NoTerminal`], or the answer is empty or longer than 4096 bytes.
    pub fn prompt(question: &str) -> Result<Self, PassphraseError> {
        let answer = rpassword::prompt_password(question).map_err(PassphraseError::NoTerminal)?;
        Self::new(answer)
    }

    /// Asks twice at the terminal, for a passphrase that something will be encrypted with: after a slip nobody could
    /// open it again.
    ///
    /// # Errors
    /// As [`Passphrase::prompt`], and [`PassphraseError::NotTheSame`].
    pub fn prompt_twice(question: &str, again: &str) -> Result<Self, PassphraseError> {
        let (first, second) = (Self::prompt(question)?, Self::prompt(again)?);
        if bool::from(first.0.ct_eq(&second.0)) {
            Ok(first)
        } else {
            Err(PassphraseError::NotTheSame)
        }
    }

    /// Reads the environment variable `name`. Other processes of the same user can see it there: a
    /// file descriptor, read with [`Passphrase::from_reader`], is safer.
    ///
    /// # Errors
    /// The variable is not set, is empty or longer than 4096 bytes.
    pub fn from_env(name: &str) -> Result<Self, PassphraseError> {
        let value =
            variable(name).ok_or_else(|| PassphraseError::NotSet { name: name.to_owned() })?;
        Self::new(value)
    }

    fn checked(bytes: Zeroizing<Vec<u8>>) -> Result<Self, PassphraseError> {
        match bytes.len() {
            0 => Err(PassphraseError::Empty),
            got if got > LONGEST => Err(PassphraseError::TooLong { most: LONGEST }),
            _ => Ok(Self(bytes)),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// `false` at the end.
fn read_one(reader: &mut impl Read, byte: &mut [u8; 1]) -> Result<bool, PassphraseError> {
    match reader.read_exact(byte) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(PassphraseError::Read(error)),
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// A passphrase that cannot be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PassphraseError {
    /// It protects nothing.
    #[error("the passphrase is empty")]
    Empty,
    /// Longer than anyone's; a wrong file was read, perhaps.
    #[error("the passphrase is longer than {most} bytes")]
    TooLong {
        /// Bytes allowed.
        most: usize,
    },
    /// The second answer was another.
    #[error("the passphrase was not the same the second time: nothing was encrypted")]
    NotTheSame,
    /// There is no such environment variable, or it is no text.
    #[error("the environment variable {name:?} is not set to a passphrase")]
    NotSet {
        /// The variable.
        name: String,
    },
    /// Nobody can be asked.
    #[error("there is no terminal at which the passphrase could be asked for")]
    NoTerminal(#[source] io::Error),
    /// It could not be read.
    #[error("cannot read the passphrase")]
    Read(#[source] io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_line_is_read_and_no_more() {
        let mut input = &b"first\r\nsecond\nthird"[..];
        for expected in [&b"first"[..], b"second", b"third"] {
            assert_eq!(Passphrase::from_reader(&mut input).unwrap().bytes(), expected);
        }
        assert!(matches!(Passphrase::from_reader(&mut input).unwrap_err(), PassphraseError::Empty));
    }

    #[test]
    fn the_length_has_a_limit() {
        assert!(Passphrase::new("x".repeat(4096)).is_ok());
        let refused = Passphrase::new("x".repeat(4097)).unwrap_err();
        assert!(matches!(refused, PassphraseError::TooLong { most: 4096 }));
        let refused = Passphrase::from_reader(io::repeat(b'x')).unwrap_err();
        assert!(matches!(refused, PassphraseError::TooLong { most: 4096 }));
    }

    #[test]
    fn a_variable_that_is_there_is_read() {
        // Cargo sets it for every test.
        let passphrase = Passphrase::from_env("CARGO_PKG_NAME").unwrap();
        assert_eq!(passphrase.bytes(), b"keyway-signer");
        for name in ["KEYWAY_NO_SUCH_VARIABLE", "", "a=b"] {
            let refused = Passphrase::from_env(name).unwrap_err();
            assert!(matches!(refused, PassphraseError::NotSet { .. }), "{refused}");
        }
    }

    proptest! {
        #[test]
        fn a_line_is_the_same_passphrase_as_its_text(text in "[^\r\n]{1,40}") {
            let line = Passphrase::from_reader(format!("{text}\n").as_bytes())?;
            let given = Passphrase::new(text)?;
            prop_assert_eq!(line.bytes(), given.bytes());
        }
    }
}
