//! The wallet contract of eth-implicit accounts (`0x…`), for chains that enable it.

use keyway_engine::eth_wallet_code_hash;
use keyway_state::{GenesisDraft, GenesisError};
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::trie_key::{GlobalContractCodeIdentifier, TrieKey};
use std::sync::Arc;

/// The code that eth-implicit accounts of a chain run.
///
/// Such an account names its code by hash, as a global contract that a new chain does not have:
/// until it is there, calls find no code. A chain that is given the wallet has it from the start.
#[derive(Clone)]
pub struct EthWallet {
    code: Arc<[u8]>,
    code_hash: CryptoHash,
}

impl EthWallet {
    /// The wallet in `code`, for the chain named `chain_id`.
    ///
    /// # Errors
    /// When it is not the code that the chain's accounts name.
    pub fn new(code: &[u8], chain_id: &str) -> Result<Self, WrongWallet> {
        Self::expecting(eth_wallet_code_hash(chain_id), code, chain_id)
    }

    fn expecting(expected: CryptoHash, code: &[u8], chain_id: &str) -> Result<Self, WrongWallet> {
        let code_hash = hash(code);
        if code_hash != expected {
            let chain_id = chain_id.to_owned();
            return Err(WrongWallet { chain_id, expected, found: code_hash });
        }
        Ok(Self { code: code.into(), code_hash })
    }

    /// The wallet's wasm.
    #[must_use]
    pub fn code(&self) -> &[u8] {
        &self.code
    }

    /// The hash by which the chain knows it.
    #[must_use]
    pub fn code_hash(&self) -> &CryptoHash {
        &self.code_hash
    }

    /// Puts the wallet into a first state, as a global contract.
    pub(crate) fn install(&self, draft: &mut GenesisDraft) -> Result<(), GenesisError> {
        let identifier = GlobalContractCodeIdentifier::CodeHash(self.code_hash);
        draft.put(&TrieKey::GlobalContractCode { identifier }, self.code.to_vec())
    }
}

impl std::fmt::Debug for EthWallet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("EthWallet").field(&self.code_hash).finish()
    }
}

/// Code that is not the chain's wallet contract.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not the wallet contract of eth-implicit accounts on {chain_id}: its sha256 is {found}, \
     the accounts name {expected}; take the wasm with that hash from nearcore"
)]
pub struct WrongWallet {
    /// The chain's name, which decides about the wallet.
    pub chain_id: String,
    /// Hash of the code that the accounts name.
    pub expected: CryptoHash,
    /// Hash of the code given.
    pub found: CryptoHash,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Chain;
    use crate::spec::ChainOptions;
    use crate::tests::chain::genesis;
    use keyway_state::read::global_contract_code;
    use near_primitives::action::GlobalContractIdentifier;
    use near_vm_runner::NoContractRuntimeCache;

    #[test]
    fn other_code_is_refused_with_both_hashes() {
        let refused = EthWallet::new(b"wasm", "localnet").unwrap_err().to_string();
        assert!(refused.contains("FAq9tQRbwJPTV3PQLn2F7AUD3FW2Fw1V8ZeZuazfeu1v"), "{refused}");
        assert!(refused.contains(&hash(b"wasm").to_string()), "{refused}");
        let test_net = EthWallet::new(b"wasm", "testnet").unwrap_err();
        assert!(test_net.expected.to_string().starts_with("3PpYvRxB"));
    }

    #[test]
    fn the_right_code_becomes_a_global_contract() {
        let wallet = EthWallet::expecting(hash(b"wasm"), b"wasm", "localnet").unwrap();
        let options = ChainOptions { eth_wallet: Some(wallet), ..ChainOptions::default() };
        let chain = Chain::with_options(&genesis(), options, Arc::new(NoContractRuntimeCache));
        let chain = chain.unwrap();
        let identifier = GlobalContractIdentifier::CodeHash(hash(b"wasm"));
        assert_eq!(
            global_contract_code(&chain.head().state, &identifier).unwrap().map(|code| code.hash()),
            Some(hash(b"wasm"))
        );
    }
}
