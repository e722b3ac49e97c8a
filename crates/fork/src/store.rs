//! What a fork knows, in memory and in the cache on disk.

use crate::cache::Cache;
use crate::entry::{self, Entry};
use crate::error::ForkError;
use crate::known::{Known, Reach};
use crate::pin::Pin;
use crate::reader::Learned;
use keyway_state::Value;
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::trie_key::col;
use near_primitives::types::AccountId;
use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Rows that many threads read and learn.
#[derive(Debug, Default)]
pub(crate) struct Store {
    known: Mutex<Known>,
    codes: Mutex<HashMap<CryptoHash, Value>>,
    cache: Mutex<Option<Cache>>,
    trouble: Mutex<Option<String>>,
    /// Whether the cache says where the fork begins.
    has_point: Mutex<bool>,
    /// Of a home, accounts that counted as absent.
    assumed: Mutex<Vec<AccountId>>,
}

impl Store {
    /// With what is in the cache; `trouble` is why there is none, if there should be one.
    pub(crate) fn new(cache: Option<Cache>, trouble: Option<String>) -> Self {
        let (cache, trouble) = (Mutex::new(cache), Mutex::new(trouble));
        let store = Self { cache, trouble, ..Self::default() };
        store.look_at_disk();
        store
    }

    /// Keeps where the fork begins, unless the cache has it.
    pub(crate) fn keep_point(&self, pin: &Pin) {
        let mut has_point = lock(&self.has_point);
        if !*has_point {
            *has_point = true;
            // A home has the point elsewhere; any other cache need not work.
            let _closed = self.append(&[pin.entry()]);
        }
    }

    /// The accounts that counted as absent when the home was open before.
    pub(crate) fn assumed(&self) -> Vec<AccountId> {
        lock(&self.assumed).clone()
    }

    /// Keeps in a home that an account counts as absent: what happened because of it must happen
    /// again when the inputs are replayed.
    ///
    /// # Errors
    /// [`ForkError::NotKept`].
    pub(crate) fn keep_assumed(&self, account_id: &AccountId) -> Result<(), ForkError> {
        match self.is_of_home() {
            true => self.append(&[Entry::Assumed { account_id: account_id.clone() }]),
            false => Ok(()),
        }
    }

    /// What is known of a row.
    pub(crate) fn get(&self, key: &[u8]) -> Option<Option<Value>> {
        self.known().get(key)
    }

    /// The same, after a look at what other processes appended to the cache.
    pub(crate) fn get_or_look(&self, key: &[u8]) -> Option<Option<Value>> {
        self.get(key).or_else(|| if self.look_at_disk() { self.get(key) } else { None })
    }

