//! A signer: an account's keys, their nonces, and delivery that runs each transaction at most once.

mod budget;
mod check;
mod choose;
mod cost;
mod delegate;
mod execute;
mod lane;
mod pending;
mod pool;
mod recent;
mod sign;

pub use choose::{CannotSign, UnusableKey};
pub use execute::ExecuteOptions;
pub use pending::{PendingTransaction, Waited};
pub use sign::Offline;

use crate::client::{BlockReference, Client};
use crate::error::{ArgumentError, ArgumentSite};
use keyway_signer::{KeyPair, KeyService, MemoryKeys};
use near_primitives::types::AccountId;
use pool::Pool;
use recent::Recent;
use std::sync::Arc;

/// An account of a chain, with keys that sign for it. Clones share keys and nonces.
///
/// Any number of tasks may use it at once. Each transaction is signed with the least powerful key that can sign it, gets a
/// nonce of its own, and is delivered until its fate is known: the same bytes are sent again if an answer is missing, and
/// the transaction is signed again only if the first signature can never run.
///
/// Nonces are read from the chain once and then counted in memory, after a gap that depends on the time. So two programs
/// with the same key do not sign the same bytes by chance, and of two transactions the one that was signed later has the
/// higher nonce. Programs may share a key, but then some transactions must be signed twice; give each busy program a key
/// of its own.
///
/// That nothing runs twice relies on the answers of nodes. Use endpoints whose chain does not go back: a load balancer in
/// front of nodes that lag can return an older state than a moment before.
#[derive(Clone, Debug)]
pub struct Signer {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    client: Client,
    account_id: AccountId,
    keys: Arc<dyn KeyService>,
    pool: Pool,
    recent: Recent,
}

impl Signer {
    /// A signer for `account` on the chain of `client`, with `keys`: a [`KeyPair`](crate::KeyPair), several of them, or an
    /// `Arc` of any [`KeyService`](crate::KeyService). Nothing is requested yet. Signers use the newest block, even if
    /// `client` is pinned to another one.
    ///
    /// # Errors
    /// If `account` is not a valid account id.
    ///
    /// ```
    /// use keyway::{Client, KeyPair, Signer};
    ///
    /// let keys = [KeyPair::random_ed25519(), KeyPair::random_ed25519()];
    /// let alice = Signer::new(Client::local(), "alice.near", keys)?;
    /// assert_eq!(alice.account_id().as_str(), "alice.near");
    /// assert!(Signer::new(Client::local(), "Alice", KeyPair::random_ed25519()).is_err());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    pub fn new(
        client: Client,
        account: impl AsRef<str>,
        keys: impl IntoKeyService,
    ) -> Result<Self, ArgumentError> {
        let account_id = crate::client::account_id(account.as_ref())
            .map_err(|error| error.at(ArgumentSite::Setup))?;
        let client = client.at(BlockReference::Optimistic);
        let keys = keys.into_key_service(&account_id);
        let (pool, recent) = (Pool::of(keys.place()), Recent::default());
        Ok(Signer { shared: Arc::new(Shared { client, account_id, keys, pool, recent }) })
    }

    /// The account that signs.
    #[must_use]
    pub fn account_id(&self) -> &AccountId {
        &self.shared.account_id
    }

    /// The client of its chain.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.shared.client
    }
}

/// Keys for a [`Signer`]: a key pair, several, or an `Arc` of a key service.
pub trait IntoKeyService {
    /// The key service for `account_id`.
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
