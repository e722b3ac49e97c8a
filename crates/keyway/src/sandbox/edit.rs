//! Changes accounts without transactions, and imports accounts of other chains.

use super::core::Core;
use super::new_account::with_account;
use super::{Sandbox, act};
use crate::amount::IntoNearToken;
use crate::client::{AccountKey, Client};
use crate::error::{ArgumentError, Error, QueryError, SandboxError};
use keyway_chain::{Deletion, Edit, Input, PatchError};
use keyway_rules::initial_nonce;
use near_crypto::PublicKeyHandle;
use near_primitives::state_record::StateRecord;
use near_primitives::types::AccountId;

impl Sandbox {
    /// Sets the unstaked balance of an account. Its stake does not change.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox};
    ///
    /// let sandbox = Sandbox::new();
    /// sandbox.create_account("alice.near").create()?;
    /// sandbox.set_balance("alice.near", 7.near())?;
    /// assert_eq!(sandbox.balance("alice.near")?, 7.near());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownAccount`] if there is no such account; [`Error::Argument`] for an invalid account id or balance;
    /// [`SandboxError::Patch`] if the sum of all tokens would overflow.
    pub fn set_balance(
        &self,
        account_id: impl AsRef<str>,
        balance: impl IntoNearToken,
    ) -> Result<(), Error> {
        let (account_id, balance) =
            (act::account_id(account_id.as_ref())?, balance.into_near_token()?);
        let edit = Edit { balances: vec![(account_id.clone(), balance)], ..Edit::default() };
        self.edit(edit).map_err(|error| match error {
            Error::Sandbox(SandboxError::Patch(PatchError::NoBalance { .. })) => {
                QueryError::UnknownAccount { account_id }.into()
            }
            error => error,
        })
    }

    /// Deletes an account with its keys, its contract and the contract's data, without a transaction. Its balance is gone.
    ///
    /// ```
    /// use keyway::Sandbox;
    ///
    /// let sandbox = Sandbox::new();
    /// sandbox.create_account("alice.near").create()?;
    /// sandbox.delete_account("alice.near")?;
    /// assert_eq!(sandbox.account_info("alice.near").unwrap_err().kind(), "Query.Account.NotFound");
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] for an invalid account id; [`SandboxError::Patch`] if there is no such account, or it stakes.
    pub fn delete_account(&self, account_id: impl AsRef<str>) -> Result<(), Error> {
        let account_id = act::account_id(account_id.as_ref())?;
        self.delete(Deletion::Account { account_id })
    }

    /// Deletes an access key without a transaction; of a gas key also its nonce rows and its balance.
    ///
    /// # Errors
    /// [`Error::Argument`] for an invalid account id; [`SandboxError::Patch`] if the account does not have the key.
    pub fn delete_access_key(
        &self,
        account_id: impl AsRef<str>,
        public_key: impl Into<PublicKeyHandle>,
    ) -> Result<(), Error> {
        let account_id = act::account_id(account_id.as_ref())?;
        self.delete(Deletion::AccessKey { account_id, public_key: public_key.into() })
    }

    /// Deletes an entry of a contract's data without a transaction.
    ///
    /// # Errors
    /// [`Error::Argument`] for an invalid account id; [`SandboxError::Patch`] if there is no such entry.
    pub fn delete_data(
        &self,
        account_id: impl AsRef<str>,
        key: impl Into<Vec<u8>>,
    ) -> Result<(), Error> {
        let account_id = act::account_id(account_id.as_ref())?;
        self.delete(Deletion::Data { account_id, key: key.into() })
    }

    /// Deletes an account's contract without a transaction. The contract's data stays.
    ///
    /// # Errors
    /// [`Error::Argument`] for an invalid account id; [`SandboxError::Patch`] if the account has no contract.
    pub fn delete_contract(&self, account_id: impl AsRef<str>) -> Result<(), Error> {
        let account_id = act::account_id(account_id.as_ref())?;
        self.delete(Deletion::Contract { account_id })
    }

    fn delete(&self, deletion: Deletion) -> Result<(), Error> {
        self.edit(Edit { delete: vec![deletion], ..Edit::default() })
    }

    fn edit(&self, edit: Edit) -> Result<(), Error> {
        let _handles = self.core.lock_handles();
        self.core.apply(Input::Edit(edit)).map(drop)
    }

    /// Copies an account of another chain, as of that chain's newest final block: its balance, keys, contract and the
    /// contract's data. An account of the same name is overwritten.
    ///
    /// The stake becomes balance, and a global contract becomes the account's own. Nonces that are too high for this chain
    /// are lowered to those of new keys. Gas keys are not copied.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
    /// use keyway::Sandbox;
    ///
    /// let mainnet = Sandbox::new(); // or Client::mainnet() below
    /// mainnet.create_account("game.near").contract(wasm).create()?;
    /// let sandbox = Sandbox::new();
    /// sandbox.import(&mainnet.client(), "game.near").without_keys().run().await?;
    /// assert_eq!(sandbox.view("game.near", "score").json::<u32>()?, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub fn import(&self, from: &Client, account_id: impl AsRef<str>) -> Import {
        Import {
            core: self.core.clone(),
            from: from.clone(),
            account_id: act::account_id(account_id.as_ref()),
            keys: true,
            contract: true,
            data: true,
        }
    }
}

