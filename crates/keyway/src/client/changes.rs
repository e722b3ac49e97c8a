//! Changes of the state by a block.

use super::{Client, account_id};
use crate::error::Error;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use near_primitives::hash::CryptoHash;
use near_primitives::types::AccountId;
use near_primitives::views::StateChangeWithCauseView;
use serde::Deserialize;
use serde_json::{Value, json};

/// A kind of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangesOf {
    /// Balances, storage and contracts.
    Accounts,
    /// Access keys.
    AccessKeys,
    /// Contracts' code.
    Code,
    /// Contracts' data under keys that begin with this prefix.
    Data(Vec<u8>),
}

/// What a block changed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Changes {
    /// The block.
    pub block_hash: CryptoHash,
    /// The changes, each with its cause, in the protocol's form.
    pub changes: Vec<StateChangeWithCauseView>,
}

impl Client {
    /// The changes of these accounts by this client's block.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::client::ChangesOf;
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let outcome = sandbox.root().execute(transfer(1.near()).to("test.near"))?;
    /// let block = outcome.transaction().block_hash.unwrap();
    /// let changes = sandbox.client().at(block).changes(["near"], ChangesOf::AccessKeys).await?;
    /// assert_eq!(changes.changes.len(), 1, "the nonce of its key");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownBlock`](crate::error::QueryError::UnknownBlock) if the node does not have the block;
    /// otherwise as [`Client::request`].
    pub async fn changes<A: AsRef<str>>(
        &self,
        accounts: impl IntoIterator<Item = A>,
        of: ChangesOf,
    ) -> Result<Changes, Error> {
        let account_ids = accounts
            .into_iter()
            .map(|account| account_id(account.as_ref()))
            .collect::<Result<_, _>>()?;
        let mut params = of.params(account_ids);
        self.at.name_in(&mut params);
        let view: ChangesView = self.ask_at("EXPERIMENTAL_changes", params).await?.read()?;
        Ok(Changes { block_hash: view.block_hash, changes: view.changes })
    }
}

impl ChangesOf {
    fn params(&self, account_ids: Vec<AccountId>) -> Value {
        match self {
            Self::Accounts => {
                json!({"changes_type": "account_changes", "account_ids": account_ids})
            }
            Self::AccessKeys => {
                json!({"changes_type": "all_access_key_changes", "account_ids": account_ids})
            }
            Self::Code => {
                json!({"changes_type": "contract_code_changes", "account_ids": account_ids})
            }
            Self::Data(prefix) => json!({
                "changes_type": "data_changes",
                "account_ids": account_ids,
                "key_prefix_base64": BASE64_STANDARD.encode(prefix),
            }),
        }
    }
}

#[derive(Deserialize)]
struct ChangesView {
    block_hash: CryptoHash,
    changes: Vec<StateChangeWithCauseView>,
}
