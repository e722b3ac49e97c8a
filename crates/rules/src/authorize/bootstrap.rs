//! A universal account's first transaction (protocol 88). The account has no key yet, so a key that
//! its id commits to signs.

use super::case::{Case, Check, first, pay, storage_stake_after_paying};
use super::nonce;
use crate::rule::{Entry, Rule};
use crate::verdict::{Charges, KeyCharge};
use near_primitives::account::{AccessKey, Account};
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::Transaction;

/// The rules for a transaction that carries its signer's own state init.
pub(crate) const BOOTSTRAP: &[Entry<Check>] = &[
    Entry::new(Rule::Nonce, nonce::next_of_key),
    Entry::new(Rule::NonceBound, nonce::below_bound),
    Entry::new(Rule::Balance, |case| pay(case).map(drop)),
    Entry::after(Rule::Balance, Rule::StorageStake, storage_stake_after_paying),
];

/// If `tx` carries the state init of `account`: the key that stands in for the missing one, with full
/// access and the account's last nonce.
pub(crate) fn key(account: &Account, tx: &Transaction) -> Option<AccessKey> {
    let nonce = account.bootstrap_nonce()?;
    tx.is_state_init_bootstrap().then(|| AccessKey { nonce, ..AccessKey::full_access() })
}

/// Applies the rules to a transaction signed with such a [`key`].
pub(crate) fn authorize(case: &Case<'_>) -> Result<Charges, InvalidTxError> {
    first(BOOTSTRAP, case)?;
    let (account_amount, nonce) = (pay(case)?, case.tx.nonce().nonce());
    Ok(Charges { cost: *case.cost, account_amount, key: KeyCharge::Bootstrap { nonce } })
}
