//! Collects what the receipts of one transaction do, within bounds.

use crate::rerun::budget::{Budget, MAX_ARGS, MAX_FRAMES, MAX_VALUE};
use crate::rerun::costs;
use crate::rerun::record::{ActionRecord, Record};
use keyway_engine::{ActionRun, ReceiptMoney, Recorder, StorageAccess};
use keyway_trace::{InputResult, Log, StorageEntry, StorageUse};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{Receipt, VersionedReceiptEnum};
use near_primitives::transaction::ExecutionOutcomeWithId;
use near_primitives::types::BlockHeight;
use near_vm_runner::logic::types::PromiseResult;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The receipts of one transaction, while blocks are applied. Those of others are not kept.
pub(crate) struct Recording(Mutex<Seen>);

/// What was seen so far.
pub(crate) struct Seen {
    budget: Budget,
    height: BlockHeight,
    /// The transaction, and the receipts that it caused.
    wanted: HashSet<CryptoHash>,
    /// The receipt that runs, if it is wanted.
    running: Option<CryptoHash>,
    /// Where the keys of the running receipt's storage are in its entries.
    keys: HashMap<Vec<u8>, usize>,
    /// The outcome of the transaction itself, once its block was applied.
    pub(crate) converted: Option<ExecutionOutcomeWithId>,
    pub(crate) records: HashMap<CryptoHash, Record>,
    /// Receipts that ran and were too many.
    pub(crate) omitted: u64,
}

impl Recording {
    /// Of the transaction `hash`.
    pub(crate) fn of(hash: CryptoHash) -> Self {
        Self(Mutex::new(Seen {
            budget: Budget::default(),
            height: 0,
            wanted: HashSet::from([hash]),
            running: None,
            keys: HashMap::new(),
            converted: None,
            records: HashMap::new(),
            omitted: 0,
        }))
    }

    /// Says which block is applied next.
    pub(crate) fn begin_block(&self, height: BlockHeight) {
        self.seen().height = height;
    }

