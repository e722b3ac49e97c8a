//! Who acts in a sandbox, and how.

use super::account::SandboxAccount;
use super::impersonate::Impersonated;
use crate::action::Intent;
use crate::error::{ArgumentError, ArgumentSite, Error};
use crate::outcome::Outcome;
use near_primitives::types::AccountId;

/// Who executes a call.
#[derive(Clone, Debug)]
pub(super) enum Actor {
    /// With a key.
    Account(SandboxAccount),
    /// Without one.
    Impersonated(Impersonated),
}

impl Actor {
    pub(super) fn execute(&self, intent: Intent) -> Result<Outcome, Error> {
        match self {
            Self::Account(account) => account.execute(intent),
            Self::Impersonated(impersonated) => impersonated.execute(intent),
        }
    }

    pub(super) fn simulate(&self, intent: Intent) -> Result<Outcome, Error> {
        match self {
            Self::Account(account) => account.simulate(intent),
            Self::Impersonated(impersonated) => impersonated.simulate(intent),
        }
    }
}

/// An account id that a user wrote.
pub(super) fn account_id(text: &str) -> Result<AccountId, ArgumentError> {
    crate::action::read_account_id(ArgumentSite::Setup, "account_id", text)
}
