//! Warnings and errors that the other crates log, as lines for people.

use super::Notes;
use std::fmt::{Debug, Write};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

impl Notes {
    /// From now on writes what the workspace's crates log at level warning or above.
    pub(crate) fn take_logs(&self) {
        let _somebody_else_does = tracing::subscriber::set_global_default(Log(self.clone()));
    }
}

struct Log(Notes);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN && metadata.target().starts_with("keyway")
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().as_str().to_lowercase());
        event.record(&mut line);
        self.0.fail(line.0);
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

/// `level: message, field: value …`
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a string cannot fail.
        let _ = match field.name() {
            "message" => write!(self.0, ": {value:?}"),
            name => write!(self.0, ", {name}: {value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::tests::Shared;

    #[test]
    fn warnings_of_the_workspace_become_lines() {
        let target = Shared::default();
        let notes = Notes::on(target.clone(), || false);
        tracing::subscriber::with_default(Log(notes.clone()), || {
            tracing::error!(target: "keyway_rpc", reason = %"no space", "the journal failed");
            tracing::info!(target: "keyway_rpc", "not worth a line");
            tracing::error!(target: "somebody", "not ours");
        });
        notes.finish();
        assert_eq!(target.text(), "error: the journal failed, reason: no space\n");
    }
}
