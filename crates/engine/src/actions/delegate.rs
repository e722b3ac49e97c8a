//! `Delegate` and `DelegateV2` (NEP-366): actions that an account signed and a relayer pays for.

use super::scope::Scope;
use crate::effects::Stop;
use crate::state::StateError;
use keyway_rules::{Facts, bought, check_delegate, delegated_send_fees};
use near_primitives::account::AccessKey;
use near_primitives::action::Action;
use near_primitives::action::delegate::{
    VersionedDelegateActionRef, VersionedSignedDelegateActionRef,
};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{ActionReceipt, Receipt, ReceiptEnum, ReceiptV0};
use near_primitives::types::{AccountId, Nonce};

pub(super) fn run(
    scope: &mut Scope<'_, '_>,
    signed: VersionedSignedDelegateActionRef<'_>,
) -> Result<(), Stop> {
    let delegate = signed.delegate_action();
    let key = SenderKey::load(scope, &delegate)?;
    let paced_height = Some(scope.block.paced_height);
    check_delegate(&key.facts(scope), paced_height, scope.account_id(), signed)?;
    use_nonce_up(scope, &delegate, key.access_key);
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

/// The sender's key as the state has it.
struct SenderKey {
    access_key: Option<AccessKey>,
    row_nonce: Option<Nonce>,
}

impl SenderKey {
    fn load(
        scope: &Scope<'_, '_>,
        delegate: &VersionedDelegateActionRef<'_>,
    ) -> Result<Self, StateError> {
        let (sender_id, public_key) = (delegate.sender_id(), delegate.public_key());
        let row_nonce = match delegate.nonce().nonce_index() {
            Some(index) => scope.overlay.gas_key_nonce(sender_id, public_key, index)?,
            None => None,
        };
        Ok(Self { access_key: scope.overlay.access_key(sender_id, public_key)?, row_nonce })
    }

    fn facts<'a>(&'a self, scope: &'a Scope<'_, '_>) -> Facts<'a> {
        Facts {
            protocol: &scope.block.protocol,
            gas_price: scope.block.gas_price,
            height: Some(scope.block.height),
            account: scope.account.as_ref(),
            access_key: self.access_key.as_ref(),
            row_nonce: self.row_nonce,
        }
    }
}

fn use_nonce_up(
    scope: &mut Scope<'_, '_>,
    delegate: &VersionedDelegateActionRef<'_>,
    access_key: Option<AccessKey>,
) {
    let (sender_id, public_key) = (delegate.sender_id(), delegate.public_key());
    let nonce = delegate.nonce().nonce();
    match (delegate.nonce().nonce_index(), access_key) {
        (Some(index), _) => scope.overlay.set_gas_key_nonce(sender_id, public_key, index, nonce),
        (None, Some(access_key)) => {
            let access_key = AccessKey { nonce, ..access_key };
            scope.overlay.set_access_key(sender_id, public_key, &access_key);
        }
        (None, None) => {}
    }
}

/// Burns the send fees that were bought for the inner actions, and hands their receipt its gas.
fn reserve_gas(
    scope: &mut Scope<'_, '_>,
    actions: &[Action],
    receiver_id: &AccountId,
) -> Result<(), Stop> {
    let config = scope.config();
    let send = delegated_send_fees(config, scope.action_receipt.actions())?;
    scope.effects.gas.burn(send)?;
    let for_receipt = bought(config, actions, receiver_id)?.gas;
    scope.effects.gas.used = scope.effects.gas.used.checked_add_result(for_receipt)?;
    Ok(())
}
