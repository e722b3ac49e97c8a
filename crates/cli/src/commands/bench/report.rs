//! The figures of a benchmark.

use super::tally::Tally;
use super::{BenchArgs, Wait, Workload};
use hdrhistogram::Histogram;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// The result of a benchmark.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    workload: Workload,
    wait: Wait,
    accounts: u16,
    connections: u16,
    /// Whether the time includes signing.
    signed_meanwhile: bool,
    seconds: f64,
    /// Transactions that came as far as they were waited for, without failing.
    executed: u64,
    executed_per_second: f64,
    /// All other transactions, by reason.
    refused: BTreeMap<String, u64>,
    latency: Latency,
}

/// The time of executed transactions from request to response, in milliseconds.
#[derive(Debug, Serialize)]
struct Latency {
    min: f64,
    p50: f64,
    p90: f64,
    p99: f64,
    #[serde(rename = "p99.9")]
    p999: f64,
    max: f64,
}

impl Report {
    pub(super) fn new(args: &BenchArgs, tally: Tally) -> Self {
        let executed = tally.latencies.len();
        let seconds = tally.elapsed.as_secs_f64();
        Self {
            workload: args.workload,
            wait: args.wait,
            accounts: args.accounts,
            connections: args.connections,
            signed_meanwhile: args.duration.is_some(),
            seconds,
            executed,
            executed_per_second: executed as f64 / seconds.max(f64::EPSILON),
            refused: tally.refusals,
            latency: Latency::of(&tally.latencies),
        }
    }
}

impl Latency {
    fn of(microseconds: &Histogram<u64>) -> Self {
        let at = |quantile| microseconds.value_at_quantile(quantile) as f64 / 1e3;
        Self {
            min: microseconds.min() as f64 / 1e3,
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: microseconds.max() as f64 / 1e3,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { executed, executed_per_second, seconds, .. } = self;
        writeln!(f, "{executed} executed in {seconds:.2} s: {executed_per_second:.0} per second")?;
        for (reason, count) in &self.refused {
            writeln!(f, "{count} ended with {reason}")?;
        }
        let Latency { min, p50, p90, p99, p999, max } = self.latency;
        writeln!(
            f,
            "latency in ms: min {min:.2}, p50 {p50:.2}, p90 {p90:.2}, p99 {p99:.2}, p99.9 {p999:.2}, max {max:.2}"
        )
    }
}
