//! The network's state after the fork's block, as a base under a trie.

use crate::errand::Errand;
use crate::error::ForkError;
use crate::fork::{ForkGas, Inner};
use crate::known::Reach;
use crate::missing::ForkMissing;
use crate::progress::Event;
use crate::reader::{DataRequest, Learned, PAGE_BYTES, PAGE_ROWS, PageEnd, Reader, account_in};
use crate::row::{Listing, Row, data_key};
use crate::store::extended;
use keyway_state::{BasePage, BaseState};
use keyway_state::{StateError, Value};
use near_crypto::PublicKeyHandle;
use near_primitives::account::{Account, AccountContract};
use near_primitives::trie_key::trie_key_parsers::get_raw_prefix_for_access_keys;
use near_primitives::types::AccountId;
use std::fmt;
use std::sync::Arc;

impl BaseState for Inner {
    fn get(&self, key: &[u8]) -> Result<Option<Value>, StateError> {
        Ok(self.row(&Row::of(key), key)?)
    }

    fn page(&self, prefix: &[u8], after: Option<&[u8]>) -> Result<BasePage, StateError> {
        Ok(self.listing(prefix, after)?)
    }

    fn proof(&self, prefix: &[u8]) -> Result<Option<Vec<Vec<u8>>>, StateError> {
        Ok(self.proof_of(prefix)?)
    }
}

impl Inner {
    /// The row under `key`.
    pub(crate) fn row(&self, row: &Row, key: &[u8]) -> Result<Option<Value>, ForkError> {
        if *row == Row::Untold {
            return Ok(None);
        }
        if row.account_id().is_some_and(|account_id| self.is_assumed_absent(account_id)) {
            return Ok(None);
        }
        if let Row::Nonce(account_id, handle @ PublicKeyHandle::MlDsa65(_), index) = row {
            return self.nonce_by_hash(row, (account_id, handle, *index), key);
        }
        if let Some(found) = self.store.get_or_look(key) {
            self.counters.hits.add(1);
            return Ok(found);
        }
        let read = self.unknown_row(row, key);
        read.or_else(|error| self.absent_despite(row, error).map(|()| None))
    }

    /// The row under `key`, of which nothing is known.
    fn unknown_row(&self, row: &Row, key: &[u8]) -> Result<Option<Value>, ForkError> {
        let Some(errand) = self.errand(row)? else { return Ok(None) };
        if self.reader.is_none() {
            return Err(self.not_in_file(row));
        }
        let learned = self.run(errand)?;
        if let Some(found) = learned.answer(key) {
            return Ok(found);
        }
        // An account with little data can still have more than a page.
        let learned = self.run(Errand::One(row))?;
        Ok(learned.answer(key).flatten())
    }

