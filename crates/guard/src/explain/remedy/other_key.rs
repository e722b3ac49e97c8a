//! Another key of the account that can sign.

use super::Draft;
use crate::explain::repair::Repair;
use crate::facts::{AccountFacts, KeyFacts};
use keyway_rules::KeyRank;
use near_crypto::PublicKeyHandle;

/// The least powerful key that can sign, if there is one.
pub(super) fn find<'a>(draft: Draft<'a>, account: &AccountFacts) -> Option<Draft<'a>> {
    let mut keys: Vec<&KeyFacts> = account.keys.iter().collect();
    keys.sort_by_key(|key| KeyRank::of(&key.access_key.permission));
    keys.into_iter().find_map(|key| signed_with(&draft, key))
}

fn signed_with<'a>(draft: &Draft<'a>, key: &KeyFacts) -> Option<Draft<'a>> {
    let public_key = key.public_key.clone();
    if public_key == PublicKeyHandle::from(draft.scene.transaction.public_key()) {
        return None;
    }
    let mut draft = Draft { steps: Vec::new(), ..draft.clone() };
    draft.scene.set_key(key.key_or_its_like(), key.clone());
    let next = key.next_nonce();
    let (nonce, nonce_index) = (next.nonce(), next.nonce_index());
    draft.scene.set_nonce(next);
    draft.steps.push(Repair::SignWith { public_key, nonce, nonce_index });
    draft.works().then_some(draft)
}

#[cfg(test)]
mod tests {
    use crate::explain::{Repair, explain};
    use crate::tests::fixture::{alice, calls, chain, full, id, key};
    use crate::unsigned::unsigned;
    use near_crypto::{KeyType, PublicKeyHandle, SecretKey};
    use near_primitives::action::{Action, TransferAction};
    use near_primitives::types::Balance;

    #[test]
    fn a_key_that_is_known_by_its_hash_is_found() {
        let (app, mut quantum) = (calls("app", "game.near", &["play"], Some(250)), full("q"));
        let secret = SecretKey::from_seed(KeyType::MLDSA65, "q");
        quantum.public_key = PublicKeyHandle::from(&secret.public_key());
        let transfer = Action::Transfer(TransferAction { deposit: Balance::from_near(1) });
        let alice = alice(vec![app.clone(), quantum.clone()]);
        let (from, to) = (&alice.account_id, id("bob.near"));
        let transaction = unsigned(from, &key("app"), Some(&app), &to, vec![transfer]);

        let explanation = explain(&chain(), Some(&alice), &transaction);
        let nonce = quantum.access_key.nonce + 1;
        let public_key = quantum.public_key.clone();
        let sign_with = Repair::SignWith { public_key, nonce, nonce_index: None };
        assert_eq!(explanation.remedies.len(), 1, "{explanation}");
        assert_eq!(explanation.remedies[0].steps, [sign_with]);
        let said = explanation.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        let fix = format!("fix: sign with {}, nonce {nonce}", quantum.public_key);
        assert!(said.contains(&fix), "{explanation}");
    }

    #[test]
    fn the_key_that_was_refused_is_no_other_key() {
        let secret = SecretKey::from_seed(KeyType::MLDSA65, "q").public_key();
        let mut quantum = full("q");
        quantum.public_key = PublicKeyHandle::from(&secret);
        let alice = alice(vec![quantum.clone()]);
        let deposit = Balance::from_near(1_000);
        let transfer = Action::Transfer(TransferAction { deposit });
        let (from, to) = (&alice.account_id, id("bob.near"));
        let transaction = unsigned(from, &secret, Some(&quantum), &to, vec![transfer]);
        let explanation = explain(&chain(), Some(&alice), &transaction);
        let steps: Vec<_> = explanation.remedies.iter().flat_map(|remedy| &remedy.steps).collect();
        assert!(matches!(steps[..], [Repair::SendToAccount { .. }]), "{explanation}");
    }
}
