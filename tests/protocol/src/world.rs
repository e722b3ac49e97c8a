//! A chain, and questions about its head.

use crate::done::Done;
use crate::genesis::genesis;
use crate::tx::{Tx, id, public};
use keyway_chain::{Chain, Input, Refused};
use keyway_engine::{BlockContext, BlockInput, BlockOutput, apply_block};
use keyway_state::Trie;
use keyway_state::read::{self, DataLimit};
use near_chain_configs::Genesis;
use near_primitives::account::{AccessKey, Account};
use near_primitives::errors::InvalidTxError;
use near_primitives::hash::hash;
use near_primitives::receipt::Receipt;
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::{BlockHeight, Nonce};
use near_vm_runner::{ContractRuntimeCache, MockContractRuntimeCache};
use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

/// A chain of protocol 88 or another version, with the accounts of the genesis.
#[derive(Debug)]
pub struct World {
    /// The chain.
    pub chain: Chain,
}

/// Compiled contracts, shared by all worlds of a test run.
static CONTRACTS: LazyLock<Arc<dyn ContractRuntimeCache>> =
    LazyLock::new(|| Arc::new(MockContractRuntimeCache::default()));

/// The time of everything, nanoseconds since 1970.
pub const NOW_NS: u64 = 1_735_689_601_000_000_000;

impl World {
    /// A chain of this protocol version, some blocks old, so that nonces have room.
    ///
    /// # Panics
    /// When the version is not supported.
    #[must_use]
    pub fn at(version: u32) -> Self {
        Self::of(&genesis(version))
    }

    /// As [`World::at`], with a genesis that `change` has altered.
    ///
    /// # Panics
    /// When it makes no chain.
    #[must_use]
    pub fn altered(version: u32, change: impl FnOnce(&mut Genesis)) -> Self {
        let mut genesis = genesis(version);
        change(&mut genesis);
        Self::of(&genesis)
    }

    /// As [`World::at`], with another place for compiled contracts.
    ///
    /// # Panics
    /// When the version is not supported.
    #[must_use]
    pub fn compiling_to(version: u32, contracts: Arc<dyn ContractRuntimeCache>) -> Self {
        Self::on(&genesis(version), contracts)
    }

    fn of(genesis: &Genesis) -> Self {
        Self::on(genesis, Arc::clone(&CONTRACTS))
    }

    fn on(genesis: &Genesis, contracts: Arc<dyn ContractRuntimeCache>) -> Self {
        let chain = Chain::new(genesis, contracts);
        let mut world = Self { chain: chain.expect("the tests' genesis is sound") };
        world.tick(5);
        world
    }

    /// Seals empty blocks.
    ///
    /// # Panics
    /// When the state cannot be read.
    pub fn tick(&mut self, blocks: usize) {
        for _ in 0..blocks {
            self.chain.apply(Input::Tick, NOW_NS).expect("the state can be read");
        }
    }

    /// Sends a transaction and runs it to its end; tokens must be conserved.
    ///
    /// # Panics
    /// When the transaction is refused, or tokens appear or vanish.
    #[track_caller]
    pub fn send(&mut self, tx: &Tx) -> Done {
        let done = self.send_patched(tx);
        self.check_money();
        let _trace = crate::traced::traced(&self.chain, &done.hash);
        done
    }

    /// As [`World::send`], where a patch has made or taken tokens.
    ///
    /// # Panics
    /// When the transaction is refused.
    #[track_caller]
    pub fn send_patched(&mut self, tx: &Tx) -> Done {
        let signed = self.sign(tx);
        let hash = signed.get_hash();
        if let Err(error) = self.chain.apply(Input::transaction(signed), NOW_NS) {
            panic!("refused: {error:?}");
        }
        let _trace = crate::traced::untallied(&self.chain, &hash);
        Done::of(&self.chain, &hash)
    }

