//! What was found, with its numbers, and the sentence that says it.

mod words;

use super::rule::{Level, Rule};
use crate::Grant;
use near_crypto::PublicKeyHandle;
use near_primitives::types::{Balance, BlockHeight, Gas, Nonce};
use serde::Serialize;

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
