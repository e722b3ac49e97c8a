//! How much of a transaction's bytes a trace keeps.

use keyway_trace::Bytes;

/// The bytes and entries that a trace may still keep. A contract may log and read without end.
#[derive(Debug)]
pub(crate) struct Budget {
    bytes: usize,
    entries: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: MAX_BYTES, entries: MAX_ENTRIES }
    }
}

impl Budget {
    /// The beginning of `bytes`, at most `limit` of them and what is left.
    pub(crate) fn bytes(&mut self, bytes: &[u8], limit: usize) -> Bytes {
        let limit = limit.min(self.bytes);
        self.bytes -= bytes.len().min(limit);
        Bytes::of(bytes, limit)
    }

    /// The whole of a text, if there is room for it.
    pub(crate) fn text(&mut self, text: &str) -> Option<String> {
        self.bytes = self.bytes.checked_sub(text.len())?;
        Some(text.to_owned())
    }

    /// Whether there is room for one more entry, which takes it.
    pub(crate) fn entry(&mut self) -> bool {
        let room = self.entries > 0;
        self.entries = self.entries.saturating_sub(1);
        room
    }
}

/// Bytes of a call's arguments or result.
pub(crate) const MAX_ARGS: usize = 4 << 10;

/// Bytes of a storage key or value.
pub(crate) const MAX_VALUE: usize = 512;

/// Receipts.
pub(crate) const MAX_FRAMES: usize = 2_000;

/// Gas of the blocks that a trace runs again: what about ten full blocks burn.
pub(crate) const MAX_GAS: u64 = 10_000_000_000_000_000;

/// Bytes of values, arguments and logs in all.
const MAX_BYTES: usize = 4 << 20;

/// Storage keys in all.
const MAX_ENTRIES: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded() {
        let mut budget = Budget { bytes: 10, entries: 1 };
        assert_eq!(budget.bytes(b"12345678", 6).text, "123456");
        assert_eq!(budget.text("12345"), None);
        assert_eq!(budget.bytes(b"12345678", 6).text, "1234");
        let none = budget.bytes(b"12345678", 6);
        assert_eq!((none.text.as_str(), none.length, none.truncated), ("", 8, true));
        assert_eq!([budget.entry(), budget.entry()], [true, false]);
    }
}
