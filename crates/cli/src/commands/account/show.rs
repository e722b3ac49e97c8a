//! `account show`: an account's balance, storage and contract.

use crate::error::CliError;
use crate::tools::{Context, known_account_at, on_gas_key};
use clap::Args;
use keyway::client::{Account, AccountKey, Contract};
use keyway::protocol::CryptoHash;
use keyway::{AccountId, NearToken, format_near};
use keyway_rules::is_full_access;
use serde::Serialize;
use std::fmt;

/// Arguments of `account show`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway account show alice.near
  keyway account show alice.testnet --network testnet --json")]
pub(crate) struct ShowArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
}

impl ShowArgs {
    /// Shows the account at the newest final block.
    ///
    /// # Errors
    /// If the account does not exist or the chain does not answer.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let then = context.client.pinned().await?;
        let account = known_account_at(context, &then, &self.account).await?;
        let keys = then.access_keys(&self.account).await?;
        context.answer.give(&Shown::new(account, &keys))
    }
}

/// Amounts are in yoctoNEAR, storage in bytes.
#[derive(Serialize)]
struct Shown {
    account: AccountId,
    total: NearToken,
    available: NearToken,
    staked: NearToken,
    held_for_storage: NearToken,
    on_gas_keys: NearToken,
    storage_usage: u64,
    contract: Runs,
    full_access_keys: usize,
    function_call_keys: usize,
    initialized: bool,
    block_height: u64,
    block_hash: CryptoHash,
}

/// The code that the account runs.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Runs {
    None,
    Own { code_hash: CryptoHash },
    Global { code_hash: CryptoHash },
    GlobalByAccount { publisher: AccountId },
    Unknown,
}

impl Shown {
    fn new(account: Account, keys: &[AccountKey]) -> Self {
        let calls = |key: &&AccountKey| !is_full_access(&key.access_key.permission);
        let function_call_keys = keys.iter().filter(calls).count();
        Self {
            account: account.account_id,
            total: account.total,
            available: account.available,
            staked: account.locked,
            held_for_storage: account.storage_locked,
            on_gas_keys: on_gas_keys(keys),
            storage_usage: account.storage_usage,
            contract: Runs::of(account.contract),
            full_access_keys: keys.len() - function_call_keys,
            function_call_keys,
            initialized: account.bootstrap_nonce.is_none(),
            block_height: account.block_height,
            block_hash: account.block_hash,
        }
    }
}

fn on_gas_keys(keys: &[AccountKey]) -> NearToken {
    let each = keys.iter().map(|key| on_gas_key(&key.access_key));
    each.fold(NearToken::ZERO, NearToken::saturating_add)
}

impl Runs {
    fn of(contract: Contract) -> Self {
        match contract {
            Contract::None => Self::None,
            Contract::Own(code_hash) => Self::Own { code_hash },
            Contract::GlobalByHash(code_hash) => Self::Global { code_hash },
            Contract::GlobalByAccount(publisher) => Self::GlobalByAccount { publisher },
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Own { code_hash } => write!(f, "its own, {code_hash}"),
            Self::Global { code_hash } => write!(f, "global, {code_hash}"),
            Self::GlobalByAccount { publisher } => write!(f, "global, published by {publisher}"),
            Self::Unknown => f.write_str("of a kind that this version of keyway does not know"),
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, as of block {}", self.account, self.block_height)?;
        if !self.initialized {
            writeln!(
                f,
                "  not initialized: it waits for the initial state that its name commits to"
            )?;
        }
        writeln!(f, "  total      {}", format_near(self.total))?;
        writeln!(f, "  available  {}", format_near(self.available))?;
        writeln!(f, "  staked     {}", format_near(self.staked))?;
        if !self.on_gas_keys.is_zero() {
            writeln!(f, "  gas keys   {} on them, in addition", format_near(self.on_gas_keys))?;
        }
        writeln!(
            f,
            "  storage    {} bytes, which lock {}",
            self.storage_usage,
            format_near(self.held_for_storage)
        )?;
        writeln!(f, "  contract   {}", self.contract)?;
        writeln!(
            f,
            "  keys       {} with full access, {} for function calls",
            self.full_access_keys, self.function_call_keys
        )
    }
}
