//! Checksums that tell intact bytes from damaged ones.

use near_primitives::hash::hash;

/// The first bytes of the sha256 of `bytes`.
pub(crate) fn checksum(bytes: &[u8]) -> [u8; SUM] {
    let mut sum = [0; SUM];
    sum.copy_from_slice(&hash(bytes).as_bytes()[..SUM]);
    sum
}

/// Bytes of a checksum.
pub(crate) const SUM: usize = 8;
