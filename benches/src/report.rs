//! The figures, for people and for scripts.

use crate::samples::Samples;
use serde::Serialize;
use std::fs;
use std::thread::available_parallelism;

/// Everything that was measured, on which machine.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    version: String,
    processor: String,
    processors: usize,
    figures: Vec<Figure>,
}

/// One measured number.
#[derive(Debug, Serialize)]
struct Figure {
    /// Where: `memory`, `home`, `in process`.
    place: String,
    what: String,
    /// The median where it was measured more than once.
    value: f64,
    /// The value that 99 of 100 runs do not exceed.
    #[serde(skip_serializing_if = "Option::is_none")]
    p99: Option<f64>,
    unit: &'static str,
    runs: usize,
    /// What the project aims at, in the same unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    aim: Option<f64>,
}

impl Report {
    /// An empty report about the binary that calls itself `version`.
    pub(crate) fn new(version: String) -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self { version, processor: processor(), processors, figures: Vec::new() }
    }

    /// Adds times, in milliseconds.
    pub(crate) fn times(&mut self, place: &str, what: &str, samples: &Samples, aim: Option<f64>) {
        self.figures.push(Figure {
            place: place.to_owned(),
            what: what.to_owned(),
            value: samples.median().as_secs_f64() * 1e3,
            p99: Some(samples.at(99).as_secs_f64() * 1e3),
            unit: "ms",
            runs: samples.count(),
            aim,
        });
    }

    /// Adds memory in bytes, shown in millions.
    pub(crate) fn memory(&mut self, place: &str, what: &str, bytes: Option<u64>, aim: Option<f64>) {
        let Some(bytes) = bytes else { return };
        self.number(place, what, bytes as f64 / 1e6, "MB", aim);
    }

    /// Adds a single number.
    pub(crate) fn number(
        &mut self,
        place: &str,
        what: &str,
        value: f64,
        unit: &'static str,
        aim: Option<f64>,
    ) {
        let (place, what) = (place.to_owned(), what.to_owned());
        self.figures.push(Figure { place, what, value, p99: None, unit, runs: 1, aim });
    }

    /// For people.
    pub(crate) fn table(&self) -> String {
        let mut lines = vec![
            format!("{} on {} x {}", self.version, self.processors, self.processor),
            String::new(),
            row("where", "what", "median", "p99", "unit", "runs", "aim"),
        ];
        for figure in &self.figures {
            let (value, p99, aim) = (number(figure.value), shown(figure.p99), shown(figure.aim));
            let runs = figure.runs.to_string();
            lines.push(row(&figure.place, &figure.what, &value, &p99, figure.unit, &runs, &aim));
        }
        lines.join("\n")
    }

    /// For scripts.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers and texts are JSON")
    }
}

fn row(
    place: &str,
    what: &str,
    median: &str,
    p99: &str,
    unit: &str,
    runs: &str,
    aim: &str,
) -> String {
    let line =
        format!("{place:<10} {what:<44} {median:>10} {p99:>10} {unit:<4} {runs:>6} {aim:>6}");
    line.trim_end().to_owned()
}

fn shown(value: Option<f64>) -> String {
    value.map(number).unwrap_or_default()
}

/// Three digits that count.
fn number(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value if value >= 1.0 => format!("{value:.2}"),
        value => format!("{value:.4}"),
    }
}

/// The processor's name.
fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}