    /// Sends a transaction whose blocks are sealed by hand: all of them count.
    ///
    /// # Panics
    /// When the transaction is refused.
    #[track_caller]
    pub fn send_by_hand(&mut self, tx: &Tx) -> Done {
        let signed = self.sign(tx);
        let hash = signed.get_hash();
        self.chain.apply(Input::block(vec![signed]), NOW_NS).expect("it is not refused");
        self.tick(3);
        let _trace = crate::traced::traced(&self.chain, &hash);
        Done::of(&self.chain, &hash)
    }

    /// Sends a transaction that must be refused, and says why it was.
    ///
    /// # Panics
    /// When it is not refused, or changes the state.
    #[track_caller]
    pub fn refused(&mut self, tx: &Tx) -> InvalidTxError {
        let (signed, root) = (self.sign(tx), self.state().root());
        match self.chain.apply(Input::transaction(signed), NOW_NS) {
            Err(Refused::Transaction(error)) => {
                assert_eq!(self.state().root(), root, "a refused transaction changes nothing");
                *error
            }
            other => panic!("not refused: {other:?}"),
        }
    }

    /// The transaction, signed on the head.
    #[must_use]
    pub fn sign(&self, tx: &Tx) -> SignedTransaction {
        let nonce = tx.nonce.unwrap_or_else(|| self.next_nonce(tx));
        tx.sign(nonce, *self.chain.head().hash())
    }

    /// What the next block would make of these transactions, and the state after it; the chain does
    /// not move.
    #[must_use]
    pub fn block_of(&self, transactions: &[SignedTransaction]) -> (BlockOutput, Trie) {
        let input = BlockInput { transactions: transactions.to_vec(), ..BlockInput::default() };
        self.apply(self.state(), 1, &input)
    }

    /// What the block `above` the head would make of these receipts, on `state`.
    #[must_use]
    pub fn block_after(
        &self,
        state: &Trie,
        above: u64,
        incoming: Vec<Receipt>,
    ) -> (BlockOutput, Trie) {
        self.apply(state, above, &BlockInput { incoming: incoming.into(), ..BlockInput::default() })
    }

    fn apply(&self, state: &Trie, above: u64, input: &BlockInput) -> (BlockOutput, Trie) {
        let head = self.chain.head();
        let context = BlockContext {
            height: head.height() + above,
            paced_height: head.height() + above,
            timestamp_ns: NOW_NS,
            gas_price: head.header.next_gas_price(),
            gas_limit: self.chain.genesis().gas_limit,
            random_value: hash(b"random"),
            epoch_height: head.epoch_height,
            chain_id: self.chain.genesis().chain_id.as_str().into(),
            protocol: self.chain.protocol().clone(),
            stakes: Arc::clone(&head.stakes),
            contracts: Arc::clone(&CONTRACTS),
            give_up_after: None,
        };
        let output = apply_block(state, &context, input).expect("the state can be read");
        let state = state.apply(output.changes.iter().filter_map(|entry| {
            let last = entry.changes.last()?;
            Some((entry.trie_key.to_vec(), last.data.as_deref().map(Arc::from)))
        }));
        (output, state.expect("the state can be read"))
    }

    /// Writes records as `sandbox_patch_state` does.
    ///
    /// # Panics
    /// When they contradict the state.
    pub fn patch(&mut self, records: Vec<StateRecord>) {
        self.chain.apply(Input::Patch(records), NOW_NS).expect("the records fit the state");
    }

    /// The state after the head.
    #[must_use]
    pub fn state(&self) -> &Trie {
        &self.chain.head().state
    }

    /// The height of the head.
    #[must_use]
    pub fn height(&self) -> BlockHeight {
        self.chain.head().height()
    }