    /// How to read a row; none if it cannot exist.
    fn errand<'a>(&self, row: &'a Row) -> Result<Option<Errand<'a>>, ForkError> {
        Ok(Some(match row {
            Row::Code(account_id) => match self.account(account_id)? {
                Some(account) => match *account.contract() {
                    AccountContract::Local(hash) => Errand::Code(row, account_id, hash),
                    _ => return Ok(None),
                },
                None => return Ok(None),
            },
            Row::Data(account_id, _) => match self.account(account_id)? {
                Some(account) if self.has_little_data(account_id, &account) => {
                    Errand::AllData(account_id)
                }
                Some(_) => Errand::One(row),
                None => return Ok(None),
            },
            Row::AccessKey(account_id, _) | Row::Nonce(account_id, _, _)
                if self.is_absent(account_id) =>
            {
                return Ok(None);
            }
            _ => Errand::One(row),
        }))
    }

    pub(crate) fn account(&self, account_id: &AccountId) -> Result<Option<Account>, ForkError> {
        if self.is_assumed_absent(account_id) {
            return Ok(None);
        }
        let row = Row::Account(account_id.clone());
        let Some(key) = row.key() else { return Ok(None) };
        let value = match self.store.get(&key) {
            Some(value) => value,
            None => self.row(&row, &key)?,
        };
        Ok(value.as_deref().and_then(account_in))
    }

    /// Whether it is known that there is no such account, or counts as known.
    fn is_absent(&self, account_id: &AccountId) -> bool {
        let key = Row::Account(account_id.clone()).key();
        self.is_assumed_absent(account_id)
            || key.is_some_and(|key| self.store.get(&key) == Some(None))
    }

    /// Whether all contract data fits one answer, also of nodes that have no pages.
    fn has_little_data(&self, account_id: &AccountId, account: &Account) -> bool {
        let code = Row::Code(account_id.clone()).key().and_then(|key| self.store.get(&key));
        let code = code.flatten().map_or(0, |code| code.len() as u64);
        account.storage_usage().saturating_sub(code) <= PAGE_BYTES
    }

    /// Runs an errand, once for all threads that want it now.
    pub(crate) fn run(&self, errand: Errand<'_>) -> Result<Arc<Learned>, ForkError> {
        let Some(reader) = &self.reader else { return Err(self.not_in_file(&errand)) };
        let lost = Err(ForkError::NoClient { why: "a read was interrupted".to_owned() });
        let landed = self.flights.once(&errand.name(), lost, || {
            self.counters.misses.add(1);
            let learned = self.fetch(reader, errand).or_else(|error| self.detour(errand, error))?;
            let learned = Arc::new(learned);
            self.store.learn(&learned)?;
            Ok(learned)
        });
        if landed.shared {
            self.counters.shared.add(1);
        }
        landed.answer
    }

    fn fetch(&self, reader: &Arc<Reader>, errand: Errand<'_>) -> Result<Learned, ForkError> {
        // Only an account's own code: that some code was read does not say that the network has it as a
        // global contract.
        if let Errand::Code(row, _, hash) = errand
            && let Some(code) = self.store.code(&hash)
        {
            return Ok(Learned::one(row, Some(code)));
        }
        let reader = reader.clone();
        match errand {
            Errand::Code(_, account_id, hash) => {
                let account_id = account_id.clone();
                self.wait(async move { reader.code(&account_id, Some(&hash)).await })
            }
            Errand::AllData(account_id) => {
                let account_id = account_id.clone();
                self.wait(async move { reader.all_data(&account_id).await })
            }
            Errand::Keys(account_id) => self.fetch_keys(account_id),
            Errand::One(row) => {
                let row = row.clone();
                self.wait(async move { reader.row(&row).await })
            }
        }
    }

    pub(crate) fn listing(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
    ) -> Result<BasePage, ForkError> {
        match Listing::of(prefix) {
            Listing::Nothing => Ok(BasePage { entries: Vec::new(), complete: true }),
            Listing::One(row) => {
                let value = self.row(&row, prefix)?;
                let entries = value.map(|value| (prefix.to_vec(), value));
                let entries = entries.filter(|(key, _)| after.is_none_or(|after| &key[..] > after));
                Ok(BasePage { entries: entries.into_iter().collect(), complete: true })
            }
            Listing::Everybody => Err(ForkError::Unlistable { what: "the whole state".to_owned() }),
            Listing::Keys(account_id) => self.keys(&account_id, prefix, after),
            Listing::Data(account_id, of) => self.data(&account_id, (prefix, &of), after),
        }
    }

    /// Fetches all keys of an account.
    pub(crate) fn fetch_keys(&self, account_id: &AccountId) -> Result<Learned, ForkError> {
        let reader = self.reader.clone().ok_or_else(|| self.not_in_file(account_id))?;
        let account_id = account_id.clone();
        self.wait(async move { reader.keys(&account_id).await })
    }

    fn keys(
        &self,
        account_id: &AccountId,
        prefix: &[u8],
        after: Option<&[u8]>,
    ) -> Result<BasePage, ForkError> {
        if self.is_absent(account_id) {
            return Ok(BasePage { entries: Vec::new(), complete: true });
        }
        let all = get_raw_prefix_for_access_keys(account_id);
        self.look_for(&all);
        let is_known = self.store.known().reach(&all) == Some(Reach::All);
        if is_known {
            self.counters.hits.add(1);
        } else {
            let learned = match self.run(Errand::Keys(account_id)) {
                Ok(learned) => learned,
                Err(error) => return self.no_keys_despite(account_id, error),
            };
            if self.store.known().reach(&all) != Some(Reach::All) {
                return Ok(learned.select(prefix, after));
            }
        }
        let (entries, complete) = self.store.known().list(prefix, after, &Reach::All, usize::MAX);
        Ok(BasePage { entries, complete })
    }

    /// No keys, of an account that counts as absent.
    fn no_keys_despite(
        &self,
        account_id: &AccountId,
        error: ForkError,
    ) -> Result<BasePage, ForkError> {
        if self.missing == ForkMissing::Absent && self.account(account_id)?.is_none() {
            return Ok(BasePage { entries: Vec::new(), complete: true });
        }
        Err(error)
    }

    fn data(
        &self,
        account_id: &AccountId,
        (prefix, of): (&[u8], &[u8]),
        after: Option<&[u8]>,
    ) -> Result<BasePage, ForkError> {
        let nothing = BasePage { entries: Vec::new(), complete: true };
        if after.is_some_and(|after| after > prefix && !after.starts_with(prefix)) {
            return Ok(nothing);
        }
        let Some(account) = self.account(account_id)? else { return Ok(nothing) };
        let all = data_key(account_id, b"");
        self.look_for(prefix);
        let reach = self.store.known().reach(prefix);
        if reach.is_none() && self.has_little_data(account_id, &account) {
            let learned = self.run(Errand::AllData(account_id))?;
            if learned.ranges.iter().any(|range| *range == (all.clone(), Reach::All)) {
                return Ok(learned.select(prefix, after));
            }
        }
        match &reach {
            Some(Reach::Key(last)) if after.is_some_and(|after| after >= &last[..]) => {}
            Some(reach) => {
                self.counters.hits.add(1);
                let (entries, complete) = self.store.known().list(prefix, after, reach, PAGE_ROWS);
                if complete || !entries.is_empty() {
                    return Ok(BasePage { entries, complete });
                }
            }
            None => {}
        }
        let known_to = match reach {
            Some(Reach::Key(last)) => Some(last),
            _ => None,
        };
        let after = match (after, known_to.as_deref()) {
            (Some(after), Some(last)) => Some(after.max(last)),
            (after, last) => after.or(last),
        };
        self.fetch_data(account_id, (prefix, of), after.filter(|after| after.starts_with(prefix)))
    }

    /// Fetches a page of contract data. `after` starts with the prefix.
    fn fetch_data(
        &self,
        account_id: &AccountId,
        (prefix, of): (&[u8], &[u8]),
        after: Option<&[u8]>,
    ) -> Result<BasePage, ForkError> {
        let row = Row::Data(account_id.clone(), of.to_vec());
        let Some(reader) = &self.reader else { return Err(self.not_in_file(&row)) };
        self.counters.misses.add(1);
        let own = prefix.len() - of.len();
        let (reader, id, start) = (reader.clone(), account_id.clone(), of.to_vec());
        let after_key = after.map(|after| after[own..].to_vec());
        let page = self.wait(async move {
            let after = after_key.as_deref();
            let request = DataRequest { account_id: &id, prefix: &start, after, limit: PAGE_ROWS };
            let page = reader.data_page(&request).await?;
            let end = page.end.clone();
            Ok((page.learned(&request), end))
        })?;
        let (mut learned, end) = page;
        let reach = match &end {
            PageEnd::After(last) => Reach::Key(data_key(account_id, last)),
            PageEnd::Complete | PageEnd::Whole => Reach::All,
        };
        let known = self.store.known().reach(prefix);
        if learned.ranges.is_empty() && extended(known, after) {
            learned.ranges.push((prefix.to_vec(), reach));
        }
        self.store.learn(&learned)?;
        let known = self.store.known().len();
        self.progress.tell(&Event::Listing { what: format!("{row} and longer keys"), rows: known });
        let page = learned.select(prefix, after);
        Ok(BasePage { complete: !matches!(end, PageEnd::After(_)), ..page })
    }

    /// Looks at what other processes learned, unless the range is known.
    fn look_for(&self, prefix: &[u8]) {
        if self.store.known().reach(prefix) != Some(Reach::All) {
            // The prefix is no row's key: this only looks at the disk.
            let _news = self.store.get_or_look(prefix);
        }
    }

    fn not_in_file(&self, row: &impl fmt::Display) -> ForkError {
        if let Some(home) = &self.home {
            return ForkError::NotInHome { home: home.clone(), row: row.to_string() };
        }
        let file = self.file.as_ref().map(|path| path.display().to_string());
        let file = file.unwrap_or_else(|| "the cache".to_owned());
        ForkError::NotInFile { file, row: row.to_string() }
    }

    /// The nodes of all contract data of an account, if they are wanted and few.
    fn proof_of(&self, prefix: &[u8]) -> Result<Option<Vec<Vec<u8>>>, ForkError> {
        let Listing::Data(account_id, of) = Listing::of(prefix) else { return Ok(None) };
        let Some(reader) =
            self.reader.clone().filter(|_| self.gas == ForkGas::Proof && of.is_empty())
        else {
            return Ok(None);
        };
        let Some(account) = self.account(&account_id)? else { return Ok(None) };
        if !self.has_little_data(&account_id, &account) {
            return Ok(None);
        }
        self.counters.misses.add(1);
        self.wait(async move { reader.proof(&account_id).await })
    }
}

impl Learned {
    /// What was learned of a row.
    pub(crate) fn answer(&self, key: &[u8]) -> Option<Option<Value>> {
        if let Some((_, value)) = self.rows.iter().find(|(found, _)| found == key) {
            return Some(value.clone());
        }
        let covers = |(prefix, reach): &(Vec<u8>, Reach)| {
            key.starts_with(prefix)
                && match reach {
                    Reach::All => true,
                    Reach::Key(last) => key <= last.as_slice(),
                }
        };
        self.ranges.iter().any(covers).then_some(None)
    }

    /// The rows with this prefix that come after `after`, of a complete list.
    fn select(&self, prefix: &[u8], after: Option<&[u8]>) -> BasePage {
        let rows = self.rows.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
        let is_wanted =
            |key: &[u8]| key.starts_with(prefix) && after.is_none_or(|after| key > after);
        let mut entries: Vec<_> = rows.filter(|(key, _)| is_wanted(key)).collect();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        BasePage { entries, complete: true }
    }
}
