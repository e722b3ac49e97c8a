//! Gas keys (NEP-611): the key pays for gas from its own balance, the account for deposits.

use super::{Charges, KeyCharge, Signer, Verdict, nonce, permission, storage_stake};
use crate::cost::Cost;
use near_parameters::RuntimeConfig;
use near_primitives::account::AccessKey;
use near_primitives::errors::{DepositCostFailureReason, InvalidAccessKeyError, InvalidTxError};
use near_primitives::transaction::Transaction;
use near_primitives::types::{Balance, BlockHeight, NonceIndex};

/// A gas key signs only transactions that name one of its nonce rows.
pub(crate) fn refuse_without_index(access_key: &AccessKey) -> Result<(), InvalidTxError> {
    match access_key.gas_key_info() {
        Some(info) => Err(InvalidTxError::InvalidNonceIndex {
            tx_nonce_index: None,
            num_nonces: info.num_nonces,
        }),
        None => Ok(()),
    }
}

/// Applies the rules for a transaction that names nonce row `nonce_index`.
pub(crate) fn authorize(
    config: &RuntimeConfig,
    signer: Signer<'_>,
    nonce_index: NonceIndex,
    tx: &Transaction,
    cost: &Cost,
    height: Option<BlockHeight>,
) -> Verdict {
    let balance = match key_pays(signer, nonce_index, tx, cost, height) {
        Ok(balance) => balance,
        Err(refusal) => return Verdict::Refused(refusal),
    };
    let charges = |account_amount, paid| {
        let balance = balance.saturating_sub(paid);
        let key = KeyCharge::GasKey { balance, nonce_index, nonce: tx.nonce().nonce() };
        Charges { account_amount, key }
    };
    match account_pays(config, signer, tx, cost) {
        Ok(account_amount) => Verdict::Accepted(charges(account_amount, cost.gas_cost)),
        Err(refusal) => Verdict::DepositFailed {
            charges: charges(signer.account.amount(), cost.burnt_amount),
            refusal,
        },
    }
}

/// Everything about the key itself. Returns its balance, which covers the gas.
fn key_pays(
    signer: Signer<'_>,
    nonce_index: NonceIndex,
    tx: &Transaction,
    cost: &Cost,
    height: Option<BlockHeight>,
) -> Result<Balance, InvalidTxError> {
    let info = signer.access_key.gas_key_info();
    let no_such_row = || InvalidTxError::InvalidNonceIndex {
        tx_nonce_index: Some(nonce_index),
        num_nonces: info.map_or(0, |info| info.num_nonces),
    };
    let ak_nonce = signer.gas_key_nonce.ok_or_else(no_such_row)?;
    let info = info.ok_or_else(|| key_not_found(tx))?;
    nonce::check(tx.nonce_mode(), tx.nonce().nonce(), ak_nonce)?;
    nonce::check_bound(tx.nonce().nonce(), height)?;
    if info.balance < cost.gas_cost {
        return Err(InvalidTxError::NotEnoughGasKeyBalance {
            signer_id: tx.signer_id().clone(),
            balance: info.balance,
            cost: cost.gas_cost,
        });
    }
    permission::check(&signer.access_key.permission, tx.actions(), tx.receiver_id())?;
    Ok(info.balance)
}

/// The account's balance after paying the deposits.
fn account_pays(
    config: &RuntimeConfig,
    signer: Signer<'_>,
    tx: &Transaction,
    cost: &Cost,
) -> Result<Balance, InvalidTxError> {
    let had = signer.account.amount();
    let refuse = |balance, cost, reason| InvalidTxError::NotEnoughBalanceForDeposit {
        signer_id: tx.signer_id().clone(),
        balance,
        cost,
        reason,
    };
    let rest = had.checked_sub(cost.deposit_cost).ok_or_else(|| {
        refuse(had, cost.deposit_cost, DepositCostFailureReason::NotEnoughBalance)
    })?;
    storage_stake::check(config, signer.account, rest).map_err(|lack| {
        refuse(rest, lack.missing, DepositCostFailureReason::LackBalanceForState)
    })?;
    Ok(rest)
}

pub(crate) fn key_not_found(tx: &Transaction) -> InvalidTxError {
    InvalidTxError::InvalidAccessKeyError(InvalidAccessKeyError::AccessKeyNotFound {
        account_id: tx.signer_id().clone(),
        public_key: Box::new(tx.public_key().clone()),
    })
}
