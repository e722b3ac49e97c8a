//! What `drop create` answers: what was made, or would be.

use super::create::CreateArgs;
use super::link::Link;
use crate::error::CliError;
use crate::tools::words;
use keyway::{AccountId, CryptoHash, NearToken, PublicKey, format_near};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Links that were made.
#[derive(Serialize)]
pub(super) struct Created {
    pub(super) drop: AccountId,
    /// In yoctoNEAR, of each link.
    pub(super) amount: String,
    /// In yoctoNEAR, of all links.
    pub(super) price: String,
    pub(super) links: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) links_file: Option<PathBuf>,
    /// Of printed links they follow: those are printed before they are paid for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) transactions: Vec<CryptoHash>,
    #[serde(skip)]
    pub(super) words: Zeroizing<String>,
}

/// What follows the links that are printed: how they were paid for.
#[derive(Serialize)]
pub(super) struct Paid<'a> {
    pub(super) transactions: &'a [CryptoHash],
}

/// What would be made.
#[derive(Serialize)]
pub(super) struct Planned {
    pub(super) dry_run: bool,
    pub(super) drop: AccountId,
    pub(super) funder: AccountId,
    pub(super) links: u32,
    /// Of each link, yoctoNEAR.
    pub(super) amount: NearToken,
    /// Of all links, yoctoNEAR.
    pub(super) price: NearToken,
    /// Whether the drop's contract would be put on the account, which has none.
    pub(super) deploys: bool,
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (amount, price) = (format_near(self.amount), format_near(self.price));
        writeln!(f, "{} would pay {price} for {} links of {amount}", self.funder, self.links)?;
        if self.deploys {
            writeln!(f, "{} has no contract, and would get the drop's", self.drop)?;
        }
        writeln!(f, "no link was made, and nothing was sent")
    }
}

/// A link as the answer has it.
#[derive(Serialize)]
pub(super) struct Shown {
    pub(super) public_key: PublicKey,
    /// The secret, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) link: Option<String>,
}

impl Created {
    pub(super) fn new(
        args: &CreateArgs,
        links: &[Link],
        price: NearToken,
    ) -> Result<Self, CliError> {
        let price = price.saturating_mul(links.len() as u128);
        let sheet = &args.sheet;
        let shown = links.iter().map(|link| Shown {
            public_key: link.key.public_key().clone(),
            link: sheet.print_links.then(|| sheet.address(link).to_string()),
        });
        let words = match &sheet.links_file {
            // The links alone, for a program that reads lines.
            None => sheet.printed(links)?,
            Some(file) => Zeroizing::new(format!(
                "links: {}, each worth {}; {} in all\nthey can be claimed for {}\nkept in {}: whoever reads it has their NEAR\n",
                links.len(),
                format_near(args.amount),
                format_near(price),
                words(args.expires_in),
                file.display(),
            )),
        };
        Ok(Self {
            drop: args.drop.clone(),
            amount: args.amount.as_yoctonear().to_string(),
            price: price.as_yoctonear().to_string(),
            links: shown.collect(),
            links_file: sheet.links_file.clone(),
            transactions: Vec::new(),
            words,
        })
    }
}

impl fmt::Display for Created {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}
