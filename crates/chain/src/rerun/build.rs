//! Makes a trace of what was recorded.

use crate::rerun::abis::{Abis, Called, ReadCode, contract_name};
use crate::rerun::budget::{MAX_ARGS, MAX_FRAMES};
use crate::rerun::changes::Changes;
use crate::rerun::costs;
use crate::rerun::ledger::Ledger;
use crate::rerun::record::{ActionRecord, Record};
use crate::rerun::recording::Seen;
use keyway_engine::StateError;
use keyway_rules::{Protocol, total_deposit};
use keyway_trace::{
    AccountChange, ActionTrace, Conversion, ConversionKey, Frame, FrameKind, FrameResult,
    PromiseInput, Status, Trace, TracedTransaction, panic_place,
};
use near_primitives::action::Action;
use near_primitives::errors::{ActionErrorKind, FunctionCallError, TxExecutionError};
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::{Receipt, VersionedActionReceipt, VersionedReceiptEnum};
use near_primitives::transaction::{ExecutionStatus, SignedTransaction};
use near_primitives::types::{AccountId, Balance, BlockHeight, Gas};
use near_primitives::views::ActionView;
use std::collections::HashMap;

/// What a trace is made of.
pub(crate) struct Parts<'a> {
    pub(crate) protocol: &'a Protocol,
    pub(crate) tx: &'a SignedTransaction,
    pub(crate) impersonated: bool,
    pub(crate) height: BlockHeight,
    pub(crate) block_hash: Option<CryptoHash>,
    pub(crate) seen: Seen,
    pub(crate) changes: HashMap<CryptoHash, Changes>,
    /// A receipt that was made and has not run.
    pub(crate) waiting: &'a dyn Fn(&CryptoHash) -> Result<Option<Receipt>, StateError>,
    pub(crate) code: ReadCode<'a>,
    pub(crate) abis: Abis,
}

