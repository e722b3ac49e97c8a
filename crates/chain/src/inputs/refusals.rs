//! Why transactions were refused, for later lookups. Bounded.

use near_primitives::errors::InvalidTxError;
use near_primitives::hash::CryptoHash;

/// The latest refusals.
#[derive(Clone, Default)]
pub(crate) struct Refusals {
    by_hash: imbl::HashMap<CryptoHash, InvalidTxError>,
    oldest_first: imbl::Vector<CryptoHash>,
}

impl Refusals {
    /// Remembers why `hash` was refused; the oldest refusal makes room.
    pub(crate) fn remember(&mut self, hash: CryptoHash, error: InvalidTxError) {
        if self.by_hash.insert(hash, error).is_some() {
            return;
        }
        self.oldest_first.push_back(hash);
        while self.oldest_first.len() > MAX_REFUSALS {
            if let Some(oldest) = self.oldest_first.pop_front() {
                self.by_hash.remove(&oldest);
            }
        }
    }

    /// A transaction that was refused once and accepted later is no longer refused.
    pub(crate) fn forget(&mut self, hash: &CryptoHash) {
        if self.by_hash.remove(hash).is_some() {
            self.oldest_first.retain(|kept| kept != hash);
        }
    }

    pub(crate) fn get(&self, hash: &CryptoHash) -> Option<&InvalidTxError> {
        self.by_hash.get(hash)
    }
}

/// How many refusals are kept.
pub(crate) const MAX_REFUSALS: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;
    use near_primitives::hash::hash;

    fn name(number: usize) -> CryptoHash {
        hash(&number.to_le_bytes())
    }

    #[test]
    fn the_oldest_makes_room() {
        let mut refusals = Refusals::default();
        for number in 0..=MAX_REFUSALS {
            refusals.remember(name(number), InvalidTxError::Expired);
        }
        assert_eq!(refusals.get(&name(0)), None);
        assert_eq!(refusals.get(&name(1)), Some(&InvalidTxError::Expired));
        assert_eq!(refusals.by_hash.len(), MAX_REFUSALS);
    }

    #[test]
    fn a_second_refusal_replaces_the_first() {
        let mut refusals = Refusals::default();
        refusals.remember(name(1), InvalidTxError::Expired);
        refusals.remember(name(1), InvalidTxError::CostOverflow);
        assert_eq!(refusals.get(&name(1)), Some(&InvalidTxError::CostOverflow));
        refusals.forget(&name(1));
        assert_eq!(refusals.get(&name(1)), None);
        assert!(refusals.oldest_first.is_empty());
    }
}
