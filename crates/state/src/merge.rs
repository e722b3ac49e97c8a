//! Iterates over the entries of a state in the order of their keys. On a fork these are the entries
//! written since and those of the base, merged.

use crate::base::{self, Base};
use crate::node::TrieValue;
use crate::scan::LocalCursor;
use crate::trie::Trie;
use keyway_engine::{StateError, Value};
use std::vec;

/// An iteration over entries.
pub(crate) struct Cursor {
    local: LocalCursor,
    /// The next local entry, on a fork.
    written: Option<(Vec<u8>, TrieValue)>,
    /// What else to list, on a fork.
    below: Option<Below>,
    key: Vec<u8>,
}

/// A value that was found. Its bytes may have to be loaded.
enum Found {
    Local(TrieValue),
    Base(Value),
}

impl Cursor {
    /// Begins at the first entry whose key starts with `prefix` and comes after `after`.
    pub(crate) fn new(
        trie: &Trie,
        prefix: &[u8],
        after: Option<&[u8]>,
    ) -> Result<Self, StateError> {
        let mut local = trie.local_cursor(prefix, after)?;
        let base = trie.base().filter(|_| base::is_known(prefix));
        let below = base.map(|base| Below::new(trie.clone(), base.clone(), prefix, after));
        let written = if below.is_some() { owned(local.next()?) } else { None };
        Ok(Self { local, written, below, key: Vec::new() })
    }

    /// The next entry.
    pub(crate) fn next(&mut self) -> Result<Option<(&[u8], Value)>, StateError> {
        let value = match self.advance()? {
            None => return Ok(None),
            Some(Found::Local(value)) => value.load(self.local.source())?,
            Some(Found::Base(value)) => value,
        };
        Ok(Some((&self.key, value)))
    }

    /// The key of the next entry, whose value is not loaded.
    pub(crate) fn next_key(&mut self) -> Result<Option<&[u8]>, StateError> {
        Ok(self.advance()?.map(|_| &*self.key))
    }

    /// Goes to the next entry, and leaves its key in `key`.
    fn advance(&mut self) -> Result<Option<Found>, StateError> {
        let Some(below) = &mut self.below else {
            let Some((key, value)) = self.local.next()? else { return Ok(None) };
            self.key.clear();
            self.key.extend_from_slice(key);
            return Ok(Some(Found::Local(value)));
        };
        let below_first = match (&self.written, below.peek()?) {
            (Some((written, _)), Some(key)) => key < written.as_slice(),
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if below_first {
            let Some((key, value)) = below.next.take() else { return Ok(None) };
            self.key = key;
            return Ok(Some(Found::Base(value)));
        }
        let next = owned(self.local.next()?);
        let Some((key, value)) = std::mem::replace(&mut self.written, next) else {
            return Ok(None);
        };
        self.key = key;
        Ok(Some(Found::Local(value)))
    }
}

fn owned(entry: Option<(&[u8], TrieValue)>) -> Option<(Vec<u8>, TrieValue)> {
    entry.map(|(key, value)| (key.to_vec(), value))
}

/// The base's entries that were neither written nor deleted since the fork.
struct Below {
    trie: Trie,
    base: Base,
    prefix: Vec<u8>,
    /// The last key of the page, after which the next page begins.
    after: Option<Vec<u8>>,
    page: vec::IntoIter<(Vec<u8>, Value)>,
    /// Whether no page follows.
    complete: bool,
    next: Option<(Vec<u8>, Value)>,
}

impl Below {
    fn new(trie: Trie, base: Base, prefix: &[u8], after: Option<&[u8]>) -> Self {
        let (prefix, after) = (prefix.to_vec(), after.map(<[u8]>::to_vec));
        Self {
            trie,
            base,
            prefix,
            after,
            page: Vec::new().into_iter(),
            complete: false,
            next: None,
        }
    }

    /// The key of the next entry.
    fn peek(&mut self) -> Result<Option<&[u8]>, StateError> {
        while self.next.is_none() {
            let Some((key, value)) = self.page.next() else {
                if self.complete {
                    return Ok(None);
                }
                self.turn()?;
                continue;
            };
            if !self.trie.is_written(&key)? && !self.trie.is_deleted(&key)? {
                self.next = Some((key, value));
            }
        }
        Ok(self.next.as_ref().map(|(key, _)| key.as_slice()))
    }

    /// Gets the next page. A base that does not advance would keep the caller for ever.
    fn turn(&mut self) -> Result<(), StateError> {
        let page = self.base.page(&self.prefix, self.after.as_deref())?;
        let last = page.entries.last().map(|(key, _)| key.clone());
        let advances = last.is_some() && last > self.after;
        if !page.complete && !advances {
            let reason = "a page of the network's state does not go on after the one before";
            return Err(StateError::Unreadable { reason: reason.to_owned() });
        }
        self.complete = page.complete;
        self.after = last.or(self.after.take());
        self.page = page.entries.into_iter();
        Ok(())
    }
}
