//! The cost of a transaction's gas before it runs.

use super::choose::Job;
use keyway_rules::{Payload, Protocol};
use near_crypto::PublicKey;
use near_primitives::types::{AccountId, Balance};

/// The prices in force.
#[derive(Clone, Debug)]
pub(crate) struct Prices {
    /// yoctoNEAR per gas.
    pub(crate) gas_price: Balance,
    /// The chain's protocol version, or the nearest one that this build has rules for.
    pub(crate) protocol: Protocol,
}

impl Prices {
    /// The price of all gas of `job` if `public_key` of `signer_id` signs, yoctoNEAR. A price that overflows counts as the
    /// maximum, which no key can pay.
    pub(crate) fn gas_cost(
        &self,
        signer_id: &AccountId,
        public_key: &PublicKey,
        job: &Job<'_>,
    ) -> Balance {
        let Job { receiver_id, actions, .. } = *job;
        let payload = Payload { signer_id, public_key, receiver_id, actions };
        let cost = payload.cost(&self.protocol.config, self.gas_price);
        cost.map_or(Balance::MAX, |cost| cost.gas_cost)
    }
}

/// The prices of a local chain.
#[cfg(test)]
pub(crate) fn local_prices() -> Prices {
    let gas_price = Balance::from_yoctonear(100_000_000);
    Prices { gas_price, protocol: Protocol::nearest(86, "localnet") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signer::choose::Purpose;
    use near_primitives::action::{Action, FunctionCallAction, TransferAction};
    use near_primitives::types::Gas;

    #[track_caller]
    fn cost(receiver: &str, actions: &[Action]) -> u128 {
        let receiver_id = receiver.parse().unwrap();
        let job = Job { receiver_id: &receiver_id, actions, purpose: Purpose::Transaction };
        let key =
            near_crypto::SecretKey::from_seed(near_crypto::KeyType::ED25519, "a").public_key();
        let cost = local_prices().gas_cost(&"alice.near".parse().unwrap(), &key, &job);
        cost.as_yoctonear()
    }

    fn call(gas: Gas) -> Action {
        Action::FunctionCall(Box::new(FunctionCallAction {
            method_name: "ab".to_owned(),
            args: Vec::new(),
            gas,
            deposit: Balance::ZERO,
        }))
    }

    #[test]
    fn gas_costs_what_the_rules_say() {
        let transfer = Action::Transfer(TransferAction { deposit: Balance::from_near(1) });
        assert_eq!(cost("bob.near", &[transfer]), 245_500_818_750_000_000_000);
        let burnt = 108_059_500_000 + 200_000_000_000 + 2 * 47_683_715_u128;
        let ahead = 100_000_000_000_000 + 108_059_500_000 + 780_000_000_000 + 2 * 2_235_934_u128;
        let expected = burnt * 100_000_000 + ahead * 1_000_000_000;
        assert_eq!(cost("game.near", &[call(Gas::from_teragas(100))]), expected);
    }

    #[test]
    fn a_cost_that_overflows_is_more_than_any_key_can_pay() {
        assert_eq!(cost("game.near", &[call(Gas::MAX)]), Balance::MAX.as_yoctonear());
    }
}
