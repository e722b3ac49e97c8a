//! Findings in a few words, for long lists.

use super::Evidence;
use super::words::{fits_no_call, never_used};
use crate::OwnCode;
use crate::units::{about, counted, gas};
use near_crypto::PublicKeyHandle;

impl Evidence {
    /// As its `Display`, without the key and its grant, which the line above names.
    pub(in crate::audit) fn brief(&self) -> String {
        match self {
            Self::NoGasBudget { balance, allowance: None } => {
                format!("no allowance: can burn all {} as gas", about(*balance))
            }
            Self::NoGasBudget { balance, allowance: Some(allowance) } => {
                let (allowance, balance) = (about(*allowance), about(*balance));
                format!("an allowance of {allowance} is no limit: the account has {balance}")
            }
            Self::AnyMethod { .. } => "may call any method of the contract".to_owned(),
            Self::SeveralFullAccessKeys { full_access_keys } => {
                format!("one of {full_access_keys} full-access keys")
            }
            Self::NeverUsed { born, blocks } => never_used(*born, *blocks),
            Self::Idle { since, blocks } => {
                format!("not used since block {since}, {} ago", counted(*blocks, "block"))
            }
            Self::OwnContract { code, .. } => match code {
                OwnCode::None => "may call the account's own contract, once there is one",
                OwnCode::Multisig => "may call the account's own contract: a vote in its multisig",
                OwnCode::Other => "may call the account's own contract, which acts as the account",
            }
            .to_owned(),
            Self::BelowOneCall { left, least, .. } if left < least => {
                format!("{} left: works only through relayers, who pay", about(*left))
            }
            Self::BelowOneCall { left, needed, gas: attached, .. } => {
                let (left, needed) = (about(*left), about(*needed));
                format!("{left} left, a call with {} takes {needed}", gas(*attached))
            }
            Self::DuplicateGrant { same_as, .. } => {
                format!("allows the same as {}", short(same_as))
            }
            Self::PlainTextCredential { .. } => {
                format!("its secret is in plain text: {}", self.files())
            }
            Self::CredentialNotOnChain { .. } => {
                format!("not a key of the account; in {}", self.files())
            }
            Self::FundsOnGasKey { balance, limit } => {
                let (balance, limit) = (about(*balance), about(*limit));
                format!("{balance} on it: above {limit} it cannot be deleted")
            }
            Self::FitsNoCall { misfits, .. } => fits_no_call(misfits),
            Self::NoFullAccessKey { .. }
            | Self::SignerContract { .. }
            | Self::OpenCredential { .. }
            | Self::NoPostQuantumKey { .. }
            | Self::WeakKey { .. } => self.to_string(),
        }
    }
}

impl Evidence {
    /// As [`Evidence::brief`], for several keys whose findings differ only in numbers.
    pub(in crate::audit) fn of_several(&self) -> String {
        match self {
            Self::NeverUsed { .. } => "never used".to_owned(),
            Self::BelowOneCall { left, least, .. } if left < least => {
                "buy no call: work only through relayers, who pay".to_owned()
            }
            Self::BelowOneCall { .. } => "too little is left for a useful call".to_owned(),
            Self::DuplicateGrant { .. } => "allow the same as another key".to_owned(),
            Self::OpenCredential { .. } => "others can open their key files".to_owned(),
            Self::PlainTextCredential { .. } => "their secrets are in plain text".to_owned(),
            Self::CredentialNotOnChain { .. } => "not keys of the account; in key files".to_owned(),
            other => other.rule().name().replace('-', " "),
        }
    }
}

/// The beginning of a key, long enough to find it in a list.
fn short(key: &PublicKeyHandle) -> String {
    const LETTERS: usize = 8;
    let key = key.to_string();
    match key.split_once(':') {
        Some((kind, rest)) if rest.len() > LETTERS && rest.is_ascii() => {
            format!("{kind}:{}…", &rest[..LETTERS])
        }
        _ => key,
    }
}