impl Parts<'_> {
    /// The trace.
    ///
    /// # Errors
    /// When a receipt that has not run cannot be read.
    pub(crate) fn build(mut self) -> Result<Trace, StateError> {
        let hash = self.tx.get_hash();
        let mut ledger = Ledger::default();
        let conversion = self.conversion(hash, &mut ledger);
        let (frames, is_pending) = self.frames(hash, &mut ledger)?;
        let burnt = frames
            .iter()
            .fold(conversion.gas_burnt, |sum, frame| sum.saturating_add(frame.gas_burnt));
        Ok(Trace {
            status: self.status(&frames),
            transaction: self.transaction(hash),
            gas_burnt: burnt,
            conversion,
            omitted_frames: self.seen.omitted,
            money: ledger.finish(is_pending || self.seen.omitted > 0),
            frames,
        })
    }

    fn transaction(&self, hash: CryptoHash) -> TracedTransaction {
        let tx = &self.tx.transaction;
        TracedTransaction {
            hash,
            signer_id: tx.signer_id().clone(),
            public_key: (!self.impersonated).then(|| tx.public_key().to_string()),
            nonce: tx.nonce().nonce(),
            receiver_id: tx.receiver_id().clone(),
            block_height: self.height,
            block_hash: self.block_hash,
        }
    }

    fn conversion(&mut self, hash: CryptoHash, ledger: &mut Ledger) -> Conversion {
        let changes = self.changes.remove(&hash).unwrap_or_default();
        let outcome = self.seen.converted.as_ref().map(|entry| &entry.outcome);
        let gas_burnt = outcome.map_or(Gas::ZERO, |outcome| outcome.gas_burnt);
        let tokens_burnt = outcome.map_or(Balance::ZERO, |outcome| outcome.tokens_burnt);
        let became = outcome.is_some_and(|outcome| !outcome.receipt_ids.is_empty());
        let deposits = match became {
            true => total_deposit(self.tx.transaction.actions()).unwrap_or(Balance::ZERO),
            false => Balance::ZERO,
        };
        ledger.converted(&changes, deposits, tokens_burnt);
        let key = changes.keys.into_iter().find_map(|change| {
            Some(ConversionKey { before: change.before?, after: change.after? })
        });
        Conversion {
            gas_burnt,
            costs: costs::of_conversion(self.protocol, &self.tx.transaction, gas_burnt),
            tokens_burnt,
            account: changes.accounts.into_iter().next(),
            key,
        }
    }

    /// All frames, each before those that it made, and whether any has not run.
    fn frames(
        &mut self,
        hash: CryptoHash,
        ledger: &mut Ledger,
    ) -> Result<(Vec<Frame>, bool), StateError> {
        let first = self.seen.converted.iter().flat_map(|entry| &entry.outcome.receipt_ids);
        let mut next: Vec<_> = first.map(|id| (*id, hash, 1)).collect();
        let (mut frames, mut is_pending): (Vec<Frame>, bool) = (Vec::new(), false);
        let mut sources: HashMap<CryptoHash, CryptoHash> = HashMap::new();
        let mut delegated: HashMap<CryptoHash, Receipt> = HashMap::new();
        while let Some((id, parent, depth)) = next.pop() {
            let Some(record) = self.seen.records.remove(&id) else {
                is_pending = true;
                if frames.len() < 2 * MAX_FRAMES
                    && let Some(receipt) = (self.waiting)(&id)?
                {
                    let kind = kind(&receipt, delegated.get(&parent));
                    frames.push(self.frame(Record::new(receipt, 0, Vec::new()), kind));
                    place(frames.last_mut(), parent, depth);
                }
                continue;
            };
            let kind = kind(&record.receipt, delegated.get(&parent));
            note_sources(&record.receipt, &mut sources);
            if has_delegate(&record.receipt) {
                delegated.insert(id, record.receipt.clone());
            }
            let changes = self.changes.remove(&id).unwrap_or_default();
            if let Some((outcome, money)) = &record.end {
                next.extend(
                    outcome.outcome.receipt_ids.iter().rev().map(|made| (*made, id, depth + 1)),
                );
                ledger.ran(id, kind, &changes, *money);
            }
            let mut frame = self.frame(record, kind);
            frame.accounts = merged(changes.accounts, changes.rewards);
            frame.keys = changes.keys;
            frames.push(frame);
            place(frames.last_mut(), parent, depth);
        }
        name_sources(&mut frames, &sources);
        Ok((frames, is_pending))
    }

    fn frame(&mut self, record: Record, kind: FrameKind) -> Frame {
        let Record { receipt, height, inputs, actions: ran, storage, end } = record;
        let failed = end.as_ref().is_some_and(|(outcome, _)| {
            matches!(outcome.outcome.status, ExecutionStatus::Failure(_))
        });
        let data_ids = action_receipt(&receipt).map(|it| it.input_data_ids().to_vec());
        let data_ids = data_ids.unwrap_or_default();
        let inputs = inputs.into_iter().zip(data_ids);
        let actions: Vec<_> =
            action_receipt(&receipt).map_or(Vec::new(), |it| it.actions().to_vec());
        let at = (height, receipt.receiver_id());
        // What the receipt returned is what its last call did.
        let last = match (actions.last(), ran.last()) {
            (Some(Action::FunctionCall(call)), Some(ran)) => {
                Some((call.method_name.clone(), ran.contract.clone()))
            }
            _ => None,
        };
        let mut ran = ran.into_iter();
        let actions: Vec<_> =
            actions.iter().map(|action| self.action(at, action, ran.next(), failed)).collect();
        let sum = |of: fn(&ActionTrace) -> Gas| {
            actions.iter().fold(Gas::ZERO, |sum, action| sum.saturating_add(of(action)))
        };
        let (gas_attached, gas_given_on) =
            (sum(|action| action.gas_attached), sum(|action| action.gas_given_on));
        let outcome = end.as_ref().map(|(entry, _)| &entry.outcome);
        Frame {
            receipt_id: *receipt.receipt_id(),
            parent: CryptoHash::default(),
            depth: 0,
            kind,
            predecessor_id: receipt.predecessor_id().clone(),
            receiver_id: receipt.receiver_id().clone(),
            block_height: end.is_some().then_some(height),
            // The data's id is replaced by the receipt that made it, once all are known.
            inputs: inputs
                .map(|(result, data_id)| PromiseInput { from: Some(data_id), result })
                .collect(),
            actions,
            gas_attached,
            gas_burnt: outcome.map_or(Gas::ZERO, |outcome| outcome.gas_burnt),
            gas_given_on,
            costs: if end.is_some() { costs::of_receipt(self.protocol) } else { Vec::new() },
            tokens_burnt: outcome.map_or(Balance::ZERO, |outcome| outcome.tokens_burnt),
            reward: end.as_ref().map_or(Balance::ZERO, |(_, money)| money.reward),
            storage,
            accounts: Vec::new(),
            keys: Vec::new(),
            result: self.result(
                outcome.map(|outcome| &outcome.status),
                last.as_ref().map(|(method, contract)| Called {
                    height,
                    account_id: receipt.receiver_id(),
                    contract,
                    method,
                }),
            ),
        }
    }

    fn action(
        &mut self,
        (height, account_id): (BlockHeight, &AccountId),
        action: &Action,
        ran: Option<ActionRecord>,
        failed: bool,
    ) -> ActionTrace {
        let call = match action {
            Action::FunctionCall(call) => Some(call),
            _ => None,
        };
        let (burnt, used) =
            ran.as_ref().map_or((Gas::ZERO, Gas::ZERO), |ran| (ran.burnt, ran.used));
        let given_on = if failed { Gas::ZERO } else { used.saturating_sub(burnt) };
        let args = call.map(|call| {
            let budget = self.seen.budget();
            let plain = budget.bytes(&call.args, MAX_ARGS);
            let Some(ran) = &ran else { return plain };
            let (contract, method) = (&ran.contract, call.method_name.as_str());
            let called = Called { height, account_id, contract, method };
            self.abis.explained((budget, self.code), called, plain, called.args(&call.args))
        });
        ActionTrace {
            kind: costs::kind(action).to_owned(),
            action: short(action),
            method: call.and_then(|call| self.seen.budget().text(&call.method_name)),
            args,
            deposit: total_deposit(std::slice::from_ref(action)).unwrap_or(Balance::ZERO),
            gas_attached: call.map_or(Gas::ZERO, |call| call.gas),
            gas_burnt: burnt,
            gas_given_on: given_on,
            ran: ran.is_some(),
            contract: ran
                .as_ref()
                .filter(|_| call.is_some())
                .and_then(|ran| contract_name(&ran.contract)),
            costs: ran.as_ref().map_or(Vec::new(), |ran| ran.costs.clone()),
            logs: ran.map_or(Vec::new(), |ran| ran.logs),
        }
    }

    fn result(
        &mut self,
        status: Option<&ExecutionStatus>,
        called: Option<Called<'_>>,
    ) -> FrameResult {
        match status {
            None | Some(ExecutionStatus::Unknown) => FrameResult::Pending,
            Some(ExecutionStatus::SuccessValue(value)) => {
                let budget = self.seen.budget();
                let plain = budget.bytes(value, MAX_ARGS);
                FrameResult::Returned(match called {
                    Some(called) => {
                        let place = (budget, self.code);
                        self.abis.explained(place, called, plain, called.result(value))
                    }
                    None => plain,
                })
            }
            Some(ExecutionStatus::SuccessReceiptId(id)) => FrameResult::Continued(*id),
            Some(ExecutionStatus::Failure(error)) => {
                FrameResult::Failed { error: error.clone(), panic: place_of_panic(error) }
            }
        }
    }

    /// The result at the end of the receipts that stand for the transaction's.
    fn status(&self, frames: &[Frame]) -> Status {
        let converted = self.seen.converted.as_ref().map(|entry| &entry.outcome.status);
        let mut wanted = match converted {
            Some(ExecutionStatus::Failure(error)) => return Status::Failed(error.clone()),
            Some(ExecutionStatus::SuccessReceiptId(id)) => *id,
            _ => return Status::Pending,
        };
        for frame in frames.iter().filter(|frame| !frame.kind.is_refund()) {
            if frame.receipt_id != wanted {
                continue;
            }
            match &frame.result {
                FrameResult::Pending => return Status::Pending,
                FrameResult::Returned(value) => return Status::Succeeded(value.clone()),
                FrameResult::Failed { error, .. } => return Status::Failed(error.clone()),
                FrameResult::Continued(next) => wanted = *next,
            }
        }
        Status::Pending
    }
}

