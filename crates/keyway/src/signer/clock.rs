//! The time as nonces tell it: the only module of signers that reads a clock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A moment, in [`STAMPS_PER_MS`]ths of a millisecond since 1970, and later than every one that this
/// process was given before.
#[expect(
    clippy::disallowed_methods,
    reason = "nonces follow the wall clock, which processes share"
)]
pub(crate) fn stamp() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanos_per_stamp = 1_000_000 / u128::from(STAMPS_PER_MS);
    let now = u64::try_from(now.as_nanos() / nanos_per_stamp).unwrap_or(u64::MAX);
    let next = |last: u64| Some(now.max(last.saturating_add(1)));
    match LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
        Ok(last) | Err(last) => now.max(last.saturating_add(1)),
    }
}

/// Fine enough that two programs hardly ever get the same, and coarse enough that a busy key's nonces
/// grow slower than the bound that blocks set them.
pub(crate) const STAMPS_PER_MS: u64 = 64;

static LAST: AtomicU64 = AtomicU64::new(0);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_grow_in_every_thread() {
        let threads: Vec<_> = (0..4)
            .map(|_| std::thread::spawn(|| (0..1_000).map(|_| stamp()).collect::<Vec<_>>()))
            .collect();
        let mut all = Vec::new();
        for thread in threads {
            let stamps = thread.join().unwrap();
            assert!(stamps.is_sorted());
            all.extend(stamps);
        }
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 4_000, "no two are the same");
    }
}
