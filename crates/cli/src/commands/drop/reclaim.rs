//! `drop reclaim`: returns expired links to the account that paid for them.

use super::contract::{self, BATCH, BATCH_GAS};
use crate::error::CliError;
use crate::tools::{Context, SigningArgs};
use clap::Args;
use keyway::protocol::CryptoHash;
use keyway::{AccountId, call};
use near_crypto::PublicKeyHandle;
use serde::Serialize;
use serde_json::json;
use std::fmt;

/// Arguments of `drop reclaim`.
#[derive(Args, Debug)]
#[command(after_help = "\
The amount and the storage are returned. The gas that was paid stays with the
drop, for its owner.

Examples:
  keyway drop reclaim drop.alice.near --funder alice.near")]
pub(crate) struct ReclaimArgs {
    /// The drop
    #[arg(value_name = "DROP")]
    drop: AccountId,
    /// The account that paid for the links [default: the drop itself]
    #[arg(long, value_name = "ACCOUNT")]
    funder: Option<AccountId>,
    /// Show what would be reclaimed, and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    signing: SigningArgs,
}

impl ReclaimArgs {
    /// Reclaims every expired link of the funder.
    ///
    /// # Errors
    /// If there is no such drop; the chain's error.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let funder = self.funder.as_ref().unwrap_or(&self.drop);
        let then = context.client.pinned().await?;
        let now_ns = then.block().await?.timestamp_ns;
        let links = contract::open_links(&then, &self.drop).await?.into_iter();
        let expired = links.filter(|(_, row)| {
            row.funder_id == *funder && !row.claiming && row.expires_at_ns() <= now_ns
        });
        let links: Vec<PublicKeyHandle> = expired.map(|(key, _)| key).collect();
        if self.dry_run {
            let (drop, transactions) = (self.drop.clone(), Vec::new());
            return context.answer.give(&Reclaimed { drop, dry_run: true, links, transactions });
        }
        let signer = self.signing.signer(context, funder).await?;
        let mut transactions = Vec::new();
        for keys in links.chunks(BATCH) {
            let reclaim = call(&self.drop, "reclaim").args_json(&json!({ "public_keys": keys }));
            transactions.push(signer.execute(reclaim.gas(BATCH_GAS)).await?.transaction_hash());
        }
        let drop = self.drop.clone();
        context.answer.give(&Reclaimed { drop, dry_run: false, links, transactions })
    }
}

#[derive(Serialize)]
struct Reclaimed {
    drop: AccountId,
    #[serde(skip_serializing_if = "is_false")]
    dry_run: bool,
    links: Vec<PublicKeyHandle>,
    transactions: Vec<CryptoHash>,
}

impl fmt::Display for Reclaimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dry_run {
            return writeln!(f, "expired links that would be reclaimed: {}", self.links.len());
        }
        writeln!(f, "expired links reclaimed: {}", self.links.len())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives references")]
fn is_false(value: &bool) -> bool {
    !value
}
