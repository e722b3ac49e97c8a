//! A small chain for this crate's tests: `test.near` validates, `near` holds the treasury.

use crate::chain::Chain;
use crate::history::archive::{Archive, CachedArchive};
use crate::history::branches::{Lineages, StoredLineage};
use crate::history::checkpoint::Checkpoint;
use crate::history::lineage::Position;
use crate::history::snapshots::Saved;
use crate::history::stored::{self, Head, NewestHead};
use crate::inputs::applied::Refused;
use crate::inputs::edit::{Deletion, Edit};
use crate::inputs::input::{Batch, Impersonation, Input};
use crate::inputs::time::TimeChange;
use crate::spec::ChainOptions;
use keyway_engine::StateError;
use keyway_state::NodeStore;
use near_chain_configs::{Genesis, GenesisConfig, GenesisContents, GenesisRecords};
use near_crypto::{InMemorySigner, KeyType, PublicKey, Signer};
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::epoch_manager::EpochConfig;
use near_primitives::hash::CryptoHash;
use near_primitives::num_rational::Rational32;
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::{
    Action, SignedTransaction, StakeAction, Transaction, TransactionV0, TransferAction,
};
use near_primitives::types::validator_stake::ValidatorStake;
use near_primitives::types::{AccountId, AccountInfo, Balance, BlockHeight, Gas};
use near_vm_runner::NoContractRuntimeCache;
use std::collections::BTreeMap;
use std::ops::{Bound, Range};
use std::sync::{Arc, Mutex};

/// Genesis time, and the time of tests: 2025-01-01T00:00:01Z in nanoseconds.
pub(crate) const NOW: u64 = 1_735_689_601_000_000_000;

pub(crate) fn chain() -> Chain {
    chain_with(|_| {})
}

/// A chain whose genesis `change` has altered.
pub(crate) fn chain_with(change: impl FnOnce(&mut GenesisConfig)) -> Chain {
    let mut genesis = genesis();
    change(&mut genesis.config);
    Chain::new(&genesis, Arc::new(NoContractRuntimeCache)).unwrap()
}

/// Inputs by short names.
pub(crate) trait Drive {
    /// Includes a transaction and runs it to its end.
    fn submit(&mut self, tx: SignedTransaction, now_ns: u64) -> Result<CryptoHash, Refused>;

    /// Seals an empty block.
    fn tick(&mut self, now_ns: u64) -> Result<(), Refused>;

    /// Moves the chain ahead.
    fn jump(&mut self, delta_height: u64, now_ns: u64) -> Result<(), Refused>;
}

impl Drive for Chain {
    fn submit(&mut self, tx: SignedTransaction, now_ns: u64) -> Result<CryptoHash, Refused> {
        let hash = tx.get_hash();
        self.apply(Input::transaction(tx), now_ns).map(|_| hash)
    }

    fn tick(&mut self, now_ns: u64) -> Result<(), Refused> {
        self.apply(Input::Tick, now_ns).map(drop)
    }

    fn jump(&mut self, delta_height: u64, now_ns: u64) -> Result<(), Refused> {
        self.apply(self.fast_forward_input(delta_height), now_ns).map(drop)
    }
}

/// A chain that signs, and the key that verifies.
pub(crate) fn signed_chain() -> (Chain, PublicKey) {
    let signer = signer("test.near");
    let key = signer.public_key();
    let options = ChainOptions { signer: Some(signer), ..ChainOptions::default() };
    let cache = Arc::new(NoContractRuntimeCache);
    (Chain::with_options(&genesis(), options, cache).unwrap(), key)
}

pub(crate) fn genesis() -> Genesis {
    let records = vec![
        validator_record(),
        key_record("test.near", "test.near"),
        account_record("near", 1_000_000_000, None),
        key_record("near", "near"),
        account_record("alice.near", 1_000, None),
        key_record("alice.near", "alice.near"),
    ];
    let config = GenesisConfig {
        protocol_version: 86,
        genesis_time: serde_json::from_str("\"2025-01-01T00:00:00Z\"").unwrap(),
        chain_id: "test-chain-keyway".to_owned(),
        num_block_producer_seats: 50,
        epoch_length: 60,
        gas_limit: Gas::from_gas(1_000_000_000_000_000),
        min_gas_price: Balance::from_yoctonear(100_000_000),
        gas_price_adjustment_rate: Rational32::new(1, 100),
        validators: vec![AccountInfo {
            account_id: id("test.near"),
            public_key: signer("test.near").public_key(),
            amount: Balance::from_near(50_000_000),
        }],
        transaction_validity_period: 100,
        protocol_reward_rate: Rational32::new(1, 10),
        max_inflation_rate: Rational32::new(1, 20),
        total_supply: Balance::from_near(2_050_001_000),
        num_blocks_per_year: 31_536_000,
        protocol_treasury_account: id("near"),
        fishermen_threshold: Balance::from_near(10),
        ..GenesisConfig::default()
    };
    Genesis { config, contents: GenesisContents::Records { records: GenesisRecords(records) } }
}

