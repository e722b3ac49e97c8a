//! Another key of the account that may do the same.

use super::Draft;
use crate::explain::repair::Repair;
use crate::facts::{AccountFacts, KeyFacts};
use near_primitives::account::AccessKeyPermission;

/// The least powerful key that may sign, if there is one. Of a post-quantum key the chain has only
/// a hash, so none is found.
pub(super) fn find<'a>(draft: Draft<'a>, account: &AccountFacts) -> Option<Draft<'a>> {
    let mut keys: Vec<&KeyFacts> = account.keys.iter().collect();
    keys.sort_by_key(|key| power(&key.access_key.permission));
    keys.into_iter().find_map(|key| signed_with(&draft, key))
}

fn signed_with<'a>(draft: &Draft<'a>, key: &KeyFacts) -> Option<Draft<'a>> {
    let public_key = key.full_key()?;
    if &public_key == draft.scene.transaction.public_key() {
        return None;
    }
    let mut draft = Draft { steps: Vec::new(), ..draft.clone() };
    draft.scene.set_key(public_key.clone(), key.clone());
    let next = key.next_nonce();
    let (nonce, nonce_index) = (next.nonce(), next.nonce_index());
    draft.scene.set_nonce(next);
    draft.steps.push(Repair::SignWith { public_key, nonce, nonce_index });
    draft.works().then_some(draft)
}

/// How much a key may do, in rising order.
fn power(permission: &AccessKeyPermission) -> u8 {
    match permission {
        AccessKeyPermission::FunctionCall(call) if !call.method_names.is_empty() => 0,
        AccessKeyPermission::FunctionCall(_) => 1,
        AccessKeyPermission::GasKeyFunctionCall(_, call) if !call.method_names.is_empty() => 2,
        AccessKeyPermission::GasKeyFunctionCall(..) => 3,
        AccessKeyPermission::GasKeyFullAccess(_) => 4,
        AccessKeyPermission::FullAccess => 5,
    }
}
