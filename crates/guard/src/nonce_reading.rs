//! What a key's nonce shows of its past.

use crate::facts::KeyFacts;
use keyway_rules::{first_block_for_nonce, initial_nonce};
use near_primitives::types::{BlockHeight, Nonce};
use serde::Serialize;
use std::fmt;

/// Reads a key's nonce, or those of its nonce rows, on a chain whose next block is `height`.
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
/// assert_eq!(reading, NonceReading::Used { added_by: 42, uses_if_then: 7 });
/// let words = "added in block 42 or before; if in 42, used 7 times at most";
/// assert_eq!(reading.to_string(), words);
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
    // The last block accepted no nonce as high as that, and gave none. Zero comes from a genesis.
    let bound = initial_nonce(height).max(1);
    if highest >= bound {
        return NonceReading::Impossible { nonce: highest };
    }
    read(nonces, lowest)
}

fn read(nonces: &[Nonce], lowest: Nonce) -> NonceReading {
    let added_in = first_block_for_nonce(lowest);
    let start = initial_nonce(added_in);
    let used = |nonce: &Nonce| u128::from(nonce - start);
    let uses: u128 = nonces.iter().map(used).sum();
    let uses = u64::try_from(uses).unwrap_or(u64::MAX);
    match (start, uses) {
        (0, 0) => NonceReading::NeverUsedOld,
        (0, _) => NonceReading::Old { uses_at_most: uses },
        (_, 0) => NonceReading::NeverUsed { added_in },
        _ => NonceReading::Used { added_by: added_in, uses_if_then: uses },
    }
}

/// What a nonce shows. `Display` writes it in words.
///
/// A nonce proves little more than an order. A signer may skip any number of nonces, and a skip of a million
/// looks as if the key had been added later. So everything beside nonces below a million is a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reading", rename_all = "snake_case")]
#[non_exhaustive]
pub enum NonceReading {
    /// The nonce is one that new keys get. A use that skipped nonces can leave it, too.
    NeverUsed {
        /// The block that added it, if it was not used.
        added_in: BlockHeight,
    },
    /// The nonce is not one that new keys get, so the key was used.
    Used {
        /// The latest block that can have added it.
        added_by: BlockHeight,
        /// The most times that it was used if that block added it; nobody can tell if one before
        /// did. Of a gas key: over all its rows.
        uses_if_then: u64,
    },
    /// Zero: never used. Added in the first block or at genesis, or before new keys got a nonce.
    NeverUsedOld,
    /// Below a million: added in the first block or at genesis, or before new keys got a nonce.
    Old {
        /// Fewer if nonces were skipped.
        uses_at_most: u64,
    },
    /// Above the bound for the chain's height: it was written into the state, and shows nothing.
    Impossible {
        /// The nonce.
        nonce: Nonce,
    },
    /// A gas key whose nonce rows are not known.
    NoNonces,
}

impl NonceReading {
    /// Whether the nonce has changed since the key was added.
    pub(crate) fn is_used(&self) -> bool {
        matches!(self, Self::Used { .. } | Self::Old { .. })
    }
}

impl fmt::Display for NonceReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverUsed { added_in } => write!(f, "never used, if added in block {added_in}"),
            Self::Used { added_by, uses_if_then } => {
                let uses = at_most(*uses_if_then);
                write!(f, "added in block {added_by} or before; if in {added_by}, used {uses}")
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
    use near_primitives::account::AccessKey;
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
        check(48_000_000, "never used, if added in block 49");
        check(48_000_001, "added in block 49 or before; if in 49, used once at most");
        check(0, "as old as its nonce can tell, never used");
        check(999_999, "older than its nonce can tell, used 999999 times at most");
        check(48_999_999, "added in block 49 or before; if in 49, used 999999 times at most");
        // Block 49 is the last: no key was added in block 50.
        check(49_000_000, "its nonce 49000000 tells nothing");
        check(Nonce::MAX, "its nonce 18446744073709551615 tells nothing");
    }

    #[test]
    fn a_key_of_a_genesis_is_told_before_the_first_block() {
        let access_key = AccessKey::full_access();
        let public_key = PublicKey::empty(KeyType::ED25519).into();
        let key = KeyFacts { public_key, access_key, gas_key_nonces: Vec::new() };
        assert_eq!(read_nonce(&key, 1), NonceReading::NeverUsedOld);
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
        rows(&[48_000_000, 48_000_000], "never used, if added in block 49");
        let five = "added in block 49 or before; if in 49, used 5 times at most";
        rows(&[48_000_003, 48_000_002], five);
        rows(&[48_000_000, 51_000_000], "its nonce 51000000 tells nothing");
        rows(&[], "its nonces are not known");
    }
}
