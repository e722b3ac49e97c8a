//! The input of the analyses in [`guard`](crate::guard), as of one block.

use super::{Account, Client, Contract};
use crate::error::{ArgumentError, ArgumentProblem, ArgumentSite, Error, QueryError};
use keyway_guard::{
    AccountFacts, Callable, ChainFacts, KeyFacts, Neighbour, Wanted, contract_methods,
};
use keyway_rules::Protocol;
use near_primitives::account::{self, AccountContract};
use near_primitives::transaction::Transaction;
use near_primitives::types::{AccountId, Balance, Nonce};
use std::collections::BTreeMap;

impl Client {
    /// The rules and prices for a transaction in the block after this client's.
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
    /// If the chain cannot be queried, or has a protocol version that this build does not know.
    pub async fn chain_facts(&self) -> Result<ChainFacts, Error> {
        let block = self.block().await?;
        let (protocol, height) = (self.rules().await?, block.height.saturating_add(1));
        Ok(ChainFacts { protocol, gas_price: block.gas_price, height })
    }

    /// An account with all its keys, as of one block: this client's, or the newest final one.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// let sandbox = keyway::Sandbox::new();
    /// sandbox.create_account("alice.near").create()?;
    /// let alice = sandbox.client().account_facts("alice.near").await?;
    /// assert_eq!(alice.keys.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownAccount`] if it does not exist; otherwise if the chain cannot be queried.
    pub async fn account_facts(&self, account: impl AsRef<str>) -> Result<AccountFacts, Error> {
        let then = self.pinned().await?;
        let account = then.account(account.as_ref()).await?;
        let mut keys = Vec::new();
        for key in then.access_keys(&account.account_id).await? {
            let (public_key, access_key) = (key.public_key, key.access_key);
            let mut key = KeyFacts { public_key, access_key, gas_key_nonces: Vec::new() };
            key.gas_key_nonces = then.rows(&account.account_id, &key).await?;
            keys.push(key);
        }
        let record = record(&account);
        Ok(AccountFacts { account_id: account.account_id, account: record, keys })
    }

    /// What a transaction can call on an account. The contract's code is read only if `methods` asks for its methods.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::guard::Callable;
    ///
    /// let sandbox = keyway::Sandbox::new();
    /// sandbox.create_account("alice.near").create()?;
    /// let client = sandbox.client();
    /// assert_eq!(client.callable("alice.near", true).await?, Callable::NoContract);
    /// assert_eq!(client.callable("ghost.near", true).await?, Callable::NoAccount);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the chain cannot be queried.
    pub async fn callable(
        &self,
        account: impl AsRef<str>,
        methods: bool,
    ) -> Result<Callable, Error> {
        match self.account(account.as_ref()).await {
            Ok(account) => self.callable_of(&account, methods).await,
            Err(Error::Query(QueryError::UnknownAccount { .. })) => Ok(Callable::NoAccount),
            Err(error) => Err(error),
        }
    }

    async fn callable_of(&self, account: &Account, methods: bool) -> Result<Callable, Error> {
        if account.contract == Contract::None {
            return Ok(Callable::NoContract);
        }
        if !methods {
            return Ok(Callable::Unknown);
        }
        match self.code(&account.account_id).await {
            // Code that the analysis cannot follow may still run.
            Ok(code) => {
                Ok(contract_methods(&code.wasm).map_or(Callable::Unknown, Callable::Methods))
            }
            Err(Error::Query(
                QueryError::NoContract { .. } | QueryError::NoGlobalContract { .. },
            )) => Ok(Callable::NoContract),
            Err(error) => Err(error),
        }
    }

    /// What [`guard::outlook`](crate::guard::outlook) needs to know of the accounts on which `transaction` runs, including
    /// those of a delegate action.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::guard::{outlook, unsigned};
    /// use keyway::{NearLiteral, transfer};
    ///
    /// let sandbox = keyway::Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").create()?;
    /// let client = sandbox.client();
    /// let signer_id = "alice.near".parse().unwrap();
    /// let (receiver_id, actions) = transfer(1.near()).to("ghost.near").resolve(&signer_id)?;
    /// let transaction = unsigned(&signer_id, alice.public_key(), None, &receiver_id, actions);
    /// let known = client.neighbours(&transaction).await?;
    /// let failure = outlook(&client.chain_facts().await?, &transaction, &known);
    /// assert_eq!(failure.unwrap().to_string(), "there is no account ghost.near");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the chain cannot be queried.
    pub async fn neighbours(
        &self,
        transaction: &Transaction,
    ) -> Result<BTreeMap<AccountId, Neighbour>, Error> {
        let mut known = BTreeMap::new();
        for (account_id, wanted) in keyway_guard::neighbours(transaction) {
            known.insert(account_id.clone(), self.neighbour(&account_id, &wanted).await?);
        }
        Ok(known)
    }

    async fn neighbour(&self, account_id: &AccountId, wanted: &Wanted) -> Result<Neighbour, Error> {
        let account = match self.account(account_id).await {
            Ok(account) => account,
            Err(Error::Query(QueryError::UnknownAccount { .. })) => {
                return Ok(Neighbour { facts: None, callable: Callable::NoAccount });
            }
            Err(error) => return Err(error),
        };
        let mut keys = Vec::new();
        for public_key in &wanted.keys {
            let access_key = match self.access_key(account_id, public_key).await {
                Ok(access_key) => access_key,
                Err(Error::Query(QueryError::UnknownAccessKey { .. })) => continue,
                Err(error) => return Err(error),
            };
            let gas_key_nonces = match access_key.gas_key_info() {
                Some(_) => self.gas_key_nonces(account_id, public_key).await?,
                None => Vec::new(),
            };
            let public_key = public_key.into();
            keys.push(KeyFacts { public_key, access_key, gas_key_nonces });
        }
        let callable = self.callable_of(&account, wanted.calls).await?;
        let account = record(&account);
        let facts = Some(AccountFacts { account_id: account_id.clone(), account, keys });
        Ok(Neighbour { facts, callable })
    }

    /// The nonces of a gas key's rows; empty for a post-quantum key, which is listed by its hash, and cannot be queried by
    /// that.
    async fn rows(&self, owner: &AccountId, key: &KeyFacts) -> Result<Vec<Nonce>, Error> {
        match (key.access_key.gas_key_info(), key.full_key()) {
            (Some(_), Some(public_key)) => self.gas_key_nonces(owner, &public_key).await,
            _ => Ok(Vec::new()),
        }
    }

    /// The rules of the chain.
    pub(crate) async fn rules(&self) -> Result<Protocol, Error> {
        let spoken = self.known_protocol().await?;
        Protocol::new(spoken.version, &spoken.chain_id).map_err(|error| {
            let (got, why) = (spoken.version.to_string(), error.to_string());
            let problem = ArgumentProblem::NotUsable { got, why };
            ArgumentError::new(ArgumentSite::Setup, "protocol", problem).into()
        })
    }
}

impl Account {
    /// What the analyses in [`guard`](crate::guard) need to know of this account, with these of its keys. Those that judge
    /// an account as a whole need all of them.
    #[must_use]
    pub fn facts(&self, keys: Vec<KeyFacts>) -> AccountFacts {
        AccountFacts { account_id: self.account_id.clone(), account: record(self), keys }
    }
}

/// The account record in the state.
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
