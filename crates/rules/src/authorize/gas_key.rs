//! Gas keys (NEP-611): the key pays for gas from its own balance, the account for deposits.

use super::case::{Case, Check, first};
use super::storage_stake::missing_storage_stake;
use super::{nonce, permission};
use crate::rule::{Entry, Rule, RuleResult};
use crate::verdict::{Charges, KeyCharge, Shortfall, Verdict};
use near_primitives::account::GasKeyInfo;
use near_primitives::errors::{DepositCostFailureReason, InvalidAccessKeyError, InvalidTxError};
use near_primitives::transaction::Transaction;
use near_primitives::types::{Balance, Nonce, NonceIndex};

/// The rules about the key itself.
pub(crate) const KEY: &[Entry<Check>] = &[
    Entry::new(Rule::NonceKind, |case| info(case).map(drop)),
    Entry::after(Rule::NonceKind, Rule::NonceRow, |case| row(case).map(drop)),
    Entry::after(Rule::NonceRow, Rule::Nonce, |case| nonce::after(case, row(case)?)),
    Entry::new(Rule::NonceBound, nonce::below_bound),
    Entry::after(Rule::NonceKind, Rule::GasKeyBalance, pays_gas),
    Entry::new(Rule::OneCall, permission::one_call),
    Entry::after(Rule::OneCall, Rule::NoDeposit, permission::no_deposit),
    Entry::new(Rule::Receiver, permission::receiver),
    Entry::after(Rule::OneCall, Rule::Method, permission::method),
];

/// The rules about its account, which come next. If they refuse a transaction inside a block, its gas
/// is charged all the same.
pub(crate) const ACCOUNT: &[Entry<Check>] = &[
    Entry::after(Rule::NonceKind, Rule::Deposits, |case| pay_deposits(case).map(drop)),
    Entry::after(Rule::Deposits, Rule::StorageStake, storage_stake_after_deposits),
];

/// A gas key signs only transactions that name one of its nonce rows.
pub(crate) fn refuse_without_index(case: &Case<'_>) -> RuleResult {
    match case.access_key.gas_key_info() {
        Some(info) => Err(InvalidTxError::InvalidNonceIndex {
            tx_nonce_index: None,
            num_nonces: info.num_nonces,
        }),
        None => Ok(()),
    }
}

/// Applies the rules for a transaction that names nonce row `nonce_index`.
pub(crate) fn authorize(case: &Case<'_>, nonce_index: NonceIndex) -> Verdict {
    match first(KEY, case).and_then(|()| info(case)) {
        Ok(info) => account_pays(case, info.balance, nonce_index),
        Err(refusal) => Verdict::Refused(refusal),
    }
}

/// Applies the rules about the account, for a key whose balance `had` covers the gas.
fn account_pays(case: &Case<'_>, had: Balance, nonce_index: NonceIndex) -> Verdict {
    let nonce = case.tx.nonce().nonce();
    let charges = |account_amount, paid| {
        let balance = had.saturating_sub(paid);
        let key = KeyCharge::GasKey { balance, nonce_index, nonce };
        Charges { cost: *case.cost, account_amount, key }
    };
    match first(ACCOUNT, case).and_then(|()| pay_deposits(case)) {
        Ok(account_amount) => Verdict::Accepted(charges(account_amount, case.cost.gas_cost)),
        Err(refusal) => Verdict::DepositFailed {
            charges: charges(case.account.amount(), case.cost.burnt),
            refusal,
        },
    }
}

/// The gas key's own fields; an error for other keys.
fn info<'a>(case: &Case<'a>) -> Result<&'a GasKeyInfo, InvalidTxError> {
    match (case.access_key.gas_key_info(), case.facts.row_nonce) {
        (Some(info), _) => Ok(info),
        (None, None) => Err(no_such_row(case)),
        (None, Some(_)) => Err(key_not_found(case.tx)),
    }
}

/// The last nonce of the row that the transaction names.
fn row(case: &Case<'_>) -> Result<Nonce, InvalidTxError> {
    case.facts.row_nonce.ok_or_else(|| no_such_row(case))
}

fn no_such_row(case: &Case<'_>) -> InvalidTxError {
    let info = case.access_key.gas_key_info();
    InvalidTxError::InvalidNonceIndex {
        tx_nonce_index: case.tx.nonce().nonce_index(),
        num_nonces: info.map_or(0, |info| info.num_nonces),
    }
}

fn pays_gas(case: &Case<'_>) -> RuleResult {
    check_gas_key_balance(info(case)?, case.cost.gas_cost).map_err(|short| {
        InvalidTxError::NotEnoughGasKeyBalance {
            signer_id: case.tx.signer_id().clone(),
            balance: short.had,
            cost: short.needed,
        }
    })
}

/// Whether a gas key's own balance covers `gas_cost`, yoctoNEAR.
///
/// # Errors
/// [`Shortfall`] when the balance is smaller.
pub fn check_gas_key_balance(info: &GasKeyInfo, gas_cost: Balance) -> Result<(), Shortfall> {
    let short = Shortfall { had: info.balance, needed: gas_cost };
    if info.balance >= gas_cost { Ok(()) } else { Err(short) }
}

/// The account's balance after paying the deposits.
fn pay_deposits(case: &Case<'_>) -> Result<Balance, InvalidTxError> {
    let (balance, cost) = (case.account.amount(), case.cost.deposit);
    let reason = DepositCostFailureReason::NotEnoughBalance;
    balance.checked_sub(cost).ok_or_else(|| not_enough(case, balance, cost, reason))
}

fn storage_stake_after_deposits(case: &Case<'_>) -> RuleResult {
    let rest = pay_deposits(case)?;
    let reason = DepositCostFailureReason::LackBalanceForState;
    match missing_storage_stake(case.config(), case.account, rest) {
        None => Ok(()),
        Some(missing) => Err(not_enough(case, rest, missing, reason)),
    }
}

fn not_enough(
    case: &Case<'_>,
    balance: Balance,
    cost: Balance,
    reason: DepositCostFailureReason,
) -> InvalidTxError {
    let signer_id = case.tx.signer_id().clone();
    InvalidTxError::NotEnoughBalanceForDeposit { signer_id, balance, cost, reason }
}

pub(crate) fn key_not_found(tx: &Transaction) -> InvalidTxError {
    InvalidTxError::InvalidAccessKeyError(InvalidAccessKeyError::AccessKeyNotFound {
        account_id: tx.signer_id().clone(),
        public_key: Box::new(tx.public_key().clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gas_key_pays_exactly_what_it_holds() {
        let near = Balance::from_near;
        let info = GasKeyInfo { balance: near(3), num_nonces: 1 };
        assert_eq!(check_gas_key_balance(&info, near(3)), Ok(()));
        let short = Shortfall { had: near(3), needed: near(4) };
        assert_eq!(check_gas_key_balance(&info, near(4)), Err(short));
    }
}
