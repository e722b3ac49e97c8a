//! View calls of a sandbox's contracts.

use super::wait::wait;
use crate::action::takes_args;
use crate::client::{Called, View};
use crate::error::Error;
use borsh::BorshDeserialize;
use serde::de::DeserializeOwned;

/// Builds a view call, which changes nothing and costs nothing; see [`Sandbox::view`](super::Sandbox::view).
#[derive(Clone, Debug)]
#[must_use = "nothing is called before `call`, `json`, `borsh` or `bytes`"]
pub struct SandboxView {
    view: View,
}

impl SandboxView {
    pub(super) fn new(view: View) -> Self {
        Self { view }
    }

    takes_args!(view.args);

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
