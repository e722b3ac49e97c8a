//! A call that is never sent, to ask the engine about.

use near_primitives::action::{Action, FunctionCallAction};
use near_primitives::types::{Balance, Gas};

/// A call of `method` without arguments and deposit.
pub(crate) fn call(method: &str, gas: Gas) -> Action {
    Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: method.to_owned(),
        args: Vec::new(),
        gas,
        deposit: Balance::ZERO,
    }))
}
