//! Limits of an instance.

use super::{ConfigError, Millis, within};
use serde::Deserialize;
use std::time::Duration;

/// Limits of one instance.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Limits {
    /// The largest body, bytes.
    pub body_bytes: usize,
    /// How long a request's body may take, milliseconds.
    body_ms: Millis,
    /// How many requests may wait for a lane; more are answered with 503.
    pub waiting: usize,
    /// The longest that a caller may wait for an outcome, milliseconds.
    wait_ms: Millis,
    /// How many connections may be open.
    pub connections: usize,
    /// How long ended requests are kept, and idempotency keys with them, hours.
    keep_hours: u32,
    /// How long an app may take to answer a webhook, milliseconds.
    webhook_ms: Millis,
    /// The pause after the first failure of a webhook, milliseconds.
    webhook_pause_ms: Millis,
}

impl Default for Limits {
    /// 64 KiB within 10 seconds, 10,000 requests that wait, 30 seconds of waiting, 4,096 connections, 7 days; a webhook
    /// takes 10 seconds, and is tried again after 5.
    fn default() -> Self {
        Limits {
            body_bytes: 64 << 10,
            body_ms: Millis::new(10_000),
            waiting: 10_000,
            wait_ms: Millis::new(30_000),
            connections: 4_096,
            keep_hours: 7 * 24,
            webhook_ms: Millis::new(10_000),
            webhook_pause_ms: Millis::new(5_000),
        }
    }
}

impl Limits {
    /// How long a request's body may take.
    #[must_use]
    pub fn body_within(&self) -> Duration {
        self.body_ms.duration()
    }

    /// The longest that a caller may wait for an outcome.
    #[must_use]
    pub fn longest_wait(&self) -> Duration {
        self.wait_ms.duration()
    }

    /// How long ended requests are kept.
    #[must_use]
    pub fn keep(&self) -> Duration {
        Duration::from_secs(3_600 * u64::from(self.keep_hours))
    }

    /// How long an app may take to answer a webhook.
    #[must_use]
    pub fn webhook_within(&self) -> Duration {
        self.webhook_ms.duration()
    }

    /// The pause before a webhook is tried again that failed so often before: it doubles each time, up to 6 hours.
    #[must_use]
    pub fn webhook_pause(&self, failures: u32) -> Duration {
        self.webhook_pause_ms.duration().saturating_mul(1 << failures.min(24)).min(LONGEST_PAUSE)
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        within("limits.body_bytes", self.body_bytes, 1_024, 16 << 20)?;
        within("limits.body_ms", self.body_ms.get(), 100, 600_000)?;
        within("limits.waiting", self.waiting, 1, 1_000_000)?;
        within("limits.wait_ms", self.wait_ms.get(), 0, 600_000)?;
        within("limits.connections", self.connections, 1, 100_000)?;
        within("limits.keep_hours", self.keep_hours, 1, 24 * 366)?;
        within("limits.webhook_ms", self.webhook_ms.get(), 100, 10_000)?;
        within("limits.webhook_pause_ms", self.webhook_pause_ms.get(), 10, 600_000)
    }
}

const LONGEST_PAUSE: Duration = Duration::from_secs(6 * 3_600);
