//! A NEAR chain in this process, for tests: no port, no waiting.
//!
//! ```
//! use keyway::{NearLiteral, Sandbox, transfer};
//!
//! let sandbox = Sandbox::new();
//! let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
//! let bob = sandbox.create_account("bob.near").balance(1.near()).create()?;
//! let outcome = alice.execute(transfer(2.near()).to("bob.near"))?;
//! assert!(outcome.is_success());
//! assert_eq!(bob.balance()?, 3.near());
//! # Ok::<(), keyway::Error>(())
//! ```

mod account;
mod act;
mod block;
mod builder;
mod call;
mod clock;
mod core;
mod dump;
mod edit;
#[cfg(feature = "fork")]
mod fork;
mod history;
mod impersonate;
mod new_account;
mod questions;
#[cfg(feature = "listen")]
mod server;
mod snapshot;
mod time;
mod trace;
mod view;
mod wait;

pub use account::SandboxAccount;
pub use block::BlockDraft;
pub use builder::SandboxBuilder;
pub use call::SandboxCall;
pub use edit::Import;
#[cfg(feature = "fork")]
pub use fork::{ForkBuilder, ForkedFrom};
pub use impersonate::Impersonated;
pub use new_account::NewAccount;
#[cfg(feature = "listen")]
pub use server::SandboxServer;
pub use snapshot::Snapshot;
pub use view::SandboxView;

/// The chain of a sandbox, for what [`Sandbox`] has no method for; see [`Sandbox::chain`].
#[doc(inline)]
pub use keyway_chain::Chain;
/// A named snapshot; see [`Sandbox::snapshots`].
#[doc(inline)]
pub use keyway_chain::SnapshotInfo;
/// The JSON-RPC service of a sandbox; see [`Sandbox::service`].
#[doc(inline)]
pub use keyway_rpc::Service;

use self::core::Core;
use crate::client::Client;
use crate::error::Error;
use crate::outcome::Outcome;
use keyway_chain::Input;
use keyway_signer::KeyPair;
use near_primitives::hash::CryptoHash;
use near_primitives::state_record::StateRecord;
use near_primitives::types::AccountId;
use near_primitives::version::PROTOCOL_VERSION;
use std::sync::Arc;

/// A NEAR chain in this process.
///
/// A clone is a fork: changes of one never affect the other. The handles of a sandbox ([`SandboxAccount`],
/// [`Impersonated`], a [`Client`], a [`SandboxServer`]) all refer to the same chain. Sandboxes share nothing but compiled
/// contracts, which are the same for the same code: all processes of a user share them, in `keyway/contracts` of the
/// [user's cache directory](keyway_node::user_cache_dir), so that test processes do not compile them again.
///
/// Time stands still between inputs, and each input moves it by one second; see [`Sandbox::advance`]. Each sandbox starts
/// at a different time, so that no two have the same genesis block, by which clients identify chains. With
/// [`SandboxBuilder::time`], the same calls give the same chain, hash for hash.
///
/// At first there are two accounts, `near` and the validator `test.near`.
pub struct Sandbox {
    core: Core,
}

