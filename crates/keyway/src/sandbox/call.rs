//! A call of a contract, by somebody.

use super::act::Actor;
use crate::action::FunctionCall;
use crate::error::Error;
use crate::outcome::Outcome;
use borsh::BorshSerialize;
use near_primitives::types::{Balance as NearToken, Gas};
use serde::Serialize;

/// A call of a contract's function being written; see
/// [`SandboxAccount::call`](super::SandboxAccount::call).
#[derive(Clone, Debug)]
#[must_use = "nothing is called before `execute`"]
pub struct SandboxCall {
    actor: Actor,
    call: FunctionCall,
}

impl SandboxCall {
    pub(super) fn new(actor: Actor, call: FunctionCall) -> Self {
        Self { actor, call }
    }

    /// Passes these bytes.
    pub fn args(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.call = self.call.args(bytes);
        self
    }

    /// Passes this, written as JSON.
    pub fn args_json<T: Serialize + ?Sized>(mut self, args: &T) -> Self {
        self.call = self.call.args_json(args);
        self
    }

    /// Passes this, written as borsh.
    pub fn args_borsh<T: BorshSerialize + ?Sized>(mut self, args: &T) -> Self {
        self.call = self.call.args_borsh(args);
        self
    }

    /// Attaches this much gas, above 0 and at most 1 Pgas. Default:
    /// [`DEFAULT_GAS`](crate::action::DEFAULT_GAS).
    pub fn gas(mut self, gas: Gas) -> Self {
        self.call = self.call.gas(gas);
        self
    }

    /// Attaches a deposit. Default: none.
    pub fn deposit(mut self, amount: NearToken) -> Self {
        self.call = self.call.deposit(amount);
        self
    }

    /// Calls.
    ///
    /// # Errors
    /// As [`SandboxAccount::execute`](super::SandboxAccount::execute).
    pub fn execute(self) -> Result<Outcome, Error> {
        self.actor.execute(self.call.into())
    }

    /// What [`SandboxCall::execute`] would give, without changing anything.
    ///
    /// # Errors
    /// As [`SandboxCall::execute`].
    pub fn simulate(self) -> Result<Outcome, Error> {
        self.actor.simulate(self.call.into())
    }
}
