//! `drop list`: the links that have not been claimed.

use super::contract::{self, Row};
use crate::error::CliError;
use crate::tools::{Cell, Context, table, words};
use clap::Args;
use keyway::{AccountId, NearToken, format_near};
use near_crypto::PublicKeyHandle;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// Arguments of `drop list`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway drop list drop.alice.near
  keyway drop list drop.alice.near --json")]
pub(crate) struct ListArgs {
    /// The drop
    #[arg(value_name = "DROP")]
    drop: AccountId,
}

impl ListArgs {
    /// Lists every link that is open, being claimed or expired.
    ///
    /// # Errors
    /// If there is no such drop.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let then = context.client.pinned().await?;
        let surplus: NearToken = {
            let asked = then.view(&self.drop, "surplus").json().await;
            asked.map_err(contract::not_a_drop(&self.drop))?
        };
        let now_ns = then.block().await?.timestamp_ns;
        let links = contract::open_links(&then, &self.drop).await?;
        let links = links.into_iter().map(|(key, row)| Listed::new(key, &row, now_ns)).collect();
        let surplus = surplus.as_yoctonear().to_string();
        context.answer.give(&List { drop: self.drop.clone(), surplus, links })
    }
}

#[derive(Serialize)]
struct List {
    drop: AccountId,
    /// The drop's balance beyond its links, in yoctoNEAR.
    surplus: String,
    links: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    public_key: PublicKeyHandle,
    /// In yoctoNEAR.
    amount: String,
    funder: AccountId,
    /// Nanoseconds since 1970, as text.
    expires_at_ns: String,
    /// `open`, `claiming` or `expired`.
    state: &'static str,
    #[serde(skip)]
    cells: [String; 2],
}

impl Listed {
    fn new(public_key: PublicKeyHandle, row: &Row, now_ns: u64) -> Self {
        let left = row.expires_at_ns().checked_sub(now_ns).filter(|left| *left > 0);
        let (state, when) = match (row.claiming, left) {
            (true, _) => ("claiming", "being claimed".to_owned()),
            (false, Some(left)) => ("open", format!("in {}", words(Duration::from_nanos(left)))),
            (false, None) => ("expired", "expired".to_owned()),
        };
        Self {
            public_key,
            amount: row.amount.as_yoctonear().to_string(),
            funder: row.funder_id.clone(),
            expires_at_ns: row.expires_at_ns().to_string(),
            state,
            cells: [format_near(row.amount), when],
        }
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.links.is_empty() {
            return writeln!(f, "{} has no unclaimed links", self.drop);
        }
        let mut table = table(["link's public key", "worth", "expires", "funder"]);
        for link in &self.links {
            let [worth, when] = &link.cells;
            table.add_row([
                Cell::new(&link.public_key),
                Cell::new(worth),
                Cell::new(when),
                Cell::new(&link.funder),
            ]);
        }
        writeln!(f, "{}", table.trim_fmt())
    }
}
