//! `Delegate` and `DelegateV2` (NEP-366): actions that an account signed and a relayer pays for.

use super::Scope;
use crate::authorize::{nonce, permission};
use crate::cost;
use crate::effects::Fault;
use crate::state::StateError;
use near_parameters::ActionCosts;
use near_primitives::account::{AccessKey, FunctionCallPermission};
use near_primitives::action::Action;
use near_primitives::action::delegate::{
    VersionedDelegateActionRef, VersionedSignedDelegateActionRef,
};
use near_primitives::errors::{ActionErrorKind, InvalidAccessKeyError};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{ActionReceipt, Receipt, ReceiptEnum, ReceiptV0};
use near_primitives::transaction::TransactionNonce;
use near_primitives::types::{AccountId, Nonce, NonceIndex};
use near_primitives::version::ProtocolFeature;

pub(super) fn run(
    scope: &mut Scope<'_, '_>,
    signed: VersionedSignedDelegateActionRef<'_>,
) -> Result<(), Fault> {
    check_signed(scope, &signed)?;
    let delegate = signed.delegate_action();
    let actions = delegate.get_actions();
    check_key(scope, &delegate, &actions)?;
    reserve_gas(scope, &actions, delegate.receiver_id())?;
    let receipt = Receipt::V0(ReceiptV0 {
        predecessor_id: scope.account_id().clone(),
        receiver_id: delegate.receiver_id().clone(),
        receipt_id: CryptoHash::default(),
        // The relayer stays the signer: gas refunds go to it, deposit refunds to the sender.
        receipt: ReceiptEnum::Action(ActionReceipt {
            signer_id: scope.action_receipt.signer_id().clone(),
            signer_public_key: scope.action_receipt.signer_public_key().clone(),
            gas_price: scope.action_receipt.gas_price(),
            output_data_receivers: Vec::new(),
            input_data_ids: Vec::new(),
            actions,
        }),
    });
    scope.effects.new_receipts.push(receipt);
    Ok(())
}

/// Signature, expiry and sender, in the protocol's order.
fn check_signed(
    scope: &Scope<'_, '_>,
    signed: &VersionedSignedDelegateActionRef<'_>,
) -> Result<(), ActionErrorKind> {
    if !signed.verify() {
        return Err(ActionErrorKind::DelegateActionInvalidSignature);
    }
    let delegate = signed.delegate_action();
    if scope.block.height > delegate.max_block_height() {
        return Err(ActionErrorKind::DelegateActionExpired);
    }
    if delegate.sender_id() != scope.account_id() {
        return Err(ActionErrorKind::DelegateActionSenderDoesNotMatchTxReceiver {
            sender_id: delegate.sender_id().clone(),
            receiver_id: scope.account_id().clone(),
        });
    }
    Ok(())
}

/// Key, nonce and permission; the nonce is used up.
fn check_key(
    scope: &mut Scope<'_, '_>,
    delegate: &VersionedDelegateActionRef<'_>,
    actions: &[Action],
) -> Result<(), Fault> {
    let (sender_id, public_key) = (delegate.sender_id(), delegate.public_key());
    let Some(access_key) = scope.overlay.access_key(sender_id, public_key)? else {
        return Err(denied(InvalidAccessKeyError::AccessKeyNotFound {
            account_id: sender_id.clone(),
            public_key: Box::new(public_key.clone()),
        }));
    };
    let (row, ak_nonce) = current_nonce(scope, delegate, &access_key)?;
    check_nonce(scope, delegate.nonce().nonce(), ak_nonce)?;
    if let Some(call) = access_key.permission.function_call_permission() {
        check_permission(scope, call, actions, delegate.receiver_id()).map_err(denied)?;
    }
    let nonce = delegate.nonce().nonce();
    match row {
        Some(index) => scope.overlay.set_gas_key_nonce(sender_id, public_key, index, nonce),
        None => {
            let access_key = AccessKey { nonce, ..access_key };
            scope.overlay.set_access_key(sender_id, public_key, &access_key);
        }
    }
    Ok(())
}

