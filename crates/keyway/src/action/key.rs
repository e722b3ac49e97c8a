//! Actions on access keys.

use super::{IntoPublicKey, Step, read};
use crate::error::{ArgumentError, ArgumentSite};
use near_primitives::account::AccessKey;
use near_primitives::action::{Action, AddKeyAction, DeleteKeyAction};

/// Adds a key that can sign every action, including the deletion of the account.
///
/// ```
/// use keyway::{Intent, add_full_access_key};
/// # let key = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";
/// let alice = "alice.near".parse()?;
/// let (receiver, _) = Intent::from(add_full_access_key(key)).resolve(&alice)?;
/// assert_eq!(receiver, alice);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn add_full_access_key(public_key: impl IntoPublicKey) -> Step {
    Step::on_signer(add_key(ArgumentSite::AddFullAccessKey, public_key, AccessKey::full_access()))
}

/// Deletes a key. Deleting the last one is possible, and locks the account for good.
///
/// To change the permission of a key, delete it and add it again in one transaction.
///
/// ```
/// use keyway::{Intent, add_full_access_key, delete_key};
/// # let (old, new) = ("ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB", "ed25519:6E8sCci9badyRkXb3JoRpBj5p8C6Tw41ELDZoiihKEtp");
/// let rotation = Intent::from([add_full_access_key(new), delete_key(old)]);
/// assert!(rotation.resolve(&"alice.near".parse()?).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn delete_key(public_key: impl IntoPublicKey) -> Step {
    let public_key = read::public_key(ArgumentSite::DeleteKey, public_key);
    Step::on_signer(
        public_key.map(|public_key| Action::DeleteKey(Box::new(DeleteKeyAction { public_key }))),
    )
}

/// The chain sets the nonce of a new key, whatever `access_key` has.
pub(super) fn add_key(
    site: ArgumentSite,
    public_key: impl IntoPublicKey,
    access_key: AccessKey,
) -> Result<Action, ArgumentError> {
    let public_key = read::public_key(site, public_key)?;
    Ok(Action::AddKey(Box::new(AddKeyAction { public_key, access_key })))
}
