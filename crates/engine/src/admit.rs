//! Whether a transaction may enter a block now, judged against the account and key that it names.

mod door;

pub(crate) use door::{DOOR, Named, enter, rules_of_a_key};

use crate::authorize::{Signer, Verdict, authorize};
use crate::cost::Cost;
use crate::overlay::Overlay;
use crate::protocol::Protocol;
use crate::state::{State, StateError};
use near_primitives::account::{AccessKey, Account};
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::{SignedTransaction, Transaction};
use near_primitives::types::{Balance, BlockHeight};

/// Checks a transaction of sound form (see [`check_form`](crate::check_form)) against `state`.
///
/// `height` is the block it would enter: with it, a nonce above the bound is refused. `gas_price`
/// is that block's, yoctoNEAR per gas.
///
/// # Errors
/// Outer: the state cannot be read. Inner: the first rule broken.
pub fn check_state(
    state: &dyn State,
    protocol: &Protocol,
    gas_price: Balance,
    height: Option<BlockHeight>,
    tx: &SignedTransaction,
) -> Result<Result<(), InvalidTxError>, StateError> {
    check(state, &Terms { protocol, gas_price, height }, tx, by_key)
}

/// As [`check_state`], for a transaction that acts as its signer without a key: what a sandbox
/// allows, and no network.
///
/// # Errors
/// Outer: the state cannot be read. Inner: the first rule broken.
pub fn check_state_impersonated(
    state: &dyn State,
    protocol: &Protocol,
    gas_price: Balance,
    height: Option<BlockHeight>,
    tx: &SignedTransaction,
) -> Result<Result<(), InvalidTxError>, StateError> {
    check(state, &Terms { protocol, gas_price, height }, tx, impersonated)
}

/// What a verdict depends on besides the state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a> {
    pub(crate) protocol: &'a Protocol,
    /// Of the block, yoctoNEAR per gas.
    pub(crate) gas_price: Balance,
    /// The block's, where the nonce's bound counts.
    pub(crate) height: Option<BlockHeight>,
}

/// A verdict with what it was reached on.
pub(crate) struct Admission {
    pub(crate) cost: Cost,
    pub(crate) account: Account,
    /// None for a universal account's first transaction, and for an impersonated one.
    pub(crate) access_key: Option<AccessKey>,
    pub(crate) verdict: Verdict,
}

/// How it went. The inner error is a signer or a key that does not exist.
pub(crate) type Admitted = Result<Result<Admission, InvalidTxError>, StateError>;

/// Loads the signer and applies the rules: [`by_key`] or [`impersonated`].
pub(crate) type Admit = fn(&Overlay<'_>, &Terms<'_>, &Transaction) -> Admitted;

/// For a transaction that its key must allow.
pub(crate) fn by_key(overlay: &Overlay<'_>, terms: &Terms<'_>, tx: &Transaction) -> Admitted {
    let (signer_id, public_key) = (tx.signer_id(), tx.public_key());
    let gas_key_nonce = match tx.nonce().nonce_index() {
        Some(index) => overlay.gas_key_nonce(signer_id, public_key, index)?,
        None => None,
    };
    let named = Named {
        account: overlay.account(signer_id)?,
        access_key: overlay.access_key(signer_id, public_key)?,
        gas_key_nonce,
    };
    let entered = enter(named, terms, tx).map_err(|(_, refusal)| refusal);
    Ok(entered.map(|entered| entered.judge(terms, tx)))
}

/// For a transaction that needs no key: every other rule holds.
pub(crate) fn impersonated(overlay: &Overlay<'_>, terms: &Terms<'_>, tx: &Transaction) -> Admitted {
    let account = overlay.account(tx.signer_id())?;
    let payer = door::payer(account, terms, tx).map_err(|(_, refusal)| refusal);
    Ok(payer.map(|(cost, account)| {
        let access_key = AccessKey::full_access();
        let signer = Signer { account: &account, access_key: &access_key, gas_key_nonce: None };
        let verdict = authorize(&terms.protocol.config, signer, tx, &cost, terms.height);
        Admission { cost, account, access_key: None, verdict }
    }))
}

fn check(
    state: &dyn State,
    terms: &Terms<'_>,
    tx: &SignedTransaction,
    admit: Admit,
) -> Result<Result<(), InvalidTxError>, StateError> {
    let admitted = admit(&Overlay::new(state), terms, &tx.transaction)?;
    Ok(admitted.and_then(|admission| match admission.verdict {
        Verdict::Accepted(_) => Ok(()),
        Verdict::DepositFailed { refusal, .. } | Verdict::Refused(refusal) => Err(refusal),
    }))
}
