//! What is bought with the budgets of keys: their allowances, and the balances of gas keys.

use near_primitives::types::Balance;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What one key pays for, yoctoNEAR. Refunds are not counted: the chain knows them.
#[derive(Debug, Default)]
pub(crate) struct Till {
    sums: Mutex<Sums>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    /// For transactions that ended since the chain was asked.
    spent: Balance,
    /// For transactions that are under way, whatever the chain says of the key meanwhile.
    reserved: Balance,
}

impl Till {
    /// The chain was asked, and has counted what ended.
    pub(crate) fn settle(&self) {
        self.sums().spent = Balance::ZERO;
    }

    /// What of a budget is not reserved; and what of that is left, as far as one knows here.
    pub(crate) fn rest_of(&self, budget: Balance) -> (Balance, Balance) {
        let Sums { spent, reserved } = *self.sums();
        let free = budget.saturating_sub(reserved);
        (free, free.saturating_sub(spent))
    }

    /// Sets `cost` aside, until the reservation is dropped.
    pub(crate) fn reserve(self: &Arc<Self>, cost: Balance) -> Reservation {
        let mut sums = self.sums();
        sums.reserved = sums.reserved.saturating_add(cost);
        Reservation { till: self.clone(), cost }
    }

    fn sums(&self) -> MutexGuard<'_, Sums> {
        // Nothing here is left half-done by a panic.
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A part of a key's budget, for a transaction that is under way.
#[derive(Debug)]
pub(crate) struct Reservation {
    till: Arc<Till>,
    cost: Balance,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut sums = self.till.sums();
        sums.reserved = sums.reserved.saturating_sub(self.cost);
        sums.spent = sums.spent.saturating_add(self.cost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_under_way_outlives_the_chains_word() {
        let near = Balance::from_near;
        let till = Arc::new(Till::default());
        let (first, _second) = (till.reserve(near(3)), till.reserve(near(2)));
        assert_eq!(till.rest_of(near(10)), (near(5), near(5)));
        drop(first);
        assert_eq!(till.rest_of(near(10)), (near(8), near(5)));
        till.settle();
        assert_eq!(till.rest_of(near(10)), (near(8), near(8)));
        assert_eq!(till.rest_of(near(1)), (Balance::ZERO, Balance::ZERO));
    }
}
