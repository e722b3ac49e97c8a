//! Acting as an account without its key: a power that no network gives.

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

/// An account that acts without its key. It shares the sandbox: what it does shows there.
#[derive(Clone, Debug)]
pub struct Impersonated {
    core: Core,
    account_id: AccountId,
}

impl Sandbox {
    /// Acts as any account that exists, without its key. Every rule that is not about keys holds.
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
    /// [`Error::Argument`] for a name that is none.
    pub fn impersonate(&self, account_id: impl AsRef<str>) -> Result<Impersonated, Error> {
        let account_id = act::account_id(account_id.as_ref())?;
        Ok(Impersonated { core: self.core.clone(), account_id })
    }
}

impl Impersonated {
    /// The account's name.
    #[must_use]
    pub fn id(&self) -> &AccountId {
        &self.account_id
    }

    /// Runs what the account is made to do, with everything that follows from it, to its end.
    ///
    /// # Errors
    /// As [`SandboxAccount::execute`](super::SandboxAccount::execute).
    pub fn execute(&self, intent: impl Into<Intent>) -> Result<Outcome, Error> {
        let (receiver_id, actions) = intent.into().resolve(&self.account_id)?;
        let signer_id = self.account_id.clone();
        let _handles = self.core.lock_handles();
        self.core.include(Input::Impersonate(Impersonation { signer_id, receiver_id, actions }))
    }

    /// What [`Impersonated::execute`] would give, without changing anything.
    ///
    /// # Errors
    /// As [`Impersonated::execute`].
    pub fn simulate(&self, intent: impl Into<Intent>) -> Result<Outcome, Error> {
        Self { core: self.core.fork(), ..self.clone() }.execute(intent)
    }

    /// Begins a call of a contract.
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
