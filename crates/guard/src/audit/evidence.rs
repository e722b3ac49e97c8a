//! What was found, with its numbers, and the sentence that says it.

mod brief;
mod words;

use super::rule::{Level, Rule};
use crate::{Grant, KeyWeakness, Misfit, OwnCode};
use near_crypto::PublicKeyHandle;
use near_primitives::types::{Balance, BlockHeight, Gas};
use serde::Serialize;

/// What a finding is based on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Evidence {
    /// [`Rule::NoGasBudget`].
    NoGasBudget {
        /// What the key can burn: the account's balance, yoctoNEAR.
        balance: Balance,
        /// An allowance that is no limit, because the account has no more than that, yoctoNEAR.
        #[serde(skip_serializing_if = "Option::is_none")]
        allowance: Option<Balance>,
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
        /// The block that added it, if nobody skipped nonces; `None` where its nonce does not tell:
        /// it came with the genesis, or is very old.
        born: Option<BlockHeight>,
        /// Blocks since then.
        blocks: Option<u64>,
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
        /// What a call with the least gas there is costs, yoctoNEAR: with less the key buys no call.
        /// It may live all the same: a relayer pays for what it signs as a meta transaction.
        least: Balance,
        /// Blocks since an earlier look in which the key was not used; `None` without such a look, or
        /// where it was.
        unmoved: Option<u64>,
    },
    /// [`Rule::DuplicateGrant`].
    DuplicateGrant {
        /// What both may sign.
        grant: Grant,
        /// The key to keep: one that was used before one that was not; then one with a key file;
        /// then the one that may spend most.
        same_as: PublicKeyHandle,
        /// Whether that key was used, by its nonce.
        in_use: bool,
    },
    /// [`Rule::OpenCredential`].
    OpenCredential {
        /// The file.
        path: String,
        /// Other files with the same key and the same bits.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        also: Vec<String>,
        /// Its permission bits.
        mode: u32,
        /// Whether the account has the key.
        on_chain: bool,
    },
    /// [`Rule::PlainTextCredential`].
    PlainTextCredential {
        /// The file.
        path: String,
        /// Other files with the same key.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        also: Vec<String>,
        /// What its key may sign.
        grant: Grant,
    },
    /// [`Rule::CredentialNotOnChain`].
    CredentialNotOnChain {
        /// The file.
        path: String,
        /// Other files with the same key.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        also: Vec<String>,
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
    /// [`Rule::WeakKey`].
    WeakKey {
        /// What is wrong with it.
        weakness: KeyWeakness,
    },
    /// [`Rule::FitsNoCall`].
    FitsNoCall {
        /// What fits no call.
        misfits: Vec<Misfit>,
        /// Whether the key fits no call at all.
        nothing_fits: bool,
    },
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
            Self::WeakKey { .. } => Rule::WeakKey,
            Self::FitsNoCall { .. } => Rule::FitsNoCall,
        }
    }

    /// Its rule's level, or less where what was found is harmless for now.
    #[must_use]
    pub fn level(&self) -> Level {
        match self {
            Self::OwnContract { code: OwnCode::None, .. } => Level::Note,
            Self::OwnContract { code: OwnCode::Multisig, .. } => Level::Warning,
            Self::PlainTextCredential { grant: Grant::Calls { .. }, .. }
            | Self::OpenCredential { on_chain: false, .. }
            | Self::FitsNoCall { nothing_fits: false, .. } => Level::Note,
            Self::BelowOneCall { left, least, .. } if left < least => Level::Note,
            Self::WeakKey { weakness: KeyWeakness::NobodySigns } => Level::Warning,
            other => other.rule().level(),
        }
    }

    /// The key files that it is about.
    pub(crate) fn paths(&self) -> Vec<&str> {
        match self {
            Self::OpenCredential { path, also, .. }
            | Self::PlainTextCredential { path, also, .. }
            | Self::CredentialNotOnChain { path, also } => {
                std::iter::once(path).chain(also).map(String::as_str).collect()
            }
            _ => Vec::new(),
        }
    }
}
