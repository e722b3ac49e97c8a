//! Delegate actions (NEP-366): whether one may run on the account that signed it.
//!
//! Source: nearcore `runtime/runtime/src/actions.rs`.

pub(crate) mod actions;

use crate::authorize::{nonce, permission};
use crate::facts::Facts;
use crate::protocol::Protocol;
use near_primitives::account::{AccessKey, FunctionCallPermission};
use near_primitives::action::Action;
use near_primitives::action::delegate::{
    VersionedDelegateActionRef, VersionedSignedDelegateActionRef,
};
use near_primitives::errors::{ActionErrorKind, InvalidAccessKeyError};
use near_primitives::transaction::TransactionNonce;
use near_primitives::types::{AccountId, BlockHeight, Nonce, NonceIndex};
use near_primitives::version::ProtocolFeature;

/// Whether a delegate action may run on `account_id`, the receiver of the transaction that carries
/// it: signature, expiry, sender, key, nonce and permission. What its actions then do is another
/// matter.
///
/// Of the `facts` the key and its row are the sender's; account and gas price do not matter. Without
/// a height the nonce's upper bound is not checked. The delegate action's `max_block_height` is
/// compared with `paced_height`, which is the block's height wherever heights follow time; without
/// it expiry is not checked.
///
/// # Errors
/// The first rule broken.
pub fn check_delegate(
    facts: &Facts<'_>,
    paced_height: Option<BlockHeight>,
    account_id: &AccountId,
    signed: VersionedSignedDelegateActionRef<'_>,
) -> Result<(), ActionErrorKind> {
    check_signed(paced_height, account_id, &signed)?;
    let delegate = signed.delegate_action();
    let Some(access_key) = facts.access_key else {
        return Err(refused_key(InvalidAccessKeyError::AccessKeyNotFound {
            account_id: delegate.sender_id().clone(),
            public_key: Box::new(delegate.public_key().clone()),
        }));
    };
    let last_nonce = match nonce_index(&delegate, access_key)? {
        None => access_key.nonce,
        // A gas key that was patched into the state has no rows.
        Some(index) => facts.row_nonce.ok_or_else(|| no_such_row(index, access_key))?,
    };
    check_nonce(facts.height, delegate.nonce().nonce(), last_nonce)?;
    match access_key.permission.function_call_permission() {
        None => Ok(()),
        Some(call) => {
            let (actions, receiver_id) = (delegate.get_actions(), delegate.receiver_id());
            check_permission(facts.protocol, call, &actions, receiver_id).map_err(refused_key)
        }
    }
}

/// Signature, expiry and sender, in the protocol's order.
fn check_signed(
    height: Option<BlockHeight>,
    account_id: &AccountId,
    signed: &VersionedSignedDelegateActionRef<'_>,
) -> Result<(), ActionErrorKind> {
    if !signed.verify() {
        return Err(ActionErrorKind::DelegateActionInvalidSignature);
    }
    let delegate = signed.delegate_action();
    if height.is_some_and(|height| height > delegate.max_block_height()) {
        return Err(ActionErrorKind::DelegateActionExpired);
    }
    if delegate.sender_id() != account_id {
        return Err(ActionErrorKind::DelegateActionSenderDoesNotMatchTxReceiver {
            sender_id: delegate.sender_id().clone(),
            receiver_id: account_id.clone(),
        });
    }
    Ok(())
}

/// The row of the gas key that the nonce names; `None` for other keys.
fn nonce_index(
    delegate: &VersionedDelegateActionRef<'_>,
    access_key: &AccessKey,
) -> Result<Option<NonceIndex>, ActionErrorKind> {
    match (delegate.nonce(), access_key.gas_key_info()) {
        (TransactionNonce::Nonce { .. }, None) => Ok(None),
        (TransactionNonce::Nonce { .. }, Some(_)) => {
            Err(refused_key(InvalidAccessKeyError::DelegateActionRequiresNonGasKey))
        }
        (TransactionNonce::GasKeyNonce { .. }, None) => {
            Err(refused_key(InvalidAccessKeyError::DelegateActionRequiresGasKey))
        }
        (TransactionNonce::GasKeyNonce { nonce_index, .. }, Some(info)) => {
            match nonce_index < info.num_nonces {
                true => Ok(Some(nonce_index)),
                false => Err(no_such_row(nonce_index, access_key)),
            }
        }
    }
}

fn no_such_row(nonce_index: NonceIndex, access_key: &AccessKey) -> ActionErrorKind {
    let num_nonces = access_key.gas_key_info().map_or(0, |info| info.num_nonces);
    ActionErrorKind::DelegateActionInvalidNonceIndex { nonce_index, num_nonces }
}

fn check_nonce(
    height: Option<BlockHeight>,
    delegate_nonce: Nonce,
    ak_nonce: Nonce,
) -> Result<(), ActionErrorKind> {
    if delegate_nonce <= ak_nonce {
        return Err(ActionErrorKind::DelegateActionInvalidNonce { delegate_nonce, ak_nonce });
    }
    match height.map(nonce::upper_bound) {
        Some(upper_bound) if delegate_nonce >= upper_bound => {
            Err(ActionErrorKind::DelegateActionNonceTooLarge { delegate_nonce, upper_bound })
        }
        _ => Ok(()),
    }
}

/// As for transactions; before 85 a deposit was reported only when receiver and method were right.
fn check_permission(
    protocol: &Protocol,
    call_permission: &FunctionCallPermission,
    actions: &[Action],
    receiver_id: &AccountId,
) -> Result<(), InvalidAccessKeyError> {
    let deposit_first =
        protocol.has(ProtocolFeature::FixDelegateActionDepositWithFunctionCallError);
    let call = permission::only_call(actions)?;
    if deposit_first {
        permission::check_deposit(call)?;
    }
    permission::check_receiver(call_permission, receiver_id)?;
    permission::check_method(call_permission, call)?;
    permission::check_deposit(call)
}

fn refused_key(error: InvalidAccessKeyError) -> ActionErrorKind {
    ActionErrorKind::DelegateActionAccessKeyError(error)
}
