//! How fast an endpoint may be asked: a token bucket, learned from what the endpoint says.

use std::time::{Duration, Instant};

/// The pace of requests to one endpoint. It knows no clock: every function is given the time.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Requests a second, now and at most.
    rate: f64,
    most: f64,
    tokens: f64,
    filled: Instant,
    /// No request before.
    closed_until: Instant,
    /// Refusals since the last answer.
    refusals: u32,
    /// Requests of this second, to see what the endpoint bore before it refused.
    second: (Instant, u32),
    raised: Instant,
}

impl Pace {
    /// At most `most` requests a second.
    pub(crate) fn new(most: f64, now: Instant) -> Self {
        Self {
            rate: most,
            most,
            tokens: burst(most),
            filled: now,
            closed_until: now,
            refusals: 0,
            second: (now, 0),
            raised: now,
        }
    }

    /// Takes a token; or says how long to wait for one.
    pub(crate) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        if let Some(closed) = positive(self.closed_until, now) {
            return Err(closed);
        }
        self.fill(now);
        if self.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.tokens) / self.rate));
        }
        self.tokens -= 1.0;
        match now.saturating_duration_since(self.second.0) < Duration::from_secs(1) {
            true => self.second.1 += 1,
            false => self.second = (now, 1),
        }
        Ok(())
    }

    /// The endpoint refused a request because there were too many; `retry_after` is what it asked
    /// for.
    pub(crate) fn refused(&mut self, now: Instant, retry_after: Option<Duration>) {
        // Requests in flight together are refused together: one lesson.
        let again = positive(self.closed_until, now).is_some();
        let pause = retry_after.unwrap_or_else(|| FIRST_PAUSE * 2_u32.pow(self.refusals.min(5)));
        self.closed_until = self.closed_until.max(now + pause.min(LONGEST_CLOSED));
        if again {
            return;
        }
        self.refusals += 1;
        let bore = f64::from(self.second.1.max(1));
        self.rate = (self.rate.min(bore) * 0.7).max(SLOWEST);
        self.tokens = 0.0;
        self.filled = self.closed_until;
        self.raised = now;
    }

    /// The endpoint answered.
    pub(crate) fn answered(&mut self, now: Instant) {
        self.refusals = 0;
        if now.saturating_duration_since(self.raised) >= RAISE_EVERY {
            self.rate = (self.rate * 1.1).min(self.most);
            self.raised = now;
        }
    }

    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.rate
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + passed * self.rate).min(burst(self.rate));
        self.filled = self.filled.max(now);
    }
}

fn positive(until: Instant, now: Instant) -> Option<Duration> {
    Some(until.saturating_duration_since(now)).filter(|left| !left.is_zero())
}

/// How many requests may be sent at once.
fn burst(rate: f64) -> f64 {
    (rate / 4.0).max(1.0)
}

/// The pause after a first refusal that asks for none. Each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// No endpoint is left alone for longer, whatever it asks for: a read fails before.
const LONGEST_CLOSED: Duration = Duration::from_secs(3600);
/// Requests a second at least.
const SLOWEST: f64 = 0.5;
const RAISE_EVERY: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "any instant will do")]
    fn start() -> Instant {
        Instant::now()
    }

    /// How many of the requests of `seconds`, tried every millisecond, may be sent.
    fn sent(pace: &mut Pace, from: Instant, seconds: u64) -> usize {
        let times = (0..seconds * 1000).map(|ms| from + Duration::from_millis(ms));
        times.filter(|now| pace.take(*now).is_ok()).count()
    }

    #[test]
    fn no_more_is_sent_than_the_rate_and_a_burst() {
        let now = start();
        let sent = sent(&mut Pace::new(20.0, now), now, 10);
        assert!((200..=206).contains(&sent), "{sent}");
    }

    #[test]
    fn the_rate_that_an_endpoint_bears_is_learned() {
        let now = start();
        let mut pace = Pace::new(1000.0, now);
        for _ in 0..20 {
            pace.take(now).unwrap();
        }
        pace.refused(now, Some(Duration::from_secs(2)));
        pace.refused(now, None);
        assert_eq!(pace.take(now), Err(Duration::from_secs(2)));
        let open = now + Duration::from_secs(2);
        let sent = sent(&mut pace, open, 5);
        assert!((65..=75).contains(&sent), "0.7 of 20 a second: {sent}");
        for minute in 1..100 {
            pace.answered(open + Duration::from_secs(minute * 60));
        }
        assert!(pace.rate() > 999.0, "a lesson is not for ever");
    }

    #[test]
    fn refusals_without_a_time_wait_longer_each() {
        let mut now = start();
        let mut pace = Pace::new(10.0, now);
        let mut pauses = Vec::new();
        for _ in 0..4 {
            pace.refused(now, None);
            let pause = pace.take(now).unwrap_err();
            pauses.push(pause.as_millis());
            now += pause + Duration::from_secs(3);
        }
        assert_eq!(pauses, [500, 1000, 2000, 4000]);
    }

    #[test]
    fn no_wish_of_an_endpoint_is_too_long_to_be_kept() {
        let now = start();
        let mut pace = Pace::new(10.0, now);
        pace.refused(now, Some(Duration::MAX));
        assert_eq!(pace.take(now), Err(LONGEST_CLOSED));
    }
}
