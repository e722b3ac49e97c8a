//! The call of a forecast.

use crate::facts::KeyFacts;
use crate::unsigned::unsigned;
use keyway_rules::Cost;
use near_crypto::PublicKey;
use near_primitives::action::{Action, FunctionCallAction};
use near_primitives::transaction::Transaction;
use near_primitives::types::{AccountId, Balance, Gas};

/// The call is built in memory, so its arguments are limited.
const MOST_ARGS: usize = 8 << 20;

/// A call that a key signs repeatedly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    receiver_id: AccountId,
    method: String,
    args_bytes: usize,
    gas: Gas,
    burnt: Burnt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Burnt {
    /// All the gas bought.
    All,
    /// This much gas in its receipts.
    ByReceipts(Gas),
    /// This much gas in the transaction and its receipts.
    InAll(Gas),
}

impl Usage {
    /// A call of `method` of `receiver_id` without arguments that burns all the gas attached.
    #[must_use]
    pub fn new(receiver_id: AccountId, method: impl Into<String>, gas: Gas) -> Self {
        let (method, burnt) = (method.into(), Burnt::All);
        Self { receiver_id, method, args_bytes: 0, gas, burnt }
    }

    /// With arguments of this many bytes. More than 8 MiB, twice what any chain accepts, count as 8 MiB; the
    /// call is refused in any case.
    #[must_use]
    pub fn with_args(self, args_bytes: usize) -> Self {
        Self { args_bytes: args_bytes.min(MOST_ARGS), ..self }
    }

    /// The receipts, with those of promises and without refunds, burn this much gas in all.
    #[must_use]
    pub fn burning(self, gas: Gas) -> Self {
        Self { burnt: Burnt::ByReceipts(gas), ..self }
    }

    /// As [`Usage::burning`], including the transaction's own gas.
    #[must_use]
    pub fn burning_in_all(self, gas: Gas) -> Self {
        Self { burnt: Burnt::InAll(gas), ..self }
    }

    /// Whether it calls this account's contract.
    pub(super) fn is_for(&self, account_id: &AccountId) -> bool {
        &self.receiver_id == account_id
    }

    /// How much of the gas that `cost` buys is burnt.
    pub(super) fn burnt_of(&self, cost: &Cost) -> Gas {
        match self.burnt {
            Burnt::All => cost.gas_bought,
            Burnt::ByReceipts(gas) => gas,
            Burnt::InAll(gas) => gas.checked_sub(cost.gas_burnt).unwrap_or(Gas::ZERO),
        }
    }

    /// The call, as the key would sign it next.
    pub(super) fn transaction(
        &self,
        signer_id: &AccountId,
        public_key: &PublicKey,
        key: &KeyFacts,
    ) -> Transaction {
        let call = Action::FunctionCall(Box::new(FunctionCallAction {
            method_name: self.method.clone(),
            args: vec![0; self.args_bytes],
            gas: self.gas,
            deposit: Balance::ZERO,
        }));
        unsigned(signer_id, public_key, Some(key), &self.receiver_id, vec![call])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::forecast;
    use crate::tests::fixture::{alice, calls, chain, id, key};

    #[test]
    fn arguments_beyond_all_memory_are_refused_like_those_beyond_the_limit() {
        let alice = alice(vec![calls("app", "game.near", &["play"], Some(250))]);
        let usage = Usage::new(id("game.near"), "play", Gas::from_teragas(10));
        let seen = forecast(&chain(), &alice, &key("app"), &usage.with_args(usize::MAX)).unwrap();
        assert_eq!((seen.calls_left, seen.largest_gas), (Some(0), None));
        assert!(seen.refusal.is_some());
    }
}
