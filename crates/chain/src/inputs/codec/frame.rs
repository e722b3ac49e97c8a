//! The frame of a record: its length, twice, the body, and a checksum.

use crate::checksum::{SUM, checksum};

/// Why bytes do not begin with a complete record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// They are too short.
    Short,
    /// This part of it is wrong.
    Wrong(&'static str),
}

/// The body that `bytes` begin with.
pub(super) fn body(bytes: &[u8]) -> Result<&[u8], Flaw> {
    let (stated, rest) = bytes.split_first_chunk().ok_or(Flaw::Short)?;
    let (complement, rest) = rest.split_first_chunk().ok_or(Flaw::Short)?;
    let stated = u32::from_le_bytes(*stated);
    let length = usize::try_from(stated).unwrap_or(usize::MAX);
    if u32::from_le_bytes(*complement) != !stated || length > MAX_BODY {
        return Err(Flaw::Wrong("its length"));
    }
    let (body, rest) = rest.split_at_checked(length).ok_or(Flaw::Short)?;
    let (sum, _) = rest.split_first_chunk().ok_or(Flaw::Short)?;
    if *sum != checksum(body) {
        return Err(Flaw::Wrong("its checksum"));
    }
    Ok(body)
}

/// Bytes of the record with this `body`.
pub(super) fn length(body: &[u8]) -> usize {
    HEAD + body.len() + SUM
}

/// Bytes before the body: its length, twice.
pub(super) const HEAD: usize = 8;

/// The longest body, bytes. Longer requests do not reach the node.
pub(super) const MAX_BODY: usize = 1 << 30;
