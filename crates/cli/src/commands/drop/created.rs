//! The answer of `drop create`: what was created, or would be.

use crate::tools::counted;
use keyway::protocol::{CryptoHash, PublicKey};
use keyway::{AccountId, NearToken, format_near};
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

impl fmt::Display for Created {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}
