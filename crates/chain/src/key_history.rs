//! The history of an account's keys, from the changes of blocks.

use crate::blocks::block::SealedBlock;
use crate::chain::Chain;
use crate::rerun::changes::decode;
use crate::rerun::error::TraceError;
use keyway_engine::StateError;
use keyway_state::read;
use keyway_trace::{KeyEvent, KeyEventKind, KeyHistory};
use near_primitives::account::{AccessKey, AccessKeyPermission};
use near_primitives::hash::CryptoHash;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance, BlockHeight, RawStateChange, StateChangeCause};
use std::collections::HashMap;
use std::sync::Arc;

/// Keys by the text of their handles.
type Keys = HashMap<String, AccessKey>;

impl Chain {
    /// What happened to the keys of `account_id` from the block `from` on, or from the oldest that is
    /// kept; with `key`, the handle of one, to it alone. Looks at a bounded number of blocks: the
    /// answer says where to go on.
    ///
    /// # Errors
    /// When the state or the archive cannot be read.
    pub fn key_history(
        &self,
        account_id: &AccountId,
        key: Option<&str>,
        from: Option<BlockHeight>,
    ) -> Result<KeyHistory, TraceError> {
        let earliest = self.earliest_block()?;
        let first = match from.filter(|from| *from > earliest.height()) {
            Some(from) => self.history.after(from - 1)?,
            None => Some(earliest.clone()),
        };
        let Some(first) = first else {
            let head = self.head.height();
            return Ok(history(account_id, from.unwrap_or(head), head));
        };
        let prev = self.block_by_hash(first.header.prev_hash())?;
        let mut past = Past { chain: self, account_id, key, keys: Keys::new(), events: Vec::new() };
        let mut next = match &prev {
            Some(prev) => {
                past.keys = keys_at(prev, account_id)?;
                Some(first.clone())
            }
            None => {
                past.keys = keys_at(&first, account_id)?;
                past.existed(&first);
                self.history.after(first.height())?
            }
        };
        let (mut last, mut blocks) = (first.height(), 0);
        while let Some(block) =
            next.take_if(|_| blocks < MAX_BLOCKS && past.events.len() < MAX_EVENTS)
        {
            past.add(&block)?;
            (last, blocks) = (block.height(), blocks + 1);
            next = self.history.after(last)?;
        }
        let mut history = history(account_id, first.height(), last);
        history.events = past.events;
        history.next_height = next.map(|block| block.height());
        Ok(history)
    }
}

fn history(account_id: &AccountId, from_height: u64, to_height: u64) -> KeyHistory {
    let account_id = account_id.clone();
    KeyHistory { account_id, from_height, to_height, events: Vec::new(), next_height: None }
}

fn keys_at(block: &SealedBlock, account_id: &AccountId) -> Result<Keys, StateError> {
    let page = read::access_keys(&block.state, account_id, None, usize::MAX)?;
    Ok(page.items.into_iter().map(|(handle, key)| (handle.to_string(), key)).collect())
}

/// The events up to a block.
struct Past<'c> {
    chain: &'c Chain,
    account_id: &'c AccountId,
    key: Option<&'c str>,
    keys: Keys,
    events: Vec<KeyEvent>,
}

impl Past<'_> {
    fn existed(&mut self, block: &SealedBlock) {
        let mut keys: Vec<_> =
            self.keys.iter().map(|(name, key)| (name.clone(), key.clone())).collect();
        keys.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, key) in keys {
            self.push(block, &name, None, KeyEventKind::Existed { access_key: key.into() });
        }
    }

    fn add(&mut self, block: &Arc<SealedBlock>) -> Result<(), StateError> {
        let mut origins = Origins::new(self.chain, block);
        for entry in &block.changes {
            let TrieKey::AccessKey { account_id, key_handle } = &entry.trie_key else { continue };
            if account_id != self.account_id {
                continue;
            }
            let name = key_handle.to_string();
            for change in &entry.changes {
                self.add_change(block, &entry.trie_key, &name, change, &mut origins)?;
            }
        }
        Ok(())
    }

    fn add_change(
        &mut self,
        block: &SealedBlock,
        key: &TrieKey,
        name: &str,
        change: &RawStateChange,
        origins: &mut Origins<'_>,
    ) -> Result<(), StateError> {
        let after: Option<AccessKey> = decode(key, change.data.as_deref())?;
        let before = match &after {
            Some(after) => self.keys.insert(name.to_owned(), after.clone()),
            None => self.keys.remove(name),
        };
        let origin = origins.of(&change.cause)?;
        let signed = match change.cause {
            StateChangeCause::TransactionProcessing { tx_hash } => origins.nonce(&tx_hash),
            _ => None,
        };
        if let Some(kind) = kind(before.as_ref(), after.as_ref(), signed) {
            self.push(block, name, origin, kind);
        }
        Ok(())
    }

    fn push(
        &mut self,
        block: &SealedBlock,
        name: &str,
        origin: Option<CryptoHash>,
        kind: KeyEventKind,
    ) {
        if self.key.is_none_or(|key| key == name) {
            self.events.push(KeyEvent {
                public_key: name.to_owned(),
                block_height: block.height(),
                timestamp_nanosec: block.header.raw_timestamp().to_string(),
                transaction_hash: origin,
                kind,
            });
        }
    }
}

