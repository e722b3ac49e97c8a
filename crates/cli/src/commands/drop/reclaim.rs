//! `drop reclaim`: expired links go back to who paid for them.

use super::contract::{self, BATCH, BATCH_GAS};
use crate::error::CliError;
use crate::tools::{Context, SigningArgs};
use clap::Args;
use keyway::{AccountId, CryptoHash, call};
use near_crypto::PublicKeyHandle;
use serde::Serialize;
use serde_json::json;
use std::fmt;

/// Arguments of `drop reclaim`.
#[derive(Args, Debug)]
#[command(after_help = "\
Amount and storage come back. What was paid for gas stays with the drop, for its owner.

Examples:
  keyway drop reclaim drop.alice.near --funder alice.near")]
pub(crate) struct ReclaimArgs {
    /// The drop
    #[arg(value_name = "DROP")]
    drop: AccountId,
    /// Who paid for the links [default: the drop itself]
    #[arg(long, value_name = "ACCOUNT")]
    funder: Option<AccountId>,
    #[command(flatten)]
    signing: SigningArgs,
}

impl ReclaimArgs {
    /// Takes back every link of the funder's that has expired.
    ///
    /// # Errors
    /// When there is no such drop, or what the chain says.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let funder = self.funder.as_ref().unwrap_or(&self.drop);
        let now_ns = context.client.block().await?.timestamp_ns;
        let links = contract::open_links(context, &self.drop).await?.into_iter();
        let expired = links.filter(|(_, row)| {
            row.funder_id == *funder && !row.claiming && row.expires_at_ns() <= now_ns
        });
        let links: Vec<PublicKeyHandle> = expired.map(|(key, _)| key).collect();
        let signer = self.signing.signer(context, funder).await?;
        let mut transactions = Vec::new();
        for keys in links.chunks(BATCH) {
            let reclaim = call(&self.drop, "reclaim").args_json(&json!({ "public_keys": keys }));
            transactions.push(signer.execute(reclaim.gas(BATCH_GAS)).await?.transaction_hash());
        }
        context.answer.give(&Reclaimed { drop: self.drop.clone(), links, transactions })
    }
}

#[derive(Serialize)]
struct Reclaimed {
    drop: AccountId,
    links: Vec<PublicKeyHandle>,
    transactions: Vec<CryptoHash>,
}

impl fmt::Display for Reclaimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "expired links taken back: {}", self.links.len())
    }
}
