//! Whether a transaction may enter a block now, judged against the account and key that it names.

use crate::authorize::{Signer, Verdict, authorize, bootstrap, gas_key};
use crate::cost::{Cost, transaction_cost};
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
    let (cost, account) = match payer(overlay, terms, tx)? {
        Ok(payer) => payer,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let config = &terms.protocol.config;
    if let (Some(nonce), true) = (account.bootstrap_nonce(), tx.is_state_init_bootstrap()) {
        let verdict = bootstrap::authorize(config, &account, nonce, tx, &cost, terms.height)
            .map_or_else(Verdict::Refused, Verdict::Accepted);
        return Ok(Ok(Admission { cost, account, access_key: None, verdict }));
    }
    let (signer_id, public_key) = (tx.signer_id(), tx.public_key());
    let Some(access_key) = overlay.access_key(signer_id, public_key)? else {
        return Ok(Err(gas_key::key_not_found(tx)));
    };
    let gas_key_nonce = match tx.nonce().nonce_index() {
        Some(index) => overlay.gas_key_nonce(signer_id, public_key, index)?,
        None => None,
    };
    let signer = Signer { account: &account, access_key: &access_key, gas_key_nonce };
    let verdict = authorize(config, signer, tx, &cost, terms.height);
    Ok(Ok(Admission { cost, account, access_key: Some(access_key), verdict }))
}

/// For a transaction that needs no key: every other rule holds.
pub(crate) fn impersonated(overlay: &Overlay<'_>, terms: &Terms<'_>, tx: &Transaction) -> Admitted {
    Ok(payer(overlay, terms, tx)?.map(|(cost, account)| {
        let access_key = AccessKey::full_access();
        let signer = Signer { account: &account, access_key: &access_key, gas_key_nonce: None };
        let verdict = authorize(&terms.protocol.config, signer, tx, &cost, terms.height);
        Admission { cost, account, access_key: None, verdict }
    }))
}

/// What a transaction costs, and the account that pays.
fn payer(
    overlay: &Overlay<'_>,
    terms: &Terms<'_>,
    tx: &Transaction,
) -> Result<Result<(Cost, Account), InvalidTxError>, StateError> {
    let Ok(cost) = transaction_cost(&terms.protocol.config, tx, terms.gas_price) else {
        return Ok(Err(InvalidTxError::CostOverflow));
    };
    let signer_id = tx.signer_id();
    Ok(match overlay.account(signer_id)? {
        Some(account) => Ok((cost, account)),
        None => Err(InvalidTxError::SignerDoesNotExist { signer_id: signer_id.clone() }),
    })
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
