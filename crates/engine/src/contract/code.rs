//! Which code an account runs: its own, a global contract's, or none.

use crate::overlay::Overlay;
use crate::protocol::Protocol;
use crate::state::StateError;
use near_primitives::account::{Account, AccountContract};
use near_primitives::action::GlobalContractIdentifier;
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::AccountId;
use near_vm_runner::{Contract, ContractCode, ContractRuntimeCache, precompile_contract};
use std::sync::Arc;

/// Code that an account's calls run, not yet read.
pub(crate) struct ContractCodeRef<'o> {
    overlay: &'o Overlay<'o>,
    hash: CryptoHash,
    key: Option<TrieKey>,
}

impl<'o> ContractCodeRef<'o> {
    /// The code of `account`. An account without contract, or with one that is not there, has a
    /// reference all the same: running it is what fails.
    pub(crate) fn of(
        overlay: &'o Overlay<'o>,
        account_id: &AccountId,
        account: &Account,
    ) -> Result<Self, StateError> {
        let identifier = match account.contract().into_owned() {
            AccountContract::None => {
                return Ok(Self { overlay, hash: CryptoHash::default(), key: None });
            }
            AccountContract::Local(code_hash) => {
                let key = TrieKey::ContractCode { account_id: account_id.clone() };
                return Ok(Self { overlay, hash: code_hash, key: Some(key) });
            }
            AccountContract::Global(code_hash) => GlobalContractIdentifier::CodeHash(code_hash),
            AccountContract::GlobalByAccount(owner) => GlobalContractIdentifier::AccountId(owner),
        };
        let key = TrieKey::GlobalContractCode { identifier: identifier.clone().into() };
        let hash = match identifier {
            GlobalContractIdentifier::CodeHash(code_hash) => code_hash,
            // The owner may have deployed anew: the hash is that of the code as it is now.
            GlobalContractIdentifier::AccountId(_) => match overlay.find(&key)? {
                Some(code) => hash(code.bytes()),
                None => return Ok(Self { overlay, hash: CryptoHash::default(), key: None }),
            },
        };
        Ok(Self { overlay, hash, key: Some(key) })
    }

    /// Length of the code in bytes; `None` where there is no code.
    pub(crate) fn len(&self) -> Result<Option<usize>, StateError> {
        let Some(key) = &self.key else { return Ok(None) };
        Ok(self.overlay.find(key)?.map(|code| code.bytes().len()))
    }
}

impl Contract for ContractCodeRef<'_> {
    fn hash(&self) -> CryptoHash {
        self.hash
    }

    fn get_code(&self) -> Option<Arc<ContractCode>> {
        let code = self.overlay.find(self.key.as_ref()?).ok()??;
        Some(Arc::new(ContractCode::new(code.bytes().to_vec(), Some(self.hash))))
    }
}

/// Compiles `code` into the cache, so that the first call does not. What does not compile says so
/// when it is called.
pub(crate) fn compile(protocol: &Protocol, cache: &dyn ContractRuntimeCache, code: &[u8]) {
    let code = ContractCode::new(code.to_vec(), None);
    let _ = precompile_contract(&code, Arc::clone(&protocol.config.wasm_config), Some(cache));
}

/// The code hash of the wallet that eth-implicit accounts run on `chain_id`
/// (nearcore: the `near-wallet-contract` crate; the code is a global contract since 83).
#[must_use]
pub fn eth_wallet_code_hash(chain_id: &str) -> CryptoHash {
    let text = match chain_id {
        "mainnet" => "2zodJZK2e4nnv5AqwCRnenNSmkikXhEd7PPY6BmfTmW4",
        "testnet" => "3PpYvRxBfC5BkZxTw8ZFG3D52w1ZRhvDDWirKoxphMDn",
        _ => "FAq9tQRbwJPTV3PQLn2F7AUD3FW2Fw1V8ZeZuazfeu1v",
    };
    text.parse().expect("a hash written down in base58")
}
