//! A blast radius as people read it.

use super::{AccountRadius, BlastRadius, Control, Funds, KeyRadius, Revocation};
use near_crypto::PublicKeyHandle;
use std::fmt;

impl fmt::Display for BlastRadius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for account in &self.accounts {
            write!(f, "{account}")?;
        }
        for public_key in &self.nowhere {
            writeln!(f, "{public_key} acts on none of the accounts looked at")?;
        }
        Ok(())
    }
}

impl fmt::Display for AccountRadius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: up to {} at risk", self.account_id, self.at_risk)?;
        for key in &self.keys {
            write!(f, "{key}")?;
        }
        writeln!(f, "  now:")?;
        write!(f, "{}", self.revocation)
    }
}

impl fmt::Display for KeyRadius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { public_key, grant, budget, control, at_risk } = self;
        writeln!(f, "  {public_key}: {grant}, paid from {budget}")?;
        let verb = if *control == Control::None { "burn" } else { "take" };
        writeln!(f, "    can {verb} {at_risk}; {control}")
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "cannot add keys, drain the account or lock its owner out",
            Self::ThroughOwnContract => {
                "can add keys, drain the account and lock its owner out if the account's contract does so"
            }
            Self::Full => "can add keys, drain the account and lock its owner out",
        })
    }
}

impl fmt::Display for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delete { signers, withdraw } => {
                withdrawals(f, withdraw)?;
                writeln!(f, "    delete the leaked keys, signed with {}", any_of(signers))
            }
            Self::RotateFirst { signers, withdraw } => {
                writeln!(
                    f,
                    "    add a new full-access key, signed with {}, before others do",
                    any_of(signers)
                )?;
                withdrawals(f, withdraw)?;
                writeln!(f, "    delete the leaked keys, signed with the new key")
            }
            Self::OnlyByContract => {
                writeln!(
                    f,
                    "    no key can delete them: only the account's contract can, if it does so"
                )
            }
        }
    }
}

fn withdrawals(f: &mut fmt::Formatter<'_>, withdraw: &[Funds]) -> fmt::Result {
    for Funds { public_key, balance } in withdraw {
        writeln!(f, "    withdraw {balance} from {public_key}: deleting the key burns it")?;
    }
    Ok(())
}

fn any_of(keys: &[PublicKeyHandle]) -> String {
    let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
    names.join(" or ")
}
