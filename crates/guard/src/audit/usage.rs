//! Whether a key was used since an earlier audit of its account.

use super::Case;
use super::input::nonces;
use crate::KeyFacts;
use near_primitives::types::{BlockHeight, Nonce};

/// What happened to a key since an earlier audit of its account. Every accepted transaction and delegate
/// action changes a nonce, so this is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    /// There is no earlier audit.
    NoEarlierLook,
    /// Its nonces are not known, or the other audit was at a later block.
    Unknown,
    /// It did not exist at that time.
    AddedSince {
        /// The block of the earlier audit.
        since: BlockHeight,
    },
    /// It was used, or deleted and added again.
    Moved {
        /// The nonce at that time.
        from: Nonce,
        /// The nonce now.
        to: Nonce,
        /// The block of the earlier audit.
        since: BlockHeight,
    },
    /// It was not used.
    Unmoved {
        /// The block of the earlier audit.
        since: BlockHeight,
        /// Blocks since then.
        blocks: u64,
    },
}

pub(super) fn usage(case: &Case<'_>, key: &KeyFacts) -> Usage {
    let Some(earlier) = &case.options.earlier else { return Usage::NoEarlierLook };
    let since = earlier.height;
    let Some(blocks) = case.chain.height.checked_sub(since) else { return Usage::Unknown };
    let Some(then) = earlier.nonces.get(&key.public_key) else {
        return Usage::AddedSince { since };
    };
    // The rows of a long gas key are not listed, so nothing is known of it.
    let now = nonces(key);
    let (Some(&first_then), Some(&first_now)) = (then.first(), now.first()) else {
        return Usage::Unknown;
    };
    match then.iter().zip(&now).find(|(then, now)| then != now) {
        Some((&from, &to)) => Usage::Moved { from, to, since },
        // Other rows: the key was deleted and added again.
        None if then.len() != now.len() => Usage::Moved { from: first_then, to: first_now, since },
        None => Usage::Unmoved { since, blocks },
    }
}
