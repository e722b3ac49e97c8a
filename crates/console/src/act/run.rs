//! Does what was reviewed.

use super::review::{Review, Way};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use keyway::protocol::CryptoHash;
use keyway::{Client, Error, Signer};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

/// Acts, waits a moment for the end, and returns the transaction's hash: also of one that failed,
/// whose trace says why.
///
/// # Errors
/// If it cannot be signed, or the chain refuses it: then it is in no block.
pub(crate) async fn run(client: &Client, review: &Review, way: &Way) -> Result<CryptoHash, Error> {
    match way {
        Way::Impersonation => impersonate(client, review).await,
        Way::Key(pair) => {
            let signer = Signer::new(client.clone(), &review.account, (**pair).clone())?;
            let pending = signer.submit(review.intent()).await?;
            let hash = pending.hash();
            match timeout(PATIENCE, pending).await {
                Ok(Ok(outcome)) => Ok(outcome.transaction_hash()),
                Ok(Err(Error::Failed(failure))) => Ok(failure.outcome().transaction_hash()),
                Ok(Err(error)) => Err(error),
                // Blocks are sealed by hand, say. Its page follows it.
                Err(_) => Ok(hash),
            }
        }
    }
}

#[derive(Deserialize)]
struct Sent {
    transaction: SentTransaction,
}

#[derive(Deserialize)]
struct SentTransaction {
    hash: CryptoHash,
}

async fn impersonate(client: &Client, review: &Review) -> Result<CryptoHash, Error> {
    let actions = BASE64_STANDARD.encode(borsh::to_vec(&review.actions).unwrap_or_default());
    let params = json!({
        "signer_id": review.account,
        "receiver_id": review.receiver,
        "actions_base64": actions,
    });
    let sent: Sent = client.request("keyway_impersonate", params).await?;
    Ok(sent.transaction.hash)
}

/// How long a page waits for the end of a transaction.
const PATIENCE: Duration = Duration::from_secs(5);
