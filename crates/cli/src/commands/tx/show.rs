//! `tx show`: the content of a transaction, or its outcome.

use super::signed;
use crate::commands::outcome::Ran;
use crate::error::CliError;
use crate::tools::Context;
use clap::Args;
use keyway::error::QueryError;
use keyway::outcome::describe_action;
use keyway::protocol::{CryptoHash, PublicKey, SignedTransaction};
use keyway::{AccountId, Error, Outcome, WaitUntil};
use near_primitives::types::BlockHeight;
use near_primitives::views::ActionView;
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;

/// Arguments of `tx show`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway tx show 8Ct… alice.near
      its outcome
  keyway tx show --signed DgAAAGFsaWNl…
      its content, without asking a node")]
pub(crate) struct ShowArgs {
    /// The transaction's hash
    #[arg(value_name = "HASH", required_unless_present = "signed", requires = "sender")]
    hash: Option<CryptoHash>,
    /// The account that signed it: chains look up transactions by signer
    #[arg(value_name = "SIGNER")]
    sender: Option<AccountId>,
    /// A signed transaction (base64); `-` reads it from stdin
    #[arg(long, value_name = "BASE64", conflicts_with = "hash")]
    signed: Option<String>,
}

impl ShowArgs {
    /// Shows the transaction.
    ///
    /// # Errors
    /// If it is unknown or was refused, or the text is not a transaction.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match (&self.signed, self.hash, &self.sender) {
            (Some(text), ..) => context.answer.give(&Contents::from(signed::read(text)?)),
            (None, Some(hash), Some(sender)) => {
                let found = context.wait("looking it up", find(context, hash, sender)).await?;
                context.answer.give(&Ran::from(found))
            }
            (None, ..) => Err(CliError::NoActions),
        }
    }
}

/// The outcome of a transaction that the chain knows; does not wait for one that it does not know.
async fn find(
    context: &Context,
    hash: CryptoHash,
    sender: &AccountId,
) -> Result<Outcome, CliError> {
    if context.client.has_transaction(hash, sender).await? {
        return Ok(context.client.transaction(hash, sender, WaitUntil::default()).await?);
    }
    match first_block(context).await {
        Some(first_block) => Err(CliError::NoTransaction { hash, first_block }),
        None => Err(Error::Query(QueryError::UnknownTransaction { hash }).into()),
    }
}

/// The first block that the node has, if earlier ones were pruned.
async fn first_block(context: &Context) -> Option<BlockHeight> {
    let status: Value = context.client.request("status", json!([])).await.ok()?;
    let first = status.pointer("/sync_info/earliest_block_height")?.as_u64()?;
    let (earliest, genesis) = ("/sync_info/earliest_block_hash", "/genesis_hash");
    (status.pointer(earliest) != status.pointer(genesis)).then_some(first)
}

#[derive(Serialize)]
struct Contents {
    transaction: CryptoHash,
    signer: AccountId,
    public_key: PublicKey,
    nonce: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce_index: Option<u16>,
    receiver: AccountId,
    block_hash: CryptoHash,
    actions: Vec<ActionView>,
    /// The actions in words.
    #[serde(skip)]
    words: Vec<String>,
    /// Whether the signature is valid for the key.
    signature_is_valid: bool,
}

impl From<SignedTransaction> for Contents {
    fn from(signed: SignedTransaction) -> Self {
        let hash = signed.get_hash();
        let transaction = &signed.transaction;
        Self {
            transaction: hash,
            signer: transaction.signer_id().clone(),
            public_key: transaction.public_key().clone(),
            nonce: transaction.nonce().nonce(),
            nonce_index: transaction.nonce().nonce_index(),
            receiver: transaction.receiver_id().clone(),
            block_hash: *transaction.block_hash(),
            words: transaction.actions().iter().map(describe_action).collect(),
            actions: transaction.actions().iter().cloned().map(ActionView::from).collect(),
            signature_is_valid: signed.signature.verify(hash.as_ref(), transaction.public_key()),
        }
    }
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "transaction {}", self.transaction)?;
        writeln!(f, "signer      {}", self.signer)?;
        writeln!(f, "receiver    {}", self.receiver)?;
        let row = self.nonce_index.map_or(String::new(), |row| format!(" in row {row}"));
        writeln!(f, "key         {}, nonce {}{row}", self.public_key, self.nonce)?;
        writeln!(f, "block       {}", self.block_hash)?;
        let valid =
            if self.signature_is_valid { "valid for this key" } else { "NOT valid for this key" };
        writeln!(f, "signature   {valid}")?;
        self.words.iter().try_for_each(|action| writeln!(f, "action      {action}"))
    }
}
