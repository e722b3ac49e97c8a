//! What a signer can be given to sign with.

use keyway_signer::{KeyPair, KeyService, MemoryKeys};
use near_primitives::types::AccountId;
use std::sync::Arc;

/// Keys for a [`Signer`](super::Signer): a key pair, several, or an `Arc` of a key service.
pub trait IntoKeyService {
    /// The service that signs for `account_id` with these keys.
    fn into_key_service(self, account_id: &AccountId) -> Arc<dyn KeyService>;
}

impl IntoKeyService for KeyPair {
    fn into_key_service(self, account_id: &AccountId) -> Arc<dyn KeyService> {
        [self].into_key_service(account_id)
    }
}

impl<const N: usize> IntoKeyService for [KeyPair; N] {
    fn into_key_service(self, account_id: &AccountId) -> Arc<dyn KeyService> {
        Vec::from(self).into_key_service(account_id)
    }
}

impl IntoKeyService for Vec<KeyPair> {
    fn into_key_service(self, account_id: &AccountId) -> Arc<dyn KeyService> {
        let keys = self
            .into_iter()
            .fold(MemoryKeys::new(), |keys, key_pair| keys.with(account_id.clone(), key_pair));
        Arc::new(keys)
    }
}

impl<S: KeyService + ?Sized + 'static> IntoKeyService for Arc<S> {
    fn into_key_service(self, _account_id: &AccountId) -> Arc<dyn KeyService> {
        Arc::new(self)
    }
}
