//! Whether signed bytes can ever run, judged by a final block. Pure functions.

use super::table::Proof;
use keyway_rules::nonce_bound;
use near_primitives::types::{BlockHeight, BlockHeightDelta, Nonce};

/// By nonce: the transaction's against its key's in a final block.
///
/// `key_nonce` is the last nonce of the key or nonce row; none if that does not exist.
pub(crate) fn by_nonce(height: BlockHeight, key_nonce: Option<Nonce>, nonce: Nonce) -> Proof {
    // If the key is added again in a later block, its nonce starts at this block's bound or above.
    let used_up = key_nonce.unwrap_or_else(|| nonce_bound(height));
    if nonce <= used_up { Proof::Never } else { Proof::NotYet }
}

/// By age of the base block, at a final block.
pub(crate) fn by_age(
    height: BlockHeight,
    base: BlockHeight,
    validity_period: BlockHeightDelta,
) -> Proof {
    if base.saturating_add(validity_period) < height { Proof::Never } else { Proof::NotYet }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_nonce_never_runs() {
        assert_eq!(by_nonce(10, Some(7), 7), Proof::Never);
        assert_eq!(by_nonce(10, Some(9), 7), Proof::Never);
        assert_eq!(by_nonce(10, Some(6), 7), Proof::NotYet);
    }

    #[test]
    fn a_key_that_is_gone_comes_back_with_a_higher_nonce() {
        assert_eq!(by_nonce(10, None, 10_000_000), Proof::Never);
        assert_eq!(by_nonce(10, None, 10_000_001), Proof::NotYet);
    }

    #[test]
    fn the_last_block_of_the_period_still_counts() {
        assert_eq!(by_age(200, 100, 100), Proof::NotYet);
        assert_eq!(by_age(201, 100, 100), Proof::Never);
        assert_eq!(by_age(200, u64::MAX, 100), Proof::NotYet);
    }
}
