//! The sentence that says what was found.

use super::{Evidence, OwnCode};
use crate::Grant;
use crate::units::{counted, gas, near};
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
            Self::NoGasBudget { balance } => format!(
                "the key has no allowance: it can burn the account's {} as gas",
                near(*balance)
            ),
            Self::AnyMethod { receiver_id } => {
                format!("the key may call any method of {receiver_id}")
            }
            Self::SeveralFullAccessKeys { full_access_keys } => {
                format!("the key is one of {full_access_keys} that may do everything")
            }
            Self::NoFullAccessKey { function_call_keys, has_contract } => {
                let keys = counted(*function_call_keys as u64, "function-call key");
                let contract = if *has_contract { "a contract" } else { "no contract" };
                format!("no key may do everything: {keys}, {contract}")
            }
            Self::NeverUsed { born, blocks, .. } => never_used(*born, *blocks),
            Self::Idle { since, blocks } => {
                let blocks = counted(*blocks, "block");
                format!("its nonce has not moved since block {since}, {blocks} ago")
            }
            Self::OwnContract { grant, code } => own_contract(grant, *code),
            Self::SignerContract { receiver_id } => {
                format!("{receiver_id} signs or votes in the account's name")
            }
            Self::BelowOneCall { left, needed, gas: attached, .. } => {
                let (left, needed) = (near(*left), near(*needed));
                format!("{left} left, a call with {} needs {needed}", gas(*attached))
            }
            Self::DuplicateGrant { grant, same_as } => {
                format!("{same_as} allows the same: {grant}")
            }
            Self::OpenCredential { path, mode } => {
                format!("{path} has mode {mode:03o}: others can open it")
            }
            Self::PlainTextCredential { path, grant } => {
                format!("{path} holds the secret in plain text; the key allows {grant}")
            }
            Self::CredentialNotOnChain { path } => {
                format!("{path} holds a key that the account does not have")
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
        }
    }
}

fn never_used(born: Option<BlockHeight>, blocks: Option<u64>) -> String {
    match (born, blocks) {
        (Some(born), Some(blocks)) => {
            format!("added in block {born}, {} ago, and never used", counted(blocks, "block"))
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
