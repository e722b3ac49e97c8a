//! A block's writes over the state that it started from, with undo.
//!
//! Writes are *prospective* until [`Overlay::commit`] gives them a cause; [`Overlay::rollback`]
//! discards them, so a failed receipt changes nothing.

use crate::recorder::Recorder;
use crate::state::{PathNode, State, StateError, Value, ValueRef};
use borsh::{BorshDeserialize, BorshSerialize};
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{RawStateChange, RawStateChangesWithTrieKey, StateChangeCause};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Deref;

/// The state as a block sees it while it is being applied.
pub(crate) struct Overlay<'s> {
    base: &'s dyn State,
    committed: BTreeMap<Vec<u8>, RawStateChangesWithTrieKey>,
    prospective: BTreeMap<Vec<u8>, (TrieKey, Option<Vec<u8>>)>,
    touched: RefCell<Touched>,
    recorder: Option<&'s dyn Recorder>,
}

/// Trie nodes and values that contracts have touched in this block.
#[derive(Default)]
struct Touched {
    /// Already paid for: when touched again, they count as cached.
    charged: HashSet<CryptoHash>,
    /// Part of the block's storage proof.
    recorded: HashSet<CryptoHash>,
    proof_bytes: usize,
    /// Nodes that contracts may have touched besides, at most: the state does not know them.
    unknown: u64,
}

/// How many trie nodes and values an access touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NodesTouched {
    /// For the first time in this block.
    pub(crate) fresh: u64,
    /// Again.
    pub(crate) cached: u64,
}

/// A value that was found. One from the state is loaded when its bytes are needed.
pub(crate) enum Found<'o> {
    /// Written in this block: free of node fees.
    Written(&'o [u8]),
    /// In the state before the block.
    Base(ValueRef<'o>),
}

/// The bytes of a value that was found.
pub(crate) enum FoundBytes<'o> {
    Written(&'o [u8]),
    Base(Value),
}

impl<'o> Found<'o> {
    /// Length of the value in bytes.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Written(bytes) => bytes.len(),
            Self::Base(value) => value.len(),
        }
    }

    /// The value's sha256. Only one that was written in this block has to be hashed.
    pub(crate) fn hash(&self) -> CryptoHash {
        match self {
            Self::Written(bytes) => hash(bytes),
            Self::Base(value) => value.hash(),
        }
    }

    pub(crate) fn load(&self) -> Result<FoundBytes<'o>, StateError> {
        Ok(match self {
            Self::Written(bytes) => FoundBytes::Written(bytes),
            Self::Base(value) => FoundBytes::Base(value.load()?),
        })
    }
}

impl Deref for FoundBytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Written(bytes) => bytes,
            Self::Base(value) => value,
        }
    }
}

/// The most bytes that a removal may add to the storage proof (nearcore: trie recording's upper bound).
const PROOF_BYTES_PER_REMOVAL: usize = 2000;

impl<'s> Overlay<'s> {
    pub(crate) fn new(base: &'s dyn State) -> Self {
        Self {
            base,
            committed: BTreeMap::new(),
            prospective: BTreeMap::new(),
            touched: RefCell::default(),
            recorder: None,
        }
    }

    /// The same with an observer.
    pub(crate) fn watched(base: &'s dyn State, recorder: &'s dyn Recorder) -> Self {
        Self { recorder: Some(recorder), ..Self::new(base) }
    }

