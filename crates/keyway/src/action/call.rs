//! Function calls.

use super::limits;
use super::{Intent, Step, read};
use crate::error::{ArgumentError, ArgumentProblem, Place};
use borsh::BorshSerialize;
use near_primitives::action::{Action, FunctionCallAction};
use near_primitives::types::{AccountId, Balance as NearToken, Gas};
use serde::Serialize;

/// Calls a function of a contract: without arguments, with [`DEFAULT_GAS`] and without deposit,
/// unless it is said otherwise.
///
/// ```
/// use keyway::{GasLiteral, Intent, call};
/// let call = call("game.near", "play_move").args_json(&[3, 4]).gas(50.tgas());
/// let (receiver, actions) = Intent::from(call).resolve(&"alice.near".parse()?)?;
/// assert_eq!(receiver, "game.near");
/// assert_eq!(actions[0].get_prepaid_gas(), 50.tgas());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn call(contract: impl AsRef<str>, method: impl Into<String>) -> FunctionCall {
    FunctionCall {
        contract: read::account_id(Place::Call, "contract", contract.as_ref()),
        method: method.into(),
        args: Ok(Vec::new()),
        gas: DEFAULT_GAS,
        deposit: NearToken::ZERO,
    }
}

/// The gas attached to a call when none is said: 30 Tgas.
pub const DEFAULT_GAS: Gas = Gas::from_teragas(30);

/// A function call being written; see [`call`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a call does nothing until it is executed"]
pub struct FunctionCall {
    contract: Result<AccountId, ArgumentError>,
    method: String,
    args: Result<Vec<u8>, ArgumentError>,
    gas: Gas,
    deposit: NearToken,
}

impl FunctionCall {
    /// Passes these bytes.
    pub fn args(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.args = Ok(bytes.into());
        self
    }

    /// Passes this, written as JSON.
    pub fn args_json<T: Serialize + ?Sized>(mut self, args: &T) -> Self {
        self.args = serde_json::to_vec(args).map_err(|error| not_written("JSON", &error));
        self
    }

    /// Passes this, written as borsh.
    pub fn args_borsh<T: BorshSerialize + ?Sized>(mut self, args: &T) -> Self {
        self.args = borsh::to_vec(args).map_err(|error| not_written("borsh", &error));
        self
    }

    /// Attaches this much gas, above 0 and at most 1 Pgas.
    pub fn gas(mut self, gas: Gas) -> Self {
        self.gas = gas;
        self
    }

    /// Attaches a deposit, which only a full-access key may do.
    pub fn deposit(mut self, amount: NearToken) -> Self {
        self.deposit = amount;
        self
    }

    fn action(self) -> Result<(AccountId, Action), ArgumentError> {
        let contract = self.contract?;
        if self.method.is_empty() {
            return Err(wrong("method", ArgumentProblem::Empty));
        }
        read::at_most(Place::Call, "method", self.method.len(), limits().method_name_bytes)?;
        let args = self.args?;
        read::at_most(Place::Call, "args", args.len(), limits().args_bytes)?;
        check_gas(self.gas)?;
        let (method_name, gas, deposit) = (self.method, self.gas, self.deposit);
        let action = FunctionCallAction { method_name, args, gas, deposit };
        Ok((contract, Action::FunctionCall(Box::new(action))))
    }
}

impl From<FunctionCall> for Step {
    fn from(call: FunctionCall) -> Self {
        Self::on_named(call.action())
    }
}

impl FunctionCall {
    /// A transaction with this call and more actions on its contract's account.
    #[must_use]
    pub fn then(self, step: impl Into<Step>) -> Intent {
        Intent::from(self).then(step)
    }
}

fn check_gas(gas: Gas) -> Result<(), ArgumentError> {
    if gas == Gas::ZERO {
        return Err(wrong("gas", ArgumentProblem::ZeroGas));
    }
    if gas > limits().gas {
        return Err(wrong("gas", ArgumentProblem::TooMuchGas { got: gas, limit: limits().gas }));
    }
    Ok(())
}

fn not_written(form: &'static str, error: &dyn std::error::Error) -> ArgumentError {
    wrong("args", ArgumentProblem::NotWritten { form, why: error.to_string() })
}

fn wrong(field: &'static str, problem: ArgumentProblem) -> ArgumentError {
    ArgumentError::new(Place::Call, field, problem)
}
