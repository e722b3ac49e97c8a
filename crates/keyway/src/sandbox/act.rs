//! Actors of a sandbox.

use crate::action::Intent;
use crate::error::{ArgumentError, ArgumentSite, Error};
use crate::outcome::Outcome;
use near_primitives::types::AccountId;
use std::fmt::Debug;

/// Acts as an account: with a key, or by impersonation.
pub(super) trait Act: Debug + Send + Sync {
    fn act(&self, intent: Intent) -> Result<Outcome, Error>;
    /// The same on a fork of the sandbox.
    fn pretend(&self, intent: Intent) -> Result<Outcome, Error>;
}

/// Reads an account id.
pub(super) fn account_id(text: &str) -> Result<AccountId, ArgumentError> {
    crate::action::read_account_id(ArgumentSite::Setup, "account_id", text)
}
