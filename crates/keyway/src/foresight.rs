//! Failures that are certain before a transaction is sent.

use crate::action::Intent;
use crate::amount::shortened;
use crate::client::{Client, Contract};
use crate::error::{Error, QueryError};
use crate::outcome::describe_action;
use keyway_guard::{outlook, unsigned};
use near_crypto::{KeyType, PublicKey};
use near_primitives::account::Account;
use near_primitives::action::Action;
use near_primitives::types::{AccountId, StorageUsage};

/// A certain failure.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Foreseen {
    /// The account that the action runs on.
    pub account_id: AccountId,
    /// The index of the action there.
    pub action_index: usize,
    /// The action in words; none if it is inside a delegate action.
    pub action: Option<String>,
    /// Why it fails.
    pub reason: String,
}

impl std::fmt::Display for Foreseen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (number, reason) = (self.action_index + 1, &self.reason);
        match &self.action {
            Some(action) => write!(f, "action {number} ({action}) would fail: {reason}"),
            None => write!(f, "delegated action {number} would fail: {reason}"),
        }
    }
}

impl Client {
    /// The failure that is certain if `signer` sends `intent` now; none if none is certain.
    ///
    /// This is [`guard::outlook`](crate::guard::outlook) on the chain's present state, and also checks whether an account has
    /// too much data to be deleted. Whether the chain would refuse the transaction is checked by
    /// [`Signer::check`](crate::Signer::check).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let client = sandbox.client();
    /// let lost = transfer(1.near()).to("nobody.near");
    /// let foreseen = client.foresee("near", lost).await?.expect("there is no such account");
    /// assert_eq!(foreseen.reason, "there is no account nobody.near");
    /// assert_eq!(client.foresee("near", transfer(1.near()).to("test.near")).await?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] if the intent is invalid, or the chain has a protocol version that this build does not know;
    /// otherwise if the chain cannot be queried.
    pub async fn foresee(
        &self,
        signer: impl AsRef<str>,
        intent: impl Into<Intent>,
    ) -> Result<Option<Foreseen>, Error> {
        let signer = crate::client::account_id(signer.as_ref())?;
        let (receiver, actions) = intent.into().resolve(&signer)?;
        // The result does not depend on the key that signs.
        let key = PublicKey::empty(KeyType::ED25519);
        let transaction = unsigned(&signer, &key, None, &receiver, actions.clone());
        let known = self.neighbours(&transaction).await?;
        let Some(failure) = outlook(&self.chain_facts().await?, &transaction, &known) else {
            return self.too_large_to_delete(&signer, &receiver, &actions).await;
        };
        let own = !failure.delegated || failure.account_id == receiver;
        let action = actions.get(failure.index).filter(|_| own);
        let (account_id, action_index, reason) =
            (failure.account_id, failure.index, failure.reason);
        Ok(Some(Foreseen { account_id, action_index, action: action.map(words), reason }))
    }

    /// An account that is deleted, but has too much data for that. Actions before the deletion may remove data; then nothing
    /// is certain.
    async fn too_large_to_delete(
        &self,
        signer: &AccountId,
        receiver: &AccountId,
        actions: &[Action],
    ) -> Result<Option<Foreseen>, Error> {
        let ([action @ Action::DeleteAccount(_)], true) = (actions, signer == receiver) else {
            return Ok(None);
        };
        let account = match self.account(receiver).await {
            Err(Error::Query(QueryError::UnknownAccount { .. })) => return Ok(None),
            account => account?,
        };
        let contract = match account.contract {
            Contract::None => 0,
            // The code may be replaced by a smaller one; then nothing is certain.
            Contract::Own(_) => self.code(receiver).await?.wasm.len() as StorageUsage,
            Contract::GlobalByHash(_) | Contract::GlobalByAccount(_) => LONGEST_IDENTIFIER,
        };
        let bytes = account.storage_usage.saturating_sub(contract);
        let most = Account::MAX_ACCOUNT_DELETION_STORAGE_USAGE;
        if bytes <= most {
            return Ok(None);
        }
        let keys = self.access_keys(receiver).await?.len();
        let reason = format!(
            "{receiver} stores {bytes} bytes beside its contract, and no more than {most} can be deleted; delete some of its {keys} keys or its contract's data first"
        );
        let action = Some(words(action));
        Ok(Some(Foreseen { account_id: receiver.clone(), action_index: 0, action, reason }))
    }
}

fn words(action: &Action) -> String {
    shortened(&describe_action(action))
}

/// Bytes, at least those of a global contract's name.
const LONGEST_IDENTIFIER: StorageUsage = 64;

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests;
