//! The arguments of a call, for all builders of calls.

use crate::error::{ArgumentError, ArgumentProblem, ArgumentSite};
use borsh::BorshSerialize;
use serde::Serialize;

/// Arguments as bytes, or the error of serializing them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Args(Result<Vec<u8>, ArgumentProblem>);

impl Args {
    pub(crate) fn none() -> Self {
        Self(Ok(Vec::new()))
    }

    pub(crate) fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Ok(bytes.into()))
    }

    pub(crate) fn json<T: Serialize + ?Sized>(args: &T) -> Self {
        Self(serde_json::to_vec(args).map_err(|error| not_written("JSON", &error)))
    }

    pub(crate) fn borsh<T: BorshSerialize + ?Sized>(args: &T) -> Self {
        Self(borsh::to_vec(args).map_err(|error| not_written("borsh", &error)))
    }

    /// The bytes; an error names `site`.
    pub(crate) fn into_bytes(self, site: ArgumentSite) -> Result<Vec<u8>, ArgumentError> {
        self.0.map_err(|problem| ArgumentError::new(site, "args", problem))
    }
}

fn not_written(form: &'static str, error: &dyn std::error::Error) -> ArgumentProblem {
    ArgumentProblem::NotWritten { form, why: error.to_string() }
}

/// The three ways to pass arguments, for a builder with [`Args`] in this field.
macro_rules! takes_args {
    ($($field:ident).+) => {
        /// Passes these bytes as the arguments.
        pub fn args(mut self, bytes: impl Into<Vec<u8>>) -> Self {
            self.$($field).+ = $crate::action::Args::bytes(bytes);
            self
        }

        /// Passes this as the arguments, serialized as JSON. If that fails, the call returns the error.
        pub fn args_json<T: serde::Serialize + ?Sized>(mut self, args: &T) -> Self {
            self.$($field).+ = $crate::action::Args::json(args);
            self
        }

        /// Passes this as the arguments, serialized as borsh. If that fails, the call returns the error.
        pub fn args_borsh<T: borsh::BorshSerialize + ?Sized>(mut self, args: &T) -> Self {
            self.$($field).+ = $crate::action::Args::borsh(args);
            self
        }
    };
}

pub(crate) use takes_args;
