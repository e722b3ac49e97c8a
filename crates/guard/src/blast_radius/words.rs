//! A blast radius as people read it.

use super::{AccountRadius, BlastRadius, Control, Funds, KeyRadius, Revocation};
use crate::units::near;
use crate::{Callee, GasBudget, Grant};
use near_crypto::PublicKeyHandle;
use near_primitives::account::GasKeyInfo;
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
        writeln!(f, "  {public_key}: {grant}, paid from {budget}")?;
        match (control, budget) {
            (Control::None, GasBudget::NoLimit) => {
                writeln!(f, "    can burn all that the account has, {at_risk}, as gas; {control}")?;
            }
            (Control::None, _) => writeln!(f, "    can burn {at_risk} as gas; {control}")?,
            _ => writeln!(f, "    can take {at_risk}; {control}")?,
        }
        match (callee, grant) {
            (Some(callee), Grant::Calls { receiver_id, .. }) => beyond(f, *callee, receiver_id),
            _ => Ok(()),
        }
    }
}

/// What is at risk beside what the account itself has.
fn beyond(f: &mut fmt::Formatter<'_>, callee: Callee, receiver_id: &str) -> fmt::Result {
    match callee {
        // What it can do is said already.
        Callee::Own(_) => Ok(()),
        Callee::Signer => writeln!(
            f,
            "    {receiver_id} signs or votes in the account's name: what it does so is at risk, too, on any chain"
        ),
        Callee::Other => writeln!(
            f,
            "    {receiver_id} takes its calls for the account's own: what it holds for the account is at risk, too"
        ),
    }
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
                writeln!(
                    f,
                    "    add a new full-access key, signed with {signers}, before others do"
                )?;
                deletion(f, funds, "the new key")
            }
            Self::OnlyByContract => writeln!(
                f,
                "    no key can delete them: only the account's contract can, if it does so"
            ),
            Self::ByNobody => writeln!(
                f,
                "    nobody can delete them: the account has no full-access key and no contract"
            ),
        }
    }
}

fn deletion(f: &mut fmt::Formatter<'_>, funds: &[Funds], signer: &str) -> fmt::Result {
    let limit = near(GasKeyInfo::MAX_BALANCE_TO_BURN);
    for Funds { public_key, withdraw, .. } in funds.iter().filter(|it| !it.withdraw.is_zero()) {
        writeln!(
            f,
            "    withdraw {} from {public_key}, alone in a transaction: with more than {limit} on it the key cannot be deleted",
            near(*withdraw)
        )?;
    }
    writeln!(f, "    delete each leaked key, alone in a transaction, signed with {signer}")?;
    for Funds { public_key, balance, withdraw } in funds {
        let burnt = near(balance.saturating_sub(*withdraw));
        writeln!(
            f,
            "    {burnt} on {public_key} burns with it: who withdraws that first can be outrun"
        )?;
    }
    Ok(())
}

fn any_of(keys: &[PublicKeyHandle]) -> String {
    let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
    names.join(" or ")
}
