//! The chain that everything is measured on.

use crate::{Account, Problem};
use keyway_chain::{Chain, Input, LocalAccount, LocalChain, local_genesis, seeded_key};
use keyway_engine::{BlockInput, BlockOutput, apply_block};
use near_crypto::PublicKey;
use near_primitives::account::{
    AccessKey, AccessKeyPermission, Account as AccountState, AccountContract,
    FunctionCallPermission,
};
use near_primitives::hash::hash;
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::{AccountId, Balance};
use near_vm_runner::{
    ContractRuntimeCache, FilesystemContractRuntimeCache, noop_background_spawner,
};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// A chain with [`World::ACCOUNTS`] accounts, one of which pays, and a contract that does nothing.
#[derive(Debug)]
pub struct World {
    /// The chain, some blocks after its genesis.
    pub chain: Chain,
    pub(crate) contracts: Arc<dyn ContractRuntimeCache>,
    /// Where compiled contracts are; goes with this value.
    _dir: TempDir,
}

impl World {
    /// How many accounts there are with one key each, besides those that act.
    pub const ACCOUNTS: u64 = 10_000;

    /// Makes the chain, always the same.
    ///
    /// # Errors
    /// When there is no room for compiled contracts.
    pub fn new() -> Result<Self, Problem> {
        let dir = tempfile::tempdir()?;
        let contracts = contracts(dir.path())?;
        let genesis = local_genesis(
            &LocalChain { fast: false, ..LocalChain::in_memory(PROTOCOL) },
            &accounts()?,
        );
        let mut chain = Chain::new(&genesis, Arc::clone(&contracts))?;
        // After the genesis, whose height allows for no nonces.
        chain.apply(Input::Patch(app()?), 0)?;
        chain.apply(Input::Tick, 0)?;
        Ok(Self { chain, contracts, _dir: dir })
    }

    /// A transfer between two accounts that the chain's next block can take.
    pub(crate) fn transfer(&self) -> Result<SignedTransaction, Problem> {
        let base = *self.chain.head().hash();
        Ok(Account::development().transfer_to(account_id(0)?, base))
    }

    /// A call of the contract, signed with a key that may do nothing else.
    pub(crate) fn call(&self) -> Result<SignedTransaction, Problem> {
        let payer = Account::development().id;
        let mut app = Account::seeded(APP, payer.as_str())?;
        app.call(CONTRACT, METHOD, *self.chain.head().hash())
    }

    /// The chain with the large contract, and the receipts of a call of it.
    pub(crate) fn with_large(&self) -> Result<(Chain, BlockInput), Problem> {
        let mut chain = self.chain.clone();
        chain.apply(Input::Patch(contract(LARGE, large())?), 0)?;
        chain.apply(Input::Tick, 0)?;
        let call = Account::development().call(LARGE, METHOD, *chain.head().hash())?;
        let block = BlockInput { transactions: vec![call], ..BlockInput::default() };
        let incoming = Arc::new(run_on(&chain, &block)?.outgoing);
        Ok((chain, BlockInput { incoming, ..BlockInput::default() }))
    }

    /// What comes into the block after `block`: its receipts.
    pub(crate) fn next(&self, block: &BlockInput) -> Result<BlockInput, Problem> {
        let incoming = self.run(block)?.outgoing;
        if incoming.is_empty() {
            return Err("the block sent nothing".into());
        }
        Ok(BlockInput { incoming: incoming.into(), ..BlockInput::default() })
    }

    /// A block on the head, by the engine alone.
    pub(crate) fn run(&self, input: &BlockInput) -> Result<BlockOutput, Problem> {
        run_on(&self.chain, input)
    }
}

/// A block on the head of `chain`, by the engine alone.
pub(crate) fn run_on(chain: &Chain, input: &BlockInput) -> Result<BlockOutput, Problem> {
    let head = chain.head();
    Ok(apply_block(&head.state, &chain.context_at(head), input)?)
}

/// The contract that does nothing, with 500 kB that mean nothing.
pub(crate) fn large() -> Vec<u8> {
    // A custom section: its number, its length, the length of its name, its name, its content.
    let head = [0, 0xa2, 0xc2, 0x1e, 1, b'p'];
    [NOOP, &head, &[7; 500_000]].concat()
}

/// The account id of one of the many.
pub(crate) fn account_id(number: u64) -> Result<AccountId, Problem> {
    Ok(format!("a{number}.near").parse()?)
}

fn accounts() -> Result<Vec<LocalAccount>, Problem> {
    let account = |account_id, public_key| LocalAccount {
        account_id,
        public_key,
        amount: Balance::from_near(1_000_000),
        locked: Balance::ZERO,
    };
    let (payer, key) = (Account::development(), seeded_key("a").public_key());
    let mut accounts = vec![account(payer.id.clone(), payer.public_key())];
    for number in 0..World::ACCOUNTS {
        accounts.push(account(account_id(number)?, key.clone()));
    }
    Ok(accounts)
}

/// The contract's account, and a key that may do nothing but call it.
fn app() -> Result<Vec<StateRecord>, Problem> {
    let payer = Account::development().id;
    let permission = FunctionCallPermission {
        allowance: Some(Balance::from_near(1)),
        receiver_id: CONTRACT.to_owned(),
        method_names: vec![METHOD.to_owned()],
    };
    let access_key =
        AccessKey { nonce: 0, permission: AccessKeyPermission::FunctionCall(permission) };
    let public_key: PublicKey = seeded_key(APP).public_key();
    let mut records = vec![StateRecord::AccessKey {
        account_id: payer,
        public_key: public_key.into(),
        access_key,
    }];
    records.extend(contract(CONTRACT, NOOP.to_vec())?);
    Ok(records)
}

/// An account with a contract.
fn contract(name: &str, code: Vec<u8>) -> Result<Vec<StateRecord>, Problem> {
    let (account_id, bytes): (AccountId, _) = (name.parse()?, 200 + code.len() as u64);
    let contract = AccountContract::Local(hash(&code));
    let account = AccountState::new(Balance::from_near(10), Balance::ZERO, contract, bytes);
    Ok(vec![
        StateRecord::Account { account_id: account_id.clone(), account },
        StateRecord::Contract { account_id, code },
    ])
}

/// Compiled contracts, kept in memory as a node keeps them.
fn contracts(dir: &Path) -> Result<Arc<dyn ContractRuntimeCache>, Problem> {
    let cache = FilesystemContractRuntimeCache::with_memory_cache(
        dir,
        None::<&Path>,
        "compiled",
        16,
        None,
        1 << 30,
        noop_background_spawner(),
    )?;
    Ok(Arc::new(cache))
}

const PROTOCOL: u32 = 86;
const APP: &str = "app";

pub(crate) const CONTRACT: &str = "contract.near";
pub(crate) const LARGE: &str = "large.near";
pub(crate) const METHOD: &str = "noop";

/// `(module (func (export "noop")))`
pub(crate) const NOOP: &[u8] =
    b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x08\x01\x04noop\0\0\x0a\x04\x01\x02\0\x0b";
