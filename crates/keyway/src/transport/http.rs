//! Requests over HTTP, with several endpoints and retries.

use super::wire::{Limits, Missed, Wire};
use super::{
    Deadline, Endpoint, EndpointError, Exchange, Reply, Request, Retries, Transport, TransportError,
};
use crate::clock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// JSON-RPC over HTTP, with one endpoint or several that serve the same chain.
///
/// The endpoint that answered last is tried first. If it is in trouble, the next one is tried at once; pauses come only
/// after all have failed. [`HttpOptions::retries`] limits the attempts, and so does the kind of trouble: an error of the
/// node itself, or a local port without a listener, is returned within a second; a host name without an address at once;
/// an endpoint that limits requests is tried again after its `Retry-After` (30 seconds at most); one that does not answer
/// is tried for half a minute.
#[derive(Debug)]
pub struct HttpTransport {
    wires: Vec<Wire>,
    retries: Retries,
    preferred: AtomicUsize,
}

/// Limits of an [`HttpTransport`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpOptions {
    /// The time limit of one attempt, including the answer. A node that waits for a transaction answers after 10 seconds, so
    /// use more than that.
    pub timeout: Duration,
    /// The time limit for connecting.
    pub connect_timeout: Duration,
    /// How often a request is repeated, and after which pauses.
    pub retries: Retries,
    /// The size limit of an answer, bytes.
    pub max_answer_bytes: usize,
}

impl Default for HttpOptions {
    /// 20 seconds for an attempt, 5 for connecting, the default retries, and answers up to 16 MiB; the largest contract, 4
    /// MiB, takes 6.
    fn default() -> Self {
        HttpOptions {
            timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(5),
            retries: Retries::default(),
            max_answer_bytes: 16 * 1024 * 1024,
        }
    }
}

impl HttpTransport {
    /// Uses these endpoints, starting with the first.
    ///
    /// # Errors
    /// If there is none.
    pub fn new(endpoints: Vec<Endpoint>, options: HttpOptions) -> Result<Self, EndpointError> {
        if endpoints.is_empty() {
            return Err(EndpointError::None);
        }
        let limits = Limits {
            timeout: options.timeout,
            connect_timeout: options.connect_timeout,
            answer_bytes: options.max_answer_bytes,
        };
        let wires = endpoints.into_iter().map(|endpoint| Wire::new(endpoint, limits)).collect();
        Ok(HttpTransport { wires, retries: options.retries, preferred: AtomicUsize::new(0) })
    }

    async fn exchange(
        &self,
        request: &Request,
        deadline: Option<Deadline>,
    ) -> Result<Reply, TransportError> {
        let begun = clock::now();
        let mut tour = Tour::new(self.wires.len(), self.preferred.load(Ordering::Relaxed));
        let mut arrived = false;
        loop {
            let index = tour.here();
            let missed = match self.attempt(index, request, deadline).await {
                Ok(body) => {
                    self.preferred.store(index, Ordering::Relaxed);
                    return Ok(Reply { body, repeated: arrived, endpoint: index });
                }
                Err(missed) => missed,
            };
            let repeated = arrived;
            arrived |= missed.arrived;
            tracing::debug!(endpoint = %self.wires[index].endpoint(), trouble = %missed.trouble, "no answer");
            let round = tour.round;
            let more = tour.go_on(missed.for_good) && tour.attempts < self.retries.attempts;
            let pause = match tour.round == round {
                true => Duration::ZERO,
                false => self.retries.pause(tour.round).max(tour.pause_asked_for(&missed)),
            };
            let resume = clock::now() + pause;
            let in_time = tour.round == round || resume <= begun + missed.worth;
            let in_time = in_time && deadline.is_none_or(|deadline| resume < deadline.at);
            if !more || !in_time || (arrived && !request.repeatable) {
                return self.give_up(missed, index, tour.attempts, Past { repeated, arrived });
            }
            tokio::time::sleep_until(resume).await;
        }
    }

    /// One attempt at one endpoint, which ends at the deadline.
    async fn attempt(
        &self,
        index: usize,
        request: &Request,
        deadline: Option<Deadline>,
    ) -> Result<Vec<u8>, Missed> {
        let posted = self.wires[index].post(&request.body);
        match deadline {
            None => posted.await,
            Some(Deadline { at, allowed }) => match tokio::time::timeout_at(at, posted).await {
                Ok(posted) => posted,
                Err(_) => Err(Missed::in_time(allowed)),
            },
        }
    }

    fn give_up(
        &self,
        missed: Missed,
        index: usize,
        attempts: u32,
        past: Past,
    ) -> Result<Reply, TransportError> {
        if let Some(body) = missed.spare {
            return Ok(Reply { body, repeated: past.repeated, endpoint: index });
        }
        Err(TransportError {
            endpoint: self.wires[index].endpoint().to_string(),
            attempts,
            trouble: missed.trouble,
            may_have_arrived: past.arrived,
        })
    }
}

impl Transport for HttpTransport {
    fn send<'a>(&'a self, request: &'a Request) -> Exchange<'a> {
        Box::pin(self.exchange(request, None))
    }

    fn send_by<'a>(&'a self, request: &'a Request, deadline: Deadline) -> Exchange<'a> {
        Box::pin(self.exchange(request, Some(deadline)))
    }
}

/// Whether earlier attempts, without and with the last, may have had an effect.
struct Past {
    repeated: bool,
    arrived: bool,
}

/// The order in which endpoints are tried.
#[derive(Debug)]
struct Tour {
    left: Vec<usize>,
    place: usize,
    round: u32,
    attempts: u32,
}

impl Tour {
    /// An order of this many endpoints, at least one.
    fn new(endpoints: usize, first: usize) -> Self {
        let mut left: Vec<usize> = (0..endpoints).collect();
        left.rotate_left(first.min(endpoints));
        Tour { left, place: 0, round: 0, attempts: 0 }
    }

    fn here(&self) -> usize {
        self.left[self.place]
    }

    /// The pause that the only remaining endpoint asks for.
    fn pause_asked_for(&self, missed: &Missed) -> Duration {
        match self.left.len() {
            1 => missed.retry_after.unwrap_or_default(),
            _ => Duration::ZERO,
        }
    }

    /// Moves to the next endpoint; false if none is left.
    fn go_on(&mut self, for_good: bool) -> bool {
        self.attempts += 1;
        match for_good {
            true => drop(self.left.remove(self.place)),
            false => self.place += 1,
        }
        if self.place == self.left.len() {
            self.place = 0;
            self.round += 1;
        }
        !self.left.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_is_asked_before_anyone_is_asked_again() {
        let mut tour = Tour::new(3, 1);
        let mut seen = Vec::new();
        for for_good in [false, false, true, false, false, true] {
            seen.push((tour.here(), tour.round));
            assert!(tour.go_on(for_good));
        }
        assert_eq!(seen, [(1, 0), (2, 0), (0, 0), (1, 1), (2, 1), (1, 2)]);
        assert_eq!(tour.here(), 2);
        assert!(!tour.go_on(true));
        assert_eq!(tour.attempts, 7);
    }

    #[test]
    fn a_transport_goes_somewhere() {
        let error = HttpTransport::new(Vec::new(), HttpOptions::default()).unwrap_err();
        assert_eq!(error, EndpointError::None);
    }
}
