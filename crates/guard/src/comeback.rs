//! How a deleted account can be created again, and who then controls it.

use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::account::id::AccountType;
use near_primitives::types::AccountId;
use serde::Serialize;
use std::fmt;

/// How an account can be created again after its deletion. Its tokens, keys and contract are gone; its
/// creator decides what it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Comeback {
    /// A transfer creates it with the key that it is named after, whichever keys it had later.
    WithItsFirstKey {
        /// That key, with full access.
        public_key: PublicKeyHandle,
    },
    /// A transfer brings it back for the holder of an Ethereum key.
    ForItsEthereumKey,
    /// Anybody can create it, with the one state that its name is derived from.
    InTheStateItStandsFor,
    /// Its parent account can create it, with keys and code of its choice.
    ByItsParent {
        /// The parent.
        account_id: AccountId,
    },
    /// The registrar of top-level accounts can create it.
    ByTheRegistrar,
}

/// How `account_id` can be created again after it is deleted.
///
/// ```
/// use keyway_guard::{Comeback, comeback};
///
/// let implicit = "0101010101010101010101010101010101010101010101010101010101010101".parse()?;
/// assert!(matches!(comeback(&implicit), Comeback::WithItsFirstKey { .. }));
/// let named = comeback(&"old.alice.near".parse()?);
/// assert_eq!(named.to_string(), "alice.near can create it again, with keys and code of its choice");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn comeback(account_id: &AccountId) -> Comeback {
    match account_id.get_account_type() {
        AccountType::NearImplicitAccount => {
            match PublicKey::from_near_implicit_account(account_id) {
                Ok(key) => Comeback::WithItsFirstKey { public_key: PublicKeyHandle::from(&key) },
                // The name of such an account is always a key.
                Err(_) => Comeback::InTheStateItStandsFor,
            }
        }
        AccountType::EthImplicitAccount => Comeback::ForItsEthereumKey,
        AccountType::NearDeterministicAccount | AccountType::UniversalAccount => {
            Comeback::InTheStateItStandsFor
        }
        AccountType::NamedAccount => match account_id.get_parent_account_id() {
            Some(parent) => Comeback::ByItsParent { account_id: parent.to_owned() },
            None => Comeback::ByTheRegistrar,
        },
    }
}

impl Comeback {
    /// The key that it would have, if its name decides that.
    #[must_use]
    pub fn first_key(&self) -> Option<&PublicKeyHandle> {
        match self {
            Self::WithItsFirstKey { public_key } => Some(public_key),
            _ => None,
        }
    }
}

impl fmt::Display for Comeback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithItsFirstKey { public_key } => write!(
                f,
                "a transfer to its name creates it again, with the key that it is named after: {public_key}"
            ),
            Self::ForItsEthereumKey => f.write_str(
                "a transfer to its name creates it again, for the holder of its Ethereum key",
            ),
            Self::InTheStateItStandsFor => {
                f.write_str("anybody can create it again, in the state that its name stands for")
            }
            Self::ByItsParent { account_id } => {
                write!(f, "{account_id} can create it again, with keys and code of its choice")
            }
            Self::ByTheRegistrar => {
                f.write_str("the registrar can create it again, with keys and code of its choice")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::{handle, id, key};
    use near_primitives::utils::derive_near_implicit_account_id;

    #[test]
    fn an_implicit_account_comes_back_with_its_first_key() {
        let ed25519 = key("old");
        let account_id = derive_near_implicit_account_id(ed25519.unwrap_as_ed25519());
        assert_eq!(comeback(&account_id).first_key(), Some(&handle("old")));
    }

    #[test]
    fn others_do_not() {
        let ethereum = id("0x0101010101010101010101010101010101010101");
        assert_eq!(comeback(&ethereum), Comeback::ForItsEthereumKey);
        assert_eq!(comeback(&id("near")), Comeback::ByTheRegistrar);
        let account_id = id("alice.near");
        assert_eq!(comeback(&id("a.alice.near")), Comeback::ByItsParent { account_id });
    }
}
