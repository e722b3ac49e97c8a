//! Passphrases.

use crate::environment::variable;
use std::fmt;
use std::io::{self, Read};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The length limit of a passphrase, bytes.
const LONGEST: usize = 4096;

/// The passphrase of encrypted key files. It is zeroed on drop and never printed.
///
/// The caller decides where it comes from: a prompt, a variable, or an open file.
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
    /// If it is empty, or longer than 4096 bytes.
    pub fn new(text: impl Into<Zeroizing<String>>) -> Result<Self, PassphraseError> {
        Self::checked(Zeroizing::new(text.into().as_bytes().to_vec()))
    }

    /// Reads the first line, without its end, and not a byte more.
    ///
    /// # Errors
    /// If the line is empty or longer than 4096 bytes, or reading fails.
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

    /// Asks at the terminal, without echo.
    ///
    /// # Errors
    /// [`PassphraseError::NoTerminal`], or if the answer is empty or longer than 4096 bytes.
    pub fn prompt(question: &str) -> Result<Self, PassphraseError> {
        let answer = rpassword::prompt_password(question).map_err(PassphraseError::NoTerminal)?;
        Self::new(answer)
    }

    /// Asks twice at the terminal, for a new passphrase: nobody could decrypt files with a mistyped one.
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

    /// Reads the environment variable `name`. Other processes of the same user can see it there; a file descriptor,
    /// read with [`Passphrase::from_reader`], is safer.
    ///
    /// # Errors
    /// If the variable is not set, is empty or longer than 4096 bytes.
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

/// Returns `false` at the end.
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

/// Why a passphrase cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PassphraseError {
    /// It is empty, so it protects nothing.
    #[error("the passphrase is empty")]
    Empty,
    /// It is too long; perhaps the wrong file was read.
    #[error("the passphrase is longer than {most} bytes")]
    TooLong {
        /// Bytes allowed.
        most: usize,
    },
    /// The second answer differs from the first.
    #[error("the two passphrases differ, so nothing was encrypted; try again")]
    NotTheSame,
    /// There is no such environment variable, or it is not text.
    #[error("the environment variable {name:?} is not set to a passphrase")]
    NotSet {
        /// The variable.
        name: String,
    },
    /// There is no terminal.
    #[error("there is no terminal to ask for the passphrase")]
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
