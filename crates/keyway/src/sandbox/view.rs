//! A view of a contract, answered at once.

use super::wait::wait;
use crate::client::{Called, View};
use crate::error::Error;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A call that changes nothing and costs nothing; see [`Sandbox::view`](super::Sandbox::view).
#[derive(Clone, Debug)]
#[must_use = "nothing is called before `call`, `json`, `borsh` or `bytes`"]
pub struct SandboxView {
    view: View,
}

impl SandboxView {
    pub(super) fn new(view: View) -> Self {
        Self { view }
    }

    /// Passes these bytes.
    pub fn args(self, args: impl Into<Vec<u8>>) -> Self {
        Self { view: self.view.args(args) }
    }

    /// Passes a value as JSON. One that JSON cannot hold is an error of the call.
    pub fn args_json<T: Serialize>(self, args: T) -> Self {
        Self { view: self.view.args_json(args) }
    }

    /// Passes a value as borsh. One that borsh cannot hold is an error of the call.
    pub fn args_borsh<T: BorshSerialize>(self, args: T) -> Self {
        Self { view: self.view.args_borsh(args) }
    }

    /// Calls, and reads the returned JSON.
    ///
    /// # Errors
    /// As [`View::json`].
    pub fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        wait(self.view.json())
    }

    /// Calls, and reads the returned borsh.
    ///
    /// # Errors
    /// As [`View::borsh`].
    pub fn borsh<T: BorshDeserialize>(self) -> Result<T, Error> {
        wait(self.view.borsh())
    }

    /// Calls; the returned bytes.
    ///
    /// # Errors
    /// As [`View::call`].
    pub fn bytes(self) -> Result<Vec<u8>, Error> {
        wait(self.view.bytes())
    }

    /// Calls; the returned bytes, logs and block.
    ///
    /// # Errors
    /// As [`View::call`].
    pub fn call(self) -> Result<Called, Error> {
        wait(self.view.call())
    }
}
