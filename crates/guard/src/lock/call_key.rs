//! The keys of a locked account that may still call a contract.

use crate::facts::{AccountFacts, KeyFacts};
use near_crypto::PublicKeyHandle;
use near_primitives::types::{AccountId, Balance};
use serde::Serialize;

/// A key that may call one contract in the account's name, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CallKey {
    /// The key, as the chain lists it.
    pub public_key: PublicKeyHandle,
    /// The contract's account.
    pub receiver_id: String,
    /// Which methods.
    pub methods: CallKeyMethods,
    /// yoctoNEAR of the account's balance that it can still spend on gas; `None` is no limit.
    pub allowance: Option<Balance>,
    /// Whether it calls the account's own contract. Its holder then passes for the account itself,
    /// and methods that let only the account in are open to him.
    pub own_contract: bool,
}

/// The methods that a key may call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKeyMethods {
    /// Every method of the contract.
    Any,
    /// These.
    Only(Vec<String>),
}

impl CallKey {
    pub(super) fn all_of(facts: &AccountFacts) -> Vec<Self> {
        facts.keys.iter().filter_map(|key| Self::of(&facts.account_id, key)).collect()
    }

    fn of(account_id: &AccountId, key: &KeyFacts) -> Option<Self> {
        let permission = key.access_key.permission.function_call_permission()?;
        let methods = match permission.method_names.as_slice() {
            [] => CallKeyMethods::Any,
            names => CallKeyMethods::Only(names.to_vec()),
        };
        Some(Self {
            public_key: key.public_key.clone(),
            own_contract: permission.receiver_id == account_id.as_str(),
            receiver_id: permission.receiver_id.clone(),
            methods,
            allowance: permission.allowance,
        })
    }
}
