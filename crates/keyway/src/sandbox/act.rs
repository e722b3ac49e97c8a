//! What acts in a sandbox.

use crate::action::Intent;
use crate::error::{ArgumentError, ArgumentSite, Error};
use crate::outcome::Outcome;
use near_primitives::types::AccountId;
use std::fmt::Debug;

/// An account that can act: with a key, or impersonated.
pub(super) trait Act: Debug + Send + Sync {
    fn act(&self, intent: Intent) -> Result<Outcome, Error>;
    /// The same, on a fork of the sandbox.
    fn pretend(&self, intent: Intent) -> Result<Outcome, Error>;
}

/// An account id that a user wrote.
pub(super) fn account_id(text: &str) -> Result<AccountId, ArgumentError> {
    crate::action::read_account_id(ArgumentSite::Setup, "account_id", text)
}
