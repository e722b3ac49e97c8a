//! What the gas of a transaction costs its key or account before it runs.

use super::choose::Job;
#[cfg(feature = "sandbox")]
use crate::client::Protocol;
use near_crypto::PublicKey;
use near_primitives::action::Action;
use near_primitives::types::{AccountId, Balance, Gas};

/// The prices in force.
#[derive(Clone, Debug)]
pub(crate) struct Prices {
    /// yoctoNEAR per gas.
    pub(crate) gas_price: Balance,
    #[cfg(feature = "sandbox")]
    pub(crate) protocol: Protocol,
}

impl Prices {
    /// What all gas of `job` costs when `public_key` of `signer_id` signs, yoctoNEAR: by the rules
    /// themselves where this build has them, otherwise no less than that.
    pub(crate) fn gas_cost(
        &self,
        signer_id: &AccountId,
        public_key: &PublicKey,
        job: &Job<'_>,
    ) -> Balance {
        self.by_the_rules(signer_id, public_key, job).unwrap_or_else(|| self.at_most(job))
    }

    #[cfg(feature = "sandbox")]
    fn by_the_rules(
        &self,
        signer_id: &AccountId,
        public_key: &PublicKey,
        job: &Job<'_>,
    ) -> Option<Balance> {
        use near_primitives::transaction::{Transaction, TransactionV0};
        let Protocol { version, chain_id, .. } = &self.protocol;
        let rules = keyway_engine::Protocol::new(*version, chain_id).ok()?;
        let transaction = Transaction::V0(TransactionV0 {
            signer_id: signer_id.clone(),
            public_key: public_key.clone(),
            nonce: 0,
            receiver_id: job.receiver_id.clone(),
            block_hash: Default::default(),
            actions: job.actions.to_vec(),
        });
        let cost = keyway_engine::transaction_cost(&rules.config, &transaction, self.gas_price);
        cost.ok().map(|cost| cost.gas_cost)
    }

    #[cfg(not(feature = "sandbox"))]
    fn by_the_rules(&self, _: &AccountId, _: &PublicKey, _: &Job<'_>) -> Option<Balance> {
        None
    }

    /// The prepaid gas, and generous fees for actions, bytes and nonces.
    fn at_most(&self, job: &Job<'_>) -> Balance {
        let prepaid = job.actions.iter().map(|action| {
            action.get_prepaid_gas().saturating_add(PER_NONCE.saturating_mul(new_nonces(action)))
        });
        let bytes = borsh::object_length(job.actions).unwrap_or(usize::MAX);
        let fees = PER_ACTION
            .saturating_mul(job.actions.len().saturating_add(1) as u64)
            .saturating_add(PER_BYTE.saturating_mul(bytes as u64));
        let gas = prepaid.fold(fees, Gas::saturating_add).as_gas();
        let price = self.gas_price.max(PURCHASE_PRICE);
        price.checked_mul(gas.into()).unwrap_or(Balance::MAX)
    }
}

/// How many nonces a new gas key brings.
fn new_nonces(action: &Action) -> u64 {
    match action {
        Action::AddKey(add) => {
            add.access_key.gas_key_info().map_or(0, |info| info.num_nonces.into())
        }
        _ => 0,
    }
}

/// Above what any action costs without its bytes, an account to create included.
const PER_ACTION: Gas = Gas::from_teragas(10);
/// Above what a byte of any action costs, sent and executed.
const PER_BYTE: Gas = Gas::from_gas(170_000_000);
/// Above what a nonce of a new gas key costs.
const PER_NONCE: Gas = Gas::from_gas(90_000_000_000);
/// The least price at which gas is bought ahead, yoctoNEAR per gas.
const PURCHASE_PRICE: Balance = Balance::from_yoctonear(1_000_000_000);

/// The prices of a local chain.
#[cfg(test)]
#[cfg(feature = "sandbox")]
pub(crate) fn local_prices() -> Prices {
    let gas_price = Balance::from_yoctonear(100_000_000);
    let protocol = Protocol {
        version: 86,
        chain_id: "localnet".to_owned(),
        transaction_validity_period: 100,
        epoch_length: 60,
        min_gas_price: gas_price,
        storage_price: Balance::from_yoctonear(10_000_000_000_000_000_000),
    };
    Prices { gas_price, protocol }
}

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests {
    use super::*;
    use crate::signer::choose::Purpose;
    use near_primitives::action::{FunctionCallAction, TransferAction};

    #[track_caller]
    fn check(receiver: &str, actions: &[Action], expected_yocto: u128) {
        let receiver_id = receiver.parse().unwrap();
        let job = Job { receiver_id: &receiver_id, actions, purpose: Purpose::Transaction };
        let key =
            near_crypto::SecretKey::from_seed(near_crypto::KeyType::ED25519, "a").public_key();
        let exact = local_prices().gas_cost(&"alice.near".parse().unwrap(), &key, &job);
        assert_eq!(exact.as_yoctonear(), expected_yocto);
        assert!(
            local_prices().at_most(&job) >= exact,
            "{} < {exact}",
            local_prices().at_most(&job)
        );
    }

    #[test]
    fn gas_costs_what_the_engine_says_and_never_more_than_the_estimate() {
        let transfer = Action::Transfer(TransferAction { deposit: Balance::from_near(1) });
        check("bob.near", &[transfer], 245_500_818_750_000_000_000);
        let call = Action::FunctionCall(Box::new(FunctionCallAction {
            method_name: "ab".to_owned(),
            args: Vec::new(),
            gas: Gas::from_teragas(100),
            deposit: Balance::ZERO,
        }));
        let burnt = 108_059_500_000 + 200_000_000_000 + 2 * 47_683_715_u128;
        let ahead = 100_000_000_000_000 + 108_059_500_000 + 780_000_000_000 + 2 * 2_235_934_u128;
        check("game.near", &[call], burnt * 100_000_000 + ahead * 1_000_000_000);
    }
}