/// Builds the import of an account; see [`Sandbox::import`].
#[derive(Debug)]
#[must_use = "nothing is copied before `run`"]
pub struct Import {
    core: Core,
    from: Client,
    account_id: Result<AccountId, ArgumentError>,
    keys: bool,
    contract: bool,
    data: bool,
}

impl Import {
    /// Does not copy its keys. Act for it with [`Sandbox::impersonate`], or patch a key of your own.
    pub fn without_keys(mut self) -> Self {
        self.keys = false;
        self
    }

    /// Does not copy its contract and the contract's data.
    pub fn without_contract(mut self) -> Self {
        (self.contract, self.data) = (false, false);
        self
    }

    /// Does not copy the contract's data. Public nodes refuse to list more than 50 kB of it.
    pub fn without_data(mut self) -> Self {
        self.data = false;
        self
    }

    /// Copies the account.
    ///
    /// # Errors
    /// [`QueryError::UnknownAccount`] if the other chain has no such account; [`QueryError::TooMuchState`] if its node does
    /// not list all the data; any other error of that chain; [`Error::Argument`] for an invalid account id.
    pub async fn run(self) -> Result<(), Error> {
        let account_id = self.account_id.clone()?;
        let from = self.from.pinned().await?;
        let account = from.account(&account_id).await?;
        let code = match from.code(&account_id).await {
            _ if !self.contract => None,
            Err(Error::Query(QueryError::NoContract { .. })) => None,
            code => Some(code?.wasm),
        };
        let mut records = Vec::new();
        if self.keys {
            records.extend(self.keys(&from, &account_id).await?);
        }
        if self.data && code.is_some() {
            let data = from.contract_state(&account_id, b"").await?;
            records.extend(data.into_iter().map(|(key, value)| StateRecord::Data {
                account_id: account_id.clone(),
                data_key: key.into(),
                value: value.into(),
            }));
        }
        let _handles = self.core.lock_handles();
        let chain = self.core.chain();
        let records = with_account(&chain, &account_id, account.total, code, records);
        self.core.apply(Input::Patch(records)).map(drop)
    }

    async fn keys(&self, from: &Client, account_id: &AccountId) -> Result<Vec<StateRecord>, Error> {
        let most = initial_nonce(self.core.chain().head().height());
        let keys = from.access_keys(account_id).await?;
        let ordinary = keys.into_iter().filter(|key| key.access_key.gas_key_info().is_none());
        Ok(ordinary
            .map(|AccountKey { public_key, mut access_key }| {
                access_key.nonce = access_key.nonce.min(most);
                StateRecord::AccessKey { account_id: account_id.clone(), public_key, access_key }
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::{KeyPair, NearLiteral, Sandbox, add_full_access_gas_key, deploy, transfer};
    use near_primitives::state_record::StateRecord;

    #[tokio::test]
    async fn an_imported_account_has_its_keys_contract_and_data() {
        let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
        let other = Sandbox::new();
        other.fast_forward(50).unwrap();
        let key = KeyPair::random_ed25519();
        let game = other
            .create_account("game.near")
            .balance(9.near())
            .key_pair(key.clone())
            .create()
            .unwrap();
        game.execute(deploy(wasm)).unwrap();
        let gas_key = KeyPair::random_ed25519();
        game.execute(add_full_access_gas_key(gas_key.public_key(), 3)).unwrap();
        let (data_key, value) = (b"k".to_vec().into(), b"v".to_vec().into());
        let account_id = game.id().clone();
        other.patch(vec![StateRecord::Data { account_id, data_key, value }]).unwrap();

        let sandbox = Sandbox::new();
        sandbox.import(&other.client(), "game.near").run().await.unwrap();
        assert_eq!(sandbox.balance("game.near").unwrap(), other.balance("game.near").unwrap());
        assert_eq!(sandbox.access_keys("game.near").unwrap().len(), 1, "a gas key stays behind");
        let data = sandbox.contract_state("game.near", "").unwrap();
        assert_eq!(data, [(b"k".to_vec(), b"v".to_vec())]);
        assert_eq!(sandbox.view("game.near", "score").json::<u32>().unwrap(), 42);
        let game = sandbox.account_with_key("game.near", key).unwrap();
        game.execute(transfer(1.near()).to("near")).unwrap();
    }

    #[tokio::test]
    async fn what_does_not_exist_is_not_imported() {
        let sandbox = Sandbox::new();
        let missing = sandbox.import(&Sandbox::new().client(), "nobody.near").run().await;
        assert_eq!(missing.unwrap_err().kind(), "Query.Account.NotFound");
        assert!(sandbox.set_balance("nobody.near", 1.near()).is_err());
    }
}
