//! The sentence that says what was found.

use super::{Evidence, OwnCode};
use crate::Grant;
use std::fmt;

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoGasBudget { balance } => {
                write!(f, "the key has no allowance: it can burn the account's {balance} as gas")
            }
            Self::AnyMethod { receiver_id } => {
                write!(f, "the key may call any method of {receiver_id}")
            }
            Self::SeveralFullAccessKeys { full_access_keys } => {
                write!(f, "the key is one of {full_access_keys} that may do everything")
            }
            Self::NoFullAccessKey { function_call_keys, has_contract } => {
                let contract = if *has_contract { "a contract" } else { "no contract" };
                write!(
                    f,
                    "no key may do everything: {function_call_keys} function-call keys, {contract}"
                )
            }
            Self::NeverUsed { nonce, born: Some(born), blocks: Some(blocks), .. } => {
                write!(
                    f,
                    "its nonce {nonce} is that of a key added in block {born}, {blocks} blocks ago"
                )
            }
            Self::NeverUsed { nonce, .. } => {
                write!(
                    f,
                    "its nonce is {nonce}: it was never used, and when it was added cannot be told"
                )
            }
            Self::Idle { since, blocks } => {
                write!(f, "its nonce has not moved since block {since}, {blocks} blocks ago")
            }
            Self::OwnContract { grant, code } => own_contract(f, grant, *code),
            Self::SignerContract { receiver_id } => {
                write!(f, "{receiver_id} signs or votes in the account's name")
            }
            Self::BelowOneCall { left, needed, gas, .. } => {
                write!(f, "{left} are left, a call with {gas} needs {needed}")
            }
            Self::DuplicateGrant { grant, same_as } => {
                write!(f, "{same_as} allows the same: {grant}")
            }
            Self::OpenCredential { path, mode } => {
                write!(f, "{path} has mode {mode:03o}: others can open it")
            }
            Self::PlainTextCredential { path, grant } => {
                write!(f, "{path} holds the secret in plain text; the key allows {grant}")
            }
            Self::CredentialNotOnChain { path } => {
                write!(f, "{path} holds a key that the account does not have")
            }
            Self::NoPostQuantumKey { full_access_keys: 1 } => {
                f.write_str("the only full-access key is on an elliptic curve")
            }
            Self::NoPostQuantumKey { full_access_keys } => {
                write!(f, "all {full_access_keys} full-access keys are on elliptic curves")
            }
            Self::FundsOnGasKey { balance, limit } => {
                write!(f, "{balance} rest on the key; it can be deleted with at most {limit}")
            }
        }
    }
}

fn own_contract(f: &mut fmt::Formatter<'_>, grant: &Grant, code: OwnCode) -> fmt::Result {
    write!(f, "the key may call {grant}, the account's own contract")?;
    match code {
        OwnCode::None => f.write_str(", which is not there yet"),
        OwnCode::Multisig => f.write_str(", a multisig: the key is one of its votes"),
        OwnCode::Other => f.write_str(", which may act as the account"),
    }
}