pub(crate) fn epoch_config() -> EpochConfig {
    EpochConfig::from(&genesis().config)
}

/// A proposal of `near` NEAR.
pub(crate) fn stake(name: &str, near: u64) -> ValidatorStake {
    let stake = Balance::from_near(u128::from(near));
    ValidatorStake::new(id(name), signer(name).public_key(), stake)
}

/// One input of each kind.
pub(crate) fn inputs() -> Vec<Input> {
    let patch = vec![
        account_record("patched.near", 7, None),
        key_record("patched.near", "patched.near"),
        data_record("patched.near", b"key", b"value"),
        StateRecord::Contract { account_id: id("patched.near"), code: vec![1, 2, 3] },
    ];
    vec![
        Input::transaction(transfer(1, CryptoHash::default())),
        Input::Tick,
        Input::Patch(patch),
        Input::FastForward { delta_height: 70, block_delay_ns: 1_000 },
        Input::Tick,
        Input::block(Vec::new()),
        Input::Batch(Batch { transactions: Vec::new(), finalize: true }),
        Input::Impersonate(Impersonation {
            signer_id: id("alice.near"),
            receiver_id: id("near"),
            actions: vec![Action::Transfer(TransferAction { deposit: Balance::from_near(1) })],
        }),
        Input::Time(TimeChange::Move { by_ns: 1_000_000 }),
        Input::Time(TimeChange::Step { step_ns: 1_000 }),
        Input::Mine { blocks: 3, interval_ns: Some(1_000) },
        Input::Time(TimeChange::Free),
        Input::Edit(Edit {
            set: vec![data_record("near", b"key", b"value")],
            delete: vec![Deletion::Account { account_id: id("patched.near") }],
            balances: vec![(id("alice.near"), Balance::from_near(7))],
        }),
        Input::SaveSnapshot { name: "one".to_owned(), note: "a note".to_owned() },
        Input::Revert { name: "one".to_owned() },
        Input::DeleteSnapshot { name: "one".to_owned() },
    ]
}

/// Alice sends one NEAR to `near`.
pub(crate) fn transfer(nonce: u64, base: CryptoHash) -> SignedTransaction {
    let transfer = Action::Transfer(TransferAction { deposit: Balance::from_near(1) });
    signed("alice.near", "near", nonce, base, transfer)
}

/// `name` proposes to stake `near` NEAR.
pub(crate) fn propose(name: &str, near: u64, nonce: u64, base: CryptoHash) -> SignedTransaction {
    let stake = Balance::from_near(u128::from(near));
    let stake = StakeAction { stake, public_key: signer(name).public_key() };
    signed(name, name, nonce, base, Action::Stake(Box::new(stake)))
}

/// `from` signs `action` for `to`.
pub(crate) fn signed(
    from: &str,
    to: &str,
    nonce: u64,
    block_hash: CryptoHash,
    action: Action,
) -> SignedTransaction {
    let signer = signer(from);
    let transaction = Transaction::V0(TransactionV0 {
        signer_id: id(from),
        public_key: signer.public_key(),
        nonce,
        receiver_id: id(to),
        block_hash,
        actions: vec![action],
    });
    let (hash, _) = transaction.get_hash_and_size();
    SignedTransaction::new(signer.sign(hash.as_ref()), transaction)
}

/// Amount and stake of all accounts after the head, yoctoNEAR.
pub(crate) fn money(chain: &Chain) -> Balance {
    let mut sum = Balance::ZERO;
    for record in keyway_state::records(&chain.head().state) {
        if let StateRecord::Account { account, .. } = record.unwrap() {
            sum = sum.checked_add(account.amount()).unwrap();
            sum = sum.checked_add(account.locked()).unwrap();
        }
    }
    sum
}

