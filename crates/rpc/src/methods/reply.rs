//! The arguments and results of methods.

use crate::error::internal;
use crate::settings::Settings;
use keyway_chain::Chain;
use near_jsonrpc_primitives::errors::RpcError;
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

/// The input of a method that reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    /// The chain when the request was started.
    pub(crate) chain: &'a Chain,
    /// How the node describes itself.
    pub(crate) settings: &'a Settings,
    /// Time since the service started.
    pub(crate) uptime: Duration,
    /// Why the node accepts no inputs, if it does not.
    pub(crate) trouble: Option<&'a str>,
}

/// A method's result, or the wire error.
pub(crate) type Reply = Result<Json, RpcError>;

/// A result as JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Json(pub(crate) String);

impl Json {
    /// The JSON of `result` as it writes itself. [`reply`] goes by way of a [`Value`], as nearcore
    /// does, which takes twice the time; where that counts the type is known to be sound.
    ///
    /// # Errors
    /// When it does not write itself, as an internal error.
    pub(crate) fn of<T: Serialize>(result: &T) -> Reply {
        serde_json::to_string(result).map(Json).map_err(internal)
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Json(value.to_string())
    }
}

/// A typed result as JSON.
pub(crate) fn reply<T: Serialize>(result: T) -> Reply {
    serde_json::to_value(result).map(Json::from).map_err(internal)
}
