//! The rules about a key, its account and what it signs, in the protocol's order.
//!
//! Each file of this folder holds one rule. If a transaction breaks two rules, the chain reports the
//! first, so their order is part of the protocol. [`judge`](crate::judge) stops at the first rule
//! broken; [`survey`](crate::survey) applies them all.
//!
//! Source: nearcore `runtime/runtime/src/verifier.rs`.

pub(crate) mod allowance;
pub(crate) mod bootstrap;
mod case;
pub(crate) mod gas_key;
pub(crate) mod nonce;
pub(crate) mod permission;
pub(crate) mod storage_stake;

pub(crate) use case::{Case, Check};

use crate::rule::{Entry, Rule};
use crate::verdict::{Charges, KeyCharge, Verdict};
use case::{first, pay, storage_stake_after_paying};
use near_primitives::errors::InvalidTxError;

/// Applies the rules for a transaction that a key of the account signs, until one is broken.
pub(crate) fn authorize(case: &Case<'_>) -> Verdict {
    match case.tx.nonce().nonce_index() {
        Some(index) => gas_key::authorize(case, index),
        None => ordinary(case).map_or_else(Verdict::Refused, Verdict::Accepted),
    }
}

/// The rules for keys without a balance of their own.
pub(crate) const ORDINARY: &[Entry<Check>] = &[
    Entry::new(Rule::NonceKind, gas_key::refuse_without_index),
    Entry::after(Rule::NonceKind, Rule::Nonce, nonce::of_key),
    Entry::new(Rule::NonceBound, nonce::below_bound),
    Entry::after(Rule::NonceKind, Rule::Balance, |case| pay(case).map(drop)),
    Entry::after(Rule::NonceKind, Rule::Allowance, |case| allowance::spend(case).map(drop)),
    Entry::after(Rule::Balance, Rule::StorageStake, storage_stake_after_paying),
    Entry::new(Rule::OneCall, permission::one_call),
    Entry::after(Rule::OneCall, Rule::NoDeposit, permission::no_deposit),
    Entry::new(Rule::Receiver, permission::receiver),
    Entry::after(Rule::OneCall, Rule::Method, permission::method),
];

fn ordinary(case: &Case<'_>) -> Result<Charges, InvalidTxError> {
    first(ORDINARY, case)?;
    let (account_amount, allowance) = (pay(case)?, allowance::spend(case)?);
    let nonce = case.tx.nonce().nonce();
    Ok(Charges { cost: *case.cost, account_amount, key: KeyCharge::Ordinary { nonce, allowance } })
}