fn place(frame: Option<&mut Frame>, parent: CryptoHash, depth: usize) {
    if let Some(frame) = frame {
        (frame.parent, frame.depth) = (parent, depth);
    }
}

fn action_receipt(receipt: &Receipt) -> Option<VersionedActionReceipt<'_>> {
    match receipt.versioned_receipt() {
        VersionedReceiptEnum::Action(it) | VersionedReceiptEnum::PromiseYield(it) => Some(it),
        _ => None,
    }
}

fn kind(receipt: &Receipt, delegating: Option<&Receipt>) -> FrameKind {
    let Some(actions) = action_receipt(receipt) else { return FrameKind::Actions };
    if receipt.predecessor_id().is_system() {
        let is_gas = !actions.signer_id().is_system();
        return if is_gas { FrameKind::GasRefund } else { FrameKind::DepositRefund };
    }
    if matches!(receipt.versioned_receipt(), VersionedReceiptEnum::PromiseYield(_)) {
        return FrameKind::Yield;
    }
    if !actions.input_data_ids().is_empty() {
        return FrameKind::Callback;
    }
    let is_delegated = delegating.is_some_and(|parent| delegates(parent, receipt, &actions));
    if is_delegated { FrameKind::Delegated } else { FrameKind::Actions }
}

fn has_delegate(receipt: &Receipt) -> bool {
    let is_delegate =
        |action: &Action| matches!(action, Action::Delegate(_) | Action::DelegateV2(_));
    action_receipt(receipt).is_some_and(|it| it.actions().iter().any(is_delegate))
}

