//! Counters, and the text that Prometheus reads.

use crate::methods::METHODS;
use keyway_node::Node;
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counts requests by method.
#[derive(Debug)]
pub(crate) struct Metrics {
    /// In the order of [`METHODS`], then one for unknown names.
    requests: Vec<AtomicU64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        Metrics { requests: (0..=METHODS.len()).map(|_| AtomicU64::new(0)).collect() }
    }

    /// Counts a request for the method at `position`, or for an unknown one.
    pub(crate) fn count(&self, position: Option<usize>) {
        if let Some(counter) = self.requests.get(position.unwrap_or(METHODS.len())) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// All numbers as text.
    pub(crate) fn text(&self, node: &Node, uptime: Duration) -> String {
        let mut text = String::new();
        let written = self.write(&mut text, node, uptime);
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
        text
    }

    fn write(&self, out: &mut String, node: &Node, uptime: Duration) -> fmt::Result {
        let chain = node.snapshot();
        let (accepted, refused) = node.transaction_counts();
        let head = chain.head().height();
        let last_final = chain.final_head().height();
        let gauge = "gauge";
        let counter = "counter";
        one(out, gauge, "keyway_block_height_head", "height of the newest block", head)?;
        one(
            out,
            gauge,
            "keyway_block_height_final",
            "height of the newest final block",
            last_final,
        )?;
        one(
            out,
            counter,
            "keyway_transactions_accepted_total",
            "transactions that entered a block",
            accepted,
        )?;
        one(
            out,
            counter,
            "keyway_transactions_refused_total",
            "transactions that the rules refused",
            refused,
        )?;
        one(out, gauge, "keyway_uptime_seconds", "time since the start", uptime.as_secs())?;
        self.write_requests(out)
    }

    fn write_requests(&self, out: &mut String) -> fmt::Result {
        let name = "keyway_rpc_requests_total";
        head(out, "counter", name, "JSON-RPC requests by method")?;
        let names = METHODS.iter().map(|(method, _)| *method).chain(["unknown"]);
        for (method, count) in names.zip(&self.requests) {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                writeln!(out, "{name}{{method=\"{method}\"}} {count}")?;
            }
        }
        Ok(())
    }
}

fn one(out: &mut String, kind: &str, name: &str, help: &str, value: u64) -> fmt::Result {
    head(out, kind, name, help)?;
    writeln!(out, "{name} {value}")
}

fn head(out: &mut String, kind: &str, name: &str, help: &str) -> fmt::Result {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")
}
