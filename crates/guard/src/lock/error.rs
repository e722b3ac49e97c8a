//! Why a contract's code cannot be read.

use serde::Serialize;

/// The code is not a module that this analysis can follow. Nothing is said about it then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "error", rename_all = "snake_case")]
#[non_exhaustive]
pub enum WasmError {
    /// It is broken, cut off, or uses what NEAR's contracts may not use.
    #[error("the code is not a contract that NEAR can run: {reason} (at byte {offset})")]
    Invalid {
        /// The first rule of WebAssembly that it breaks.
        reason: String,
        /// Where in the code.
        offset: usize,
    },
    /// It is larger than anything the chain takes: not followed, to keep the work bounded.
    #[error("the code has {had} {what}, at most {limit} are followed")]
    TooLarge {
        /// Of what it has too many.
        what: &'static str,
        /// How many it has.
        had: usize,
        /// How many are followed.
        limit: usize,
    },
}

impl From<wasmparser::BinaryReaderError> for WasmError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        // The reader lists the bytes it found, a line each.
        let reason = error.message().split('[').next().unwrap_or_default();
        let reason = reason.trim_end_matches([' ', ':', '=', '-']);
        let reason = match reason.contains("magic") {
            true => "it does not begin as WebAssembly does".to_owned(),
            false => reason.split_whitespace().collect::<Vec<_>>().join(" "),
        };
        Self::Invalid { reason, offset: error.offset() }
    }
}

#[cfg(test)]
mod tests {
    use crate::contract_powers;

    #[test]
    fn a_text_file_is_told_in_one_line() {
        let error = contract_powers(b"root:x:0:0:root:/root:/bin/bash").unwrap_err().to_string();
        let expected = "the code is not a contract that NEAR can run: it does not begin as \
                        WebAssembly does (at byte 0)";
        assert_eq!(error, expected);
    }
}