/// Whether `receipt` has the actions inside a delegate action of `parent`.
fn delegates(parent: &Receipt, receipt: &Receipt, actions: &VersionedActionReceipt<'_>) -> bool {
    use near_primitives::action::delegate::VersionedSignedDelegateActionRef as Signed;
    let is_it = |signed: Signed<'_>| {
        let delegate = signed.delegate_action();
        delegate.receiver_id() == receipt.receiver_id()
            && delegate.get_actions() == actions.actions()
    };
    let found = action_receipt(parent).map(|it| it.actions().to_vec()).unwrap_or_default();
    found.iter().any(|action| match action {
        Action::Delegate(signed) => is_it(signed.as_ref().into()),
        Action::DelegateV2(signed) => is_it(signed.as_ref().into()),
        _ => false,
    })
}

/// The action for people, where it is short.
fn short(action: &Action) -> Option<ActionView> {
    match action {
        Action::FunctionCall(_)
        | Action::Delegate(_)
        | Action::DelegateV2(_)
        | Action::DeterministicStateInit(_)
        | Action::UniversalStateInit(_) => None,
        other => Some(other.clone().into()),
    }
}

fn place_of_panic(error: &TxExecutionError) -> Option<keyway_trace::PanicPlace> {
    let TxExecutionError::ActionError(error) = error else { return None };
    match &error.kind {
        ActionErrorKind::FunctionCallError(FunctionCallError::ExecutionError(text)) => {
            panic_place(text)
        }
        _ => None,
    }
}

/// Which receipt makes which data. One that another stands for comes first, and keeps its name.
fn note_sources(receipt: &Receipt, sources: &mut HashMap<CryptoHash, CryptoHash>) {
    let Some(actions) = action_receipt(receipt) else { return };
    for receiver in actions.output_data_receivers() {
        sources.entry(receiver.data_id).or_insert(*receipt.receipt_id());
    }
}

fn name_sources(frames: &mut [Frame], sources: &HashMap<CryptoHash, CryptoHash>) {
    for input in frames.iter_mut().flat_map(|frame| &mut frame.inputs) {
        input.from = input.from.and_then(|data_id| sources.get(&data_id).copied());
    }
}

/// One change for each account: the balance before all of them, and after.
fn merged(changes: Vec<AccountChange>, rewards: Vec<AccountChange>) -> Vec<AccountChange> {
    let mut merged: Vec<AccountChange> = Vec::new();
    for change in changes.into_iter().chain(rewards) {
        match merged.iter_mut().find(|known| known.account_id == change.account_id) {
            Some(known) => {
                (known.after, known.locked_after) = (change.after, change.locked_after);
            }
            None => merged.push(change),
        }
    }
    merged
}
