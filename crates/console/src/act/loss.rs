//! What an act loses for good.

use keyway::client::AccountKey;
use keyway::guard::{KeyWeakness, key_loss, key_weakness};
use keyway::protocol::Action;
use keyway::{AccountId, format_near};
use keyway_rules::is_full_access;
use near_crypto::PublicKeyHandle;

/// A sentence for each loss when `account`, with these keys, runs `actions` on itself.
pub(crate) fn losses(account: &AccountId, keys: &[AccountKey], actions: &[Action]) -> Vec<String> {
    let mut found = Vec::new();
    let loss = key_loss(keys.iter().map(|key| (&key.public_key, &key.access_key)), actions);
    if loss.locks {
        found.push(format!(
            "No full-access key of {account} will be left: from then on only its contract can act for it."
        ));
    }
    if !loss.burnt().is_zero() {
        let sum = format_near(loss.burnt());
        found.push(format!(
            "The deleted gas keys have {sum}, which will be burnt. A withdrawal before that saves it."
        ));
    }
    for action in actions {
        let Action::AddKey(add) = action else { continue };
        let weak = key_weakness(&PublicKeyHandle::from(&add.public_key));
        if is_full_access(&add.access_key.permission) && weak == Some(KeyWeakness::AnybodySigns) {
            let key = &add.public_key;
            found.push(format!(
                "Anyone can sign for {key}, because it has no secret: with full access, anyone can do everything with {account}."
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyway::protocol::{AccessKey, PublicKey};
    use keyway::{Intent, KeyPair, add_full_access_key, delete_key};
    use near_crypto::KeyType;

    fn said(keys: &[&PublicKey], intent: Intent) -> Vec<String> {
        let account: AccountId = "alice.near".parse().unwrap();
        let keys: Vec<_> = keys
            .iter()
            .map(|key| AccountKey::new((*key).clone(), AccessKey::full_access()))
            .collect();
        losses(&account, &keys, &intent.resolve(&account).unwrap().1)
    }

    #[test]
    fn the_last_key_is_a_loss_and_one_of_two_is_not() {
        let (one, two) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
        let delete = || Intent::on_self().then(delete_key(one.public_key()));
        let last = said(&[one.public_key()], delete());
        assert!(last[0].contains("No full-access key of alice.near"), "{last:?}");
        assert_eq!(said(&[one.public_key(), two.public_key()], delete()), Vec::<String>::new());
    }

    #[test]
    fn a_key_without_a_secret_gives_the_account_away() {
        let nobody = PublicKey::empty(KeyType::ED25519);
        let given = said(&[], Intent::on_self().then(add_full_access_key(&nobody)));
        assert!(given[0].starts_with("Anyone can sign"), "{given:?}");
    }
}
