//! When keys were added, used and changed, from the newest blocks.

use super::analysis::Analysis;
use crate::failure::is_unknown_method;
use crate::visit::Visit;
use keyway::guard::KeyFacts;
use keyway::protocol::CryptoHash;
use keyway::trace::{KeyEvent, KeyEventKind, KeyHistory};
use keyway::{Error, NearToken};
use near_primitives::views::{AccessKeyPermissionView, AccessKeyView};
use std::collections::HashMap;

/// What happened to keys, by their handles.
#[derive(Debug)]
pub(super) struct Lives {
    by_key: HashMap<String, Life>,
    /// The first block that was looked at.
    pub(super) from: u64,
}

/// What happened to one key.
#[derive(Clone, Debug, Default)]
pub(super) struct Life {
    /// The block and transaction that added it, if it is known.
    pub(super) added: Option<(u64, Option<CryptoHash>)>,
    /// How often it was used since the first block that was looked at.
    pub(super) uses: usize,
    /// The last event but its existence.
    pub(super) last: Option<KeyEvent>,
    /// The most that its allowance or balance was, yoctoNEAR.
    pub(super) most: Option<NearToken>,
}

impl Lives {
    /// The life of a key.
    pub(super) fn of(&self, key: &KeyFacts) -> Life {
        self.by_key.get(&key.public_key.to_string()).cloned().unwrap_or_default()
    }

    fn new(history: &KeyHistory, from_genesis: bool) -> Self {
        let mut by_key: HashMap<String, Life> = HashMap::new();
        for event in &history.events {
            let life = by_key.entry(event.public_key.clone()).or_default();
            life.add(event, from_genesis);
        }
        Self { by_key, from: history.from_height }
    }
}

impl Life {
    fn add(&mut self, event: &KeyEvent, from_genesis: bool) {
        let birth = Some((event.block_height, event.transaction_hash));
        let seen = match &event.kind {
            KeyEventKind::Added { access_key } => {
                // A key that was deleted before begins anew.
                *self = Self { added: birth, ..Self::default() };
                budget(access_key)
            }
            KeyEventKind::Existed { access_key } => {
                self.added = birth.filter(|_| from_genesis);
                self.most = budget(access_key);
                return;
            }
            KeyEventKind::Changed { access_key } => budget(access_key),
            KeyEventKind::Used { left, .. } => {
                self.uses = self.uses.saturating_add(1);
                *left
            }
            KeyEventKind::Refunded { left, .. } => Some(*left),
            KeyEventKind::Deleted => None,
        };
        self.most = self.most.max(seen);
        self.last = Some(event.clone());
    }
}

/// What a key may spend, yoctoNEAR.
pub(super) fn budget(key: &AccessKeyView) -> Option<NearToken> {
    match &key.permission {
        AccessKeyPermissionView::FullAccess => None,
        AccessKeyPermissionView::FunctionCall { allowance, .. } => *allowance,
        AccessKeyPermissionView::GasKeyFullAccess { balance, .. }
        | AccessKeyPermissionView::GasKeyFunctionCall { balance, .. } => Some(*balance),
    }
}

/// Reads the history of the keys on a page, or says why it is not there.
///
/// # Errors
/// The reason, as a sentence.
pub(super) async fn read(
    visit: &Visit,
    analysis: &Analysis,
    head: u64,
) -> Result<Lives, &'static str> {
    if !analysis.whole {
        return Err(
            "this account has more keys than one page lists. Each key’s own page has its history.",
        );
    }
    let from = head.saturating_sub(BLOCKS);
    let account = &analysis.account.account_id;
    let history = visit.client().key_history(account, None, Some(from)).await;
    let history = history.map_err(|error| unknown(&error))?;
    if history.next_height.is_some() {
        return Err("too much has happened to them lately. The timeline has it.");
    }
    let from_genesis = from == 0;
    Ok(Lives::new(&history, from_genesis))
}

/// Why a node does not tell the history of keys, as a sentence.
pub(super) fn unknown(error: &Error) -> &'static str {
    if is_unknown_method(error) {
        "only keyway’s own nodes know the history of keys."
    } else {
        "the node did not tell it. The timeline says why."
    }
}

/// How many of the newest blocks are looked at.
const BLOCKS: u64 = 4_000;
