//! An account to be made.

use super::account::SandboxAccount;
use super::core::Core;
use crate::error::{ArgumentError, Error, SandboxError};
use keyway_chain::{Chain, Input, seeded_key};
use keyway_rules::storage_usage;
use keyway_signer::KeyPair;
use keyway_state::read;
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::hash::hash;
use near_primitives::state_record::StateRecord;
use near_primitives::types::{AccountId, Balance as NearToken};

/// An account to be made; see [`Sandbox::account`](super::Sandbox::account).
#[derive(Debug)]
#[must_use = "the account is not there before `create`"]
pub struct NewAccount {
    core: Core,
    account_id: Result<AccountId, ArgumentError>,
    balance: NearToken,
    key_pair: Option<KeyPair>,
    code: Option<Vec<u8>>,
}

impl NewAccount {
    pub(super) fn new(core: Core, account_id: &str) -> Self {
        let account_id = super::act::account_id(account_id);
        Self { core, account_id, balance: DEFAULT_BALANCE, key_pair: None, code: None }
    }

    /// What it owns. Default: 100 NEAR.
    pub fn balance(mut self, balance: NearToken) -> Self {
        self.balance = balance;
        self
    }

    /// Its full-access key. Default: an ed25519 key that everybody can derive from the account's
    /// name, the same in every run.
    pub fn key_pair(mut self, key_pair: KeyPair) -> Self {
        self.key_pair = Some(key_pair);
        self
    }

    /// The contract that it has from the beginning. Default: none.
    pub fn contract(mut self, wasm: impl Into<Vec<u8>>) -> Self {
        self.code = Some(wasm.into());
        self
    }

    /// Makes the account, out of nothing: no other account pays for it, and any name will do.
    ///
    /// ```
    /// use keyway::{KeyPair, NearLiteral, Sandbox};
    ///
    /// let sandbox = Sandbox::new();
    /// let key_pair = KeyPair::random_secp256k1();
    /// let bob = sandbox.account("bob.testnet").balance(5.near()).key_pair(key_pair).create()?;
    /// assert_eq!(sandbox.balance("bob.testnet")?, 5.near());
    /// assert_eq!(sandbox.access_keys("bob.testnet")?.len(), 1);
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] for a name that is none; [`SandboxError::AccountExists`].
    pub fn create(self) -> Result<SandboxAccount, Error> {
        let Self { core, account_id, balance, key_pair, code } = self;
        let account_id = account_id?;
        let key_pair = key_pair.unwrap_or_else(|| known_key(&account_id));
        {
            let _turn = core.turn();
            let chain = core.chain();
            if exists(&chain, &account_id)? {
                return Err(SandboxError::AccountExists { account_id }.into());
            }
            let records = records(&chain, &account_id, balance, &key_pair, code);
            core.apply(Input::Patch(records))?;
        }
        Ok(SandboxAccount::new(core, account_id, key_pair))
    }
}

/// The key pair that everybody can derive from the account's name.
pub(super) fn known_key(account_id: &AccountId) -> KeyPair {
    let text = seeded_key(account_id.as_str()).to_string();
    text.parse().expect("the invariant that a key reads what it wrote")
}

fn exists(chain: &Chain, account_id: &AccountId) -> Result<bool, SandboxError> {
    match read::account(&chain.head().state, account_id) {
        Ok(account) => Ok(account.is_some()),
        Err(error) => Err(SandboxError::Chain(error.to_string())),
    }
}

fn records(
    chain: &Chain,
    account_id: &AccountId,
    balance: NearToken,
    key_pair: &KeyPair,
    code: Option<Vec<u8>>,
) -> Vec<StateRecord> {
    let public_key = key_pair.public_key();
    let mut records =
        vec![StateRecord::access_key(account_id.clone(), public_key, AccessKey::full_access())];
    let contract =
        code.as_ref().map_or(AccountContract::None, |code| AccountContract::Local(hash(code)));
    records.extend(code.map(|code| StateRecord::Contract { account_id: account_id.clone(), code }));
    let mut account = Account::new(balance, NearToken::ZERO, contract, 0);
    let config = &chain.protocol().config.fees.storage_usage_config;
    account.set_storage_usage(config.num_bytes_account + storage_usage(&records, config));
    records.push(StateRecord::Account { account_id: account_id.clone(), account });
    records
}

const DEFAULT_BALANCE: NearToken = NearToken::from_near(100);
