//! Times in milliseconds.

use serde::Deserialize;
use std::time::Duration;

/// A time in milliseconds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Millis(u64);

impl Millis {
    pub(super) fn new(ms: u64) -> Self {
        Millis(ms)
    }

    pub(super) fn get(self) -> u64 {
        self.0
    }

    pub(super) fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}
