//! One action and its default receiver.

use crate::error::ArgumentError;
use near_primitives::action::Action;
use near_primitives::types::AccountId;

/// One action of a transaction, or the error of an invalid argument.
///
/// Using the step returns the error: [`Intent::resolve`](super::Intent::resolve) before anything is sent, or
/// [`Step::into_action`] at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub(super) target: Target,
    pub(super) action: Result<Action, ArgumentError>,
}

/// The receiver of an action for which none is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// The signer: for actions on keys, contracts, stake and the account itself.
    Signer,
    /// The account that the action itself names.
    Named(AccountId),
    /// There is no default.
    Required,
}

impl Step {
    /// An action that this library has no function for. It is not checked.
    ///
    /// A receiver is required, with [`Step::to`] or [`Intent::to`](super::Intent::to).
    ///
    /// ```
    /// use keyway::protocol::Action;
    /// use keyway::{NearLiteral, Step, transfer};
    ///
    /// let action: Action = transfer(1.near()).into_action()?;
    /// assert_eq!(Step::raw(action), transfer(1.near()));
    /// # Ok::<(), keyway::Error>(())
    /// ```
    #[must_use]
    pub fn raw(action: Action) -> Self {
        Self { target: Target::Required, action: Ok(action) }
    }

    /// The action.
    ///
    /// ```
    /// use keyway::add_full_access_key;
    ///
    /// let error = add_full_access_key("ed25519:none").into_action().unwrap_err();
    /// assert_eq!(error.field(), "public_key");
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// If an argument is invalid.
    pub fn into_action(self) -> Result<Action, ArgumentError> {
        self.action
    }

    /// An action on the signer's own account.
    pub(super) fn on_signer(action: Result<Action, ArgumentError>) -> Self {
        Self { target: Target::Signer, action }
    }

    /// An action whose receiver must be named.
    pub(super) fn for_receiver(action: Result<Action, ArgumentError>) -> Self {
        Self { target: Target::Required, action }
    }

    /// An action whose arguments name its receiver.
    pub(super) fn on_named(named: Result<(AccountId, Action), ArgumentError>) -> Self {
        match named {
            Ok((account_id, action)) => {
                Self { target: Target::Named(account_id), action: Ok(action) }
            }
            Err(error) => Self { target: Target::Required, action: Err(error) },
        }
    }
}

impl TryFrom<Step> for Action {
    type Error = ArgumentError;

    fn try_from(step: Step) -> Result<Self, ArgumentError> {
        step.into_action()
    }
}
