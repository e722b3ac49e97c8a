//! Actions and intents: what a transaction does, checked before it is sent.
//!
//! Each function here makes one action. An invalid argument is kept until the action is used, so that
//! builders need no `?` after each step; the error is returned before anything is sent.

mod account;
mod allowed;
mod args;
mod call;
mod contract;
mod function_call_key;
mod gas_key;
mod intent;
mod key;
mod read;
mod state_init;
mod step;

pub use crate::limits::limits;
pub use account::{create_account, delete_account, stake, transfer};
pub use allowed::{AllowedFunctions, FunctionNames, GasBudget, IntoGasBudget};
pub(crate) use args::{Args, takes_args};
pub use call::{DEFAULT_GAS, FunctionCall, call};
#[cfg(feature = "sandbox")]
pub(crate) use contract::read_wasm;
pub use contract::{
    deploy, deploy_file, deploy_global_by_account, deploy_global_by_hash, use_global_by_account,
    use_global_by_hash,
};
pub use function_call_key::{Allowance, FunctionCallKey, add_function_call_key};
pub use gas_key::{
    FunctionCallGasKey, OwnBalance, add_full_access_gas_key, add_function_call_gas_key,
    fund_gas_key, withdraw_from_gas_key,
};
pub use intent::Intent;
pub use key::{add_full_access_key, delete_key};
pub use keyway_rules::Limits;
pub use read::IntoPublicKey;
#[cfg(feature = "sandbox")]
pub(crate) use read::account_id as read_account_id;
pub use state_init::{init_deterministic_account, init_universal_account};
pub use step::Step;

#[cfg(test)]
mod tests {
    mod bad_input;
}
