//! What was found, with its numbers.

mod brief;
mod words;

use super::rule::{Level, Rule};
use crate::{Grant, KeyWeakness, Misfit, OwnCode};
use near_crypto::PublicKeyHandle;
use near_primitives::types::{Balance, BlockHeight, Gas};
use serde::Serialize;

/// The facts behind a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Evidence {
    /// [`Rule::NoGasBudget`].
    NoGasBudget {
        /// The account's balance, which the key can burn, yoctoNEAR.
        balance: Balance,
        /// An allowance that is no limit, because it is not below the account's balance, yoctoNEAR.
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
        /// How many full-access keys the account has, with this one.
        full_access_keys: usize,
    },
    /// [`Rule::NoFullAccessKey`].
    NoFullAccessKey {
        /// How many other keys it has.
        function_call_keys: usize,
        /// Whether it has a contract, which may be able to act for it.
        has_contract: bool,
    },
    /// [`Rule::NeverUsed`].
    NeverUsed {
        /// The block that added it, if no nonces were skipped; `None` if the nonce does not show it,
        /// because the key came with the genesis or is very old.
        born: Option<BlockHeight>,
        /// Blocks since then.
        blocks: Option<u64>,
    },
    /// [`Rule::Idle`].
    Idle {
        /// The block of the earlier audit.
        since: BlockHeight,
        /// Blocks since then.
        blocks: u64,
    },
    /// [`Rule::OwnContract`].
    OwnContract {
        /// What the key may call.
        grant: Grant,
        /// The account's contract.
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
        /// The price of the call before refunds, yoctoNEAR.
        needed: Balance,
        /// The gas attached to it.
        gas: Gas,
        /// The price of a call with the least possible gas, yoctoNEAR. With less left, the key cannot pay
        /// for any call, but a relayer may still pay for its meta transactions.
        least: Balance,
        /// Blocks since an earlier audit, if the key was not used since; `None` without an earlier audit,
        /// or if it was used.
        unmoved: Option<u64>,
    },
    /// [`Rule::DuplicateGrant`].
    DuplicateGrant {
        /// What both may sign.
        grant: Grant,
        /// The key to keep: a used one before an unused one, then one with a key file, then the one
        /// that may spend most.
        same_as: PublicKeyHandle,
        /// Whether that key was used, as its nonce shows.
        in_use: bool,
    },
    /// [`Rule::OpenCredential`].
    OpenCredential {
        /// The file.
        path: String,
        /// Other files with the same key and the same permission bits.
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
        /// How many full-access keys there are, all on elliptic curves.
        full_access_keys: usize,
    },
    /// [`Rule::FundsOnGasKey`].
    FundsOnGasKey {
        /// The key's balance, yoctoNEAR.
        balance: Balance,
        /// The most that may be burnt when a key is deleted, yoctoNEAR.
        limit: Balance,
    },
    /// [`Rule::WeakKey`].
    WeakKey {
        /// What is wrong with it.
        weakness: KeyWeakness,
    },
    /// [`Rule::FitsNoCall`].
    FitsNoCall {
        /// The parts of the permission that fit no call.
        misfits: Vec<Misfit>,
        /// Whether the key fits no call at all.
        nothing_fits: bool,
    },
}

impl Evidence {
    /// The broken rule.
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

    /// The rule's level, or a lower one if the finding is harmless for now.
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

    /// The key files that the finding is about.
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
