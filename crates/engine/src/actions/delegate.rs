//! `Delegate` and `DelegateV2` (NEP-366): actions that an account signed and a relayer pays for.

use super::Scope;
use crate::authorize::{nonce, permission};
use crate::cost;
use crate::effects::Fault;
use crate::protocol::Protocol;
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
use near_primitives::types::{AccountId, BlockHeight, Nonce, NonceIndex};
use near_primitives::version::ProtocolFeature;

pub(super) fn run(
    scope: &mut Scope<'_, '_>,
    signed: VersionedSignedDelegateActionRef<'_>,
) -> Result<(), Fault> {
    let delegate = signed.delegate_action();
    let (access_key, row) = judged(scope, &signed)?;
    use_nonce_up(scope, &delegate, access_key, row);
    let actions = delegate.get_actions();
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

/// What decides whether a delegate action runs, beside itself.
#[derive(Clone, Copy, Debug)]
pub struct DelegateQuestion<'a> {
    /// Rules in force.
    pub protocol: &'a Protocol,
    /// The block that it runs in.
    pub height: BlockHeight,
    /// The account that it runs on: the receiver of the transaction that carries it.
    pub account_id: &'a AccountId,
    /// The sender's key that signed it.
    pub access_key: Option<&'a AccessKey>,
    /// The nonce in the gas-key row that it names, where it names one.
    pub gas_key_nonce: Option<Nonce>,
}

/// Whether a delegate action may run: signature, expiry, sender, key, nonce and permission. What its
/// actions then do is another matter.
///
/// # Errors
/// The first rule broken, as the chain tells it.
pub fn check_delegate(
    question: &DelegateQuestion<'_>,
    signed: VersionedSignedDelegateActionRef<'_>,
) -> Result<(), ActionErrorKind> {
    let &DelegateQuestion { protocol, height, account_id, access_key, gas_key_nonce } = question;
    let rules = Rules { protocol, height, account_id };
    judge(rules, &signed, || Ok(access_key.cloned()), |_| Ok(gas_key_nonce)).map(drop)
}

/// The same with the key as the state has it.
fn judged(
    scope: &Scope<'_, '_>,
    signed: &VersionedSignedDelegateActionRef<'_>,
) -> Result<(AccessKey, Option<NonceIndex>), Fault> {
    let delegate = signed.delegate_action();
    let (sender_id, public_key) = (delegate.sender_id(), delegate.public_key());
    let (protocol, height) = (&scope.block.protocol, scope.block.height);
    let rules = Rules { protocol, height, account_id: scope.account_id() };
    let key = || -> Result<_, Fault> { Ok(scope.overlay.access_key(sender_id, public_key)?) };
    let row = |index| -> Result<_, Fault> {
        Ok(scope.overlay.gas_key_nonce(sender_id, public_key, index)?)
    };
    judge(rules, signed, key, row)
}

#[derive(Clone, Copy)]
struct Rules<'a> {
    protocol: &'a Protocol,
    height: BlockHeight,
    account_id: &'a AccountId,
}

/// Every rule in the protocol's order. The key and the row's nonce are read when their turn comes.
fn judge<E: From<ActionErrorKind>>(
    rules: Rules<'_>,
    signed: &VersionedSignedDelegateActionRef<'_>,
    key: impl FnOnce() -> Result<Option<AccessKey>, E>,
    row: impl FnOnce(NonceIndex) -> Result<Option<Nonce>, E>,
) -> Result<(AccessKey, Option<NonceIndex>), E> {
    check_signed(rules, signed)?;
    let delegate = signed.delegate_action();
    let Some(access_key) = key()? else {
        return Err(denied(InvalidAccessKeyError::AccessKeyNotFound {
            account_id: delegate.sender_id().clone(),
            public_key: Box::new(delegate.public_key().clone()),
        })
        .into());
    };
    let index = nonce_index(&delegate, &access_key)?;
    let ak_nonce = match index {
        None => access_key.nonce,
        // A gas key that was patched into the state has no rows.
        Some(index) => row(index)?.ok_or_else(|| no_such_row(index, &access_key))?,
    };
    check_nonce(rules.height, delegate.nonce().nonce(), ak_nonce)?;
    if let Some(call) = access_key.permission.function_call_permission() {
        let actions = delegate.get_actions();
        check_permission(rules.protocol, call, &actions, delegate.receiver_id()).map_err(denied)?;
    }
    Ok((access_key, index))
}

/// Signature, expiry and sender, in the protocol's order.
fn check_signed(
    rules: Rules<'_>,
    signed: &VersionedSignedDelegateActionRef<'_>,
) -> Result<(), ActionErrorKind> {
    if !signed.verify() {
        return Err(ActionErrorKind::DelegateActionInvalidSignature);
    }
    let delegate = signed.delegate_action();
    if rules.height > delegate.max_block_height() {
        return Err(ActionErrorKind::DelegateActionExpired);
    }
    if delegate.sender_id() != rules.account_id {
        return Err(ActionErrorKind::DelegateActionSenderDoesNotMatchTxReceiver {
            sender_id: delegate.sender_id().clone(),
            receiver_id: rules.account_id.clone(),
        });
    }
    Ok(())
}

/// The gas-key row that the nonce stands in, where it is a gas key's.
fn nonce_index(
    delegate: &VersionedDelegateActionRef<'_>,
    access_key: &AccessKey,
) -> Result<Option<NonceIndex>, ActionErrorKind> {
    match (delegate.nonce(), access_key.gas_key_info()) {
        (TransactionNonce::Nonce { .. }, None) => Ok(None),
        (TransactionNonce::Nonce { .. }, Some(_)) => {
            Err(denied(InvalidAccessKeyError::DelegateActionRequiresNonGasKey))
        }
        (TransactionNonce::GasKeyNonce { .. }, None) => {
            Err(denied(InvalidAccessKeyError::DelegateActionRequiresGasKey))
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
    height: BlockHeight,
    delegate_nonce: Nonce,
    ak_nonce: Nonce,
) -> Result<(), ActionErrorKind> {
    if delegate_nonce <= ak_nonce {
        return Err(ActionErrorKind::DelegateActionInvalidNonce { delegate_nonce, ak_nonce });
    }
    let upper_bound = nonce::upper_bound(height);
    if delegate_nonce >= upper_bound {
        return Err(ActionErrorKind::DelegateActionNonceTooLarge { delegate_nonce, upper_bound });
    }
    Ok(())
}

/// The rule for transactions; before 85 a deposit was named only when nothing after it was wrong.
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
    Ok(permission::check_deposit(call)?)
}

fn use_nonce_up(
    scope: &mut Scope<'_, '_>,
    delegate: &VersionedDelegateActionRef<'_>,
    access_key: AccessKey,
    row: Option<NonceIndex>,
) {
    let (sender_id, public_key) = (delegate.sender_id(), delegate.public_key());
    let nonce = delegate.nonce().nonce();
    match row {
        Some(index) => scope.overlay.set_gas_key_nonce(sender_id, public_key, index, nonce),
        None => {
            let access_key = AccessKey { nonce, ..access_key };
            scope.overlay.set_access_key(sender_id, public_key, &access_key);
        }
    }
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

fn denied(error: InvalidAccessKeyError) -> ActionErrorKind {
    ActionErrorKind::DelegateActionAccessKeyError(error)
}
