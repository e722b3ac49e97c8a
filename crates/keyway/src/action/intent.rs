//! Intents: actions and their receiver, before there is a signer.

use super::limits;
use super::read;
use super::step::{Step, Target};
use crate::error::{ArgumentError, ArgumentProblem, ArgumentSite};
use near_primitives::action::Action;
use near_primitives::types::{AccountId, Gas};

/// The actions of a transaction and their receiver, before there is a signer.
///
/// A function with an argument `impl Into<Intent>` accepts a single action, too, or an array of them. The receiver of
/// a call is then its contract; that of actions on keys, contracts, stake and the account itself is the signer. For
/// a transfer or a new account, a receiver is required.
///
/// ```
/// use keyway::{Intent, NearLiteral, add_full_access_key, create_account, transfer};
/// # let key = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";
/// let intent = Intent::to("new.alice.near")
///     .then(create_account())
///     .then(transfer(10.near()))
///     .then(add_full_access_key(key));
/// let (receiver, actions) = intent.resolve(&"alice.near".parse()?)?;
/// assert_eq!((receiver.as_str(), actions.len()), ("new.alice.near", 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    receiver: Receiver,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Receiver {
    /// The one that the actions imply.
    Implied,
    /// Who signs.
    Signer,
    /// This one.
    Named(Result<AccountId, ArgumentError>),
}

impl Intent {
    /// A transaction for `receiver`, without actions yet.
    #[must_use]
    pub fn to(receiver: impl AsRef<str>) -> Self {
        let receiver = read::account_id(ArgumentSite::Intent, "receiver", receiver.as_ref());
        Self { receiver: Receiver::Named(receiver), steps: Vec::new() }
    }

    /// A transaction for the signer's own account, without actions yet.
    ///
    /// ```
    /// use keyway::{Intent, KeyPair, Sandbox, add_full_access_key, delete_key};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").create()?;
    /// let new = KeyPair::random_ed25519();
    /// let rotation = Intent::on_self()
    ///     .then(add_full_access_key(new.public_key()))
    ///     .then(delete_key(alice.public_key()));
    /// alice.execute(rotation)?;
    /// assert_eq!(sandbox.access_keys("alice.near")?[0].public_key, new.public_key().into());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    #[must_use]
    pub fn on_self() -> Self {
        Self { receiver: Receiver::Signer, steps: Vec::new() }
    }

    /// Adds an action. All actions of a transaction are executed, or none.
    #[must_use]
    pub fn then(mut self, step: impl Into<Step>) -> Self {
        self.steps.push(step.into());
        self
    }

    /// The receiver and the actions, if `signer` signs.
    ///
    /// # Errors
    /// The first error: an invalid, missing or contradictory receiver; an action's arguments; no action, or more than the
    /// protocol allows; an account that is deleted before the last action.
    pub fn resolve(&self, signer: &AccountId) -> Result<(AccountId, Vec<Action>), ArgumentError> {
        let actions: Vec<_> =
            self.steps.iter().map(|step| step.action.clone()).collect::<Result<_, _>>()?;
        let receiver = self.receiver(signer)?;
        check_together(&actions)?;
        Ok((receiver, actions))
    }

    fn receiver(&self, signer: &AccountId) -> Result<AccountId, ArgumentError> {
        match &self.receiver {
            Receiver::Implied => self.implied_receiver(signer),
            Receiver::Signer => self.checked_receiver(signer),
            Receiver::Named(receiver) => {
                let receiver = receiver.clone()?;
                self.checked_receiver(&receiver)
            }
        }
    }

    /// The named receiver, unless an action names another one.
    fn checked_receiver(&self, receiver: &AccountId) -> Result<AccountId, ArgumentError> {
        for step in &self.steps {
            if let Target::Named(named) = &step.target {
                same_receiver(receiver, named)?;
            }
        }
        Ok(receiver.clone())
    }

    fn implied_receiver(&self, signer: &AccountId) -> Result<AccountId, ArgumentError> {
        let mut implied = None;
        for step in &self.steps {
            let target = match &step.target {
                Target::Signer => signer,
                Target::Named(named) => named,
                Target::Required => return Err(wrong("receiver", NAME_THE_RECEIVER)),
            };
            same_receiver(implied.get_or_insert(target), target)?;
        }
        Ok(implied.unwrap_or(signer).clone())
    }
}

fn same_receiver(first: &AccountId, second: &AccountId) -> Result<(), ArgumentError> {
    if first == second {
        return Ok(());
    }
    let (first, second) = (first.clone(), second.clone());
    Err(wrong("receiver", ArgumentProblem::TwoReceivers { first, second }))
}

