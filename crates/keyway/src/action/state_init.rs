//! Accounts whose id is derived from their first state.

use super::limits;
use super::{Step, read};
use crate::amount::IntoNearToken;
use crate::error::{ArgumentError, ArgumentSite};
use near_primitives::action::{Action, DeterministicStateInitAction, UniversalStateInitAction};
use near_primitives::deterministic_account_id::DeterministicAccountStateInit;
use near_primitives::types::{AccountId, Balance as NearToken};
use near_primitives::universal_state_init::UniversalStateInit;
use near_primitives::utils::{derive_near_deterministic_account_id, derive_universal_account_id};
use std::collections::BTreeMap;

/// Creates the deterministic account (`0s…`) with this first state, if it does not exist.
///
/// The receiver is that account. The deposit pays for its storage; the rest is refunded.
///
/// ```
/// use keyway::protocol::{CryptoHash, GlobalContractIdentifier};
/// use keyway::{Intent, NearLiteral};
/// use keyway::protocol::{DeterministicAccountStateInit, DeterministicAccountStateInitV1};
///
/// let code = GlobalContractIdentifier::CodeHash(CryptoHash::hash_bytes(b"a contract"));
/// let data = [(b"owner".to_vec(), b"alice.near".to_vec())].into();
/// let state = DeterministicAccountStateInit::V1(DeterministicAccountStateInitV1 { code, data });
/// let intent = Intent::from(keyway::init_deterministic_account(state, 1.near()));
/// let (receiver, _) = intent.resolve(&"alice.near".parse()?)?;
/// assert!(receiver.as_str().starts_with("0s"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn init_deterministic_account(
    state_init: DeterministicAccountStateInit,
    deposit: impl IntoNearToken,
) -> Step {
    let deposit = deposit.into_near_token();
    Step::on_named(deposit.and_then(|deposit| deterministic(state_init, deposit)))
}

/// Creates the universal account (`0u…`) with this first state, if it does not exist. Needs protocol 88.
///
/// The receiver is that account. The deposit pays for its storage.
///
/// ```
/// use keyway::protocol::{UniversalStateInit, UniversalStateInitV1};
/// use keyway::{KeyPair, NearLiteral, Sandbox};
///
/// let key = KeyPair::random_ed25519();
/// let access_keys = [key.public_key().into()].into();
/// let state = UniversalStateInitV1 { code: None, data: [].into(), access_keys };
/// let state = UniversalStateInit::V1(state);
/// let sandbox = Sandbox::new();
/// let outcome = sandbox.root().execute(keyway::init_universal_account(&state, 1.near()))?;
/// assert!(outcome.receiver_id().as_str().starts_with("0u"));
/// assert!(sandbox.access_key(outcome.receiver_id(), key.public_key()).is_ok());
/// # Ok::<(), keyway::Error>(())
/// ```
#[must_use]
pub fn init_universal_account(
    state_init: &UniversalStateInit,
    deposit: impl IntoNearToken,
) -> Step {
    let deposit = deposit.into_near_token();
    Step::on_named(deposit.and_then(|deposit| universal(state_init, deposit)))
}

fn deterministic(
    state_init: DeterministicAccountStateInit,
    deposit: NearToken,
) -> Result<(AccountId, Action), ArgumentError> {
    check_data(state_init.data())?;
    let account_id = derive_near_deterministic_account_id(&state_init);
    let action = DeterministicStateInitAction { state_init, deposit };
    Ok((account_id, Action::DeterministicStateInit(Box::new(action))))
}

fn universal(
    state_init: &UniversalStateInit,
    deposit: NearToken,
) -> Result<(AccountId, Action), ArgumentError> {
    check_data(state_init.data())?;
    let keys = state_init.access_keys().len();
    read::no_more_than(ArgumentSite::StateInit, "access_keys", keys, limits().state_init_keys)?;
    let state_init = state_init.to_raw();
    let account_id = derive_universal_account_id(&state_init);
    let action = UniversalStateInitAction { state_init, deposit };
    Ok((account_id, Action::UniversalStateInit(Box::new(action))))
}

fn check_data(data: &BTreeMap<Vec<u8>, Vec<u8>>) -> Result<(), ArgumentError> {
    read::no_more_than(ArgumentSite::StateInit, "data", data.len(), limits().state_init_entries)?;
    for (key, value) in data {
        read::at_most(ArgumentSite::StateInit, "data key", key.len(), limits().data_key_bytes)?;
        read::at_most(
            ArgumentSite::StateInit,
            "data value",
            value.len(),
            limits().data_value_bytes,
        )?;
    }
    Ok(())
}
