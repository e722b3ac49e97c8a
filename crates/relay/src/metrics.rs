//! Figures for Prometheus.

use crate::{AppName, Ending};
use prometheus::{
    CounterVec, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

/// The counters and gauges of one instance.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    /// Requests by app and by what became of them.
    requests: IntCounterVec,
    /// Gas burnt by app.
    gas: IntCounterVec,
    /// What was spent by app, NEAR.
    cost: CounterVec,
    /// For how many more requests a key can pay.
    pub(crate) requests_left: IntGaugeVec,
    /// From acceptance to the proved end, seconds.
    seconds: Histogram,
    pub(crate) waiting: IntGauge,
    pub(crate) lanes: IntGauge,
    pub(crate) unproved: IntCounter,
    pub(crate) signed_again: IntCounter,
    pub(crate) webhooks: IntCounterVec,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let registry = Registry::new();
        let counter = |name: &str, help: &str| IntCounter::new(name, help);
        let gauge = |name: &str, help: &str| IntGauge::new(name, help);
        let labelled = |name: &str, help: &str, labels: &[&str]| {
            IntCounterVec::new(Opts::new(name, help), labels)
        };
        let seconds = HistogramOpts::new(
            "keyway_relay_seconds",
            "Seconds from the acceptance of a request to its proved end",
        )
        .buckets(BUCKETS.to_vec());
        let fixed = "the invariant that names and labels are fixed and valid";
        let metrics = Metrics {
            requests: labelled(
                "keyway_relay_requests_total",
                "Requests by result",
                &["app", "result"],
            )
            .expect(fixed),
            gas: labelled("keyway_relay_gas_burnt_total", "Gas burnt for an app", &["app"])
                .expect(fixed),
            cost: CounterVec::new(
                Opts::new("keyway_relay_cost_near_total", "What ended requests cost, NEAR"),
                &["app"],
            )
            .expect(fixed),
            requests_left: IntGaugeVec::new(
                Opts::new(
                    "keyway_relay_requests_left",
                    "For how many more requests a key can pay at the mean cost of the last hour",
                ),
                &["key"],
            )
            .expect(fixed),
            seconds: Histogram::with_opts(seconds).expect(fixed),
            waiting: gauge("keyway_relay_waiting", "Requests that wait for a lane").expect(fixed),
            lanes: gauge("keyway_relay_lanes", "Lanes that this instance holds").expect(fixed),
            unproved: counter(
                "keyway_relay_unproved_total",
                "Deliveries that ended without a proof and were repeated",
            )
            .expect(fixed),
            signed_again: counter(
                "keyway_relay_signed_again_total",
                "Signatures that were proved never to run",
            )
            .expect(fixed),
            webhooks: labelled("keyway_relay_webhooks_total", "Webhooks by result", &["result"])
                .expect(fixed),
            registry,
        };
        let registry = &metrics.registry;
        let collectors: [Box<dyn prometheus::core::Collector>; 10] = [
            Box::new(metrics.requests.clone()),
            Box::new(metrics.gas.clone()),
            Box::new(metrics.cost.clone()),
            Box::new(metrics.requests_left.clone()),
            Box::new(metrics.seconds.clone()),
            Box::new(metrics.waiting.clone()),
            Box::new(metrics.lanes.clone()),
            Box::new(metrics.unproved.clone()),
            Box::new(metrics.signed_again.clone()),
            Box::new(metrics.webhooks.clone()),
        ];
        for collector in collectors {
            registry.register(collector).expect(fixed);
        }
        metrics
    }

    /// A request that ended in so many milliseconds.
    pub(crate) fn ended(&self, app: &AppName, ending: &Ending, ms: u64) {
        let (result, gas) = match ending {
            Ending::Succeeded { gas_burnt, .. } => ("succeeded", gas_burnt.as_gas()),
            Ending::Failed { gas_burnt, .. } => ("failed", gas_burnt.as_gas()),
            Ending::Refused { .. } => ("refused", 0),
            Ending::Cancelled => ("cancelled", 0),
        };
        self.requests.with_label_values(&[app.as_str(), result]).inc();
        self.gas.with_label_values(&[app.as_str()]).inc_by(gas);
        let cost = ending.cost().as_yoctonear() as f64 / 1e24;
        self.cost.with_label_values(&[app.as_str()]).inc_by(cost);
        self.seconds.observe(ms as f64 / 1_000.0);
    }

    /// A request that was not accepted.
    pub(crate) fn not_accepted(&self, app: &AppName) {
        self.requests.with_label_values(&[app.as_str(), "not_accepted"]).inc();
    }

    /// All figures as Prometheus reads them.
    pub(crate) fn text(&self) -> String {
        TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }
}

const BUCKETS: [f64; 10] = [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 2.0, 5.0, 15.0, 60.0];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_text_with_names_that_do_not_change() {
        let metrics = Metrics::new();
        let app = "chess".parse().unwrap();
        metrics.ended(&app, &Ending::Cancelled, 30);
        metrics.not_accepted(&app);
        metrics.requests_left.with_label_values(&["ed25519:a"]).set(7);
        metrics.webhooks.with_label_values(&["delivered"]).inc();
        let text = metrics.text();
        for line in [
            "keyway_relay_requests_total{app=\"chess\",result=\"cancelled\"} 1",
            "keyway_relay_requests_total{app=\"chess\",result=\"not_accepted\"} 1",
            "keyway_relay_seconds_bucket{le=\"0.05\"} 1",
            "keyway_relay_webhooks_total{result=\"delivered\"} 1",
            "keyway_relay_lanes 0",
            "keyway_relay_cost_near_total{app=\"chess\"} 0",
            "keyway_relay_requests_left{key=\"ed25519:a\"} 7",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }
}
