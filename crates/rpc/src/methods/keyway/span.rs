//! A length of time as a parameter.

use crate::error::{INVALID_PARAMETER, refused};
use near_jsonrpc_primitives::errors::RpcError;
use serde::Deserialize;

/// A length of time, in one of two units.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Span {
    seconds: Option<u64>,
    /// As text.
    nanosec: Option<String>,
}

impl Span {
    /// Nanoseconds.
    ///
    /// # Errors
    /// `INVALID_PARAMETER` unless there is one number, and it is not too large.
    pub(super) fn nanoseconds(self) -> Result<u64, RpcError> {
        let wrong = |reason: String| refused(INVALID_PARAMETER, reason);
        match (self.seconds, self.nanosec) {
            (Some(seconds), None) => seconds.checked_mul(1_000_000_000).ok_or_else(|| {
                let most = u64::MAX / 1_000_000_000;
                wrong(format!("{seconds} seconds are too many: at most {most}"))
            }),
            (None, Some(number)) => number
                .parse()
                .map_err(|_| wrong("nanosec is not a number of nanoseconds, as text".to_owned())),
            _ => Err(wrong("give either `seconds` or `nanosec`".to_owned())),
        }
    }
}
