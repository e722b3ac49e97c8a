//! A signed transaction as text: base64 of its bytes.

use crate::error::CliError;
use crate::tools::read_stdin;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use borsh::BorshSerialize;
use keyway::protocol::SignedTransaction;

/// Decodes one from `text`, or from stdin if `text` is `-`.
///
/// # Errors
/// If stdin cannot be read, or it is not a signed transaction.
pub(crate) fn read(text: &str) -> Result<SignedTransaction, CliError> {
    let flag = "the signed transaction";
    let wrong = |error: std::io::Error| CliError::Value { flag, why: error.to_string() };
    borsh::from_slice(&bytes(flag, text)?).map_err(wrong)
}

/// The bytes with the base64 `text`, or the one on stdin if `text` is `-`.
///
/// # Errors
/// If stdin cannot be read, or it is not base64.
pub(crate) fn bytes(flag: &'static str, text: &str) -> Result<Vec<u8>, CliError> {
    let piped = if text == "-" { Some(read_stdin(LARGEST)?) } else { None };
    let text = piped.as_deref().unwrap_or(text.as_bytes());
    STANDARD
        .decode(text.trim_ascii())
        .map_err(|_| CliError::Value { flag, why: "it is not base64".to_owned() })
}

/// The text of a signed transaction or delegate action.
pub(super) fn text(signed: &impl BorshSerialize) -> String {
    STANDARD.encode(borsh::to_vec(signed).expect("the invariant that writing to memory succeeds"))
}

/// In bytes: longer than the base64 of any transaction that a chain accepts.
const LARGEST: u64 = 8 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_transaction_is_refused() {
        for text in ["", "!", "AAAA", "ed25519:abc", &"A".repeat(5000)] {
            let error = read(text).unwrap_err();
            let flag = "the signed transaction";
            assert!(matches!(&error, CliError::Value { flag: of, .. } if *of == flag), "{error}");
        }
    }
}
