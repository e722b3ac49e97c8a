//! Judges whether a transaction can enter a block, by its signer's account and key.

use crate::overlay::Overlay;
use crate::state::{State, StateError};
use keyway_rules::{Facts, Protocol, Verdict, judge};
use near_primitives::account::{AccessKey, Account};
use near_primitives::transaction::{SignedTransaction, Transaction};
use near_primitives::types::{Balance, BlockHeight, Nonce};

/// Judges a transaction by its signer's account and key in `state`. Its form was checked before; see
/// [`check_form`](keyway_rules::check_form).
///
/// `height` is the block that it would enter: with it, a nonce above the bound is refused.
/// `gas_price` is that block's, yoctoNEAR per gas.
///
/// # Errors
/// When the state cannot be read.
pub fn check_state(
    state: &dyn State,
    protocol: &Protocol,
    gas_price: Balance,
    height: Option<BlockHeight>,
    tx: &SignedTransaction,
) -> Result<Verdict, StateError> {
    let signer = LoadedSigner::load(&Overlay::new(state), &tx.transaction, Authority::Key)?;
    Ok(judge(&signer.facts(protocol, gas_price, height), &tx.transaction))
}

/// As [`check_state`], for an impersonated transaction, which only a sandbox allows.
///
/// # Errors
/// When the state cannot be read.
pub fn check_state_impersonated(
    state: &dyn State,
    protocol: &Protocol,
    gas_price: Balance,
    height: Option<BlockHeight>,
    tx: &SignedTransaction,
) -> Result<Verdict, StateError> {
    let overlay = Overlay::new(state);
    let signer = LoadedSigner::load(&overlay, &tx.transaction, Authority::Impersonation)?;
    Ok(judge(&signer.facts(protocol, gas_price, height), &tx.transaction))
}

/// Why a transaction may act as its signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authority {
    /// Its key must allow it.
    Key,
    /// It needs no key; every other rule holds.
    Impersonation,
}

/// A transaction's signer, loaded from the state.
#[derive(Debug)]
pub(crate) struct LoadedSigner {
    pub(crate) account: Option<Account>,
    /// For an impersonated transaction a full-access key that is in no state.
    pub(crate) access_key: Option<AccessKey>,
    row_nonce: Option<Nonce>,
}

impl LoadedSigner {
    pub(crate) fn load(
        overlay: &Overlay<'_>,
        tx: &Transaction,
        authority: Authority,
    ) -> Result<Self, StateError> {
        let (signer_id, public_key) = (tx.signer_id(), tx.public_key());
        let account = overlay.account(signer_id)?;
        if authority == Authority::Impersonation {
            let access_key = Some(AccessKey::full_access());
            return Ok(Self { account, access_key, row_nonce: None });
        }
        let row_nonce = match tx.nonce().nonce_index() {
            Some(index) => overlay.gas_key_nonce(signer_id, public_key, index)?,
            None => None,
        };
        Ok(Self { account, access_key: overlay.access_key(signer_id, public_key)?, row_nonce })
    }

    pub(crate) fn facts<'a>(
        &'a self,
        protocol: &'a Protocol,
        gas_price: Balance,
        height: Option<BlockHeight>,
    ) -> Facts<'a> {
        let (account, access_key) = (self.account.as_ref(), self.access_key.as_ref());
        let row_nonce = self.row_nonce;
        Facts { protocol, gas_price, height, account, access_key, row_nonce }
    }
}
