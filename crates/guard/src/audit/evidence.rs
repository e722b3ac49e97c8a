//! What was found, with its numbers, and the sentence that says it.

use super::rule::{Level, Rule};
use crate::Grant;
use near_crypto::PublicKeyHandle;
use near_primitives::types::{Balance, BlockHeight, Gas, Nonce};
use serde::Serialize;
use std::fmt;

/// What a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Evidence {
    /// [`Rule::NoGasBudget`].
    NoGasBudget {
        /// What the key can burn: the account's balance, yoctoNEAR.
        balance: Balance,
    },
    /// [`Rule::AnyMethod`].
    AnyMethod {
        /// The contract.
        receiver_id: String,
    },
    /// [`Rule::SeveralFullAccessKeys`].
    SeveralFullAccessKeys {
        /// Full-access keys of the account, this one counted.
        full_access_keys: usize,
    },
    /// [`Rule::NoFullAccessKey`].
    NoFullAccessKey {
        /// The keys that it has all the same.
        function_call_keys: usize,
        /// Whether it has a contract, which may act for it.
        has_contract: bool,
    },
    /// [`Rule::NeverUsed`].
    NeverUsed {
        /// The key's nonce, or that of a gas key's rows.
        nonce: Nonce,
        /// The block that added it; `None` where its nonce does not tell: it came with the genesis, or is very old.
        born: Option<BlockHeight>,
        /// Blocks since then.
        blocks: Option<u64>,
        /// Blocks after which a key that was never used counts as forgotten.
        forgotten_after: u64,
    },
    /// [`Rule::Idle`].
    Idle {
        /// The block of the earlier look.
        since: BlockHeight,
        /// Blocks since then.
        blocks: u64,
    },
    /// [`Rule::OwnContract`].
    OwnContract {
        /// What the key may call.
        grant: Grant,
        /// The code that answers.
        code: OwnCode,
    },
    /// [`Rule::SignerContract`].
    SignerContract {
        /// The contract.
        receiver_id: String,
    },
    /// [`Rule::BelowOneCall`].
    BelowOneCall {
        /// What the key may still spend, yoctoNEAR.
        left: Balance,
        /// What the call costs as bought, yoctoNEAR.
        needed: Balance,
        /// The gas attached to it.
        gas: Gas,
        /// What a call with the least gas there is costs, yoctoNEAR: with less the key is dead.
        least: Balance,
    },
    /// [`Rule::DuplicateGrant`].
    DuplicateGrant {
        /// What both may sign.
        grant: Grant,
        /// The key to keep: one with a key file, else the one with the highest nonce.
        same_as: PublicKeyHandle,
    },
    /// [`Rule::OpenCredential`].
    OpenCredential {
        /// The file.
        path: String,
        /// Its permission bits.
        mode: u32,
    },
    /// [`Rule::PlainTextCredential`].
    PlainTextCredential {
        /// The file.
        path: String,
        /// What its key may sign.
        grant: Grant,
    },
    /// [`Rule::CredentialNotOnChain`].
    CredentialNotOnChain {
        /// The file.
        path: String,
    },
    /// [`Rule::NoPostQuantumKey`].
    NoPostQuantumKey {
        /// Full-access keys, all on elliptic curves.
        full_access_keys: usize,
    },
    /// [`Rule::FundsOnGasKey`].
    FundsOnGasKey {
        /// On the key, yoctoNEAR.
        balance: Balance,
        /// What may be burnt with a key, yoctoNEAR.
        limit: Balance,
    },
}

/// What an account's own contract is known to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnCode {
    /// There is none, yet.
    None,
    /// A multisig whose members are the account's keys.
    Multisig,
    /// Something else.
    Other,
}

impl Evidence {
    /// The rule that it breaks.
    #[must_use]
    pub fn rule(&self) -> Rule {
        match self {
            Self::NoGasBudget { .. } => Rule::NoGasBudget,
            Self::AnyMethod { .. } => Rule::AnyMethod,
            Self::SeveralFullAccessKeys { .. } => Rule::SeveralFullAccessKeys,
            Self::NoFullAccessKey { .. } => Rule::NoFullAccessKey,
            Self::NeverUsed { .. } => Rule::NeverUsed,
            Self::Idle { .. } => Rule::Idle,
            Self::OwnContract { .. } => Rule::OwnContract,
            Self::SignerContract { .. } => Rule::SignerContract,
            Self::BelowOneCall { .. } => Rule::BelowOneCall,
            Self::DuplicateGrant { .. } => Rule::DuplicateGrant,
            Self::OpenCredential { .. } => Rule::OpenCredential,
            Self::PlainTextCredential { .. } => Rule::PlainTextCredential,
            Self::CredentialNotOnChain { .. } => Rule::CredentialNotOnChain,
            Self::NoPostQuantumKey { .. } => Rule::NoPostQuantumKey,
            Self::FundsOnGasKey { .. } => Rule::FundsOnGasKey,
        }
    }

    /// Its rule's level, or less where what was found is harmless for now.
    #[must_use]
    pub fn level(&self) -> Level {
        match self {
            Self::OwnContract { code: OwnCode::None, .. } => Level::Note,
            Self::OwnContract { code: OwnCode::Multisig, .. } => Level::Warning,
            Self::PlainTextCredential { grant: Grant::Calls { .. }, .. } => Level::Note,
            other => other.rule().level(),
        }
    }

    /// The key file that it is about.
    pub(crate) fn path(&self) -> Option<&str> {
        match self {
            Self::OpenCredential { path, .. }
            | Self::PlainTextCredential { path, .. }
            | Self::CredentialNotOnChain { path } => Some(path),
            _ => None,
        }
    }
}

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
