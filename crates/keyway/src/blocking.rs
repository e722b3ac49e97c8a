//! [`Client`](crate::Client) and [`Signer`](crate::Signer) for programs without async.
//!
//! Each call runs in the caller's thread, on a runtime that the client owns. Inside an async runtime a call panics, as
//! tokio's `block_on` does.
//!
//! ```
//! use keyway::blocking::{Client, Signer};
//! use keyway::{NearLiteral, Sandbox, transfer};
//!
//! let sandbox = Sandbox::new();
//! let account = sandbox.create_account("alice.near").balance(10.near()).create()?;
//! let client = Client::new(sandbox.client())?; // or keyway::Client::testnet()
//! let alice = Signer::new(&client, "alice.near", account.key_pair().clone())?;
//!
//! alice.execute(transfer(1.near()).to("near"))?;
//! assert!(client.account("alice.near")?.total < 9.near());
//! assert_eq!(client.run(|client| async move { client.block().await })?.height, sandbox.height());
//! # Ok::<(), keyway::Error>(())
//! ```

use crate::action::Intent;
use crate::client::{Account, AccountKey, Block, WaitUntil};
use crate::error::{ArgumentError, ArgumentProblem, ArgumentSite, Error};
use crate::outcome::Outcome;
use crate::signer::{ExecuteOptions, IntoKeyService};
use borsh::BorshSerialize;
use near_crypto::PublicKey;
use near_primitives::account::AccessKey;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::AccountId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

/// A client without async. Clones share its connections and its runtime.
#[derive(Clone, Debug)]
pub struct Client {
    client: crate::Client,
    runtime: Arc<Runtime>,
}

impl Client {
    /// The same client, without async.
    ///
    /// # Errors
    /// [`Error::Argument`] if the operating system refuses to create a runtime.
    pub fn new(client: crate::Client) -> Result<Self, Error> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| {
            let (got, why) = ("a runtime".to_owned(), error.to_string());
            let problem = ArgumentProblem::NotUsable { got, why };
            ArgumentError::new(ArgumentSite::Setup, "runtime", problem)
        })?;
        Ok(Self { client, runtime: Arc::new(runtime) })
    }

    /// Runs anything that the async client can do.
    pub fn run<T, F: Future<Output = T>>(&self, ask: impl FnOnce(crate::Client) -> F) -> T {
        self.runtime.block_on(ask(self.client.clone()))
    }

    /// The newest block; see [`Client::block`](crate::Client::block).
    ///
    /// # Errors
    /// As there.
    pub fn block(&self) -> Result<Block, Error> {
        self.runtime.block_on(self.client.block())
    }

    /// See [`Client::account`](crate::Client::account).
    ///
    /// # Errors
    /// As there.
    pub fn account(&self, account: impl AsRef<str>) -> Result<Account, Error> {
        self.runtime.block_on(self.client.account(account))
    }

    /// See [`Client::access_key`](crate::Client::access_key).
    ///
    /// # Errors
    /// As there.
    pub fn access_key(
        &self,
        account: impl AsRef<str>,
        public_key: &PublicKey,
    ) -> Result<AccessKey, Error> {
        self.runtime.block_on(self.client.access_key(account, public_key))
    }

    /// See [`Client::access_keys`](crate::Client::access_keys).
    ///
    /// # Errors
    /// As there.
    pub fn access_keys(&self, account: impl AsRef<str>) -> Result<Vec<AccountKey>, Error> {
        self.runtime.block_on(self.client.access_keys(account))
    }

    /// A view call of a contract, with JSON in and out; see [`Client::view`](crate::Client::view).
    ///
    /// # Errors
    /// As [`View::json`](crate::client::View::json).
    pub fn view_json<T: DeserializeOwned>(
        &self,
        contract: impl AsRef<str>,
        method: impl Into<String>,
        args: &(impl Serialize + ?Sized),
    ) -> Result<T, Error> {
        self.runtime.block_on(self.client.view(contract, method).args_json(args).json())
    }

    /// A view call of a contract with borsh as its arguments; the returned bytes.
    ///
    /// # Errors
    /// As [`View::bytes`](crate::client::View::bytes).
    pub fn view_borsh(
        &self,
        contract: impl AsRef<str>,
        method: impl Into<String>,
        args: &(impl BorshSerialize + ?Sized),
    ) -> Result<Vec<u8>, Error> {
        self.runtime.block_on(self.client.view(contract, method).args_borsh(args).bytes())
    }

    /// See [`Client::send`](crate::Client::send).
    ///
    /// # Errors
    /// As there.
    pub fn send(&self, signed: &SignedTransaction, wait: WaitUntil) -> Result<Outcome, Error> {
        self.runtime.block_on(self.client.send(signed, wait))
    }

    /// See [`Client::transaction`](crate::Client::transaction).
    ///
    /// # Errors
    /// As there.
    pub fn transaction(
        &self,
        hash: CryptoHash,
        sender: impl AsRef<str>,
        wait: WaitUntil,
    ) -> Result<Outcome, Error> {
        self.runtime.block_on(self.client.transaction(hash, sender, wait))
    }
}

/// A signer without async. Clones share keys, nonces and the runtime.
#[derive(Clone, Debug)]
pub struct Signer {
    signer: crate::Signer,
    runtime: Arc<Runtime>,
}

impl Signer {
    /// `account` on the chain of `client`, signing with `keys`; see [`Signer::new`](crate::Signer::new).
    ///
    /// # Errors
    /// As there.
    pub fn new(
        client: &Client,
        account: impl AsRef<str>,
        keys: impl IntoKeyService,
    ) -> Result<Self, Error> {
        let signer = crate::Signer::new(client.client.clone(), account, keys)?;
        Ok(Self { signer, runtime: client.runtime.clone() })
    }

    /// The account that signs.
    #[must_use]
    pub fn account_id(&self) -> &AccountId {
        self.signer.account_id()
    }

    /// Runs anything that the async signer can do.
    pub fn run<T, F: Future<Output = T>>(&self, act: impl FnOnce(crate::Signer) -> F) -> T {
        self.runtime.block_on(act(self.signer.clone()))
    }

    /// See [`Signer::execute`](crate::Signer::execute).
    ///
    /// # Errors
    /// As there.
    pub fn execute(&self, intent: impl Into<Intent>) -> Result<Outcome, Error> {
        self.runtime.block_on(self.signer.execute(intent))
    }

    /// See [`Signer::execute_with`](crate::Signer::execute_with).
    ///
    /// # Errors
    /// As there.
    pub fn execute_with(
        &self,
        intent: impl Into<Intent>,
        options: ExecuteOptions,
    ) -> Result<Outcome, Error> {
        self.runtime.block_on(self.signer.execute_with(intent, options))
    }

    /// See [`Signer::sign`](crate::Signer::sign).
    ///
    /// # Errors
    /// As there.
    pub fn sign(&self, intent: impl Into<Intent>) -> Result<SignedTransaction, Error> {
        self.runtime.block_on(self.signer.sign(intent))
    }
}
