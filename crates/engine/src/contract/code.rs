//! Which code an account runs: its own, a global contract's, or none.

use crate::overlay::Overlay;
use crate::state::StateError;
use near_primitives::account::{Account, AccountContract};
use near_primitives::action::GlobalContractIdentifier;
use near_primitives::hash::CryptoHash;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::AccountId;
use near_vm_runner::{Contract, ContractCode};
use std::cell::Cell;
use std::sync::Arc;

/// A reference to the code of an account. The bytes are loaded only if the VM has to compile them.
pub(crate) struct ContractCodeRef<'o> {
    overlay: &'o Overlay<'o>,
    hash: CryptoHash,
    key: Option<TrieKey>,
    /// Why the code could not be read. The VM knows only code and no code.
    unreadable: Cell<Option<StateError>>,
}

impl<'o> ContractCodeRef<'o> {
    /// The code of `account`. If it has none, or its global contract is missing, running the
    /// reference fails.
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
                Some(code) => code.hash(),
                None => return Ok(Self::new(overlay, CryptoHash::default(), None)),
            },
        };
        Ok(Self::new(overlay, hash, Some(key)))
    }

    fn new(overlay: &'o Overlay<'o>, hash: CryptoHash, key: Option<TrieKey>) -> Self {
        Self { overlay, hash, key, unreadable: Cell::default() }
    }

    /// To be called after the VM may have loaded the code: it takes unreadable code for missing code.
    ///
    /// # Errors
    /// When the code could not be read.
    pub(crate) fn was_readable(&self) -> Result<(), StateError> {
        self.unreadable.take().map_or(Ok(()), Err)
    }

    /// Length of the code in bytes; `None` where there is no code.
    pub(crate) fn len(&self) -> Result<Option<usize>, StateError> {
        let Some(key) = &self.key else { return Ok(None) };
        Ok(self.overlay.find(key)?.map(|code| code.len()))
    }
}

impl Contract for ContractCodeRef<'_> {
    fn hash(&self) -> CryptoHash {
        self.hash
    }

    fn get_code(&self) -> Option<Arc<ContractCode>> {
        let key = self.key.as_ref()?;
        let found =
            self.overlay.find(key).and_then(|found| found.map(|code| code.load()).transpose());
        match found {
            Ok(code) => Some(Arc::new(ContractCode::new(code?.to_vec(), Some(self.hash)))),
            Err(error) => {
                self.unreadable.set(Some(error));
                None
            }
        }
    }
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
    use crate::view::tests::{LostCode, lost};
    use near_primitives::hash::hash;
    use near_primitives::types::Balance;

    fn account(contract: AccountContract) -> Account {
        Account::new(Balance::ZERO, Balance::ZERO, contract, 0)
    }

    #[test]
    fn unreadable_code_is_not_missing_code() {
        let (overlay, account_id) = (Overlay::new(&LostCode), "app.near".parse().unwrap());
        let account = account(AccountContract::Local(hash(b"code")));
        let code = ContractCodeRef::of(&overlay, &account_id, &account).unwrap();
        assert!(code.get_code().is_none(), "the VM can be told no more");
        assert_eq!(code.was_readable(), Err(lost()));
    }

    #[test]
    fn an_account_without_a_contract_has_no_code() {
        let (overlay, account_id) = (Overlay::new(&LostCode), "app.near".parse().unwrap());
        let account = account(AccountContract::None);
        let code = ContractCodeRef::of(&overlay, &account_id, &account).unwrap();
        assert!(code.get_code().is_none());
        assert_eq!((code.len(), code.was_readable()), (Ok(None), Ok(())));
    }

    #[test]
    fn the_length_and_hash_of_code_need_no_bytes() {
        let (overlay, account_id) = (Overlay::new(&LostCode), "app.near".parse().unwrap());
        let owner = "owner.near".parse().unwrap();
        for contract in [
            AccountContract::Local(hash(b"code")),
            AccountContract::Global(hash(b"code")),
            AccountContract::GlobalByAccount(owner),
        ] {
            let account = account(contract);
            let code = ContractCodeRef::of(&overlay, &account_id, &account).unwrap();
            assert_eq!((code.len(), code.hash()), (Ok(Some(4)), hash(b"code")));
        }
    }
}
