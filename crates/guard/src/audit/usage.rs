//! Whether a key was used since an earlier look at its account.

use super::Case;
use super::input::nonces;
use crate::KeyFacts;
use near_primitives::types::{BlockHeight, Nonce};

/// What became of a key since an earlier look at its account. Every accepted transaction and every
/// delegate action moves a nonce, so this is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    /// There is no earlier look.
    NoEarlierLook,
    /// Nothing can be told: its nonces are not known, or that look was at a later block.
    Unknown,
    /// It was not there yet.
    AddedSince {
        /// The block of the earlier look.
        since: BlockHeight,
    },
    /// It was used, or deleted and added again.
    Moved {
        /// The nonce then.
        from: Nonce,
        /// The nonce now.
        to: Nonce,
        /// The block of the earlier look.
        since: BlockHeight,
    },
    /// It was not used.
    Unmoved {
        /// The block of the earlier look.
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
    // The rows of a long gas key are not told: nothing is known of it then.
    let now = nonces(key);
    let (Some(&first_then), Some(&first_now)) = (then.first(), now.first()) else {
        return Usage::Unknown;
    };
    match then.iter().zip(&now).find(|(then, now)| then != now) {
        Some((&from, &to)) => Usage::Moved { from, to, since },
        // Other rows: deleted and added again.
        None if then.len() != now.len() => Usage::Moved { from: first_then, to: first_now, since },
        None => Usage::Unmoved { since, blocks },
    }
}
