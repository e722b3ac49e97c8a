//! Accounts that count as absent because the source has no answer about them, where the user wants
//! that.

use crate::error::ForkError;
use crate::fork::Inner;
use crate::progress::Event;
use crate::row::{Row, data_key};
use near_primitives::trie_key::trie_key_parsers::get_raw_prefix_for_access_keys;
use near_primitives::types::AccountId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// What a fork does about a row that its fork file does not have, or for which every endpoint names
/// an error of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForkMissing {
    /// The read fails, and names the row.
    #[default]
    Error,
    /// An account of which nothing at all is known counts as absent, and so does everything that
    /// belongs to it. It may exist on the network: what the fork does then happens nowhere else.
    /// Other rows are errors.
    Absent,
}

/// Accounts that count as absent, for as long as the fork is open. No cache and no fork file says so; a
/// home keeps them, because its inputs are replayed.
#[derive(Debug, Default)]
pub(crate) struct Assumed(Mutex<BTreeSet<AccountId>>);

impl Inner {
    /// That a read failed with `error` means nothing worse than that the account is absent.
    ///
    /// # Errors
    /// `error`, if it means more than that.
    pub(crate) fn absent_despite(&self, row: &Row, error: ForkError) -> Result<(), ForkError> {
        if self.missing == ForkMissing::Error || !error.is_without_answer() {
            return Err(error);
        }
        match row {
            Row::Account(account_id) if self.mentions(account_id) => Err(error),
            Row::Account(account_id) => self.assume(account_id),
            Row::AccessKey(account_id, _)
            | Row::Nonce(account_id, ..)
            | Row::Data(account_id, _)
            | Row::Code(account_id) => match self.account(account_id)? {
                Some(_) => Err(error),
                None => Ok(()),
            },
            Row::GlobalCode(_) | Row::Untold => Err(error),
        }
    }

    /// Whether the account counts as absent.
    pub(crate) fn is_assumed_absent(&self, account_id: &AccountId) -> bool {
        self.assumed.has(account_id)
    }

    /// Whether anything was ever read of the account, be it that something is absent.
    fn mentions(&self, account_id: &AccountId) -> bool {
        let known = self.store.known();
        let of_account = Row::Account(account_id.clone()).key();
        let of_code = Row::Code(account_id.clone()).key();
        let one = [of_account, of_code].into_iter().flatten().any(|key| known.get(&key).is_some());
        let many = [get_raw_prefix_for_access_keys(account_id), data_key(account_id, b"")];
        one || many.iter().any(|prefix| known.mentions(prefix))
    }

    fn assume(&self, account_id: &AccountId) -> Result<(), ForkError> {
        if self.assumed.has_room_for(account_id)? {
            self.store.keep_assumed(account_id)?;
            if self.assumed.add(account_id.clone()) {
                self.progress.tell(&Event::AssumedAbsent { account_id: account_id.clone() });
            }
        }
        Ok(())
    }
}

impl Assumed {
    pub(crate) fn of(accounts: Vec<AccountId>) -> Self {
        Self(Mutex::new(accounts.into_iter().collect()))
    }

    /// How many accounts.
    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn has(&self, account_id: &AccountId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(account_id)
    }

    /// False if it is there already.
    fn has_room_for(&self, account_id: &AccountId) -> Result<bool, ForkError> {
        let accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if accounts.contains(account_id) {
            return Ok(false);
        }
        if accounts.len() >= MOST_ASSUMED {
            let what = "the list of accounts that count as absent".to_owned();
            return Err(ForkError::TooMany { what, most: MOST_ASSUMED });
        }
        Ok(true)
    }

    /// True if it is new.
    fn add(&self, account_id: AccountId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(account_id)
    }
}

impl ForkError {
    /// Whether the source just has no answer, as opposed to trouble with it.
    fn is_without_answer(&self) -> bool {
        matches!(
            self,
            Self::NotInFile { .. }
                | Self::NotInHome { .. }
                | Self::CannotAnswer { unclear: true, .. }
        )
    }
}

/// Accounts that can count as absent.
const MOST_ASSUMED: usize = 10_000;
