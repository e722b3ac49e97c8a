//! Which code an account runs: its own, a global contract's, or none.

use crate::overlay::Overlay;
use crate::state::StateError;
use keyway_rules::Protocol;
use near_primitives::account::{Account, AccountContract};
use near_primitives::action::GlobalContractIdentifier;
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::AccountId;
use near_vm_runner::{Contract, ContractCode, ContractRuntimeCache, precompile_contract};
use std::cell::Cell;
use std::sync::Arc;

/// A reference to the code of an account, which is read when it is needed.
pub(crate) struct ContractCodeRef<'o> {
    overlay: &'o Overlay<'o>,
    hash: CryptoHash,
    key: Option<TrieKey>,
    /// Kept aside, because the VM distinguishes only code and no code.
    unreadable: Cell<Option<StateError>>,
}

impl<'o> ContractCodeRef<'o> {
    /// The code of `account`. An account whose contract is missing has a reference as well: running it
    /// fails.
    pub(crate) fn of(
        overlay: &'o Overlay<'o>,
        account_id: &AccountId,
        account: &Account,
    ) -> Result<Self, StateError> {
        let identifier = match account.contract().into_owned() {
            AccountContract::None => {
                return Ok(Self::new(overlay, CryptoHash::default(), None));
            }
            AccountContract::Local(code_hash) => {
                let key = TrieKey::ContractCode { account_id: account_id.clone() };
                return Ok(Self::new(overlay, code_hash, Some(key)));
            }
            AccountContract::Global(code_hash) => GlobalContractIdentifier::CodeHash(code_hash),
            AccountContract::GlobalByAccount(owner) => GlobalContractIdentifier::AccountId(owner),
        };
        let key = TrieKey::GlobalContractCode { identifier: identifier.clone().into() };
        let hash = match identifier {
            GlobalContractIdentifier::CodeHash(code_hash) => code_hash,
            // The owner may have deployed again: the hash is that of the current code.
            GlobalContractIdentifier::AccountId(_) => match overlay.find(&key)? {
                Some(code) => hash(code.bytes()),
                None => return Ok(Self::new(overlay, CryptoHash::default(), None)),
            },
        };
        Ok(Self::new(overlay, hash, Some(key)))
    }

    fn new(overlay: &'o Overlay<'o>, hash: CryptoHash, key: Option<TrieKey>) -> Self {
        Self { overlay, hash, key, unreadable: Cell::default() }
    }

    /// To be called after the VM asked for the code: unreadable code is not missing code.
    ///
    /// # Errors
    /// When the state could not be read.
    pub(crate) fn was_readable(&self) -> Result<(), StateError> {
        self.unreadable.take().map_or(Ok(()), Err)
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
        match self.overlay.find(self.key.as_ref()?) {
            Ok(code) => Some(Arc::new(ContractCode::new(code?.bytes().to_vec(), Some(self.hash)))),
            Err(error) => {
                self.unreadable.set(Some(error));
                None
            }
        }
    }
}

/// Compiles `code` into the cache, so that the first call is fast. Code that does not compile fails
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{PathNode, State, Value};
    use near_primitives::types::Balance;
    use std::ops::ControlFlow;

    /// A state that cannot be read.
    struct Gone;

    fn gone<T>() -> Result<T, StateError> {
        Err(StateError::Unreadable { reason: "the disk is gone".to_owned() })
    }

    impl State for Gone {
        fn get(&self, _: &[u8]) -> Result<Option<Value>, StateError> {
            gone()
        }

        fn visit_path(&self, _: &[u8], _: &mut dyn FnMut(PathNode)) -> Result<(), StateError> {
            gone()
        }

        fn scan(
            &self,
            _: &[u8],
            _: &mut dyn FnMut(&[u8], &Value) -> ControlFlow<()>,
        ) -> Result<(), StateError> {
            gone()
        }
    }

    #[test]
    fn code_that_cannot_be_read_is_not_code_that_is_not_there() {
        let overlay = Overlay::new(&Gone);
        let contract = AccountContract::Local(hash(b"code"));
        let account = Account::new(Balance::ZERO, Balance::ZERO, contract, 0);
        let account_id = "app.near".parse().unwrap();
        let code = ContractCodeRef::of(&overlay, &account_id, &account).unwrap();
        assert!(code.get_code().is_none(), "the VM can be told no more");
        assert_eq!(code.was_readable(), gone());

        let account = Account::new(Balance::ZERO, Balance::ZERO, AccountContract::None, 0);
        let code = ContractCodeRef::of(&overlay, &account_id, &account).unwrap();
        assert!(code.get_code().is_none());
        assert_eq!(code.was_readable(), Ok(()));
    }
}