    /// The account, if it exists.
    ///
    /// # Panics
    /// When the state cannot be read.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Account> {
        read::account(self.state(), &id(name)).expect("the state can be read")
    }

    /// The account, which must exist.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    #[track_caller]
    pub fn account(&self, name: &str) -> Account {
        self.find(name).expect("the account should exist")
    }

    /// The account's balance, yoctoNEAR.
    #[must_use]
    #[track_caller]
    pub fn balance(&self, name: &str) -> u128 {
        self.account(name).amount().as_yoctonear()
    }

    /// Bytes that the account occupies.
    #[must_use]
    #[track_caller]
    pub fn bytes(&self, name: &str) -> u64 {
        self.account(name).storage_usage()
    }

    /// The account's key with this label.
    ///
    /// # Panics
    /// When the state cannot be read.
    #[must_use]
    pub fn key(&self, name: &str, label: &str) -> Option<AccessKey> {
        read::access_key(self.state(), &id(name), &public(label)).expect("the state can be read")
    }

    /// The balance of a gas key, yoctoNEAR.
    ///
    /// # Panics
    /// When it is missing or no gas key.
    #[must_use]
    #[track_caller]
    pub fn gas_balance(&self, name: &str, label: &str) -> u128 {
        let key = self.key(name, label).expect("the key should exist");
        key.gas_key_info().expect("a gas key").balance.as_yoctonear()
    }

    /// The nonces of a gas key.
    ///
    /// # Panics
    /// When the state cannot be read.
    #[must_use]
    pub fn rows(&self, name: &str, label: &str) -> Option<Vec<Nonce>> {
        read::gas_key_nonces(self.state(), &id(name), &public(label)).expect("the state is sound")
    }

    /// The allowance that a key has left, yoctoNEAR.
    #[must_use]
    pub fn allowance(&self, name: &str, label: &str) -> Option<u128> {
        let key = self.key(name, label)?;
        Some(key.permission.function_call_permission()?.allowance?.as_yoctonear())
    }

    /// What a contract stored under `key`.
    #[must_use]
    pub fn data(&self, name: &str, key: &[u8]) -> Option<Vec<u8>> {
        let page = read::contract_data(self.state(), &id(name), key, None, DataLimit::NONE);
        let page = page.expect("the state can be read");
        page.items.into_iter().find(|(found, _)| found == key).map(|(_, value)| value.to_vec())
    }

    /// The next nonce of the key that signs `tx`; 1 where there is no such key.
    #[must_use]
    pub fn next_nonce(&self, tx: &Tx) -> Nonce {
        let row = |index: u16| self.rows(&tx.signer, &tx.key)?.get(usize::from(index)).copied();
        let last = match tx.index {
            Some(index) => row(index),
            None => self.key(&tx.signer, &tx.key).map(|key| key.nonce).or_else(|| {
                // A universal account's first transaction.
                self.find(&tx.signer)?.bootstrap_nonce()
            }),
        };
        last.map_or(1, |nonce| nonce + 1)
    }

    /// Everything that accounts and gas keys hold is the supply, once no receipt is on its way.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn check_money(&self) {
        let head = self.chain.head();
        if !head.outgoing.is_empty() || holds_receipts(&head.state) {
            return;
        }
        let supply = head.header.total_supply().checked_sub(head.balance_burnt);
        assert_eq!(supply.map(|left| left.as_yoctonear()), Some(money(&head.state)));
    }
}

/// Whether a receipt waits in the state for data: postponed (6) or yielded (12).
fn holds_receipts(state: &Trie) -> bool {
    let mut found = false;
    for column in [6, 12] {
        state
            .scan(&[column], None, &mut |_, _| {
                found = true;
                ControlFlow::Break(())
            })
            .expect("the state can be read");
    }
    found
}

/// Amounts, stakes and gas-key balances of all accounts, yoctoNEAR.
fn money(state: &Trie) -> u128 {
    let of = |record| match record {
        StateRecord::Account { account, .. } => {
            account.amount().as_yoctonear() + account.locked().as_yoctonear()
        }
        StateRecord::AccessKey { access_key, .. } => {
            access_key.gas_key_info().map_or(0, |info| info.balance.as_yoctonear())
        }
        _ => 0,
    };
    keyway_state::records(state).map(|record| of(record.expect("the state is sound"))).sum()
}
