//! The input of the rules about keys, and what several of them share.

use super::storage_stake;
use crate::cost::Cost;
use crate::facts::Facts;
use crate::rule::{Entry, RuleResult};
use near_parameters::RuntimeConfig;
use near_primitives::account::{AccessKey, Account};
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::Transaction;
use near_primitives::types::Balance;

/// A transaction whose signer and key exist, and its cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) account: &'a Account,
    pub(crate) access_key: &'a AccessKey,
    pub(crate) cost: &'a Cost,
    pub(crate) tx: &'a Transaction,
}

/// A rule about a key, its account and what it signs.
pub(crate) type Check = fn(&Case<'_>) -> RuleResult;

impl<'a> Case<'a> {
    pub(super) fn config(&self) -> &'a RuntimeConfig {
        &self.facts.protocol.config
    }
}

/// Applies rules in order and returns the first refusal.
pub(super) fn first(rules: &[Entry<Check>], case: &Case<'_>) -> RuleResult {
    rules.iter().try_for_each(|entry| (entry.check)(case))
}

/// The account's balance after paying for everything, yoctoNEAR.
pub(super) fn pay(case: &Case<'_>) -> Result<Balance, InvalidTxError> {
    let (balance, cost) = (case.account.amount(), case.cost.total);
    balance.checked_sub(cost).ok_or_else(|| InvalidTxError::NotEnoughBalance {
        signer_id: case.tx.signer_id().clone(),
        balance,
        cost,
    })
}

pub(super) fn storage_stake_after_paying(case: &Case<'_>) -> RuleResult {
    match storage_stake::missing_storage_stake(case.config(), case.account, pay(case)?) {
        None => Ok(()),
        Some(amount) => {
            let signer_id = case.tx.signer_id().clone();
            Err(InvalidTxError::LackBalanceForState { signer_id, amount })
        }
    }
}
