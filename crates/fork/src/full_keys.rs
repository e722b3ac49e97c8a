//! Post-quantum public keys, of which the state has only a hash.

use near_crypto::{PublicKey, PublicKeyHandle};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The newest keys that transactions and requests named in full. Nodes look up the nonces of a gas key
/// by the whole key.
#[derive(Debug, Default)]
pub(crate) struct FullKeys(Mutex<VecDeque<(PublicKeyHandle, PublicKey)>>);

impl FullKeys {
    /// Keeps a key whose hash is in the state; other keys are there themselves.
    pub(crate) fn learn(&self, key: &PublicKey) {
        let handle = PublicKeyHandle::from(key.clone());
        if !matches!(handle, PublicKeyHandle::MlDsa65(_)) {
            return;
        }
        let mut keys = self.keys();
        if keys.iter().any(|(known, _)| *known == handle) {
            return;
        }
        if keys.len() >= MOST_KEYS {
            keys.pop_front();
        }
        keys.push_back((handle, key.clone()));
    }

    /// The key as nodes look it up; none if only its hash is known.
    pub(crate) fn name(&self, handle: &PublicKeyHandle) -> Option<String> {
        if !matches!(handle, PublicKeyHandle::MlDsa65(_)) {
            return Some(handle.to_string());
        }
        let keys = self.keys();
        keys.iter().find(|(known, _)| known == handle).map(|(_, key)| key.to_string())
    }

    fn keys(&self) -> MutexGuard<'_, VecDeque<(PublicKeyHandle, PublicKey)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keys that are kept. One has about 2 KiB.
const MOST_KEYS: usize = 1_024;