/// The nonce to be exceeded, with the gas-key row it stands in.
fn current_nonce(
    scope: &Scope<'_, '_>,
    delegate: &VersionedDelegateActionRef<'_>,
    access_key: &AccessKey,
) -> Result<(Option<NonceIndex>, Nonce), Fault> {
    match (delegate.nonce(), access_key.gas_key_info()) {
        (TransactionNonce::Nonce { .. }, None) => Ok((None, access_key.nonce)),
        (TransactionNonce::Nonce { .. }, Some(_)) => {
            Err(denied(InvalidAccessKeyError::DelegateActionRequiresNonGasKey))
        }
        (TransactionNonce::GasKeyNonce { .. }, None) => {
            Err(denied(InvalidAccessKeyError::DelegateActionRequiresGasKey))
        }
        (TransactionNonce::GasKeyNonce { nonce_index, .. }, Some(info)) => {
            let num_nonces = info.num_nonces;
            if nonce_index >= num_nonces {
                return Err(ActionErrorKind::DelegateActionInvalidNonceIndex {
                    nonce_index,
                    num_nonces,
                }
                .into());
            }
            let (sender_id, public_key) = (delegate.sender_id(), delegate.public_key());
            let nonce = scope.overlay.gas_key_nonce(sender_id, public_key, nonce_index)?;
            let missing = || StateError::Corrupt { what: format!("a nonce row of {sender_id}") };
            Ok((Some(nonce_index), nonce.ok_or_else(missing)?))
        }
    }
}

fn check_nonce(
    scope: &Scope<'_, '_>,
    delegate_nonce: Nonce,
    ak_nonce: Nonce,
) -> Result<(), ActionErrorKind> {
    if delegate_nonce <= ak_nonce {
        return Err(ActionErrorKind::DelegateActionInvalidNonce { delegate_nonce, ak_nonce });
    }
    let upper_bound = nonce::upper_bound(scope.block.height);
    if delegate_nonce >= upper_bound {
        return Err(ActionErrorKind::DelegateActionNonceTooLarge { delegate_nonce, upper_bound });
    }
    Ok(())
}

/// The rule for transactions; before 85 a deposit was named only when nothing after it was wrong.
fn check_permission(
    scope: &Scope<'_, '_>,
    call_permission: &FunctionCallPermission,
    actions: &[Action],
    receiver_id: &AccountId,
) -> Result<(), InvalidAccessKeyError> {
    let deposit_first =
        scope.block.protocol.has(ProtocolFeature::FixDelegateActionDepositWithFunctionCallError);
    let call = permission::only_call(actions)?;
    if deposit_first {
        permission::check_deposit(call)?;
    }
    permission::check_receiver(call_permission, receiver_id)?;
    permission::check_method(call_permission, call)?;
    Ok(permission::check_deposit(call)?)
}

/// Burns the send fees that were bought for the inner actions, and hands their receipt its gas.
fn reserve_gas(
    scope: &mut Scope<'_, '_>,
    actions: &[Action],
    receiver_id: &AccountId,
) -> Result<(), Fault> {
    let config = scope.config();
    let send = cost::delegated_send_fees(config, scope.action_receipt.actions())?;
    scope.effects.gas.burn(send)?;
    let for_receipt = cost::exec_fees(config, actions, receiver_id)?
        .checked_add_result(config.fees.fee(ActionCosts::new_action_receipt).exec_fee())?
        .gas
        .checked_add_result(cost::prepaid_gas(actions)?)?;
    scope.effects.gas.used = scope.effects.gas.used.checked_add_result(for_receipt)?;
    Ok(())
}

fn denied(error: InvalidAccessKeyError) -> Fault {
    ActionErrorKind::DelegateActionAccessKeyError(error).into()
}
