//! May this key sign this transaction, and what does it cost? Values in, verdict out.
//!
//! Each rule stands alone in a file of this folder. This screen is their order, which is part of
//! the protocol: when two rules fail, the first is the one that is reported.
//! Source: nearcore `runtime/runtime/src/verifier.rs`.

pub(crate) mod allowance;
pub(crate) mod bootstrap;
pub(crate) mod gas_key;
pub(crate) mod nonce;
pub(crate) mod permission;
pub(crate) mod storage_stake;

use crate::cost::Cost;
use near_parameters::RuntimeConfig;
use near_primitives::account::{AccessKey, Account};
use near_primitives::errors::{InvalidAccessKeyError, InvalidTxError};
use near_primitives::transaction::Transaction;
use near_primitives::types::{Balance, BlockHeight, Nonce, NonceIndex};

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
    match tx.nonce().nonce_index() {
        Some(index) => gas_key::authorize(config, signer, index, tx, cost, height),
        None => ordinary(config, signer, tx, cost, height)
            .map_or_else(Verdict::Refused, Verdict::Accepted),
    }
}

fn ordinary(
    config: &RuntimeConfig,
    signer: Signer<'_>,
    tx: &Transaction,
    cost: &Cost,
    height: Option<BlockHeight>,
) -> Result<Charges, InvalidTxError> {
    let Signer { account, access_key, .. } = signer;
    gas_key::refuse_without_index(access_key)?;
    nonce::check(tx.nonce_mode(), tx.nonce().nonce(), access_key.nonce)?;
    nonce::check_bound(tx.nonce().nonce(), height)?;
    let account_amount = pay(account, tx, cost)?;
    let allowance = allowance::spend(access_key, tx, cost)?;
    storage_stake::check(config, account, account_amount)
        .map_err(|lack| lack.into_transaction_error(tx.signer_id()))?;
    permission::check(&access_key.permission, tx.actions(), tx.receiver_id())?;
    Ok(Charges {
        account_amount,
        key: KeyCharge::Ordinary { nonce: tx.nonce().nonce(), allowance },
    })
}

/// The account's balance after paying for everything.
fn pay(account: &Account, tx: &Transaction, cost: &Cost) -> Result<Balance, InvalidTxError> {
    account.amount().checked_sub(cost.total_cost).ok_or_else(|| InvalidTxError::NotEnoughBalance {
        signer_id: tx.signer_id().clone(),
        balance: account.amount(),
        cost: cost.total_cost,
    })
}

impl From<permission::Denied> for InvalidTxError {
    fn from(denied: permission::Denied) -> Self {
        Self::InvalidAccessKeyError(InvalidAccessKeyError::from(denied))
    }
}
