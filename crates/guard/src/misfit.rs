//! Function-call keys that fit no call, because nothing on the chain answers.

use crate::quoted;
use near_primitives::account::FunctionCallPermission;
use near_primitives::types::AccountId;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

/// What is known of the methods of the account that a key may call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Callable {
    /// Nothing is known.
    #[default]
    Unknown,
    /// There is no such account.
    NoAccount,
    /// The account has no contract.
    NoContract,
    /// The account has a contract with these methods, as
    /// [`contract_methods`](crate::contract_methods) reads them.
    Methods(BTreeSet<String>),
}

/// A part of a key's permission that fits no call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Misfit {
    /// The receiver is not an account id.
    ImpossibleReceiver {
        /// As the key names it.
        receiver_id: String,
    },
    /// There is no such account.
    NoAccount {
        /// As the key names it.
        receiver_id: String,
    },
    /// The account has no contract.
    NoContract {
        /// As the key names it.
        receiver_id: String,
    },
    /// No method has an empty name.
    EmptyMethod,
    /// A name with blanks, commas or quotes, which compilers do not produce: perhaps several names in one, or
    /// leftovers of a list's syntax.
    OddMethod {
        /// As the key names it.
        method: String,
    },
    /// The contract has no such method.
    MissingMethod {
        /// The contract.
        receiver_id: String,
        /// As the key names it.
        method: String,
    },
}

/// The parts of `permission` that fit no call, given what is known of the contract.
///
/// ```
/// use keyway_guard::{Callable, misfits};
/// use near_primitives::account::FunctionCallPermission;
///
/// let permission = FunctionCallPermission {
///     allowance: None,
///     receiver_id: "game.near".to_owned(),
///     method_names: vec!["play".to_owned(), "play ".to_owned()],
/// };
/// let odd = misfits(&permission, &Callable::Unknown);
/// assert_eq!(odd.len(), 1);
/// assert_eq!(odd[0].to_string(), r#"no contract has a method "play ""#);
/// let methods = Callable::Methods(["score".to_owned()].into());
/// assert_eq!(misfits(&permission, &methods).len(), 2);
/// ```
#[must_use]
pub fn misfits(permission: &FunctionCallPermission, contract: &Callable) -> Vec<Misfit> {
    let receiver_id = permission.receiver_id.clone();
    if receiver_id.parse::<AccountId>().is_err() {
        return vec![Misfit::ImpossibleReceiver { receiver_id }];
    }
    let methods = (permission.method_names.iter())
        .filter(|name| *name != MARK)
        .filter_map(|name| method_misfit(&receiver_id, name, contract));
    let receiver = match contract {
        Callable::NoAccount => Some(Misfit::NoAccount { receiver_id: receiver_id.clone() }),
        Callable::NoContract => Some(Misfit::NoContract { receiver_id: receiver_id.clone() }),
        Callable::Unknown | Callable::Methods(_) => None,
    };
    receiver.into_iter().chain(methods).collect()
}

/// Whether none of the calls that `permission` allows fits the contract.
pub(crate) fn fits_nothing(permission: &FunctionCallPermission, contract: &Callable) -> bool {
    let found = misfits(permission, contract);
    let of_methods = found.iter().filter(|misfit| misfit.is_about_a_method()).count();
    let names = permission.method_names.len();
    found.len() > of_methods || (names > 0 && of_methods == names)
}

/// Wallets put this name on keys that only store data and call nothing.
const MARK: &str = "__wallet__metadata";

fn method_misfit(receiver_id: &str, name: &str, contract: &Callable) -> Option<Misfit> {
    if name.is_empty() {
        return Some(Misfit::EmptyMethod);
    }
    let (receiver_id, method) = (receiver_id.to_owned(), name.to_owned());
    match contract {
        Callable::Methods(known) if known.contains(name) => None,
        Callable::Methods(_) => Some(Misfit::MissingMethod { receiver_id, method }),
        _ => (quoted(name) != name).then_some(Misfit::OddMethod { method }),
    }
}

impl Misfit {
    fn is_about_a_method(&self) -> bool {
        matches!(self, Self::EmptyMethod | Self::OddMethod { .. } | Self::MissingMethod { .. })
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ImpossibleReceiver { receiver_id } => {
                write!(f, "{} cannot be the name of an account", quoted(receiver_id))
            }
            Self::NoAccount { receiver_id } => write!(f, "there is no account {receiver_id}"),
            Self::NoContract { receiver_id } => write!(f, "{receiver_id} has no contract"),
            Self::EmptyMethod => f.write_str(r#"no contract has a method """#),
            Self::OddMethod { method } => {
                write!(f, "no contract has a method {}", quoted(method))
            }
            Self::MissingMethod { receiver_id, method } => {
                write!(f, "{receiver_id} has no method {}", quoted(method))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::permission;

    fn said(receiver: &str, methods: &[&str], contract: &Callable) -> Vec<String> {
        let found = misfits(&permission(receiver, methods, None), contract);
        found.iter().map(ToString::to_string).collect()
    }

    fn has(methods: &[&str]) -> Callable {
        Callable::Methods(methods.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn names_that_no_method_has() {
        for name in ["", "play ", " claim_reward", "play\t", "a,b", "play\u{a0}", "\"play\""] {
            assert_eq!(said("game.near", &[name], &Callable::Unknown).len(), 1, "{name:?}");
            assert_eq!(said("game.near", &[name], &has(&["play"])).len(), 1, "{name:?}");
        }
        for name in ["play", "new_v2", "get-it", "$f", "mod.f"] {
            assert_eq!(said("game.near", &[name], &Callable::Unknown).len(), 0, "{name:?}");
        }
    }

    #[test]
    fn what_the_contract_exports_fits_whatever_it_is_called() {
        assert_eq!(said("game.near", &["play "], &has(&["play "])), [""; 0]);
        // A transaction cannot call the empty name, whatever the code exports.
        assert_eq!(said("game.near", &[""], &has(&[""])).len(), 1);
        let missing = said("game.near", &["quit"], &has(&["play"]));
        assert_eq!(missing, ["game.near has no method quit"]);
    }

    #[test]
    fn receivers_that_answer_no_call() {
        assert_eq!(said("game.near", &[], &Callable::NoAccount), ["there is no account game.near"]);
        assert_eq!(said("game.near", &[], &Callable::NoContract), ["game.near has no contract"]);
        let impossible = said("Game Near", &["play"], &Callable::Unknown);
        assert_eq!(impossible, [r#""Game Near" cannot be the name of an account"#]);
        assert_eq!(said("game.near", &[], &has(&[])), [""; 0]);
    }

    #[test]
    fn a_wallets_mark_is_left_alone() {
        assert_eq!(said("alice.near", &["__wallet__metadata"], &has(&["play"])), [""; 0]);
    }

    #[test]
    fn a_key_fits_nothing_when_none_of_its_names_does() {
        let nothing = |methods: &[&str], contract: &Callable| {
            fits_nothing(&permission("game.near", methods, None), contract)
        };
        assert!(nothing(&["quit"], &has(&["play"])));
        assert!(!nothing(&["quit", "play"], &has(&["play"])));
        assert!(!nothing(&[], &has(&[])));
        assert!(nothing(&[], &Callable::NoContract));
        assert!(!nothing(&["play", " "], &Callable::Unknown));
    }
}
