//! Traces, from keyway's own nodes.

use super::send::encoded;
use super::{Client, account_id, not_written};
use crate::action::Intent;
use crate::error::Error;
use crate::trace::{Difference, KeyHistory, Trace, ViewTrace};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::BlockHeight;
use serde::Deserialize;
use serde_json::{Value, json};

/// A past transaction as it was, as it would have been, and what differs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct WhatIf {
    /// As it was.
    pub before: Trace,
    /// As it would have been.
    pub after: Trace,
    /// What differs.
    pub differences: Vec<Difference>,
}

impl Client {
    /// Everything that a transaction did. Only keyway's nodes can say it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let sent = sandbox.root().execute(transfer(1.near()).to("test.near"))?;
    /// let trace = sandbox.client().trace(&sent.transaction_hash()).await?;
    /// assert_eq!(trace.gas_burnt, sent.gas_burnt());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The node's error if it does not have the transaction or cannot trace it.
    pub async fn trace(&self, transaction_hash: &CryptoHash) -> Result<Trace, Error> {
        self.request("keyway_trace_transaction", json!({"tx_hash": transaction_hash})).await
    }

    /// What a view call does, on the newest state.
    ///
    /// # Errors
    /// [`Error::Argument`] for an invalid account id; otherwise as [`Client::trace`].
    pub async fn trace_view(
        &self,
        account: impl AsRef<str>,
        method: &str,
        args: &[u8],
    ) -> Result<ViewTrace, Error> {
        let account_id = account_id(account.as_ref())?;
        let args_base64 = BASE64_STANDARD.encode(args);
        let view =
            json!({"account_id": account_id, "method_name": method, "args_base64": args_base64});
        self.request("keyway_trace_call", json!({"view": view})).await
    }

    /// What a transaction of an account would do, without its key. Nothing is kept.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let gift = transfer(1.near()).to("nobody.near");
    /// let trace = sandbox.client().trace_intent("test.near", gift).await?;
    /// assert!(trace.cause().is_some(), "its receiver does not exist");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] for an invalid account id or intent; the node's error if the transaction breaks a rule;
    /// otherwise as [`Client::trace`].
    pub async fn trace_intent(
        &self,
        account: impl AsRef<str>,
        intent: impl Into<Intent>,
    ) -> Result<Trace, Error> {
        let signer_id = account_id(account.as_ref())?;
        let (receiver_id, actions) = intent.into().resolve(&signer_id)?;
        let actions =
            borsh::to_vec(&actions).map_err(|error| not_written("actions", "borsh", error))?;
        let actions = json!({
            "signer_id": signer_id,
            "receiver_id": receiver_id,
            "actions_base64": BASE64_STANDARD.encode(actions),
        });
        self.request("keyway_trace_call", json!({"actions": actions})).await
    }

    /// What a signed transaction would do. It is not sent, and nothing is kept.
    ///
    /// # Errors
    /// The node's error if the transaction breaks a rule; otherwise as [`Client::trace`].
    pub async fn trace_signed(&self, transaction: &SignedTransaction) -> Result<Trace, Error> {
        let signed = json!({"signed_tx_base64": encoded(transaction)?});
        self.request("keyway_trace_call", json!({"signed": signed})).await
    }

    /// A past transaction with something changed. The changes are written as `docs/trace.md` lists
    /// them, such as `{"gas": {"action": 0, "gas": 100000000000000}}`.
    ///
    /// # Errors
    /// As [`Client::trace`]; if a change is not possible.
    pub async fn what_if(
        &self,
        transaction_hash: &CryptoHash,
        changes: &[Value],
    ) -> Result<WhatIf, Error> {
        let params = json!({"tx_hash": transaction_hash, "changes": changes});
        self.request("keyway_what_if", params).await
    }

    /// What happened to an account's keys from the block `from` on, or from the oldest that the node
    /// keeps; to the key with the handle `key` alone, if there is one.
    ///
    /// # Errors
    /// [`Error::Argument`] for an invalid account id; otherwise as [`Client::trace`].
    pub async fn key_history(
        &self,
        account: impl AsRef<str>,
        key: Option<&str>,
        from: Option<BlockHeight>,
    ) -> Result<KeyHistory, Error> {
        let account_id = account_id(account.as_ref())?;
        let params = json!({"account_id": account_id, "public_key": key, "from_height": from});
        self.request("keyway_keys_history", params).await
    }
}
