//! Creates accounts of a sandbox.

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

/// Builds a new account; see [`Sandbox::create_account`](super::Sandbox::create_account).
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

    /// Sets its balance. Default: 100 NEAR.
    pub fn balance(mut self, balance: impl IntoNearToken) -> Self {
        self.balance = balance.into_near_token();
        self
    }

    /// Sets its full-access key. Default: an ed25519 key that is derived from the account id, so it is the same in every run
    /// and anybody can derive it.
    pub fn key_pair(mut self, key_pair: KeyPair) -> Self {
        self.key_pair = Some(key_pair);
        self
    }

    /// Deploys this contract. Default: none.
    pub fn contract(mut self, wasm: impl Into<Vec<u8>>) -> Self {
        self.code = Some(Ok(wasm.into()));
        self
    }

    /// Deploys the contract in this file. If it cannot be read, [`create`](Self::create) returns the error.
    pub fn contract_file(mut self, path: impl AsRef<Path>) -> Self {
        self.code = Some(action::read_wasm(ArgumentSite::Setup, path.as_ref()));
        self
    }

    /// Creates the account without a transaction: no account pays for it, and any valid account id is possible.
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
    /// [`Error::Argument`] for an invalid account id or balance, or a contract file that cannot be read;
    /// [`SandboxError::AccountExists`].
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

/// The key pair that is derived from the account id.
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

/// `records` of an account, with its contract and the account itself, whose storage usage is the sum of all of them.
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
