//! Control of a chain of one's own, by methods of keyway's nodes.

use super::{Client, account_id, not_written, send};
use crate::action::Intent;
use crate::error::Error;
use crate::outcome::Outcome;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

impl Client {
    /// Runs a transaction of an account without its key, on a keyway node with chain control. All rules that are not about
    /// keys apply.
    ///
    /// A transaction that failed is an `Ok` with a failed outcome.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let gift = transfer(7.near()).to("near");
    /// let outcome = sandbox.client().impersonate("test.near", gift).await?;
    /// assert!(outcome.is_success());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] for an invalid account id or intent; the node's error if the transaction breaks a rule, or if
    /// the node has no chain control.
    pub async fn impersonate(
        &self,
        account: impl AsRef<str>,
        intent: impl Into<Intent>,
    ) -> Result<Outcome, Error> {
        let signer_id = account_id(account.as_ref())?;
        let (receiver_id, actions) = intent.into().resolve(&signer_id)?;
        let actions =
            borsh::to_vec(&actions).map_err(|error| not_written("actions", "borsh", error))?;
        let params = json!({
            "signer_id": signer_id,
            "receiver_id": receiver_id,
            "actions_base64": BASE64_STANDARD.encode(actions),
        });
        Ok(send::read(&self.ask("keyway_impersonate", params).await?)?)
    }
}
