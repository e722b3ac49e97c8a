//! What a key's nonce tells of its past.

use crate::facts::KeyFacts;
use near_primitives::account::AccessKey;
use near_primitives::types::{BlockHeight, Nonce};
use serde::Serialize;
use std::fmt;

/// A key is added with the nonce `(height - 1) · RANGE`; every use raises it.
const RANGE: u64 = AccessKey::ACCESS_KEY_NONCE_RANGE_MULTIPLIER;

/// Reads a key's nonce, or those of its rows, on a chain whose next block is `height`.
///
/// ```
/// use keyway_guard::{KeyFacts, NonceReading, read_nonce};
/// use near_crypto::{KeyType, PublicKey};
/// use near_primitives::account::AccessKey;
///
/// let key = KeyFacts {
///     public_key: PublicKey::empty(KeyType::ED25519).into(),
///     access_key: AccessKey { nonce: 41_000_007, ..AccessKey::full_access() },
///     gas_key_nonces: Vec::new(),
/// };
/// let reading = read_nonce(&key, 1_000);
/// assert_eq!(reading, NonceReading::Used { added_by: 42, uses_at_most: 7 });
/// assert_eq!(reading.to_string(), "added in block 42 or before, used 7 times at most");
/// ```
#[must_use]
pub fn read_nonce(key: &KeyFacts, height: BlockHeight) -> NonceReading {
    let own = [key.access_key.nonce];
    let nonces = match key.access_key.gas_key_info() {
        Some(_) => &key.gas_key_nonces[..],
        None => &own[..],
    };
    let Some(&lowest) = nonces.iter().min() else { return NonceReading::NoNonces };
    let highest = nonces.iter().max().copied().unwrap_or(lowest);
    if highest >= height.saturating_mul(RANGE) {
        return NonceReading::Impossible { nonce: highest };
    }
    read(nonces, lowest)
}

fn read(nonces: &[Nonce], lowest: Nonce) -> NonceReading {
    let start = lowest - lowest % RANGE;
    let used = |nonce: &Nonce| u128::from(nonce - start);
    let uses: u128 = nonces.iter().map(used).sum();
    let uses_at_most = u64::try_from(uses).unwrap_or(u64::MAX);
    let added_in = start / RANGE + 1;
    match (start, uses_at_most) {
        (0, 0) => NonceReading::NeverUsedOld,
        (0, _) => NonceReading::Old { uses_at_most },
        (_, 0) => NonceReading::NeverUsed { added_in },
        _ => NonceReading::Used { added_by: added_in, uses_at_most },
    }
}

/// What a nonce tells. `Display` says it in words.
///
/// A nonce proves little more than an order: whoever signs may skip as many as they like, so a
/// number of uses is never more than an upper bound, and a skip of a million looks like a later
/// birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reading", rename_all = "snake_case")]
#[non_exhaustive]
pub enum NonceReading {
    /// The nonce is the one that the key was added with.
    NeverUsed {
        /// The block that added it.
        added_in: BlockHeight,
    },
    /// It has grown since.
    Used {
        /// The latest block that can have added it.
        added_by: BlockHeight,
        /// Fewer, where nonces were skipped. Of a gas key: over all its rows.
        uses_at_most: u64,
    },
    /// Zero: never used; added in the first block, at genesis, or before nonces began to tell.
    NeverUsedOld,
    /// Below a million: added in the first block, at genesis, or before nonces began to tell.
    Old {
        /// Fewer, where nonces were skipped.
        uses_at_most: u64,
    },
    /// Above what the chain's height allows: the nonce was written into the state, and tells nothing.
    Impossible {
        /// The nonce.
        nonce: Nonce,
    },
    /// A gas key whose rows are not known.
    NoNonces,
}

impl NonceReading {
    /// Whether the key certainly never signed a transaction.
    #[must_use]
    pub fn is_never_used(&self) -> bool {
        matches!(self, Self::NeverUsed { .. } | Self::NeverUsedOld)
    }
}

impl fmt::Display for NonceReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverUsed { added_in } => write!(f, "added in block {added_in}, never used"),
            Self::Used { added_by, uses_at_most } => {
                write!(f, "added in block {added_by} or before, used {}", at_most(*uses_at_most))
            }
            Self::NeverUsedOld => f.write_str("as old as its nonce can tell, never used"),
            Self::Old { uses_at_most } => {
                write!(f, "older than its nonce can tell, used {}", at_most(*uses_at_most))
            }
            Self::Impossible { nonce } => write!(f, "its nonce {nonce} tells nothing"),
            Self::NoNonces => f.write_str("its nonces are not known"),
        }
    }
}

fn at_most(uses: u64) -> String {
    match uses {
        1 => "once at most".to_owned(),
        _ => format!("{uses} times at most"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use near_crypto::{KeyType, PublicKey};
    use near_primitives::account::{AccessKeyPermission, GasKeyInfo};
    use near_primitives::types::Balance;

    #[track_caller]
    fn check(nonce: Nonce, expected: &str) {
        let access_key = AccessKey { nonce, ..AccessKey::full_access() };
        let public_key = PublicKey::empty(KeyType::ED25519).into();
        let key = KeyFacts { public_key, access_key, gas_key_nonces: Vec::new() };
        assert_eq!(read_nonce(&key, 50).to_string(), expected);
    }

    #[test]
    fn of_ordinary_keys() {
        check(48_000_000, "added in block 49, never used");
        check(48_000_001, "added in block 49 or before, used once at most");
        check(0, "as old as its nonce can tell, never used");
        check(999_999, "older than its nonce can tell, used 999999 times at most");
        check(49_999_999, "added in block 50 or before, used 999999 times at most");
        check(50_000_000, "its nonce 50000000 tells nothing");
        check(Nonce::MAX, "its nonce 18446744073709551615 tells nothing");
    }

    #[track_caller]
    fn rows(nonces: &[Nonce], expected: &str) {
        let info = GasKeyInfo { balance: Balance::ZERO, num_nonces: nonces.len() as u16 };
        let permission = AccessKeyPermission::GasKeyFullAccess(info);
        let key = KeyFacts {
            public_key: PublicKey::empty(KeyType::ED25519).into(),
            access_key: AccessKey { nonce: 0, permission },
            gas_key_nonces: nonces.to_vec(),
        };
        assert_eq!(read_nonce(&key, 50).to_string(), expected);
    }

    #[test]
    fn of_gas_keys_all_rows_count() {
        rows(&[48_000_000, 48_000_000], "added in block 49, never used");
        rows(&[48_000_003, 48_000_002], "added in block 49 or before, used 5 times at most");
        rows(&[48_000_000, 51_000_000], "its nonce 51000000 tells nothing");
        rows(&[], "its nonces are not known");
    }
}