pub(crate) fn account_record(name: &str, near: u64, code: Option<CryptoHash>) -> StateRecord {
    let contract = code.map_or(AccountContract::None, AccountContract::Local);
    let amount = Balance::from_near(u128::from(near));
    let account = Account::new(amount, Balance::ZERO, contract, 182);
    StateRecord::Account { account_id: id(name), account }
}

pub(crate) fn key_record(name: &str, seed: &str) -> StateRecord {
    StateRecord::access_key(id(name), signer(seed).public_key(), AccessKey::full_access())
}

pub(crate) fn data_record(name: &str, key: &[u8], value: &[u8]) -> StateRecord {
    StateRecord::Data {
        account_id: id(name),
        data_key: key.to_vec().into(),
        value: value.to_vec().into(),
    }
}

pub(crate) fn id(name: &str) -> AccountId {
    name.parse().unwrap()
}

/// The key pair of the seed `name`.
pub(crate) fn signer(name: &str) -> Signer {
    InMemorySigner::from_seed(id(name), KeyType::ED25519, name)
}

fn validator_record() -> StateRecord {
    let (amount, locked) = (Balance::from_near(1_000_000_000), Balance::from_near(50_000_000));
    let account = Account::new(amount, locked, AccountContract::None, 182);
    StateRecord::Account { account_id: id("test.near"), account }
}

/// An archive in memory.
#[derive(Debug, Default)]
pub(crate) struct MemoryArchive {
    contents: Mutex<Contents>,
    reads: std::sync::atomic::AtomicUsize,
    traffic: Mutex<Traffic>,
}

/// What was read from an archive and written to it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traffic {
    /// Rows of all tables that were asked for.
    pub(crate) read: usize,
    /// Rows of all tables that were written or deleted.
    pub(crate) written: usize,
    /// Bytes of the rows that were written.
    pub(crate) bytes: usize,
}

