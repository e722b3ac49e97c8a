//! A blast radius as text.

use super::{AccountRadius, BlastRadius, Control, Funds, KeyRadius, NamedAfter, Revocation};
use crate::units::near;
use crate::{Callee, GasBudget, Grant, quoted, wrapped};
use near_crypto::PublicKeyHandle;
use std::fmt;

impl fmt::Display for BlastRadius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for account in &self.accounts {
            write!(f, "{account}")?;
        }
        for public_key in &self.nowhere {
            writeln!(f, "{public_key}\n  acts on none of the accounts looked at")?;
        }
        let told = |named: &&NamedAfter| named.exists || self.nowhere.contains(&named.public_key);
        self.named_after.iter().filter(told).try_for_each(|named| writeln!(f, "{named}"))
    }
}

impl fmt::Display for NamedAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { public_key, account_id, exists } = self;
        writeln!(f, "{account_id}")?;
        let text = match exists {
            true => format!(
                "is named after {public_key} and does not have it now; once deleted, a transfer brings it back with this key"
            ),
            false => format!(
                "is named after {public_key} and is not there: whoever pays to it gives it to this key"
            ),
        };
        f.write_str(&wrapped("  ", &text))
    }
}

impl fmt::Display for AccountRadius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: up to {} at risk", self.account_id, near(self.at_risk))?;
        for key in &self.keys {
            write!(f, "{key}")?;
        }
        writeln!(f, "  now:")?;
        write!(f, "{}", self.revocation)
    }
}

impl fmt::Display for KeyRadius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { public_key, grant, budget, control, at_risk, callee } = self;
        let at_risk = near(*at_risk);
        writeln!(f, "  {public_key}")?;
        writeln!(f, "{}", wrapped("    ", &format!("{grant}, paid from {budget}")))?;
        let harm = match (control, budget) {
            (Control::None, GasBudget::NoLimit) => {
                format!("can burn all that the account has, {at_risk}, as gas; {control}")
            }
            (Control::None, _) => format!("can burn {at_risk} as gas; {control}"),
            _ => format!("can take {at_risk}; {control}"),
        };
        writeln!(f, "{}", wrapped("    ", &harm))?;
        match (callee, grant) {
            (Some(callee), Grant::Calls { receiver_id, .. }) => beyond(f, *callee, receiver_id),
            _ => Ok(()),
        }
    }
}

/// What is at risk beside the account's own tokens.
fn beyond(f: &mut fmt::Formatter<'_>, callee: Callee, receiver_id: &str) -> fmt::Result {
    let receiver_id = quoted(receiver_id);
    let text = match callee {
        // The line about control says this already.
        Callee::Own(_) => return Ok(()),
        Callee::Signer => format!(
            "{receiver_id} signs or votes in the account's name: what it does so is at risk, too, on any chain"
        ),
        Callee::Other => format!(
            "{receiver_id} takes its calls for the account's own: what it holds for the account is at risk, too"
        ),
    };
    writeln!(f, "{}", wrapped("    ", &text))
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "cannot add keys, transfer NEAR or lock the owner out",
            Self::ThroughOwnContract => {
                "can add keys, transfer NEAR and lock the owner out if the account's contract does so"
            }
            Self::Full => "can add keys, transfer NEAR and lock the owner out",
        })
    }
}

impl fmt::Display for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delete { signers, funds } => deletion(f, funds, &any_of(signers)),
            Self::RotateFirst { signers, funds } => {
                let signers = any_of(signers);
                let text =
                    format!("add a new full-access key, signed with {signers}, before others do");
                step(f, &text)?;
                deletion(f, funds, "the new key")
            }
            Self::OnlyByContract => {
                step(f, "no key can delete them: only the account's contract can, if it does so")
            }
            Self::ByNobody => step(
                f,
                "nobody can delete them: the account has no full-access key and no contract",
            ),
        }
    }
}

fn deletion(f: &mut fmt::Formatter<'_>, funds: &[Funds], signer: &str) -> fmt::Result {
    for Funds { public_key, balance, .. } in funds {
        let balance = near(*balance);
        let text = format!(
            "replace {public_key}, so that the {balance} on it go to a new key: deleted by itself it burns what is on it"
        );
        step(f, &text)?;
    }
    let which = if funds.is_empty() { "each leaked key" } else { "each other leaked key" };
    step(f, &format!("delete {which}, alone in a transaction, signed with {signer}"))
}

fn step(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    writeln!(f, "{}", wrapped("    ", text))
}

fn any_of(keys: &[PublicKeyHandle]) -> String {
    let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
    names.join(" or ")
}
