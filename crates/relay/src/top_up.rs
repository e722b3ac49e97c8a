//! Topping up the relayer's gas keys from another account, within a limit.

use crate::audit::gas_balance;
use keyway::NearToken;
use keyway::client::AccountKey;
use keyway::protocol::{PublicKey, PublicKeyHandle};
use serde::Serialize;

/// When a gas key is topped up, how far, and how much at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopUp {
    /// Keys with less than this are topped up.
    pub below: NearToken,
    /// To so much.
    pub to: NearToken,
    /// The most for all keys in one run.
    pub at_most: NearToken,
}

/// NEAR for one gas key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Payment {
    /// The gas key.
    #[serde(serialize_with = "as_text")]
    pub public_key: PublicKey,
    /// What it has, yoctoNEAR.
    pub balance: NearToken,
    /// What it gets, yoctoNEAR.
    pub amount: NearToken,
}

impl TopUp {
    /// What each gas key gets, those with the least first. A key for which the rest of the limit does not suffice gets that
    /// rest.
    #[must_use]
    pub fn plan(&self, keys: &[AccountKey], lanes: &[PublicKey]) -> Vec<Payment> {
        let of_lane = |public_key: &PublicKey| {
            let handle = PublicKeyHandle::from(public_key);
            let key = keys.iter().find(|key| key.public_key == handle)?;
            let balance = gas_balance(&key.access_key.permission)?;
            Some((balance, public_key.clone()))
        };
        let mut low: Vec<_> = lanes.iter().filter_map(of_lane).collect();
        low.retain(|(balance, _)| *balance < self.below);
        low.sort_by_key(|(balance, _)| *balance);
        let mut left = self.at_most;
        let pay = |(balance, public_key): (NearToken, PublicKey)| {
            let amount = self.to.checked_sub(balance)?.min(left);
            left = left.checked_sub(amount)?;
            (amount > NearToken::ZERO).then_some(Payment { public_key, balance, amount })
        };
        low.into_iter().filter_map(pay).collect()
    }
}

fn as_text<S: serde::Serializer>(key: &PublicKey, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(key)
}
