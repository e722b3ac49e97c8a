//! A universal account's first transaction (protocol 88): signed by a key that its id commits to,
//! before the account has any key.

use super::{Charges, KeyCharge, nonce, pay, storage_stake};
use crate::cost::Cost;
use near_parameters::RuntimeConfig;
use near_primitives::account::Account;
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::{NonceMode, Transaction};
use near_primitives::types::{BlockHeight, Nonce};

/// Applies the rules to a transaction that carries the signer's own state init, for an account
/// whose last nonce is `bootstrap_nonce`. Its nonce is strict, whatever its mode says.
pub(crate) fn authorize(
    config: &RuntimeConfig,
    account: &Account,
    bootstrap_nonce: Nonce,
    tx: &Transaction,
    cost: &Cost,
    height: Option<BlockHeight>,
) -> Result<Charges, InvalidTxError> {
    let nonce = tx.nonce().nonce();
    nonce::check(NonceMode::Strict, nonce, bootstrap_nonce)?;
    nonce::check_bound(nonce, height)?;
    let account_amount = pay(account, tx, cost)?;
    storage_stake::check(config, account, account_amount)
        .map_err(|lack| lack.into_transaction_error(tx.signer_id()))?;
    Ok(Charges { account_amount, key: KeyCharge::Bootstrap { nonce } })
}