impl Traffic {
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            read: self.read - earlier.read,
            written: self.written - earlier.written,
            bytes: self.bytes - earlier.bytes,
        }
    }

    /// The more of each.
    pub(crate) fn most(self, other: Self) -> Self {
        Self {
            read: self.read.max(other.read),
            written: self.written.max(other.written),
            bytes: self.bytes.max(other.bytes),
        }
    }

    fn writing(self, checkpoint: &Checkpoint) -> Self {
        let numbered = [&checkpoint.branches, &checkpoint.snapshots, &checkpoint.snapshot_heads];
        let lengths = numbered.into_iter().flatten().map(|(_, bytes)| bytes.len());
        let lengths = lengths.chain(checkpoint.rows.iter().map(|(_, bytes)| bytes.len()));
        let lengths = lengths.chain(checkpoint.blocks().map(|(_, _, bytes)| bytes.len()));
        let lengths = lengths.chain(checkpoint.names().map(|(_, _, bytes)| bytes.len()));
        let lengths = lengths.chain(checkpoint.epochs.iter().map(|(_, _, bytes)| bytes.len()));
        let lengths = lengths.chain(checkpoint.subtrees.iter().map(|(_, bytes)| bytes.len()));
        let lengths: Vec<_> = lengths.chain([checkpoint.head.len()]).collect();
        let pruned = checkpoint.pruned.positions().count() + checkpoint.pruned.names.len();
        let deleted = pruned + checkpoint.deleted_snapshots.len() + checkpoint.freed.len();
        Self {
            read: self.read,
            written: self.written + lengths.len() + deleted,
            bytes: self.bytes + lengths.iter().sum::<usize>(),
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Contents {
    broken: bool,
    rows: BTreeMap<u64, Vec<u8>>,
    next_row: u64,
    blocks: BTreeMap<Position, (CryptoHash, Vec<u8>)>,
    subtrees: BTreeMap<(u64, u64), Vec<u8>>,
    names: BTreeMap<(CryptoHash, u64), Vec<u8>>,
    epochs: BTreeMap<(u64, CryptoHash), Vec<u8>>,
    branches: BTreeMap<u64, Vec<u8>>,
    snapshots: BTreeMap<u64, Vec<u8>>,
    snapshot_heads: BTreeMap<u64, Vec<u8>>,
    head: Option<Vec<u8>>,
}

impl MemoryArchive {
    pub(crate) fn opened() -> (Arc<Self>, CachedArchive) {
        let memory = Arc::new(Self::default());
        let archive = memory.archive();
        (memory, archive)
    }

    /// An archive that has nothing cached.
    pub(crate) fn archive(self: &Arc<Self>) -> CachedArchive {
        CachedArchive::new(self.clone(), 8_000)
    }

    pub(crate) fn next_row(&self) -> u64 {
        self.contents.lock().unwrap().next_row
    }

    /// All that was read and written so far.
    pub(crate) fn traffic(&self) -> Traffic {
        *self.traffic.lock().unwrap()
    }

    pub(crate) fn put(&self, checkpoint: &Checkpoint) {
        let mut traffic = self.traffic.lock().unwrap();
        *traffic = traffic.writing(checkpoint);
        let mut contents = self.contents.lock().unwrap();
        for at in &checkpoint.pruned.blocks {
            contents.blocks.remove(at).unwrap();
        }
        for (at, leaf) in &checkpoint.pruned.abandoned {
            contents.blocks.remove(at).unwrap();
            contents.subtrees.remove(&(at.branch, *leaf)).unwrap();
        }
        contents.subtrees.extend(checkpoint.subtrees.iter().cloned());
        for name in &checkpoint.pruned.names {
            contents.names.remove(name).unwrap();
        }
        for row in &checkpoint.freed {
            contents.rows.remove(row).unwrap();
        }
        contents.rows.extend(checkpoint.rows.iter());
        contents.next_row = checkpoint.rows.next();
        let blocks = checkpoint.blocks();
        contents.blocks.extend(blocks.map(|(at, hash, block)| (at, (hash, block))));
        let names = checkpoint.names();
        contents.names.extend(names.map(|(name, branch, known)| ((name, branch), known)));
        let epochs = checkpoint.epochs.iter().cloned();
        contents.epochs.extend(epochs.map(|(branch, id, epoch)| ((branch, id), epoch)));
        for number in &checkpoint.deleted_snapshots {
            contents.snapshots.remove(number).unwrap();
            contents.snapshot_heads.remove(number).unwrap();
        }
        contents.branches.extend(checkpoint.branches.iter().cloned());
        contents.snapshots.extend(checkpoint.snapshots.iter().cloned());
        contents.snapshot_heads.extend(checkpoint.snapshot_heads.iter().cloned());
        contents.head = Some(checkpoint.head.clone());
    }

    /// Makes it what a program of format 5 would have written: each head and each snapshot has all of its
    /// branches.
    pub(crate) fn make_format_5(self: &Arc<Self>) {
        let mut lineages = Lineages::of(&**self);
        let mut parts = |lineage| lineages.read(lineage).map(|read| read.parts_until_format_5());
        let head =
            |bytes: &[u8]| stored::decode::<Head<StoredLineage>>(bytes, String::new).unwrap();
        let mut contents = Contents::clone(&self.contents.lock().unwrap());
        for bytes in contents.snapshot_heads.values_mut() {
            *bytes = stored::encode(&head(bytes).try_map(&mut parts).unwrap());
        }
        for bytes in contents.snapshots.values_mut() {
            let saved: Saved<StoredLineage> = stored::decode(bytes, String::new).unwrap();
            *bytes = stored::encode(&saved.try_map(&mut parts).unwrap());
        }
        let newest = contents.head.take().unwrap();
        let NewestHead { head, current_snapshot, next_snapshot } =
            stored::decode::<NewestHead<StoredLineage>>(&newest, String::new).unwrap();
        let head = head.try_map(&mut parts).unwrap();
        contents.head = Some(stored::encode(&NewestHead { head, current_snapshot, next_snapshot }));
        contents.branches.clear();
        *self.contents.lock().unwrap() = contents;
    }

    /// How many blocks and names there are.
    pub(crate) fn history(&self) -> (usize, usize) {
        let contents = self.contents.lock().unwrap();
        (contents.blocks.len(), contents.names.len())
    }

    /// How many rows of states there are.
    pub(crate) fn rows_held(&self) -> usize {
        self.contents.lock().unwrap().rows.len()
    }

    /// How often a row was read, of a state or of the tree of blocks.
    pub(crate) fn rows_read(&self) -> usize {
        self.reads.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Changes a row of the tree of blocks.
    pub(crate) fn damage_subtrees(&self, leaf: &(u64, u64)) {
        let mut contents = self.contents.lock().unwrap();
        contents.subtrees.get_mut(leaf).unwrap().iter_mut().for_each(|byte| *byte ^= 4);
    }

    pub(crate) fn break_down(&self) {
        self.contents.lock().unwrap().broken = true;
    }

    fn ask<T>(&self, answer: impl FnOnce(&Contents) -> T) -> Result<T, StateError> {
        self.traffic.lock().unwrap().read += 1;
        self.answer(answer)
    }

    /// The rows of one answer.
    fn ask_for<T>(&self, answer: impl FnOnce(&Contents) -> Vec<T>) -> Result<Vec<T>, StateError> {
        let rows = self.answer(answer)?;
        self.traffic.lock().unwrap().read += rows.len().max(1);
        Ok(rows)
    }

    fn answer<T>(&self, answer: impl FnOnce(&Contents) -> T) -> Result<T, StateError> {
        let contents = self.contents.lock().unwrap();
        if contents.broken {
            return Err(StateError::Unreadable { reason: "the disk is gone".to_owned() });
        }
        Ok(answer(&contents))
    }
}

impl NodeStore for MemoryArchive {
    fn row(&self, number: u64) -> Result<Option<Vec<u8>>, StateError> {
        self.reads.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.ask(|contents| contents.rows.get(&number).cloned())
    }
}

impl Archive for MemoryArchive {
    fn block(&self, at: Position) -> Result<Option<Vec<u8>>, StateError> {
        self.ask(|contents| contents.blocks.get(&at).map(|(_, block)| block.clone()))
    }

    fn position_above(&self, at: Position) -> Result<Option<Position>, StateError> {
        let above = (Bound::Excluded(at), Bound::Unbounded);
        self.ask(|contents| contents.blocks.range(above).next().map(|(at, _)| *at))
    }

    fn subtrees(&self, leaves: &[(u64, u64)]) -> Result<Vec<Option<Vec<u8>>>, StateError> {
        self.reads.fetch_add(leaves.len(), std::sync::atomic::Ordering::Relaxed);
        self.ask_for(|contents| {
            leaves.iter().map(|leaf| contents.subtrees.get(leaf).cloned()).collect()
        })
    }

    fn first_leaf(&self, branch: u64) -> Result<Option<u64>, StateError> {
        self.reads.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let on = (branch, 0)..=(branch, u64::MAX);
        self.ask(|contents| contents.subtrees.range(on).next().map(|((_, leaf), _)| *leaf))
    }

    fn hashes(
        &self,
        branch: u64,
        heights: Range<BlockHeight>,
    ) -> Result<Vec<CryptoHash>, StateError> {
        let at = |height| Position { branch, height };
        let range = at(heights.start)..at(heights.end);
        self.ask_for(|contents| contents.blocks.range(range).map(|(_, (hash, _))| *hash).collect())
    }

    fn names(&self, name: &CryptoHash) -> Result<Vec<(u64, Vec<u8>)>, StateError> {
        self.ask_for(|contents| {
            let names = contents.names.range((*name, 0)..=(*name, u64::MAX));
            names.map(|((_, branch), known)| (*branch, known.clone())).collect()
        })
    }

    fn rows(&self, numbers: Range<u64>, most: usize) -> Result<Vec<u64>, StateError> {
        self.ask_for(|contents| {
            contents.rows.range(numbers).take(most).map(|(row, _)| *row).collect()
        })
    }

    fn epochs(&self) -> Result<Vec<(u64, CryptoHash, Vec<u8>)>, StateError> {
        self.ask_for(|contents| {
            let epochs = contents.epochs.iter();
            epochs.map(|((branch, id), epoch)| (*branch, *id, epoch.clone())).collect()
        })
    }

    fn branch(&self, number: u64) -> Result<Option<Vec<u8>>, StateError> {
        self.ask(|contents| contents.branches.get(&number).cloned())
    }

    fn snapshots(&self) -> Result<Vec<(u64, Vec<u8>)>, StateError> {
        self.ask_for(|contents| contents.snapshots.clone().into_iter().collect())
    }

    fn snapshot_head(&self, number: u64) -> Result<Option<Vec<u8>>, StateError> {
        self.ask(|contents| contents.snapshot_heads.get(&number).cloned())
    }

    fn head(&self) -> Result<Option<Vec<u8>>, StateError> {
        self.ask(|contents| contents.head.clone())
    }
}
