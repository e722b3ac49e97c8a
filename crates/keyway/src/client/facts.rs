//! What the analyses of [`guard`](crate::guard) are given, as one block has it.

use super::{Account, BlockReference, Client, Contract};
use crate::error::{ArgumentError, ArgumentProblem, Error, Place};
use keyway_engine::Protocol;
use keyway_guard::{AccountFacts, ChainFacts, KeyFacts};
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::account::{self, AccountContract};
use near_primitives::types::{AccountId, Balance, Nonce};

impl Client {
    /// The rules and prices for a transaction that enters the chain after this client's block.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// let sandbox = keyway::Sandbox::new();
    /// let facts = sandbox.client().chain_facts().await?;
    /// assert_eq!(facts.height, sandbox.height() + 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the chain cannot be asked, or speaks a protocol that this build has no rules for.
    pub async fn chain_facts(&self) -> Result<ChainFacts, Error> {
        let block = self.block().await?;
        let (protocol, height) = (self.rules().await?, block.height.saturating_add(1));
        Ok(ChainFacts { protocol, gas_price: block.gas_price, height })
    }

    /// An account with every key that it has, all as of one block: the one that this client asks
    /// about, or the newest there is now.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// let sandbox = keyway::Sandbox::new();
    /// sandbox.account("alice.near").create()?;
    /// let alice = sandbox.client().account_facts("alice.near").await?;
    /// assert_eq!(alice.keys.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownAccount`](crate::error::QueryError::UnknownAccount) when it does not
    /// exist; otherwise when the chain cannot be asked.
    pub async fn account_facts(&self, account: impl AsRef<str>) -> Result<AccountFacts, Error> {
        let account = self.account(account.as_ref()).await?;
        let then = self.at(BlockReference::Hash(account.block_hash));
        let mut keys = Vec::new();
        for key in then.access_keys(&account.account_id).await? {
            let rows = match key.access_key.gas_key_info() {
                Some(_) => then.rows(&account.account_id, &key.public_key).await?,
                None => Vec::new(),
            };
            let (public_key, access_key) = (key.public_key, key.access_key);
            keys.push(KeyFacts { public_key, access_key, gas_key_nonces: rows });
        }
        let record = record(&account);
        Ok(AccountFacts { account_id: account.account_id, account: record, keys })
    }

    /// The nonces of a gas key's rows. A long key is listed by its hash, by which nobody can ask
    /// for them: none are told then.
    async fn rows(&self, owner: &AccountId, key: &PublicKeyHandle) -> Result<Vec<Nonce>, Error> {
        let public_key = match key {
            PublicKeyHandle::ED25519(key) => PublicKey::ED25519(key.clone()),
            PublicKeyHandle::SECP256K1(key) => PublicKey::SECP256K1(key.clone()),
            PublicKeyHandle::MlDsa65(_) => return Ok(Vec::new()),
        };
        self.gas_key_nonces(owner, &public_key).await
    }

    /// The rules that the chain goes by.
    pub(crate) async fn rules(&self) -> Result<Protocol, Error> {
        let spoken = self.known_protocol().await?;
        Protocol::new(spoken.version, &spoken.chain_id).map_err(|error| {
            let (got, why) = (spoken.version.to_string(), error.to_string());
            let problem = ArgumentProblem::NotUsable { got, why };
            ArgumentError::new(Place::Setup, "protocol", problem).into()
        })
    }
}

/// An account as the state holds it.
pub(crate) fn record(account: &Account) -> account::Account {
    let unstaked = account.total.checked_sub(account.locked).unwrap_or(Balance::ZERO);
    if let Some(nonce) = account.bootstrap_nonce {
        return account::Account::new_uninitialized(unstaked, account.storage_usage, nonce);
    }
    let contract = match &account.contract {
        Contract::None => AccountContract::None,
        Contract::Own(hash) => AccountContract::Local(*hash),
        Contract::GlobalByHash(hash) => AccountContract::Global(*hash),
        Contract::GlobalByAccount(owner) => AccountContract::GlobalByAccount(owner.clone()),
    };
    account::Account::new(unstaked, account.locked, contract, account.storage_usage)
}
