//! How often an app may ask.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// So many requests a second on average, and twice as many at once.
#[derive(Debug)]
pub(crate) struct Rate {
    per_second: f64,
    state: Mutex<(f64, Instant)>,
}

impl Rate {
    pub(crate) fn new(per_second: u32, now: Instant) -> Self {
        let per_second = f64::from(per_second);
        Rate { per_second, state: Mutex::new((2.0 * per_second, now)) }
    }

    /// Takes one request's place at this moment.
    ///
    /// # Errors
    /// After how long there is a place.
    pub(crate) fn take(&self, now: Instant) -> Result<(), Duration> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (places, since) = *state;
        let grown = now.saturating_duration_since(since).as_secs_f64() * self.per_second;
        let places = (places + grown).min(2.0 * self.per_second);
        if places >= 1.0 {
            *state = (places - 1.0, now);
            return Ok(());
        }
        *state = (places, now);
        Err(Duration::from_secs_f64((1.0 - places) / self.per_second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn the_average_is_kept_and_twice_as_many_may_come_at_once() {
        let begun = clock::now();
        let rate = Rate::new(10, begun);
        assert_eq!((0..30).filter(|_| rate.take(begun).is_ok()).count(), 20);
        let pause = rate.take(begun).unwrap_err();
        assert!(pause <= Duration::from_millis(100), "{pause:?}");
        let later = begun + Duration::from_millis(510);
        assert_eq!((0..30).filter(|_| rate.take(later).is_ok()).count(), 5);
        let much_later = begun + Duration::from_secs(3_600);
        assert_eq!((0..30).filter(|_| rate.take(much_later).is_ok()).count(), 20);
    }
}
