//! What an audit is given besides chain and account.

use crate::{AccountFacts, Callable};
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, BlockHeight, Gas, Nonce};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The key files that were found; read by the caller, never by an analysis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// One entry a file, of any accounts.
    pub files: Vec<Credential>,
}

/// One key file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Where it is, as the reader should see it.
    pub path: String,
    /// The account that it is for.
    pub account_id: AccountId,
    /// The key whose secret it holds.
    pub public_key: PublicKey,
    /// Unix permission bits; `None` where the system has no such thing.
    pub mode: Option<u32>,
    /// Whether the secret is sealed with a passphrase.
    pub encrypted: bool,
}

/// What an audit asks for where the rules leave a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditOptions {
    /// Gas attached to a useful call; more than a transaction can carry counts as all that it can.
    pub useful_call_gas: Gas,
    /// Blocks after which a key that was not used counts as idle.
    pub idle_after: u64,
    /// An earlier look at the same account; without one no key is called idle, and a plan leaves all but
    /// duplicates that were never used.
    pub earlier: Option<Observed>,
    /// Contracts that sign or vote in the account's name, besides those that everybody knows.
    pub signer_contracts: Vec<AccountId>,
    /// What is known of the contracts that keys may call, by the receiver's name; of one that is not
    /// here nothing is said.
    pub contracts: BTreeMap<String, Callable>,
}

impl Default for AuditOptions {
    /// 30 Tgas, and a million blocks: about a week of the main network.
    fn default() -> Self {
        Self {
            useful_call_gas: Gas::from_teragas(30),
            idle_after: 1_000_000,
            earlier: None,
            signer_contracts: Vec::new(),
            contracts: BTreeMap::new(),
        }
    }
}

/// The nonces of an account's keys in some block: kept, they make idleness certain later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// The block.
    pub height: BlockHeight,
    /// The chain that it is a block of; `None` where the look did not write it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain_id: Option<String>,
    /// The block's hash; `None` where the look did not write it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_hash: Option<CryptoHash>,
    /// The nonce of each key; of a gas key those of its rows.
    pub nonces: BTreeMap<PublicKeyHandle, Vec<Nonce>>,
}

impl Observed {
    /// The nonces of `account` in block `height`.
    #[must_use]
    pub fn new(height: BlockHeight, account: &AccountFacts) -> Self {
        let nonces = account.keys.iter().map(|key| (key.public_key.clone(), nonces(key))).collect();
        Self { height, chain_id: None, block_hash: None, nonces }
    }

    /// Says which chain and block it was: two chains may have the same heights, keys and nonces.
    #[must_use]
    pub fn on(self, chain_id: &str, block_hash: CryptoHash) -> Self {
        Self { chain_id: Some(chain_id.to_owned()), block_hash: Some(block_hash), ..self }
    }
}

/// The nonces that move when `key` is used.
pub(crate) fn nonces(key: &crate::KeyFacts) -> Vec<Nonce> {
    match key.access_key.gas_key_info() {
        Some(_) => key.gas_key_nonces.clone(),
        None => vec![key.access_key.nonce],
    }
}
