//! May this key sign this transaction, and what does it cost? Values in, verdict out.
//!
//! Each rule stands alone in a file of this folder. This screen is their order, which is part of
//! the protocol: when two rules fail, the first is the one that is reported. The order has two
//! readers: [`authorize`] stops at the first rule broken, [`survey`](crate::survey) asks them all.
//! Source: nearcore `runtime/runtime/src/verifier.rs`.

pub(crate) mod allowance;
pub(crate) mod bootstrap;
pub(crate) mod gas_key;
pub(crate) mod nonce;
pub(crate) mod permission;
pub(crate) mod rule;
pub(crate) mod storage_stake;

use crate::cost::Cost;
use near_parameters::RuntimeConfig;
use near_primitives::account::{AccessKey, Account};
use near_primitives::errors::{InvalidAccessKeyError, InvalidTxError};
use near_primitives::transaction::Transaction;
use near_primitives::types::{Balance, BlockHeight, Nonce, NonceIndex};
use rule::{Entry, Rule, Ruling};

/// What the rules say of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may run, at these charges.
    Accepted(Charges),
    /// The gas key pays for a transaction whose deposits the account cannot pay: refused before a
    /// block, and inside one its gas is burnt all the same (NEP-611).
    DepositFailed {
        /// What is taken all the same.
        charges: Charges,
        /// Why it does not run.
        refusal: InvalidTxError,
    },
    /// It may not run; nothing changes.
    Refused(InvalidTxError),
}

/// What accepting a transaction writes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Charges {
    /// The signer's balance afterwards, yoctoNEAR.
    pub account_amount: Balance,
    /// The key afterwards.
    pub key: KeyCharge,
}

/// How a key changes when a transaction signed with it is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyCharge {
    /// An ordinary key.
    Ordinary {
        /// The key's nonce afterwards.
        nonce: Nonce,
        /// The allowance afterwards, yoctoNEAR; `None` where the key has no limit.
        allowance: Option<Balance>,
    },
    /// A gas key.
    GasKey {
        /// The key's balance afterwards, yoctoNEAR.
        balance: Balance,
        /// The row whose nonce moved.
        nonce_index: NonceIndex,
        /// That row's nonce afterwards.
        nonce: Nonce,
    },
    /// No key yet: a universal account's first transaction.
    Bootstrap {
        /// The account's bootstrap nonce afterwards.
        nonce: Nonce,
    },
}

/// The account and the key that a transaction names, as the state has them.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// The signer's account.
    pub account: &'a Account,
    /// The signing key.
    pub access_key: &'a AccessKey,
    /// The nonce in the gas-key row that the transaction names, where it names one.
    pub gas_key_nonce: Option<Nonce>,
}

/// Applies every rule to `tx`, in the protocol's order.
///
/// `height` is the block that the transaction enters; without it the nonce's upper bound is not
/// checked, as nearcore's RPC does not check it.
#[must_use]
pub fn authorize(
    config: &RuntimeConfig,
    signer: Signer<'_>,
    tx: &Transaction,
    cost: &Cost,
    height: Option<BlockHeight>,
) -> Verdict {
    let case = Case { config, signer, tx, cost, height };
    match tx.nonce().nonce_index() {
        Some(index) => gas_key::authorize(&case, index),
        None => ordinary(&case).map_or_else(Verdict::Refused, Verdict::Accepted),
    }
}

/// What the rules are applied to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) config: &'a RuntimeConfig,
    pub(crate) signer: Signer<'a>,
    pub(crate) tx: &'a Transaction,
    pub(crate) cost: &'a Cost,
    pub(crate) height: Option<BlockHeight>,
}

/// A rule about a key, its account and what it signs.
pub(crate) type Check = fn(&Case<'_>) -> Ruling;

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

/// Applies a sequence of rules; the first one broken is the answer.
pub(crate) fn first(rules: &[Entry<Check>], case: &Case<'_>) -> Ruling {
    rules.iter().try_for_each(|entry| (entry.check)(case))
}

fn ordinary(case: &Case<'_>) -> Result<Charges, InvalidTxError> {
    first(ORDINARY, case)?;
    let (account_amount, allowance) = (pay(case)?, allowance::spend(case)?);
    let nonce = case.tx.nonce().nonce();
    Ok(Charges { account_amount, key: KeyCharge::Ordinary { nonce, allowance } })
}

/// The account's balance after paying for everything.
fn pay(case: &Case<'_>) -> Result<Balance, InvalidTxError> {
    let (balance, cost) = (case.signer.account.amount(), case.cost.total_cost);
    balance.checked_sub(cost).ok_or_else(|| InvalidTxError::NotEnoughBalance {
        signer_id: case.tx.signer_id().clone(),
        balance,
        cost,
    })
}

fn storage_stake_after_paying(case: &Case<'_>) -> Ruling {
    storage_stake::check(case.config, case.signer.account, pay(case)?)
        .map_err(|lack| lack.into_transaction_error(case.tx.signer_id()))
}

impl From<permission::Denied> for InvalidTxError {
    fn from(denied: permission::Denied) -> Self {
        Self::InvalidAccessKeyError(InvalidAccessKeyError::from(denied))
    }
}
