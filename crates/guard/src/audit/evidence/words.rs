//! Findings as sentences.

use super::Evidence;
use crate::units::{counted, gas, near};
use crate::{Grant, Misfit, OwnCode, quoted};
use near_primitives::types::BlockHeight;
use std::fmt;

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())
    }
}

impl Evidence {
    fn words(&self) -> String {
        match self {
            Self::NoGasBudget { balance, allowance: Some(allowance) } => format!(
                "an allowance of {} is no limit: the account has {}",
                near(*allowance),
                near(*balance)
            ),
            Self::NoGasBudget { balance, allowance: None } => format!(
                "the key has no allowance: it can burn the account's {} as gas",
                near(*balance)
            ),
            Self::AnyMethod { receiver_id } => {
                format!("the key may call any method of {}", quoted(receiver_id))
            }
            Self::SeveralFullAccessKeys { full_access_keys } => {
                format!("the key is one of {full_access_keys} that may do everything")
            }
            Self::NoFullAccessKey { function_call_keys, has_contract } => {
                let keys = counted(*function_call_keys as u64, "function-call key");
                let contract = if *has_contract { "a contract" } else { "no contract" };
                format!("no key may do everything: {keys}, {contract}")
            }
            Self::NeverUsed { born, blocks } => never_used(*born, *blocks),
            Self::Idle { since, blocks } => {
                let blocks = counted(*blocks, "block");
                format!("its nonce has not moved since block {since}, {blocks} ago")
            }
            Self::OwnContract { grant, code } => own_contract(grant, *code),
            Self::SignerContract { receiver_id } => {
                format!("{} signs or votes in the account's name", quoted(receiver_id))
            }
            Self::BelowOneCall { left, least, .. } if left < least => format!(
                "{} left buys no call: the key works only through a relayer, who pays (meta transactions)",
                near(*left)
            ),
            Self::BelowOneCall { left, needed, gas: attached, .. } => {
                let (left, needed) = (near(*left), near(*needed));
                format!("{left} left, a call with {} needs {needed}", gas(*attached))
            }
            Self::DuplicateGrant { grant, same_as, .. } => {
                format!("{same_as} allows the same: {grant}")
            }
            Self::OpenCredential { mode, also, .. } => {
                let (files, have) = (self.files(), if also.is_empty() { "has" } else { "have" });
                format!("{files} {have} mode {mode:03o}: others can open it")
            }
            Self::PlainTextCredential { grant, also, .. } => {
                let (files, hold) = (self.files(), if also.is_empty() { "holds" } else { "hold" });
                format!("{files} {hold} the secret in plain text; the key allows {grant}")
            }
            Self::CredentialNotOnChain { also, .. } => {
                let (files, hold) = (self.files(), if also.is_empty() { "holds" } else { "hold" });
                format!("{files} {hold} a key that the account does not have")
            }
            Self::NoPostQuantumKey { full_access_keys: 1 } => {
                "the only full-access key is on an elliptic curve".to_owned()
            }
            Self::NoPostQuantumKey { full_access_keys } => {
                format!("all {full_access_keys} full-access keys are on elliptic curves")
            }
            Self::FundsOnGasKey { balance, limit } => {
                let (balance, limit) = (near(*balance), near(*limit));
                format!("{balance} on the key; it can be deleted with at most {limit}")
            }
            Self::WeakKey { weakness } => weakness.to_string(),
            Self::FitsNoCall { misfits, .. } => fits_no_call(misfits),
        }
    }

    /// The key files of the finding, in words.
    pub(super) fn files(&self) -> String {
        self.paths().join(" and ")
    }
}

pub(super) fn fits_no_call(misfits: &[Misfit]) -> String {
    let said: Vec<String> = misfits.iter().map(ToString::to_string).collect();
    format!("fits no call: {}", said.join("; "))
}

pub(super) fn never_used(born: Option<BlockHeight>, blocks: Option<u64>) -> String {
    match (born, blocks) {
        (Some(born), Some(blocks)) => {
            format!("never used, if added in block {born}, {} ago", counted(blocks, "block"))
        }
        _ => "never used, and as old as its nonce can tell".to_owned(),
    }
}

fn own_contract(grant: &Grant, code: OwnCode) -> String {
    let code = match code {
        OwnCode::None => "which is not there yet",
        OwnCode::Multisig => "a multisig: the key is one of its votes",
        OwnCode::Other => "which may act as the account",
    };
    format!("the key may call {grant}, the account's own contract, {code}")
}