/// Checks the protocol's limits on all actions of a transaction together.
fn check_together(actions: &[Action]) -> Result<(), ArgumentError> {
    if actions.is_empty() {
        return Err(wrong("actions", ArgumentProblem::NoActions));
    }
    read::no_more_than(ArgumentSite::Intent, "actions", actions.len(), limits().actions)?;
    let deploys = actions.iter().filter(|action| deploys(action)).count();
    read::no_more_than(ArgumentSite::Intent, "deploy actions", deploys, limits().deploy_actions)?;
    let (last, count) = (actions.len() - 1, actions.len());
    let deleted = actions.iter().position(|action| matches!(action, Action::DeleteAccount(_)));
    if let Some(index) = deleted.filter(|index| *index < last) {
        return Err(wrong("actions", ArgumentProblem::DeleteNotLast { index, count }));
    }
    let gas =
        actions.iter().try_fold(Gas::ZERO, |gas, action| gas.checked_add(action.get_prepaid_gas()));
    match gas.unwrap_or(Gas::MAX) {
        got if got > limits().gas => {
            Err(wrong("gas", ArgumentProblem::TooMuchGas { got, limit: limits().gas }))
        }
        _ => Ok(()),
    }
}

fn deploys(action: &Action) -> bool {
    matches!(action, Action::DeployContract(_) | Action::DeployGlobalContract(_))
}

fn wrong(field: &'static str, problem: ArgumentProblem) -> ArgumentError {
    ArgumentError::new(ArgumentSite::Intent, field, problem)
}

impl Step {
    /// A transaction with this action, for `receiver`.
    ///
    /// ```
    /// use keyway::{NearLiteral, transfer};
    /// let (receiver, actions) = transfer(1.near()).to("bob.near").resolve(&"alice.near".parse()?)?;
    /// assert_eq!((receiver.as_str(), actions.len()), ("bob.near", 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to(self, receiver: impl AsRef<str>) -> Intent {
        Intent::to(receiver).then(self)
    }
}

impl From<Step> for Intent {
    fn from(step: Step) -> Self {
        Self::from([step])
    }
}

impl<T: Into<Step>, const N: usize> From<[T; N]> for Intent {
    fn from(steps: [T; N]) -> Self {
        Self { receiver: Receiver::Implied, steps: steps.into_iter().map(Into::into).collect() }
    }
}

impl<T: Into<Step>> From<Vec<T>> for Intent {
    fn from(steps: Vec<T>) -> Self {
        Self { receiver: Receiver::Implied, steps: steps.into_iter().map(Into::into).collect() }
    }
}

const NAME_THE_RECEIVER: ArgumentProblem = ArgumentProblem::Missing {
    how: "name who receives it, as in transfer(amount).to(\"bob.near\")",
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::*;
    use crate::{GasLiteral, NearLiteral};

    #[track_caller]
    fn goes_to(intent: impl Into<Intent>, receiver: &str) {
        let (to, _) = intent.into().resolve(&alice()).unwrap();
        assert_eq!(to, receiver);
    }

    #[track_caller]
    fn is_wrong(intent: impl Into<Intent>, text: &str) {
        let error = intent.into().resolve(&alice()).unwrap_err();
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn what_is_about_the_signer_goes_to_the_signer() {
        goes_to(add_full_access_key(KEY), "alice.near");
        goes_to([add_full_access_key(KEY), delete_key(KEY)], "alice.near");
        goes_to(deploy([1, 2, 3]), "alice.near");
        goes_to(Intent::on_self().then(delete_account("bob.near")), "alice.near");
    }

    #[test]
    fn a_call_goes_to_its_contract() {
        goes_to(call("game.near", "play"), "game.near");
        goes_to([call("game.near", "play"), call("game.near", "claim")], "game.near");
        goes_to(call("alice.near", "play").then(add_full_access_key(KEY)), "alice.near");
    }

    #[test]
    fn two_receivers_are_one_too_many() {
        let two = "intent: receiver is game.near for one action and bob.near for another; \
                   a transaction has one receiver, so send two";
        is_wrong([call("game.near", "play"), call("bob.near", "play")], two);
        is_wrong(Intent::to("game.near").then(call("bob.near", "play")), two);
        assert!(call("game.near", "x").then(delete_key(KEY)).resolve(&alice()).is_err());
    }

    #[test]
    fn money_goes_nowhere_by_accident() {
        let required = "intent: receiver is required: name who receives it, as in \
                   transfer(amount).to(\"bob.near\")";
        is_wrong(transfer(1.near()), required);
        is_wrong(create_account(), required);
        goes_to(Intent::on_self().then(transfer(1.near())), "alice.near");
    }

    #[test]
    fn the_first_wrong_argument_is_told_first() {
        let intent = Intent::to("bob.near").then(delete_key("k1")).then(delete_key("key"));
        let error = intent.resolve(&alice()).unwrap_err();
        assert!(error.to_string().contains("got 2 characters"), "{error}");
    }

    #[test]
    fn what_no_transaction_holds_is_found_at_once() {
        is_wrong(Intent::on_self(), "intent: actions got none; write at least 1");
        let gas = [call("a.near", "x").gas(600.tgas()), call("a.near", "y").gas(401.tgas())];
        is_wrong(gas, "intent: gas is 1001 Tgas, above the limit of 1000 Tgas; attach less");
        let deploys = vec![deploy([1]); 11];
        is_wrong(deploys, "intent: deploy actions got 11, above the limit of 10; split them");
        is_wrong(
            [delete_account("bob.near"), delete_key(KEY)],
            "intent: actions has delete_account as number 0 of 2 (counted from 0); put it last",
        );
    }

    fn alice() -> AccountId {
        "alice.near".parse().unwrap()
    }

    const KEY: &str = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";
}
