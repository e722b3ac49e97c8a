//! Function-call keys.

use super::{
    AllowedFunctions, FunctionNames, GasBudget, Intent, IntoGasBudget, IntoPublicKey, Step, key,
    read,
};
use crate::error::{ArgumentError, ArgumentProblem, ArgumentSite};
use near_crypto::PublicKey;
use near_primitives::account::{AccessKey, AccessKeyPermission, FunctionCallPermission};
use near_primitives::action::Action;
use near_primitives::types::{AccountId, Balance as NearToken};

/// Adds a key that may call functions of one contract and do nothing else.
///
/// The functions and the gas budget are both required: leaving one out never means "everything".
///
/// ```
/// use keyway::{GasBudget, Intent, NearLiteral, add_function_call_key};
/// # let app_key = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";
/// let key = add_function_call_key(app_key, "game.near")
///     .functions(["play_move", "claim_reward"])
///     .gas_budget(GasBudget::limit(250.millinear()));
/// assert!(Intent::from(key).resolve(&"alice.near".parse()?).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn add_function_call_key(
    public_key: impl IntoPublicKey,
    contract: impl AsRef<str>,
) -> FunctionCallKey {
    let scope = Scope::new(ArgumentSite::AddFunctionCallKey, public_key, contract.as_ref());
    FunctionCallKey { scope, gas: Allowance { budget: None } }
}

/// Builds a function-call key; see [`add_function_call_key`] and
/// [`add_function_call_gas_key`](super::add_function_call_gas_key).
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a key does nothing until it is executed"]
pub struct FunctionCallKey<G = Allowance> {
    pub(super) scope: Scope,
    /// What pays for its gas.
    pub(super) gas: G,
}

/// The account pays for gas, up to a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    budget: Option<Result<GasBudget, ArgumentError>>,
}

impl<G> FunctionCallKey<G> {
    /// Allows these functions. An empty list is an error; see [`FunctionCallKey::any_function`].
    pub fn functions<I>(mut self, names: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.scope.set_names(names);
        self
    }

    /// Allows every function of the contract that needs no deposit, including functions that the contract gets later.
    pub fn any_function(self) -> Self {
        self.allowed_functions(AllowedFunctions::AllNonPayable)
    }

    /// Allows these functions.
    pub fn allowed_functions(mut self, functions: impl Into<AllowedFunctions>) -> Self {
        self.scope.functions = Some(Ok(functions.into()));
        self
    }

    /// A transaction that adds this key to `receiver`: the signer itself, or an account that the transaction creates.
    #[must_use]
    pub fn to(self, receiver: impl AsRef<str>) -> Intent
    where
        Step: From<Self>,
    {
        Step::from(self).to(receiver)
    }
}

impl FunctionCallKey {
    /// Limits what the key may spend on gas: an amount above 0, or [`GasBudget::Unlimited`].
    pub fn gas_budget(mut self, budget: impl IntoGasBudget) -> Self {
        self.gas.budget = Some(budget.into_gas_budget());
        self
    }

    fn action(self) -> Result<Action, ArgumentError> {
        let (public_key, permission) = self.scope.permission()?;
        let wrong =
            |problem| ArgumentError::new(ArgumentSite::AddFunctionCallKey, "gas_budget", problem);
        let missing = || wrong(ArgumentProblem::Missing { how: SET_THE_BUDGET });
        let budget = self.gas.budget.ok_or_else(missing)??;
        let allowance = budget.allowance().map_err(wrong)?;
        let permission = FunctionCallPermission { allowance, ..permission };
        let permission = AccessKeyPermission::FunctionCall(permission);
        key::add_key(
            ArgumentSite::AddFunctionCallKey,
            public_key,
            AccessKey { nonce: 0, permission },
        )
    }
}

impl From<FunctionCallKey> for Step {
    fn from(key: FunctionCallKey) -> Self {
        Self::on_signer(key.action())
    }
}

impl From<FunctionCallKey> for Intent {
    fn from(key: FunctionCallKey) -> Self {
        Self::from([key])
    }
}

/// The key, its contract and its functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    site: ArgumentSite,
    public_key: Result<PublicKey, ArgumentError>,
    contract: Result<AccountId, ArgumentError>,
    functions: Option<Result<AllowedFunctions, ArgumentError>>,
}

impl Scope {
    pub(super) fn new(site: ArgumentSite, public_key: impl IntoPublicKey, contract: &str) -> Self {
        Self {
            site,
            public_key: read::public_key(site, public_key),
            contract: read::account_id(site, "contract", contract),
            functions: None,
        }
    }

