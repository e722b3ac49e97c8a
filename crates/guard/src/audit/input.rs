//! The input of an audit beside the chain and the account.

use crate::{AccountFacts, Callable};
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, BlockHeight, Gas, Nonce};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The key files that were found. The caller reads them; an audit reads no files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// One entry for each file, of all accounts.
    pub files: Vec<Credential>,
}

/// One key file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Its path, as it is shown to the user.
    pub path: String,
    /// The account that it belongs to.
    pub account_id: AccountId,
    /// The key whose secret it contains.
    pub public_key: PublicKey,
    /// Unix permission bits; `None` on systems without them.
    pub mode: Option<u32>,
    /// Whether the secret is encrypted with a passphrase.
    pub encrypted: bool,
}

/// Settings of an audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditOptions {
    /// Gas attached to a useful call. Values above the limit of a transaction count as that limit.
    pub useful_call_gas: Gas,
    /// Blocks without use after which a key is idle.
    pub idle_after: u64,
    /// An earlier audit of the same account. Without one, no key is reported as idle, and a plan deletes
    /// nothing.
    pub earlier: Option<Observed>,
    /// Contracts that sign or vote for the account, beside the well-known ones.
    pub signer_contracts: Vec<AccountId>,
    /// What is known of the contracts that keys may call, by account id. Contracts that are not in the map
    /// are not judged.
    pub contracts: BTreeMap<String, Callable>,
}

impl Default for AuditOptions {
    /// 30 Tgas, and a million blocks, which is about a week on mainnet.
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

/// The nonces of an account's keys in some block. Kept until a later audit, they prove which keys are idle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// The block.
    pub height: BlockHeight,
    /// The chain of that block; `None` if it was not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain_id: Option<String>,
    /// The block's hash; `None` if it was not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_hash: Option<CryptoHash>,
    /// The nonce of each key; for a gas key, those of its nonce rows.
    pub nonces: BTreeMap<PublicKeyHandle, Vec<Nonce>>,
}

impl Observed {
    /// The nonces of `account` in block `height`.
    #[must_use]
    pub fn new(height: BlockHeight, account: &AccountFacts) -> Self {
        let nonces = account.keys.iter().map(|key| (key.public_key.clone(), nonces(key))).collect();
        Self { height, chain_id: None, block_hash: None, nonces }
    }

    /// Records the chain and the block, because two chains may have the same heights, keys and nonces.
    #[must_use]
    pub fn on(self, chain_id: &str, block_hash: CryptoHash) -> Self {
        Self { chain_id: Some(chain_id.to_owned()), block_hash: Some(block_hash), ..self }
    }
}

/// The nonces that change when `key` is used.
pub(crate) fn nonces(key: &crate::KeyFacts) -> Vec<Nonce> {
    match key.access_key.gas_key_info() {
        Some(_) => key.gas_key_nonces.clone(),
        None => vec![key.access_key.nonce],
    }
}
