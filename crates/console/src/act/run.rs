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

/// A transaction that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It has run; if it failed, its trace says why.
    Run(CryptoHash),
    /// It waits for a block: blocks may be sealed by hand.
    Waiting(CryptoHash),
}

/// Acts, and waits a moment for the end.
///
/// # Errors
/// If it cannot be signed, or the chain refuses it: then it is in no block.
pub(crate) async fn run(client: &Client, review: &Review, way: &Way) -> Result<Sent, Error> {
    match way {
        Way::Impersonation => impersonate(client, review).await.map(Sent::Run),
        Way::Key(pair) => {
            let signer = Signer::new(client.clone(), &review.account, (**pair).clone())?;
            let signed = signer.sign(review.intent()).await?;
            match timeout(PATIENCE, signer.send(&signed)).await {
                Ok(Ok(outcome)) => Ok(Sent::Run(outcome.transaction_hash())),
                Ok(Err(Error::Failed(failure))) => {
                    Ok(Sent::Run(failure.outcome().transaction_hash()))
                }
                Ok(Err(error)) => Err(error),
                Err(_) => Ok(Sent::Waiting(signed.get_hash())),
            }
        }
    }
}

#[derive(Deserialize)]
struct Impersonated {
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
    let sent: Impersonated = client.request("keyway_impersonate", params).await?;
    Ok(sent.transaction.hash)
}

/// How long a page waits for the end of a transaction.
const PATIENCE: Duration = Duration::from_secs(3);
