//! The input of the analyses: rules, prices and accounts at one block, and the key files here.

use super::context::Context;
use crate::error::CliError;
use keyway::error::QueryError;
use keyway::guard::{
    AccountFacts, ChainFacts, Credential, Credentials, Failure, KeyFacts, outlook,
};
use keyway::keys::SurveyedFile;
use keyway::protocol::PublicKey;
use keyway::{AccountId, Client, Error};
use near_crypto::PublicKeyHandle;
use near_primitives::transaction::Transaction;

/// The chain at its newest final block, on which all nodes of a network agree.
pub(crate) struct Moment {
    /// Rules and prices.
    pub(crate) chain: ChainFacts,
    /// Queries that block.
    pub(crate) client: Client,
}

impl Moment {
    /// The block's time.
    ///
    /// # Errors
    /// If the chain cannot be queried.
    pub(crate) async fn now(context: &Context) -> Result<Self, CliError> {
        let client = context.client.pinned().await?;
        Ok(Self { chain: client.chain_facts().await?, client })
    }

    /// What is certain to fail when `transaction` runs.
    ///
    /// # Errors
    /// If the chain cannot be queried.
    pub(crate) async fn outlook(
        &self,
        transaction: &Transaction,
    ) -> Result<Option<Failure>, CliError> {
        let known = self.client.neighbours(transaction).await?;
        Ok(outlook(&self.chain, transaction, &known))
    }

    /// An account with its keys; it must exist.
    ///
    /// # Errors
    /// If it does not exist or the chain cannot be queried.
    pub(crate) async fn known_account(
        &self,
        account_id: &AccountId,
    ) -> Result<AccountFacts, CliError> {
        Ok(self.client.account_facts(account_id).await?)
    }

    /// An account with its keys; `None` if it does not exist. If `key` is a gas key that the chain
    /// lists by its hash, its nonces are included.
    ///
    /// # Errors
    /// If the chain cannot be queried.
    pub(crate) async fn account(
        &self,
        account_id: &AccountId,
        key: Option<&PublicKey>,
    ) -> Result<Option<AccountFacts>, CliError> {
        let mut account = match self.client.account_facts(account_id).await {
            Err(Error::Query(QueryError::UnknownAccount { .. })) => return Ok(None),
            account => account?,
        };
        if let Some(key) = key
            && let Some(facts) = gas_key_without_rows(&mut account, key)
        {
            facts.gas_key_nonces = self.client.gas_key_nonces(account_id, key).await?;
        }
        Ok(Some(account))
    }
}

fn gas_key_without_rows<'a>(
    account: &'a mut AccountFacts,
    key: &PublicKey,
) -> Option<&'a mut KeyFacts> {
    let handle = PublicKeyHandle::from(key);
    account.keys.iter_mut().find(|key| {
        let is_gas_key = key.access_key.gas_key_info().is_some();
        key.public_key == handle && is_gas_key && key.gas_key_nonces.is_empty()
    })
}

/// The account's keys in full, each with its record on the chain. A key that the chain lists by its
/// hash is included only if the key is here.
///
/// # Errors
/// If key files cannot be read.
pub(crate) async fn full_keys(
    context: &Context,
    account: &AccountFacts,
) -> Result<Vec<(PublicKeyHandle, Option<PublicKey>)>, CliError> {
    let at_hand = context.keyring().await?.keys_of(&account.account_id);
    let full = |key: &KeyFacts| (key.public_key.clone(), whole_key(key, &at_hand));
    Ok(account.keys.iter().map(full).collect())
}

/// The key in full; if the chain lists it by its hash, only if the key is here.
pub(crate) fn whole_key(key: &KeyFacts, at_hand: &[PublicKey]) -> Option<PublicKey> {
    let same = |known: &&PublicKey| PublicKeyHandle::from(*known) == key.public_key;
    key.full_key().or_else(|| at_hand.iter().find(same).cloned())
}

/// The files in `files` with a readable key.
pub(crate) fn credentials(files: &[SurveyedFile]) -> Credentials {
    Credentials { files: files.iter().filter_map(credential).collect() }
}

fn credential(file: &SurveyedFile) -> Option<Credential> {
    Some(Credential {
        path: file.path.display().to_string(),
        account_id: file.account_id.clone(),
        public_key: file.public_key.as_ref().ok()?.clone(),
        mode: file.mode,
        encrypted: file.encrypted,
    })
}