/// What a change of a key was. `signed` is the nonce of the transaction that it signed.
fn kind(
    before: Option<&AccessKey>,
    after: Option<&AccessKey>,
    signed: Option<u64>,
) -> Option<KeyEventKind> {
    let (before, after) = match (before, after) {
        (None, None) => return None,
        (None, Some(after)) => {
            return Some(KeyEventKind::Added { access_key: after.clone().into() });
        }
        (Some(_), None) => return Some(KeyEventKind::Deleted),
        (Some(before), Some(after)) => (before, after),
    };
    let (had, left) = (budget(before), budget(after));
    let charged = had.zip(left).map(|(had, left)| had.saturating_sub(left));
    if let Some(nonce) = signed {
        return Some(KeyEventKind::Used { nonce, charged, left });
    }
    if after.nonce != before.nonce {
        return Some(KeyEventKind::Used { nonce: after.nonce, charged: None, left });
    }
    match had.zip(left) {
        Some((had, left)) if left > had => {
            Some(KeyEventKind::Refunded { amount: left.saturating_sub(had), left })
        }
        _ if before == after => None,
        _ => Some(KeyEventKind::Changed { access_key: after.clone().into() }),
    }
}

/// What a key may still spend, yoctoNEAR: its allowance, or the balance of a gas key.
fn budget(key: &AccessKey) -> Option<Balance> {
    match (&key.permission, key.gas_key_info()) {
        (_, Some(info)) => Some(info.balance),
        (AccessKeyPermission::FunctionCall(permission), None) => permission.allowance,
        _ => None,
    }
}

/// The transactions behind the causes of a block's changes.
struct Origins<'c> {
    chain: &'c Chain,
    block: &'c SealedBlock,
    /// Ids of the block's receipts by the hashes that causes name; made when first needed.
    receipts: Option<HashMap<CryptoHash, CryptoHash>>,
}

impl<'c> Origins<'c> {
    fn new(chain: &'c Chain, block: &'c SealedBlock) -> Self {
        Self { chain, block, receipts: None }
    }

    fn nonce(&self, tx_hash: &CryptoHash) -> Option<u64> {
        let signed = self.block.transactions.iter().find(|tx| tx.hash() == tx_hash)?;
        Some(signed.transaction.nonce().nonce())
    }

    fn of(&mut self, cause: &StateChangeCause) -> Result<Option<CryptoHash>, StateError> {
        match cause {
            StateChangeCause::TransactionProcessing { tx_hash } => Ok(Some(*tx_hash)),
            StateChangeCause::ReceiptProcessing { receipt_hash } => {
                let receipts = match self.receipts.take() {
                    Some(receipts) => receipts,
                    None => self.index()?,
                };
                let id = receipts.get(receipt_hash).copied();
                self.receipts = Some(receipts);
                id.map_or(Ok(None), |id| self.chain.transaction_of_receipt(&id))
            }
            _ => Ok(None),
        }
    }

    fn index(&self) -> Result<HashMap<CryptoHash, CryptoHash>, StateError> {
        let mut receipts = HashMap::new();
        for outcome in &self.block.outcomes {
            if let Some(receipt) = self.chain.receipt(&outcome.id)? {
                receipts.insert(receipt.get_hash(), outcome.id);
            }
        }
        // The receipt of a transaction to its own signer was never sent.
        let ran = self.block.processed.iter().chain(self.block.incoming.iter());
        receipts.extend(ran.map(|receipt| (receipt.get_hash(), *receipt.receipt_id())));
        Ok(receipts)
    }
}

/// Blocks that one answer covers.
const MAX_BLOCKS: usize = 5_000;

/// Events after which an answer ends with its block.
const MAX_EVENTS: usize = 1_000;