    fn set_names<I>(&mut self, names: I)
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let site = self.site;
        let names = FunctionNames::new(names).map_err(|error| error.at(site));
        self.functions = Some(names.map(AllowedFunctions::Only));
    }

    /// The permission, without an allowance.
    pub(super) fn permission(self) -> Result<(PublicKey, FunctionCallPermission), ArgumentError> {
        let public_key = self.public_key?;
        let receiver_id = self.contract?.into();
        let missing = || {
            let problem = ArgumentProblem::Missing { how: SET_THE_FUNCTIONS };
            ArgumentError::new(self.site, "functions", problem)
        };
        let functions = self.functions.ok_or_else(missing)??;
        let method_names = functions.into_method_names();
        let allowance: Option<NearToken> = None;
        Ok((public_key, FunctionCallPermission { allowance, receiver_id, method_names }))
    }
}

const SET_THE_FUNCTIONS: &str =
    "name them with functions([…]), or allow every function with any_function()";
const SET_THE_BUDGET: &str =
    "limit it with gas_budget(amount), or write gas_budget(GasBudget::Unlimited)";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NearLiteral;

    fn key() -> FunctionCallKey {
        add_function_call_key("ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB", "game.near")
    }

    #[track_caller]
    fn permission(key: FunctionCallKey) -> FunctionCallPermission {
        let Ok(Action::AddKey(added)) = Step::from(key).into_action() else { panic!("no key") };
        added.access_key.permission.function_call_permission().unwrap().clone()
    }

    #[track_caller]
    fn is_wrong(key: FunctionCallKey, text: &str) {
        let error = Step::from(key).into_action().unwrap_err();
        assert_eq!(error.to_string(), format!("add_function_call_key: {text}"));
    }

    #[test]
    fn everything_is_allowed_only_explicitly() {
        let all = permission(key().any_function().gas_budget(GasBudget::Unlimited));
        assert_eq!((all.allowance, all.method_names.len()), (None, 0));
        is_wrong(
            key().gas_budget(1.near()),
            "functions is required: name them with functions([…]), or allow every function with \
             any_function()",
        );
        is_wrong(
            key().any_function(),
            "gas_budget is required: limit it with gas_budget(amount), or write \
             gas_budget(GasBudget::Unlimited)",
        );
    }

    #[test]
    fn an_empty_list_is_not_everything() {
        let none: [&str; 0] = [];
        is_wrong(
            key().functions(none).gas_budget(1.near()),
            "functions is an empty list, which on NEAR would allow every function; name one, or \
             write any_function()",
        );
    }

    #[test]
    fn a_budget_of_zero_is_explained() {
        is_wrong(
            key().any_function().gas_budget(0.near()),
            "gas_budget is 0 NEAR, which is ambiguous: with an allowance of 0 a key can pay for \
             nothing, without an allowance it has no limit; write an amount above 0, or \
             GasBudget::Unlimited",
        );
    }

    #[test]
    fn the_last_value_of_a_setting_counts() {
        let key = key().functions(["a"]).functions(["b"]).gas_budget(1.near()).gas_budget(2.near());
        let set = permission(key);
        assert_eq!((set.method_names, set.allowance), (vec!["b".to_owned()], Some(2.near())));
    }

    #[test]
    fn a_budget_that_overflows_is_reported_with_the_key() {
        let step = Step::from(key().any_function().gas_budget(u64::MAX.near()));
        assert_eq!(step.into_action().unwrap_err().kind(), "Argument.Amount.Overflow");
    }

    #[test]
    fn names_are_measured_as_the_chain_does() {
        let name = |length: usize| "a".repeat(length);
        assert!(
            Step::from(key().functions([name(256)]).gas_budget(1.near())).into_action().is_ok()
        );
        is_wrong(
            key().functions([name(257)]).gas_budget(1.near()),
            "functions has 257 bytes, above the limit of 256; shorten it",
        );
        // Each name counts one byte more: 8 * 250 = 2000.
        let fit = vec![name(249); 8];
        assert!(Step::from(key().functions(fit).gas_budget(1.near())).into_action().is_ok());
        let long = [vec![name(249); 7], vec![name(250)]].concat();
        is_wrong(
            key().functions(long).gas_budget(1.near()),
            "functions has 2001 bytes, above the limit of 2000; shorten it",
        );
    }
}
