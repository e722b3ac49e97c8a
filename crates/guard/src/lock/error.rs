//! Why a contract's code cannot be read.

use serde::Serialize;

/// The code is not a module that this analysis can follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "error", rename_all = "snake_case")]
#[non_exhaustive]
pub enum WasmError {
    /// It is broken, cut off, or uses features that NEAR's contracts cannot use.
    #[error("the code is not a contract that NEAR can run: {reason} (at byte {offset})")]
    Invalid {
        /// The first rule of WebAssembly that it breaks.
        reason: String,
        /// Where in the code.
        offset: usize,
    },
    /// It is larger than any contract that the chain accepts, and is not analysed, to bound the work.
    #[error("the code has {had} {what}, at most {limit} are followed")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        had: usize,
        /// The most that are analysed.
        limit: usize,
    },
}

impl From<wasmparser::BinaryReaderError> for WasmError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        // The reader lists the bytes that it found, one per line.
        let reason = error.message().split('[').next().unwrap_or_default();
        let reason = reason.trim_end_matches([' ', ':', '=', '-']);
        let reason = match reason.contains("magic") {
            true => "it does not start like a WebAssembly module".to_owned(),
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
        let expected = "the code is not a contract that NEAR can run: it does not start like a \
                        WebAssembly module (at byte 0)";
        assert_eq!(error, expected);
    }
}
