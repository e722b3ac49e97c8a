//! One request for what many ask at once.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Requests in flight, by what they will answer.
#[derive(Debug)]
pub(crate) struct Flights<T>(Mutex<HashMap<Vec<u8>, Arc<Flight<T>>>>);

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

#[derive(Debug)]
struct Flight<T> {
    landed: Mutex<Option<T>>,
    told: Condvar,
}

/// The answer, and whether another caller's request brought it.
pub(crate) struct Landed<T> {
    pub(crate) answer: T,
    pub(crate) shared: bool,
}

impl<T: Clone> Flights<T> {
    /// Calls `fetch`, unless another thread is fetching the same: then waits for its answer. If that
    /// thread panics, the answer is `lost`.
    pub(crate) fn once(&self, what: &[u8], lost: T, fetch: impl FnOnce() -> T) -> Landed<T> {
        let (flight, mine) = {
            let mut flights = lock(&self.0);
            match flights.get(what) {
                Some(flight) => (flight.clone(), false),
                None => {
                    let flight =
                        Arc::new(Flight { landed: Mutex::new(None), told: Condvar::new() });
                    flights.insert(what.to_vec(), flight.clone());
                    (flight, true)
                }
            }
        };
        if !mine {
            let landed = lock(&flight.landed);
            let landed = flight.told.wait_while(landed, |landed| landed.is_none());
            let landed = landed.unwrap_or_else(PoisonError::into_inner);
            return Landed { answer: landed.clone().unwrap_or(lost), shared: true };
        }
        let mut landing = Landing { flights: self, what, flight, answer: Some(lost) };
        let answer = fetch();
        landing.answer = Some(answer.clone());
        drop(landing);
        Landed { answer, shared: false }
    }
}

/// Ends a flight, also when the thread that flies it panics.
struct Landing<'a, T> {
    flights: &'a Flights<T>,
    what: &'a [u8],
    flight: Arc<Flight<T>>,
    answer: Option<T>,
}

impl<T> Drop for Landing<'_, T> {
    fn drop(&mut self) {
        lock(&self.flights.0).remove(self.what);
        *lock(&self.flight.landed) = self.answer.take();
        self.flight.told.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::mpsc;
    use std::thread;

    #[test]
    fn many_readers_of_one_row_make_one_request() {
        let (flights, requests) = (Flights::default(), AtomicU32::new(0));
        let (begun, has_begun) = mpsc::channel();
        let (finish, may_finish) = mpsc::channel::<()>();
        let (flights, made, begun) = (&flights, &requests, &begun);
        let slow = move || {
            made.fetch_add(1, Ordering::Relaxed);
            begun.send(()).unwrap();
            may_finish.recv().unwrap();
            7
        };
        thread::scope(|scope| {
            let first = scope.spawn(move || flights.once(b"row", 0, slow).shared);
            has_begun.recv().unwrap();
            let others: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let fetch = || requests.fetch_add(1, Ordering::Relaxed);
                        let landed = flights.once(b"row", 0, fetch);
                        (landed.answer, landed.shared)
                    })
                })
                .collect();
            let all_wait = || Arc::strong_count(&lock(&flights.0)[&b"row"[..]]) == 6;
            while !all_wait() {
                thread::yield_now();
            }
            finish.send(()).unwrap();
            assert!(!first.join().unwrap());
            for other in others {
                assert_eq!(other.join().unwrap(), (7, true));
            }
        });
        assert_eq!(requests.into_inner(), 1);
        assert!(!flights.once(b"row", 0, || 1).shared, "the next read is a flight of its own");
    }

    #[test]
    fn a_panic_strands_nobody() {
        let flights = Flights::default();
        let flight = || flights.once(b"row", 0, || panic!("expected by this test")).answer;
        assert!(catch_unwind(AssertUnwindSafe(flight)).is_err());
        assert_eq!(flights.once(b"row", 0, || 1).answer, 1);
    }
}
