//! The answer of `drop create`: what was created, or would be.

use super::create::CreateArgs;
use super::link::Link;
use crate::error::CliError;
use crate::tools::{counted, words};
use keyway::{AccountId, CryptoHash, NearToken, PublicKey, format_near};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Links that were created.
#[derive(Serialize)]
pub(super) struct Created {
    pub(super) drop: AccountId,
    /// The amount of each link, in yoctoNEAR.
    pub(super) amount: String,
    /// The total amount, in yoctoNEAR.
    pub(super) price: String,
    pub(super) links: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) links_file: Option<PathBuf>,
    /// When links are printed, this comes after them, because they are printed before they are
    /// paid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) transactions: Vec<CryptoHash>,
    #[serde(skip)]
    pub(super) words: Zeroizing<String>,
}

/// What follows printed links: the payment.
#[derive(Serialize)]
pub(super) struct Paid<'a> {
    pub(super) transactions: &'a [CryptoHash],
}

/// What would be created.
#[derive(Serialize)]
pub(super) struct Planned {
    pub(super) dry_run: bool,
    pub(super) drop: AccountId,
    pub(super) funder: AccountId,
    pub(super) links: u32,
    /// The amount of each link, in yoctoNEAR.
    pub(super) amount: NearToken,
    /// The total cost, in yoctoNEAR.
    pub(super) price: NearToken,
    /// Whether the drop's contract would be deployed to the account, which has none.
    pub(super) deploys: bool,
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (amount, price) = (format_near(self.amount), format_near(self.price));
        let links = counted(self.links, "link");
        writeln!(f, "{} would pay {price} for {links} of {amount}", self.funder)?;
        if self.deploys {
            writeln!(
                f,
                "the drop's contract would be deployed to {}, which has no contract",
                self.drop
            )?;
        }
        writeln!(f, "no link was created, and nothing was sent")
    }
}

/// A link in the answer.
#[derive(Serialize)]
pub(super) struct Shown {
    pub(super) public_key: PublicKey,
    /// The secret, if it was requested.
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
            // Only the links, for a program that reads lines.
            None => sheet.printed(links)?,
            Some(file) => Zeroizing::new(format!(
                "links: {}, each worth {}; {} in all\nthey can be claimed for {}\nsaved in {}: whoever reads this file can claim them\n",
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
