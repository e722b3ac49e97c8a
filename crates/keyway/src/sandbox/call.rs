//! Calls of contracts by accounts of a sandbox.

use super::act::Act;
use crate::action::{FunctionCall, takes_args};
use crate::amount::{IntoGas, IntoNearToken};
use crate::error::Error;
use crate::outcome::Outcome;
use std::sync::Arc;

/// Builds a call of a contract's function; see [`SandboxAccount::call`](super::SandboxAccount::call).
#[derive(Clone, Debug)]
#[must_use = "nothing is called before `execute`"]
pub struct SandboxCall {
    actor: Arc<dyn Act>,
    call: FunctionCall,
}

impl SandboxCall {
    pub(super) fn new(actor: Arc<dyn Act>, call: FunctionCall) -> Self {
        Self { actor, call }
    }

    takes_args!(call.args);

    /// Attaches this much gas, above 0 and at most 1 Pgas. Default:
    /// [`DEFAULT_GAS`](crate::action::DEFAULT_GAS).
    pub fn gas(mut self, gas: impl IntoGas) -> Self {
        self.call = self.call.gas(gas);
        self
    }

    /// Attaches a deposit. Default: none.
    pub fn deposit(mut self, amount: impl IntoNearToken) -> Self {
        self.call = self.call.deposit(amount);
        self
    }

    /// Executes the call.
    ///
    /// # Errors
    /// As [`SandboxAccount::execute`](super::SandboxAccount::execute).
    pub fn execute(self) -> Result<Outcome, Error> {
        self.actor.act(self.call.into())
    }

    /// The result of [`SandboxCall::execute`], without changing anything.
    ///
    /// # Errors
    /// As [`SandboxCall::execute`].
    pub fn simulate(self) -> Result<Outcome, Error> {
        self.actor.pretend(self.call.into())
    }
}
