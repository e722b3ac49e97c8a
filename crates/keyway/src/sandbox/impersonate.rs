//! Acts as an account without its key, which no network allows.

use super::Sandbox;
use super::act::{self, Act};
use super::call::SandboxCall;
use super::core::Core;
use crate::action::{self, Intent};
use crate::error::Error;
use crate::outcome::Outcome;
use keyway_chain::{Impersonation, Input};
use near_primitives::types::AccountId;
use std::sync::Arc;

/// An account that acts without its key.
#[derive(Clone, Debug)]
pub struct Impersonated {
    core: Core,
    account_id: AccountId,
}

impl Sandbox {
    /// Acts as any existing account, without its key. All rules that are not about keys apply.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let keys = sandbox.access_keys("test.near")?;
    /// sandbox.impersonate("test.near")?.execute(transfer(7.near()).to("near"))?;
    /// assert_eq!(sandbox.access_keys("test.near")?, keys);
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] for an invalid account id.
    pub fn impersonate(&self, account_id: impl AsRef<str>) -> Result<Impersonated, Error> {
        let account_id = act::account_id(account_id.as_ref())?;
        Ok(Impersonated { core: self.core.clone(), account_id })
    }
}

impl Impersonated {
    /// The account id.
    #[must_use]
    pub fn id(&self) -> &AccountId {
        &self.account_id
    }

    /// Runs a transaction of the account with all its receipts.
    ///
    /// # Errors
    /// As [`SandboxAccount::execute`](super::SandboxAccount::execute).
    pub fn execute(&self, intent: impl Into<Intent>) -> Result<Outcome, Error> {
        let (receiver_id, actions) = intent.into().resolve(&self.account_id)?;
        let signer_id = self.account_id.clone();
        let _handles = self.core.lock_handles();
        self.core.include(Input::Impersonate(Impersonation { signer_id, receiver_id, actions }))
    }

    /// The result of [`Impersonated::execute`], without changing anything.
    ///
    /// # Errors
    /// As [`Impersonated::execute`].
    pub fn simulate(&self, intent: impl Into<Intent>) -> Result<Outcome, Error> {
        Self { core: self.core.fork(), ..self.clone() }.execute(intent)
    }

    /// Builds a call of a contract.
    pub fn call(&self, contract: impl AsRef<str>, method: impl Into<String>) -> SandboxCall {
        SandboxCall::new(Arc::new(self.clone()), action::call(contract, method))
    }
}

impl Act for Impersonated {
    fn act(&self, intent: Intent) -> Result<Outcome, Error> {
        self.execute(intent)
    }

    fn pretend(&self, intent: Intent) -> Result<Outcome, Error> {
        self.simulate(intent)
    }
}
