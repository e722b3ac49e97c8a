//! The relayer's log: one JSON object a line, on stderr.

use crate::notes::Notes;
use serde_json::{Map, Value};
use std::fmt::Debug;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// From now on writes what the workspace's crates log at level info or above.
pub(super) fn begin(notes: &Notes) {
    let _somebody_else_does = tracing::subscriber::set_global_default(JsonLog(notes.clone()));
}

struct JsonLog(Notes);

impl Subscriber for JsonLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::INFO && metadata.target().starts_with("keyway")
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut line = Line(Map::new());
        line.put("time", chrono::DateTime::<chrono::Utc>::from(now()).to_rfc3339());
        line.put("level", metadata.level().as_str().to_lowercase());
        line.put("target", metadata.target());
        event.record(&mut line);
        // Notes never block, and remove what looks like a secret.
        self.0.fail(Value::Object(line.0).to_string());
    }

    // Spans are not shown.
    fn new_span(&self, _attributes: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _span: &Id, _values: &Record<'_>) {}
    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}
    fn enter(&self, _span: &Id) {}
    fn exit(&self, _span: &Id) {}
}

#[expect(clippy::disallowed_methods, reason = "a log has times")]
fn now() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

/// The members of a line.
struct Line(Map<String, Value>);

impl Line {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }
}

impl Visit for Line {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value);
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value);
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value);
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), value);
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field.name(), format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::tests::Shared;

    #[test]
    fn a_line_is_a_json_object_with_the_fields_of_the_event() {
        let target = Shared::default();
        let notes = Notes::on(target.clone(), || false);
        tracing::subscriber::with_default(JsonLog(notes.clone()), || {
            tracing::info!(target: "keyway_relay", ms = 7_u64, app = %"chess", "a request ended");
            tracing::debug!(target: "keyway_relay", "not worth a line");
            tracing::error!(target: "somebody", "not ours");
        });
        notes.finish();
        let line: Value = serde_json::from_str(target.text().trim()).unwrap();
        assert_eq!(line["message"], "a request ended");
        assert_eq!(
            (&line["ms"], &line["app"], &line["level"]),
            (&7.into(), &"chess".into(), &"info".into())
        );
        assert!(line["time"].as_str().is_some_and(|time| time.starts_with("20")), "{line}");
    }
}