    pub(crate) fn known(&self) -> MutexGuard<'_, Known> {
        lock(&self.known)
    }

    /// The code with this hash, of whatever account or network.
    pub(crate) fn code(&self, name: &CryptoHash) -> Option<Value> {
        if let Some(code) = lock(&self.codes).get(name) {
            return Some(code.clone());
        }
        let code: Value = lock(&self.cache).as_ref()?.code(name)?.into();
        lock(&self.codes).insert(*name, code.clone());
        Some(code)
    }

    /// Keeps what was learned, on disk and in memory.
    ///
    /// # Errors
    /// [`ForkError::NotKept`] of a home, which must not use what it would not have after a restart.
    pub(crate) fn learn(&self, learned: &Learned) -> Result<(), ForkError> {
        if self.known().bytes() >= MOST_BYTES {
            let why = || format!("a home keeps at most {} MiB of its network", MOST_BYTES >> 20);
            return if self.is_of_home() { Err(self.not_kept(why())) } else { Ok(()) };
        }
        self.append(&self.news(learned))?;
        let mut known = self.known();
        for (key, value) in &learned.rows {
            known.learn(key.clone(), value.clone());
        }
        for (prefix, reach) in &learned.ranges {
            known.learn_reach(prefix.clone(), reach.clone());
        }
        Ok(())
    }

    /// The entries of what is not known yet.
    fn news(&self, learned: &Learned) -> Vec<Entry> {
        let (rows, ranges): (Vec<_>, Vec<_>) = {
            let known = self.known();
            let rows = learned.rows.iter().filter(|(key, _)| known.row(key).is_none());
            let ranges = learned.ranges.iter();
            let ranges = ranges.filter(|(prefix, reach)| known.is_farther(prefix, reach));
            (rows.collect(), ranges.collect())
        };
        let rows = rows.into_iter().map(|(key, value)| self.entry(key, value.as_ref()));
        // A range says that rows that are not known are absent.
        let ranges = ranges.into_iter();
        rows.chain(ranges.map(|(prefix, reach)| Entry::range(prefix.clone(), reach.clone())))
            .collect()
    }

    /// Keeps entries on disk.
    ///
    /// # Errors
    /// [`ForkError::NotKept`] of a home; another cache is not used any more if it cannot be written.
    fn append(&self, entries: &[Entry]) -> Result<(), ForkError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut cache = lock(&self.cache);
        let Some(open) = cache.as_mut() else { return Ok(()) };
        match open.append(entries) {
            Err(error) if open.is_of_home() => {
                let path = open.path().to_owned();
                Err(ForkError::NotKept { path, why: error.to_string() })
            }
            Err(error) => {
                self.close(&mut cache, &error);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn is_of_home(&self) -> bool {
        lock(&self.cache).as_ref().is_some_and(Cache::is_of_home)
    }

    fn not_kept(&self, why: String) -> ForkError {
        let path = lock(&self.cache).as_ref().map(|cache| cache.path().to_owned());
        ForkError::NotKept { path: path.unwrap_or_default(), why }
    }

    /// Learns an entry of a file.
    pub(crate) fn learn_entry(&self, entry: Entry) {
        match entry {
            Entry::Row { key, value } => {
                let value: Option<Value> = value.map(Into::into);
                if let Some(code) = value.as_ref().filter(|_| is_code(&key)) {
                    lock(&self.codes).insert(hash(code), code.clone());
                }
                self.known().learn(key, value);
            }
            Entry::Code { key, hash } => {
                if let Some(code) = self.code(&CryptoHash(hash)) {
                    self.known().learn(key, Some(code));
                }
            }
            Entry::Range { prefix, up_to } => {
                self.known().learn_reach(prefix, entry::reach(up_to));
            }
            Entry::Point(_) => *lock(&self.has_point) = true,
            Entry::Assumed { account_id } => lock(&self.assumed).push(account_id),
            Entry::End { .. } => {}
        }
    }

    /// Where the cache is, if there is one that works, and why not otherwise.
    pub(crate) fn disk(&self) -> (Option<String>, Option<String>) {
        let path = lock(&self.cache).as_ref().map(|cache| cache.path().display().to_string());
        (path, lock(&self.trouble).clone())
    }

    /// Learns what is new in the cache; true if something is.
    fn look_at_disk(&self) -> bool {
        let news = {
            let mut cache = lock(&self.cache);
            let Some(open) = cache.as_mut() else { return false };
            match open.news() {
                Ok(news) => news,
                // What is not read there is asked of the network, and appending is an error.
                Err(_) if open.is_of_home() => return false,
                Err(error) => {
                    self.close(&mut cache, &error);
                    return false;
                }
            }
        };
        let is_news = !news.is_empty();
        news.into_iter().for_each(|entry| self.learn_entry(entry));
        is_news
    }

    /// The entry of a row. Code is kept by its hash, for other accounts and blocks.
    fn entry(&self, key: &[u8], value: Option<&Value>) -> Entry {
        let key = key.to_vec();
        let Some(code) = value.filter(|_| is_code(&key)) else {
            return Entry::Row { key, value: value.map(|value| value.to_vec()) };
        };
        let name = hash(code);
        lock(&self.codes).insert(name, code.clone());
        let mut cache = lock(&self.cache);
        match cache.as_ref().map(|open| (open.is_of_home(), open.put_code(&name, code))) {
            // A row of its own needs no file; if that cannot be written either, it is an error.
            Some((true, Err(_))) => return Entry::Row { key, value: Some(code.to_vec()) },
            Some((false, Err(error))) => self.close(&mut cache, &error),
            Some((_, Ok(()))) | None => {}
        }
        Entry::Code { key, hash: name.0 }
    }

    /// Goes on without a cache.
    fn close(&self, cache: &mut Option<Cache>, error: &io::Error) {
        tracing::debug!(%error, "the cache cannot be used");
        *cache = None;
        *lock(&self.trouble) = Some(error.to_string());
    }
}

/// Whether the value under a key is the code of a contract.
fn is_code(key: &[u8]) -> bool {
    matches!(key.first(), Some(&(col::CONTRACT_CODE | col::GLOBAL_CONTRACT_CODE)))
}

/// How far the rows with this prefix are known, if all were read up to there.
pub(crate) fn extended(reach: Option<Reach>, after: Option<&[u8]>) -> bool {
    match (reach, after) {
        (_, None) | (Some(Reach::All), _) => true,
        (Some(Reach::Key(last)), Some(after)) => last.as_slice() >= after,
        (None, Some(_)) => false,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Memory of the rows that a fork keeps, bytes. Rows beyond it are read again each time.
const MOST_BYTES: usize = 1 << 30;
