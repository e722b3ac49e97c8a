//! A new account of a sandbox.

use super::account::SandboxAccount;
use super::core::Core;
use crate::action;
use crate::amount::IntoNearToken;
use crate::error::{ArgumentError, ArgumentSite, Error, SandboxError};
use keyway_chain::{Chain, Input, seeded_key};
use keyway_rules::storage_usage;
use keyway_signer::KeyPair;
use keyway_state::read;
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::hash::hash;
use near_primitives::state_record::StateRecord;
use near_primitives::types::{AccountId, Balance as NearToken};
use std::path::Path;

/// An account that does not exist yet; see [`Sandbox::create_account`](super::Sandbox::create_account).
#[derive(Debug)]
#[must_use = "the account does not exist before `create`"]
pub struct NewAccount {
    core: Core,
    account_id: Result<AccountId, ArgumentError>,
    balance: Result<NearToken, ArgumentError>,
    key_pair: Option<KeyPair>,
    code: Option<Result<Vec<u8>, ArgumentError>>,
}

impl NewAccount {
    pub(super) fn new(core: Core, account_id: &str) -> Self {
        let account_id = super::act::account_id(account_id);
        Self { core, account_id, balance: Ok(DEFAULT_BALANCE), key_pair: None, code: None }
    }

    /// Its balance. Default: 100 NEAR.
    pub fn balance(mut self, balance: impl IntoNearToken) -> Self {
        self.balance = balance.into_near_token();
        self
    }

    /// Its full-access key. Default: an ed25519 key that anybody can derive from the account's
    /// name, the same in every run.
    pub fn key_pair(mut self, key_pair: KeyPair) -> Self {
        self.key_pair = Some(key_pair);
        self
    }

    /// The contract that it has from the beginning. Default: none.
    pub fn contract(mut self, wasm: impl Into<Vec<u8>>) -> Self {
        self.code = Some(Ok(wasm.into()));
        self
    }

    /// The contract that it has from the beginning, read from a file. A file that cannot be read is an error of
    /// [`create`](Self::create).
    pub fn contract_file(mut self, path: impl AsRef<Path>) -> Self {
        self.code = Some(action::read_wasm(ArgumentSite::Setup, path.as_ref()));
        self
    }

    /// Creates the account out of nothing: no other account pays for it, and any valid name will do.
    ///
    /// ```
    /// use keyway::{KeyPair, NearLiteral, Sandbox};
    ///
    /// let sandbox = Sandbox::new();
    /// let key_pair = KeyPair::random_secp256k1();
    /// let bob = sandbox.create_account("bob.testnet").balance(5.near()).key_pair(key_pair).create()?;
    /// assert_eq!(sandbox.balance("bob.testnet")?, 5.near());
    /// assert_eq!(sandbox.access_keys("bob.testnet")?.len(), 1);
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] for an invalid account id or balance; [`SandboxError::AccountExists`]; [`Error::Argument`] for a
    /// contract file that cannot be read.
    pub fn create(self) -> Result<SandboxAccount, Error> {
        let Self { core, account_id, balance, key_pair, code } = self;
        let account_id = account_id?;
        let key_pair = key_pair.unwrap_or_else(|| known_key(&account_id));
        {
            let _handles = core.lock_handles();
            let chain = core.chain();
            if exists(&chain, &account_id)? {
                return Err(SandboxError::AccountExists { account_id }.into());
            }
            let records = records(&chain, &account_id, balance?, &key_pair, code.transpose()?);
            core.apply(Input::Patch(records))?;
        }
        Ok(SandboxAccount::new(core, account_id, key_pair))
    }
}

/// The key pair that anybody can derive from the account's name.
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
    let key = key_pair.public_key();
    let key = StateRecord::access_key(account_id.clone(), key, AccessKey::full_access());
    with_account(chain, account_id, balance, code, vec![key])
}

/// These records of an account, its contract and the account itself, whose storage usage is that of all of them.
pub(super) fn with_account(
    chain: &Chain,
    account_id: &AccountId,
    balance: NearToken,
    code: Option<Vec<u8>>,
    mut records: Vec<StateRecord>,
) -> Vec<StateRecord> {
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