    /// What was seen, to look at.
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was seen.
    pub(crate) fn into_seen(self) -> Seen {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder for Recording {
    fn begin(&self, receipt: &Receipt, inputs: &[PromiseResult]) {
        self.seen().begin(receipt, inputs);
    }

    fn storage(&self, access: StorageAccess<'_>) {
        self.seen().storage(access);
    }

    fn action(&self, action: ActionRun<'_>) {
        self.seen().action(action);
    }

    fn end(&self, outcome: &ExecutionOutcomeWithId, money: Option<ReceiptMoney>) {
        self.seen().end(outcome, money);
    }
}

impl Seen {
    /// Takes the bytes of a value from the trace's budget.
    pub(crate) fn budget(&mut self) -> &mut Budget {
        &mut self.budget
    }

    /// Whether `id` is a receipt that the transaction caused.
    pub(crate) fn wants(&self, id: &CryptoHash) -> bool {
        self.wanted.contains(id)
    }

    /// Whether the transaction was converted, and every receipt that it caused has run.
    pub(crate) fn is_done(&self) -> bool {
        let ran = self.records.values().filter(|record| record.end.is_some()).count();
        let known = self.wanted.len().saturating_sub(1);
        self.converted.is_some() && (ran == known || self.omitted > 0)
    }

    /// The receipts that were made by what ran in the block at `height`.
    pub(crate) fn made_at(&self, height: BlockHeight) -> Vec<CryptoHash> {
        let ran = self.records.values().filter(|record| record.height == height);
        let ran = ran.filter_map(|record| record.end.as_ref()).map(|(outcome, _)| outcome);
        let outcomes = ran.chain(&self.converted);
        outcomes.flat_map(|entry| entry.outcome.receipt_ids.iter().copied()).collect()
    }

    /// The ids of the receipts that ran in the block at `height`, by the hashes that name them as
    /// causes of changes.
    pub(crate) fn receipt_hashes_at(&self, height: BlockHeight) -> HashMap<CryptoHash, CryptoHash> {
        let ran = self.records.values().filter(|record| record.height == height);
        ran.map(|record| (record.receipt.get_hash(), *record.receipt.receipt_id())).collect()
    }

    fn begin(&mut self, receipt: &Receipt, inputs: &[PromiseResult]) {
        self.running = None;
        self.keys.clear();
        let id = *receipt.receipt_id();
        if !self.wanted.contains(&id) {
            return;
        }
        if self.records.len() >= MAX_FRAMES {
            self.omitted = self.omitted.saturating_add(1);
            return;
        }
        let inputs = inputs.iter().map(|input| match input {
            PromiseResult::Successful(data) => {
                InputResult::Returned(self.budget.bytes(data, MAX_ARGS))
            }
            PromiseResult::Failed | PromiseResult::NotReady => InputResult::Failed,
        });
        let record = Record::new(receipt.clone(), self.height, inputs.collect());
        self.records.insert(id, record);
        self.running = Some(id);
    }

    fn storage(&mut self, access: StorageAccess<'_>) {
        let Some(record) = self.running.and_then(|id| self.records.get_mut(&id)) else { return };
        note(&mut record.storage, &mut self.keys, &mut self.budget, access);
    }

    fn action(&mut self, run: ActionRun<'_>) {
        let Some(record) = self.running.and_then(|id| self.records.get_mut(&id)) else { return };
        let nth = record.actions.len();
        let kind = match record.receipt.versioned_receipt() {
            VersionedReceiptEnum::Action(receipt) | VersionedReceiptEnum::PromiseYield(receipt) => {
                receipt.actions().get(nth).map_or("Action", costs::kind)
            }
            _ => "Action",
        };
        let logs = run.logs.iter().map_while(|log| self.budget.text(log));
        record.actions.push(ActionRecord {
            burnt: run.burnt,
            used: run.used,
            costs: costs::of_action(kind, run.burnt, run.profile),
            contract: run.contract.clone(),
            logs: logs.map(|log| Log::of(&log)).collect(),
        });
    }

    fn end(&mut self, outcome: &ExecutionOutcomeWithId, money: Option<ReceiptMoney>) {
        if !self.wanted.contains(&outcome.id) {
            return;
        }
        match money {
            None => self.converted = Some(outcome.clone()),
            Some(money) => {
                let Some(record) = self.records.get_mut(&outcome.id) else { return };
                record.end = Some((outcome.clone(), money));
                self.running = None;
            }
        }
        self.wanted.extend(&outcome.outcome.receipt_ids);
    }
}

/// Adds an access to the entry of its key.
pub(crate) fn note(
    storage: &mut StorageUse,
    keys: &mut HashMap<Vec<u8>, usize>,
    budget: &mut Budget,
    access: StorageAccess<'_>,
) {
    let (key, before, after, is_write) = match access {
        StorageAccess::Has { key, .. } => (key, None, None, false),
        StorageAccess::Read { key, value } => (key, value, None, false),
        StorageAccess::Write { key, before, after } => (key, before, Some(after), true),
        StorageAccess::Remove { key, before } => (key, before, None, true),
    };
    let entry = match keys.get(key) {
        Some(&at) => storage.entries.get_mut(at),
        None if budget.entry() => {
            keys.insert(key.to_vec(), storage.entries.len());
            let key = budget.bytes(key, MAX_VALUE);
            let before = before.map(|value| budget.bytes(value, MAX_VALUE));
            storage.entries.push(StorageEntry { key, reads: 0, writes: 0, before, after: None });
            storage.entries.last_mut()
        }
        None => None,
    };
    let Some(entry) = entry else {
        storage.omitted = storage.omitted.saturating_add(1);
        return;
    };
    if entry.writes == 0 && entry.before.is_none() {
        entry.before = before.map(|value| budget.bytes(value, MAX_VALUE));
    }
    if is_write {
        entry.writes = entry.writes.saturating_add(1);
        entry.after = after.map(|value| budget.bytes(value, MAX_VALUE));
    } else {
        entry.reads = entry.reads.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_reads_and_endless_logs_take_little_memory() {
        let (mut storage, mut keys) = (StorageUse::default(), HashMap::new());
        let mut budget = Budget::default();
        let value = [255; 4_096];
        for number in 0..1_000_000_u32 {
            let (key, value) = (&number.to_be_bytes(), Some(&value[..]));
            note(&mut storage, &mut keys, &mut budget, StorageAccess::Read { key, value });
        }
        assert_eq!((storage.entries.len(), storage.omitted), (10_000, 990_000));
        assert_eq!(keys.len(), 10_000);
        let values = storage.entries.iter().filter_map(|entry| entry.before.as_ref());
        let kept: usize = values.map(|value| value.text.len()).sum();
        // Base64 of the bytes that a trace keeps.
        assert!((1 << 20..6 << 20).contains(&kept), "{kept}");
        let log = "x".repeat(1 << 10);
        let logs = (0..1_000_000).map_while(|_| budget.text(&log)).count();
        assert!(logs <= 4 << 10, "{logs}");
    }
}