    /// Who watches the block, if anybody does.
    pub(crate) fn recorder(&self) -> Option<&'s dyn Recorder> {
        self.recorder
    }

    /// The value under `key`, this block's writes first.
    pub(crate) fn find(&self, key: &TrieKey) -> Result<Option<Found<'_>>, StateError> {
        let raw = key.to_vec();
        match self.written(&raw) {
            Some(written) => Ok(written.map(Found::Written)),
            None => Ok(self.base.get_ref(&raw)?.map(Found::Base)),
        }
    }

    /// The value under `key`, decoded.
    pub(crate) fn read<T: BorshDeserialize>(&self, key: &TrieKey) -> Result<Option<T>, StateError> {
        let Some(found) = self.find(key)? else { return Ok(None) };
        let corrupt = |_| StateError::Corrupt { what: format!("{key:?}") };
        T::try_from_slice(&found.load()?).map(Some).map_err(corrupt)
    }

    pub(crate) fn contains(&self, key: &TrieKey) -> Result<bool, StateError> {
        Ok(self.find(key)?.is_some())
    }

    /// Writes the borsh form of `value`.
    pub(crate) fn write<T: BorshSerialize>(&mut self, key: TrieKey, value: &T) {
        self.set(key, encoded(value));
    }

    pub(crate) fn set(&mut self, key: TrieKey, bytes: Vec<u8>) {
        self.prospective.insert(key.to_vec(), (key, Some(bytes)));
    }

    pub(crate) fn remove(&mut self, key: TrieKey) {
        self.prospective.insert(key.to_vec(), (key, None));
    }

    /// Keeps all writes since the last commit, as caused by `cause`.
    pub(crate) fn commit(&mut self, cause: &StateChangeCause) {
        for (raw, (trie_key, data)) in std::mem::take(&mut self.prospective) {
            let entry = self.committed.entry(raw).or_insert_with(|| RawStateChangesWithTrieKey {
                trie_key,
                changes: Vec::with_capacity(1),
            });
            entry.changes.push(RawStateChange { cause: cause.clone(), data });
        }
    }

    /// Forgets all writes since the last commit.
    pub(crate) fn rollback(&mut self) {
        self.prospective.clear();
    }

    /// All committed writes in trie-key order.
    pub(crate) fn into_changes(self) -> Vec<RawStateChangesWithTrieKey> {
        self.committed.into_values().collect()
    }

    /// All keys that start with `prefix`, in trie order, after this block's writes.
    pub(crate) fn keys_with_prefix(&self, prefix: &[u8]) -> Result<BTreeSet<Vec<u8>>, StateError> {
        let mut keys = BTreeSet::new();
        self.base.visit_keys(prefix, &mut |key| {
            keys.insert(key.to_vec());
        })?;
        let committed = self.committed.range(prefix.to_vec()..).map(|(key, entry)| {
            (key, entry.changes.last().is_some_and(|change| change.data.is_some()))
        });
        let prospective =
            self.prospective.range(prefix.to_vec()..).map(|(key, (_, data))| (key, data.is_some()));
        for (key, present) in committed
            .take_while(|(key, _)| key.starts_with(prefix))
            .chain(prospective.take_while(|(key, _)| key.starts_with(prefix)))
        {
            if present {
                keys.insert(key.clone());
            } else {
                keys.remove(key);
            }
        }
        Ok(keys)
    }

    /// As [`Overlay::find`], with the trie nodes on the path counted and recorded: what a contract
    /// pays for a write or a removal. Keys written in this block touch nothing.
    pub(crate) fn find_through_trie(
        &self,
        key: &TrieKey,
    ) -> Result<(Option<Found<'_>>, NodesTouched), StateError> {
        let raw = key.to_vec();
        if let Some(written) = self.written(&raw) {
            return Ok((written.map(Found::Written), NodesTouched::default()));
        }
        let mut count = NodesTouched::default();
        let touched = &mut *self.touched.borrow_mut();
        let (found, unknown) = self.base.get_ref_paying(&raw, &mut |node| {
            touched.record(node.hash, node.len);
            count.add(touched.charge(node.hash));
        })?;
        touched.unknown = touched.unknown.saturating_add(unknown);
        Ok((found.map(Found::Base), count))
    }

    /// As [`Overlay::find`], recording the path for the storage proof without charging for it:
    /// what a contract's read does, which finds values through flat storage.
    pub(crate) fn find_recorded(&self, key: &TrieKey) -> Result<Option<Found<'_>>, StateError> {
        let raw = key.to_vec();
        if let Some(written) = self.written(&raw) {
            return Ok(written.map(Found::Written));
        }
        let touched = &mut *self.touched.borrow_mut();
        let visit = &mut |node: PathNode| touched.record(node.hash, node.len);
        Ok(self.base.get_ref_visiting(&raw, visit)?.map(Found::Base))
    }

    /// How many trie nodes contracts have touched and not paid for so far, at most: a fork does not
    /// know them.
    pub(crate) fn unknown_nodes(&self) -> u64 {
        self.touched.borrow().unknown
    }

    /// Counts reading the value itself: one node, unless it was written in this block.
    pub(crate) fn touch_value(&self, found: &Found<'_>) -> NodesTouched {
        let Found::Base(value) = found else { return NodesTouched::default() };
        let mut touched = self.touched.borrow_mut();
        touched.record(value.hash(), value.len());
        let mut count = NodesTouched::default();
        count.add(touched.charge(value.hash()));
        count
    }

    /// Counts `bytes` that enter the storage proof besides trie nodes, such as contract code.
    pub(crate) fn record_bytes(&self, bytes: usize) {
        let proof_bytes = &mut self.touched.borrow_mut().proof_bytes;
        *proof_bytes = proof_bytes.saturating_add(bytes);
    }

    pub(crate) fn record_removal(&self) {
        self.record_bytes(PROOF_BYTES_PER_REMOVAL);
    }

    /// Upper bound of the block's storage proof so far, in bytes.
    pub(crate) fn proof_bytes(&self) -> usize {
        self.touched.borrow().proof_bytes
    }

    fn written(&self, raw: &[u8]) -> Option<Option<&[u8]>> {
        if let Some((_, data)) = self.prospective.get(raw) {
            return Some(data.as_deref());
        }
        self.committed.get(raw)?.changes.last().map(|change| change.data.as_deref())
    }
}

/// The borsh form of `value`.
pub(crate) fn encoded<T: BorshSerialize>(value: &T) -> Vec<u8> {
    let mut bytes = borsh::to_vec(value).expect("writing to a vector does not fail");
    // The history keeps these bytes, and borsh reserves a kilobyte.
    bytes.shrink_to_fit();
    bytes
}

impl Touched {
    /// True when this is the first time.
    fn charge(&mut self, node: CryptoHash) -> bool {
        self.charged.insert(node)
    }

    fn record(&mut self, node: CryptoHash, len: usize) {
        if self.recorded.insert(node) {
            self.proof_bytes = self.proof_bytes.saturating_add(len);
        }
    }
}

impl NodesTouched {
    fn add(&mut self, fresh: bool) {
        let count = if fresh { &mut self.fresh } else { &mut self.cached };
        *count = count.saturating_add(1);
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            fresh: self.fresh.saturating_add(other.fresh),
            cached: self.cached.saturating_add(other.cached),
        }
    }
}
