//! Errors as every language shows them.

use crate::number::integers;
use crate::outcome;
use keyway::Error;
use serde::Serialize;
use serde_json::{Map, Value};

/// What went wrong: the class of the error, its name, its text and its figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Problem {
    /// The class that the error has in every language: `Argument`, `Refused`, `Failed` and so on.
    pub class: &'static str,
    /// A stable dotted name, as in docs/errors.md.
    pub kind: String,
    /// The text for people.
    pub message: String,
    /// The values in the text by name.
    pub figures: Map<String, Value>,
    /// The name of the same error in near-api-ts, if it has one.
    pub near_api_ts_kind: Option<&'static str>,
    /// For a transaction that failed: its outcome.
    pub outcome: Option<Box<Value>>,
}

impl Problem {
    /// An argument is invalid.
    pub fn argument(kind: &str, message: impl Into<String>) -> Self {
        Self {
            class: "Argument",
            kind: kind.to_owned(),
            message: message.into(),
            figures: Map::new(),
            near_api_ts_kind: None,
            outcome: None,
        }
    }

    /// The sandbox cannot do this now.
    pub fn sandbox(kind: &str, message: impl Into<String>) -> Self {
        Self { class: "Sandbox", ..Self::argument(kind, message) }
    }

    /// The problem in JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// A request that cannot be read.
    #[must_use]
    pub fn unreadable(error: &serde_json::Error) -> Self {
        Self::argument("Argument.NotUsable", format!("the request cannot be read: {error}"))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let outcome = match &error {
            Error::Failed(failure) => Some(Box::new(outcome::value(failure.outcome()))),
            _ => None,
        };
        let figures = match integers(Value::Object(error.figures())) {
            Value::Object(figures) => figures,
            _ => Map::new(),
        };
        Self {
            class: class(&error),
            kind: error.kind().to_owned(),
            message: error.to_string(),
            figures,
            near_api_ts_kind: error.near_api_ts_kind(),
            outcome,
        }
    }
}

impl From<keyway::ArgumentError> for Problem {
    fn from(error: keyway::ArgumentError) -> Self {
        Error::from(error).into()
    }
}

fn class(error: &Error) -> &'static str {
    match error {
        Error::Argument(_) | Error::Endpoint(_) => "Argument",
        Error::Pool(_) | Error::Key(_) => "Key",
        Error::Refused(_) => "Refused",
        Error::Failed(_) => "Failed",
        Error::Query(_) => "Query",
        Error::Transport(_) => "Transport",
        Error::Fate(_) => "Fate",
        // Errors that the library gets later are the sandbox's until they have a class.
        _ => "Sandbox",
    }
}