impl Sandbox {
    /// A new chain with the newest protocol.
    ///
    /// ```
    /// let sandbox = keyway::Sandbox::new();
    /// assert_eq!(sandbox.height(), 0);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build().expect("the invariant that the default genesis is sound")
    }

    /// Builds a chain with your own settings.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::new(PROTOCOL_VERSION)
    }

    /// Builds a new account, which [`NewAccount::create`] creates.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    /// assert_eq!(alice.balance()?, 10.near());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    pub fn create_account(&self, account_id: impl AsRef<str>) -> NewAccount {
        NewAccount::new(self.core.clone(), account_id.as_ref())
    }

    /// A handle for an existing account, which signs with this key. The chain decides whether the account has the key.
    ///
    /// ```
    /// use keyway::{KeyPair, NearLiteral, Sandbox, add_full_access_key, create_account, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let shop_key = KeyPair::random_ed25519();
    /// let create = create_account().to("shop.near").then(transfer(5.near()));
    /// sandbox.root().execute(create.then(add_full_access_key(shop_key.public_key())))?;
    ///
    /// let shop = sandbox.account_with_key("shop.near", shop_key)?;
    /// shop.execute(transfer(1.near()).to("near"))?;
    /// // The validator of the genesis signs with a key that anybody can derive from its name.
    /// let validator = sandbox.account_with_key("test.near", Sandbox::known_key("test.near")?)?;
    /// validator.execute(transfer(1.near()).to("near"))?;
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownAccount`](crate::error::QueryError::UnknownAccount) if there is no such account;
    /// [`Error::Argument`] for an invalid account id.
    pub fn account_with_key(
        &self,
        account_id: impl AsRef<str>,
        key_pair: KeyPair,
    ) -> Result<SandboxAccount, Error> {
        let account_id = self.account_info(account_id)?.account_id;
        Ok(SandboxAccount::new(self.core.clone(), account_id, key_pair))
    }

    /// The key pair that is derived from an account id. Accounts without a key of their own have it, and so do `near` and
    /// `test.near`. Anybody can derive it.
    ///
    /// # Errors
    /// [`Error::Argument`] for an invalid account id.
    pub fn known_key(account_id: impl AsRef<str>) -> Result<KeyPair, Error> {
        Ok(new_account::known_key(&act::account_id(account_id.as_ref())?))
    }

    /// The account `near`, which has a billion NEAR. Anybody can derive its key.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox, create_account, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// sandbox.root().execute(create_account().to("alice.near").then(transfer(5.near())))?;
    /// assert_eq!(sandbox.balance("alice.near")?, 5.near());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    #[must_use]
    pub fn root(&self) -> SandboxAccount {
        let near: AccountId = "near".parse().expect("the invariant that `near` is an account id");
        let key_pair = new_account::known_key(&near);
        SandboxAccount::new(self.core.clone(), near, key_pair)
    }

    /// The outcome of a transaction; none if this chain does not have it.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let sent = sandbox.root().execute(transfer(1.near()).to("test.near"))?;
    /// assert_eq!(sandbox.outcome(&sent.transaction_hash()), Some(sent));
    /// # Ok::<(), keyway::Error>(())
    /// ```
    #[must_use]
    pub fn outcome(&self, transaction_hash: &CryptoHash) -> Option<Outcome> {
        self.core.outcome(transaction_hash)
    }

    /// Writes records into the state without applying any rules, in a block of its own.
    ///
    /// ```
    /// use keyway::protocol::{AccessKey, StateRecord};
    /// use keyway::{KeyPair, Sandbox};
    ///
    /// let sandbox = Sandbox::new();
    /// let key = KeyPair::random_ed25519();
    /// let record =
    ///     StateRecord::access_key("test.near".parse()?, key.public_key(), AccessKey::full_access());
    /// sandbox.patch(vec![record])?;
    /// assert!(sandbox.access_key("test.near", key.public_key()).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SandboxError::Patch`](crate::error::SandboxError::Patch) if the records contradict the state or each other.
    pub fn patch(&self, records: Vec<StateRecord>) -> Result<(), Error> {
        self.core.apply(Input::Patch(records)).map(drop)
    }

    /// An async client of this chain, without a port.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// let sandbox = keyway::Sandbox::new();
    /// let client = sandbox.client();
    /// sandbox.create_account("alice.near").create()?;
    /// assert_eq!(client.account("alice.near").await?.total, sandbox.balance("alice.near")?);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn client(&self) -> Client {
        self.core.client().clone()
    }

    /// The JSON-RPC service over this chain, for a server of your own.
    #[must_use]
    pub fn service(&self) -> &Service {
        self.core.service()
    }

    /// The chain as it is now, with blocks, receipts and state, for what the sandbox has no method for.
    #[must_use]
    pub fn chain(&self) -> Arc<Chain> {
        self.core.chain()
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Clone for Sandbox {
    /// A fork.
    fn clone(&self) -> Self {
        Self { core: self.core.fork() }
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("chain", &self.core.chain()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    mod accounts;
    mod blocks;
    mod contracts;
    mod history;
    mod properties;
    mod sandbox;
    mod servers;
    mod snapshots;
    mod times;
}
