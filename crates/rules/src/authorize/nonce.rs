//! Nonces: a transaction's nonce must be above the key's, and below the bound of its block.

use super::case::Case;
use crate::rule::RuleResult;
use near_primitives::account::AccessKey;
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::NonceMode;
use near_primitives::types::{BlockHeight, Nonce};

/// The transaction's nonce is above the key's.
pub(super) fn of_key(case: &Case<'_>) -> RuleResult {
    after(case, case.access_key.nonce)
}

/// As [`of_key`], and the nonce is the very next one, whatever the transaction's mode is.
pub(super) fn next_of_key(case: &Case<'_>) -> RuleResult {
    check(NonceMode::Strict, case.tx.nonce().nonce(), case.access_key.nonce)
}

/// The transaction's nonce is above `ak_nonce`.
pub(super) fn after(case: &Case<'_>, ak_nonce: Nonce) -> RuleResult {
    check(case.tx.nonce_mode(), case.tx.nonce().nonce(), ak_nonce)
}

/// The transaction's nonce is below the block's bound.
pub(super) fn below_bound(case: &Case<'_>) -> RuleResult {
    check_bound(case.tx.nonce().nonce(), case.facts.height)
}

/// A monotonic nonce is any above the last one; a strict nonce is the very next.
fn check(mode: NonceMode, tx_nonce: Nonce, ak_nonce: Nonce) -> RuleResult {
    let in_order = match mode {
        NonceMode::Monotonic => tx_nonce > ak_nonce,
        NonceMode::Strict => ak_nonce.checked_add(1) == Some(tx_nonce),
    };
    if in_order { Ok(()) } else { Err(InvalidTxError::InvalidNonce { tx_nonce, ak_nonce }) }
}

/// A nonce must be below `height · 10^6`, if the height is known.
fn check_bound(tx_nonce: Nonce, height: Option<BlockHeight>) -> RuleResult {
    match height.map(upper_bound) {
        Some(upper_bound) if tx_nonce >= upper_bound => {
            Err(InvalidTxError::NonceTooLarge { tx_nonce, upper_bound })
        }
        _ => Ok(()),
    }
}

/// The first nonce that is too large for block `height`: a million nonces for each block before it.
#[must_use]
pub fn upper_bound(height: BlockHeight) -> Nonce {
    height.saturating_mul(AccessKey::ACCESS_KEY_NONCE_RANGE_MULTIPLIER)
}

/// The nonce of a key that is added in block `height`: at or above every nonce that the same key can
/// have used before, so that old transactions cannot be replayed after the key is deleted and added
/// again.
#[must_use]
pub fn initial(height: BlockHeight) -> Nonce {
    upper_bound(height.saturating_sub(1))
}

/// The height of the first block that takes `nonce`. A key that has this nonce and was never used was
/// added in that block.
#[must_use]
pub fn first_block(nonce: Nonce) -> BlockHeight {
    nonce / AccessKey::ACCESS_KEY_NONCE_RANGE_MULTIPLIER + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monotonic_takes_gaps_and_refuses_repeats() {
        assert_eq!(check(NonceMode::Monotonic, 6, 5), Ok(()));
        assert_eq!(check(NonceMode::Monotonic, 900, 5), Ok(()));
        let refused = Err(InvalidTxError::InvalidNonce { tx_nonce: 5, ak_nonce: 5 });
        assert_eq!(check(NonceMode::Monotonic, 5, 5), refused);
    }

    #[test]
    fn strict_takes_only_the_next() {
        assert_eq!(check(NonceMode::Strict, 6, 5), Ok(()));
        for tx_nonce in [4, 5, 7] {
            let refused = Err(InvalidTxError::InvalidNonce { tx_nonce, ak_nonce: 5 });
            assert_eq!(check(NonceMode::Strict, tx_nonce, 5), refused);
        }
        assert!(check(NonceMode::Strict, 0, Nonce::MAX).is_err());
    }

    #[test]
    fn the_bound_is_exclusive_and_needs_a_height() {
        assert_eq!(check_bound(1_999_999, Some(2)), Ok(()));
        let refused = InvalidTxError::NonceTooLarge { tx_nonce: 2_000_000, upper_bound: 2_000_000 };
        assert_eq!(check_bound(2_000_000, Some(2)), Err(refused));
        assert_eq!(check_bound(Nonce::MAX, None), Ok(()));
    }

    #[test]
    fn the_first_block_of_a_nonce_is_that_of_the_bound_and_of_new_keys() {
        for nonce in [0, 1, 999_999, 1_000_000, 7_000_001] {
            let first = first_block(nonce);
            assert_eq!(check_bound(nonce, Some(first)), Ok(()));
            assert!(first == 1 || check_bound(nonce, Some(first - 1)).is_err());
            assert_eq!(first_block(initial(first)), first);
        }
    }

    #[test]
    fn a_key_starts_a_million_below_its_block() {
        assert_eq!(initial(8), 7_000_000);
        assert_eq!(initial(1), 0);
    }
}
