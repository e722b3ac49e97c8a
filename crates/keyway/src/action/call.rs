//! Function calls.

use super::limits;
use super::{Args, Intent, Step, read, takes_args};
use crate::amount::{IntoGas, IntoNearToken};
use crate::error::{ArgumentError, ArgumentProblem, ArgumentSite};
use near_primitives::action::{Action, FunctionCallAction};
use near_primitives::types::{AccountId, Balance as NearToken, Gas};

/// Calls a function of a contract. Defaults: no arguments, [`DEFAULT_GAS`], no deposit.
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
        contract: read::account_id(ArgumentSite::Call, "contract", contract.as_ref()),
        method: method.into(),
        args: Args::none(),
        gas: Ok(DEFAULT_GAS),
        deposit: Ok(NearToken::ZERO),
    }
}

/// The gas attached to a call when none is set: 30 Tgas.
pub const DEFAULT_GAS: Gas = Gas::from_teragas(30);

/// Builds a function call; see [`call`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a call does nothing until it is executed"]
pub struct FunctionCall {
    contract: Result<AccountId, ArgumentError>,
    method: String,
    pub(crate) args: Args,
    gas: Result<Gas, ArgumentError>,
    deposit: Result<NearToken, ArgumentError>,
}

impl FunctionCall {
    takes_args!(args);

    /// Attaches this much gas, above 0 and at most 1 Pgas.
    pub fn gas(mut self, gas: impl IntoGas) -> Self {
        self.gas = gas.into_gas();
        self
    }

    /// Attaches a deposit, which only a full-access key can do.
    pub fn deposit(mut self, amount: impl IntoNearToken) -> Self {
        self.deposit = amount.into_near_token();
        self
    }

    fn action(self) -> Result<(AccountId, Action), ArgumentError> {
        let contract = self.contract?;
        if self.method.is_empty() {
            return Err(wrong("method", ArgumentProblem::Empty));
        }
        read::at_most(ArgumentSite::Call, "method", self.method.len(), limits().method_name_bytes)?;
        let args = self.args.into_bytes(ArgumentSite::Call)?;
        read::at_most(ArgumentSite::Call, "args", args.len(), limits().args_bytes)?;
        let gas = self.gas?;
        check_gas(gas)?;
        let (method_name, deposit) = (self.method, self.deposit?);
        let action = FunctionCallAction { method_name, args, gas, deposit };
        Ok((contract, Action::FunctionCall(Box::new(action))))
    }
}

impl From<FunctionCall> for Step {
    fn from(call: FunctionCall) -> Self {
        Self::on_named(call.action())
    }
}

impl From<FunctionCall> for Intent {
    fn from(call: FunctionCall) -> Self {
        Self::from([call])
    }
}

impl FunctionCall {
    /// A transaction with this call and more actions for the same account.
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

fn wrong(field: &'static str, problem: ArgumentProblem) -> ArgumentError {
    ArgumentError::new(ArgumentSite::Call, field, problem)
}
