//! Queries of a sandbox: those of the client, without async.

use super::Sandbox;
use super::act;
use super::core::Core;
use super::view::SandboxView;
use super::wait::wait;
use crate::client::{Account, AccountKey, Entry};
use crate::error::{Error, SandboxError};
use keyway_state::read::{self, DataLimit};
use near_crypto::PublicKey;
use near_primitives::account::AccessKey;
use near_primitives::types::{Balance as NearToken, Nonce};

impl Sandbox {
    /// An account's total balance, staked or not.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox};
    ///
    /// let sandbox = Sandbox::new();
    /// sandbox.create_account("alice.near").balance(3.near()).create()?;
    /// assert_eq!(sandbox.balance("alice.near")?, 3.near());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Sandbox::account_info`].
    pub fn balance(&self, account_id: impl AsRef<str>) -> Result<NearToken, Error> {
        balance(&self.core, account_id.as_ref())
    }

    /// An account's balances, storage and contract.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox};
    ///
    /// let sandbox = Sandbox::new();
    /// sandbox.create_account("alice.near").balance(3.near()).create()?;
    /// let alice = sandbox.account_info("alice.near")?;
    /// assert_eq!((alice.available, alice.storage_locked), (3.near(), 0.near()));
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownAccount`](crate::error::QueryError::UnknownAccount) if it does not exist; [`Error::Argument`] for
    /// an invalid account id.
    pub fn account_info(&self, account_id: impl AsRef<str>) -> Result<Account, Error> {
        wait(self.core.client().account(account_id))
    }

    /// One key of an account.
    ///
    /// ```
    /// use keyway::protocol::AccessKeyPermission;
    /// use keyway::Sandbox;
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").create()?;
    /// let key = sandbox.access_key("alice.near", alice.public_key())?;
    /// assert_eq!(key.permission, AccessKeyPermission::FullAccess);
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownAccessKey`](crate::error::QueryError::UnknownAccessKey) if the account does not have it or does
    /// not exist; [`Error::Argument`] for an invalid account id.
    pub fn access_key(
        &self,
        account_id: impl AsRef<str>,
        public_key: &PublicKey,
    ) -> Result<AccessKey, Error> {
        wait(self.core.client().access_key(account_id, public_key))
    }

    /// All keys of an account; empty if it does not exist.
    ///
    /// ```
    /// let sandbox = keyway::Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").create()?;
    /// let keys = sandbox.access_keys("alice.near")?;
    /// assert_eq!(keys.len(), 1);
    /// assert_eq!(keys[0].public_key, alice.public_key().into());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] for an invalid account id.
    pub fn access_keys(&self, account_id: impl AsRef<str>) -> Result<Vec<AccountKey>, Error> {
        wait(self.core.client().access_keys(account_id))
    }

    /// The nonces of a gas key's nonce rows, by index.
    ///
    /// ```
    /// use keyway::{KeyPair, Sandbox, add_full_access_gas_key};
    ///
    /// let sandbox = Sandbox::new();
    /// let key = KeyPair::random_ed25519();
    /// sandbox.root().execute(add_full_access_gas_key(key.public_key(), 4))?;
    /// assert_eq!(sandbox.gas_key_nonces("near", key.public_key())?.len(), 4);
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownGasKey`](crate::error::QueryError::UnknownGasKey) if the account has no such gas key;
    /// [`Error::Argument`] for an invalid account id.
    pub fn gas_key_nonces(
        &self,
        account_id: impl AsRef<str>,
        public_key: &PublicKey,
    ) -> Result<Vec<Nonce>, Error> {
        wait(self.core.client().gas_key_nonces(account_id, public_key))
    }

    /// Builds a view call of a contract: `sandbox.view("game.near", "score").json::<u32>()?`.
    ///
    /// ```
    /// # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
    /// let sandbox = keyway::Sandbox::new();
    /// sandbox.create_account("game.near").contract(wasm).create()?;
    /// assert_eq!(sandbox.view("game.near", "score").json::<u32>()?, 42);
    /// # Ok::<(), keyway::Error>(())
    /// ```
    pub fn view(&self, contract: impl AsRef<str>, method: impl Into<String>) -> SandboxView {
        SandboxView::new(self.core.client().view(contract, method))
    }

    /// A contract's data under keys that begin with `prefix`, sorted by key, without a limit.
    ///
    /// ```
    /// use keyway::Sandbox;
    /// use keyway::protocol::StateRecord;
    ///
    /// let sandbox = Sandbox::new();
    /// let game = sandbox.create_account("game.near").create()?.id().clone();
    /// let (data_key, value) = (b"score".to_vec().into(), b"42".to_vec().into());
    /// sandbox.patch(vec![StateRecord::Data { account_id: game, data_key, value }])?;
    /// assert_eq!(sandbox.contract_state("game.near", "sc")?, [(b"score".to_vec(), b"42".to_vec())]);
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] for an invalid account id.
    pub fn contract_state(
        &self,
        account_id: impl AsRef<str>,
        prefix: impl AsRef<[u8]>,
    ) -> Result<Vec<Entry>, Error> {
        let account_id = act::account_id(account_id.as_ref())?;
        let chain = self.chain();
        let state = &chain.head().state;
        let rows = read::contract_data(state, &account_id, prefix.as_ref(), None, DataLimit::NONE)
            .map_err(|error| SandboxError::Chain(error.to_string()))?;
        Ok(rows.items.into_iter().map(|(key, value)| (key, value.to_vec())).collect())
    }
}

pub(super) fn balance(core: &Core, account_id: &str) -> Result<NearToken, Error> {
    wait(core.client().account(account_id)).map(|account| account.total)
}
