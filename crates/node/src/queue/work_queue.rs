//! A work queue with one worker thread at a time.

use std::mem::{replace, take};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::yield_now;

/// Waiting items. A worker runs only while there are some, and takes all of them at once.
#[derive(Debug)]
pub(super) struct WorkQueue<T> {
    waiting: Mutex<Waiting<T>>,
}

#[derive(Debug)]
struct Waiting<T> {
    items: Vec<T>,
    /// Whether there is a worker, or one is being started.
    served: bool,
}

/// The right to be the one worker. If it is dropped early, the waiting items are dropped, and the
/// next item needs another worker.
pub(super) struct WorkerGuard<T> {
    line: Arc<WorkQueue<T>>,
    over: bool,
}

impl<T> WorkQueue<T> {
    /// Adds an item; returns a guard if there is no worker.
    pub(super) fn push(self: &Arc<Self>, item: T) -> Option<WorkerGuard<T>> {
        let mut waiting = self.waiting();
        waiting.items.push(item);
        let served = replace(&mut waiting.served, true);
        drop(waiting);
        (!served).then(|| WorkerGuard { line: self.clone(), over: false })
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<T>> {
        // Nothing panics while it is held.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for WorkQueue<T> {
    fn default() -> Self {
        Self { waiting: Mutex::new(Waiting { items: Vec::new(), served: false }) }
    }
}

impl<T> WorkerGuard<T> {
    /// Takes all waiting items.
    pub(super) fn take(&self) -> Vec<T> {
        take(&mut self.line.waiting().items)
    }

    /// Returns the guard if more items came since the last [`WorkerGuard::take`].
    pub(super) fn finish(mut self) -> Option<Self> {
        let mut waiting = self.line.waiting();
        waiting.served = !waiting.items.is_empty();
        self.over = !waiting.served;
        drop(waiting);
        (!self.over).then_some(self)
    }

    /// Passes all waiting items to `care`, until there are none. A panic loses only the items that
    /// were passed.
    pub(super) fn serve(self, mut care: impl FnMut(Vec<T>)) {
        let mut turn = Some(self);
        while let Some(mine) = turn {
            // Threads that are about to add items run first: a large batch is cheaper than many
            // small ones.
            yield_now();
            let items = mine.take();
            let _panicked = catch_unwind(AssertUnwindSafe(|| care(items)));
            turn = mine.finish();
        }
    }
}

impl<T> Drop for WorkerGuard<T> {
    fn drop(&mut self) {
        if !self.over {
            let mut waiting = self.line.waiting();
            waiting.served = false;
            let lost = take(&mut waiting.items);
            drop(waiting);
            drop(lost);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_meanwhile_is_taken_together() {
        let line = Arc::new(WorkQueue::default());
        let turn = line.push(1).unwrap();
        assert!(line.push(2).is_none());
        let mut taken = Vec::new();
        turn.serve(|items| {
            if taken.is_empty() {
                assert!(line.push(3).is_none());
                assert!(line.push(4).is_none());
            }
            taken.push(items);
        });
        assert_eq!(taken, [[1, 2], [3, 4]]);
        assert!(line.push(5).is_some());
    }

    #[test]
    fn a_panic_costs_what_was_given_and_no_more() {
        let line = Arc::new(WorkQueue::default());
        let turn = line.push(1).unwrap();
        let mut taken = Vec::new();
        turn.serve(|items| {
            if items == [1] {
                assert!(line.push(2).is_none());
                panic!("for the test");
            }
            taken.push(items);
        });
        assert_eq!(taken, [[2]]);
        assert!(line.push(3).is_some());
    }

    #[test]
    fn a_turn_that_nobody_takes_is_given_again() {
        let line = Arc::new(WorkQueue::default());
        let lost = Arc::new(());
        drop(line.push(lost.clone()).unwrap());
        assert_eq!(Arc::strong_count(&lost), 1);
        assert!(line.push(lost).is_some());
    }
}
