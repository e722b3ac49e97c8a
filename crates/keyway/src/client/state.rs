//! Contract data.

use super::{AtBlock, Client, account_id, envelope};
use crate::error::Error;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use near_primitives::views::ViewStateResult;
use serde_json::json;

/// A key and a value of a contract's data.
pub type Entry = (Vec<u8>, Vec<u8>);

impl Client {
    /// A contract's data under keys that begin with `prefix`, sorted by key, as of one block; up to 1,000,000 entries. Nodes
    /// without pages refuse to list a contract with more than 50 kB of data.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::Sandbox;
    /// use keyway::protocol::StateRecord;
    ///
    /// let sandbox = Sandbox::new();
    /// let account_id = sandbox.create_account("game.near").create()?.id().clone();
    /// let (data_key, value) = (b"score".to_vec().into(), b"42".to_vec().into());
    /// sandbox.patch(vec![StateRecord::Data { account_id, data_key, value }])?;
    ///
    /// let data = sandbox.client().contract_state("game.near", "sc").await?;
    /// assert_eq!(data, [(b"score".to_vec(), b"42".to_vec())]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::TooMuchState`](crate::error::QueryError::TooMuchState) if the node does not list that much;
    /// [`QueryError::UnknownAccount`](crate::error::QueryError::UnknownAccount); otherwise as [`Client::request`].
    pub async fn contract_state(
        &self,
        account: impl AsRef<str>,
        prefix: impl AsRef<[u8]>,
    ) -> Result<Vec<Entry>, Error> {
        let account_id = account_id(account.as_ref())?;
        let prefix = BASE64_STANDARD.encode(prefix);
        let mut pinned = self.clone();
        let mut entries = Vec::new();
        // Nodes without pages ignore the limit.
        let mut params = json!({"account_id": account_id, "prefix_base64": prefix, "limit": PAGE});
        loop {
            let found = pinned.query("view_state", params.clone()).await?;
            let (page, at): (ViewStateResult, AtBlock) = (found.read()?, found.read()?);
            let got = page.values.len();
            entries
                .extend(page.values.into_iter().map(|item| (item.key.into(), item.value.into())));
            if entries.len() > MAX_ENTRIES {
                break;
            }
            let Some(last) = page.last_key.map(|last| json!(last)) else { return Ok(entries) };
            if got == 0 || params.get("after_key_base64") == Some(&last) {
                break;
            }
            params["after_key_base64"] = last;
            pinned = self.at(at.block_hash);
        }
        Err(envelope::unexpected("view_state", "the pages do not end").into())
    }
}

/// How many entries are requested at once.
const PAGE: u32 = 1_000;
/// The most entries that are read.
const MAX_ENTRIES: usize = 1_000_000;
