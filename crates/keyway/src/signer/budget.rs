//! Tracks the budgets of keys: allowances, and balances of gas keys.

use near_primitives::types::Balance;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the pending and recent transactions of one key take from its budget, yoctoNEAR. Refunds are not counted; the chain
/// reports them.
#[derive(Debug, Default)]
pub(crate) struct BudgetTracker {
    sums: Mutex<Sums>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    /// For transactions that ended since the chain was last queried.
    spent: Balance,
    /// For pending transactions, whether the chain has counted them or not.
    reserved: Balance,
}

impl BudgetTracker {
    /// Clears what has ended, because the chain was queried and has counted it.
    pub(crate) fn reset(&self) {
        self.sums().spent = Balance::ZERO;
    }

    /// The part of a budget that is not reserved; and the part of that which is left, as far as is known here.
    pub(crate) fn remaining(&self, budget: Balance) -> (Balance, Balance) {
        let Sums { spent, reserved } = *self.sums();
        let free = budget.saturating_sub(reserved);
        (free, free.saturating_sub(spent))
    }

    /// Reserves `cost` until the reservation is dropped.
    pub(crate) fn reserve(self: &Arc<Self>, cost: Balance) -> Reservation {
        let mut sums = self.sums();
        sums.reserved = sums.reserved.saturating_add(cost);
        Reservation { tracker: self.clone(), cost }
    }

    fn sums(&self) -> MutexGuard<'_, Sums> {
        // No panic leaves the state half changed.
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A part of a key's budget, reserved by a pending transaction.
#[derive(Debug)]
pub(crate) struct Reservation {
    tracker: Arc<BudgetTracker>,
    cost: Balance,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut sums = self.tracker.sums();
        sums.reserved = sums.reserved.saturating_sub(self.cost);
        sums.spent = sums.spent.saturating_add(self.cost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pending_transaction_counts_whatever_the_chain_reports() {
        let near = Balance::from_near;
        let tracker = Arc::new(BudgetTracker::default());
        let (first, _second) = (tracker.reserve(near(3)), tracker.reserve(near(2)));
        assert_eq!(tracker.remaining(near(10)), (near(5), near(5)));
        drop(first);
        assert_eq!(tracker.remaining(near(10)), (near(8), near(5)));
        tracker.reset();
        assert_eq!(tracker.remaining(near(10)), (near(8), near(8)));
        assert_eq!(tracker.remaining(near(1)), (Balance::ZERO, Balance::ZERO));
    }
}
