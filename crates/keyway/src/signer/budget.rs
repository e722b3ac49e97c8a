//! What is bought with the budgets of keys: their allowances, and the balances of gas keys.

use near_primitives::types::Balance;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the pending and recent transactions of one key take from its budget (its allowance, or a gas key's balance),
/// yoctoNEAR. Refunds are not counted: the chain knows them.
#[derive(Debug, Default)]
pub(crate) struct BudgetTracker {
    sums: Mutex<Sums>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    /// For transactions that ended since the chain was asked.
    spent: Balance,
    /// For pending transactions, whatever the chain reports meanwhile.
    reserved: Balance,
}

impl BudgetTracker {
    /// Forgets what has ended: the chain was asked, and has counted it.
    pub(crate) fn reset(&self) {
        self.sums().spent = Balance::ZERO;
    }

    /// What of a budget is not reserved; and what of that is left, as far as is known here.
    pub(crate) fn remaining(&self, budget: Balance) -> (Balance, Balance) {
        let Sums { spent, reserved } = *self.sums();
        let free = budget.saturating_sub(reserved);
        (free, free.saturating_sub(spent))
    }

    /// Holds `cost` until the reservation is dropped.
    pub(crate) fn reserve(self: &Arc<Self>, cost: Balance) -> Reservation {
        let mut sums = self.sums();
        sums.reserved = sums.reserved.saturating_add(cost);
        Reservation { tracker: self.clone(), cost }
    }

    fn sums(&self) -> MutexGuard<'_, Sums> {
        // Nothing here is left half-done by a panic.
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A part of a key's budget, held by a pending transaction.
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
