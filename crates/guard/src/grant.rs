//! What a key may sign, and who pays for its gas.

use crate::KeyFacts;
use crate::quoted::{quoted, quoted_list};
use crate::units::near;
use near_primitives::account::AccessKeyPermission;
use near_primitives::types::Balance;
use serde::Serialize;
use std::fmt;

/// What a key may sign. The chain writes "any method" as an empty list; here it has a variant.
///
/// ```
/// use keyway_guard::{Grant, Methods};
/// use near_primitives::account::{AccessKeyPermission, FunctionCallPermission};
///
/// let permission = AccessKeyPermission::FunctionCall(FunctionCallPermission {
///     allowance: None,
///     receiver_id: "game.near".to_owned(),
///     method_names: Vec::new(),
/// });
/// let grant = Grant::of(&permission);
/// assert_eq!(grant, Grant::Calls { receiver_id: "game.near".to_owned(), methods: Methods::Any });
/// assert_eq!(grant.to_string(), "any method of game.near");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Grant {
    /// Everything that the account may do.
    Everything,
    /// Calls of one contract, without a deposit.
    Calls {
        /// The contract, as the key names it. It need not exist.
        receiver_id: String,
        /// Which of its methods.
        methods: Methods,
    },
}

/// The methods that a key may call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Methods {
    /// Every method of the contract.
    Any,
    /// These, sorted.
    Only(Vec<String>),
}

/// What pays for the gas of a key's transactions, and up to how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GasBudget {
    /// The account's whole balance.
    NoLimit,
    /// The account's balance, up to what is left of the allowance.
    Allowance {
        /// What is left, yoctoNEAR.
        left: Balance,
    },
    /// A gas key's own balance.
    KeyBalance {
        /// The key's balance, yoctoNEAR.
        balance: Balance,
    },
}

impl Grant {
    /// What `permission` allows.
    #[must_use]
    pub fn of(permission: &AccessKeyPermission) -> Self {
        let Some(call) = permission.function_call_permission() else { return Self::Everything };
        let mut methods = call.method_names.clone();
        methods.sort_unstable();
        methods.dedup();
        let methods = if methods.is_empty() { Methods::Any } else { Methods::Only(methods) };
        Self::Calls { receiver_id: call.receiver_id.clone(), methods }
    }
}

impl GasBudget {
    /// What pays for the gas of a key with `permission`.
    #[must_use]
    pub fn of(permission: &AccessKeyPermission) -> Self {
        match permission {
            AccessKeyPermission::FullAccess => Self::NoLimit,
            AccessKeyPermission::FunctionCall(call) => {
                call.allowance.map_or(Self::NoLimit, |left| Self::Allowance { left })
            }
            AccessKeyPermission::GasKeyFullAccess(info)
            | AccessKeyPermission::GasKeyFunctionCall(info, _) => {
                Self::KeyBalance { balance: info.balance }
            }
        }
    }

    /// Whether it stops a key before the account's `balance` (yoctoNEAR) is used up. An allowance that is
    /// not below the balance does not.
    ///
    /// ```
    /// use keyway_guard::GasBudget;
    /// use near_primitives::types::Balance;
    ///
    /// let allowance = GasBudget::Allowance { left: Balance::from_near(30_000) };
    /// assert!(!allowance.protects(Balance::from_near(2)));
    /// ```
    #[must_use]
    pub fn protects(self, balance: Balance) -> bool {
        match self {
            Self::NoLimit => false,
            Self::Allowance { left } => left < balance,
            Self::KeyBalance { .. } => true,
        }
    }

    /// The limit, yoctoNEAR; `None` without one.
    pub(crate) fn limit(self) -> Option<Balance> {
        match self {
            Self::NoLimit => None,
            Self::Allowance { left } => Some(left),
            Self::KeyBalance { balance } => Some(balance),
        }
    }
}

/// The balance of `key`, yoctoNEAR, if it is a gas key with a balance.
pub(crate) fn funds(key: &KeyFacts) -> Option<Balance> {
    let balance = key.access_key.gas_key_info()?.balance;
    (balance > Balance::ZERO).then_some(balance)
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::Calls { receiver_id, methods: Methods::Any } => {
                write!(f, "any method of {}", quoted(receiver_id))
            }
            Self::Calls { receiver_id, methods: Methods::Only(names) } => {
                write!(f, "{} of {}", quoted_list(names), quoted(receiver_id))
            }
        }
    }
}

impl fmt::Display for GasBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLimit => f.write_str("the account's whole balance"),
            Self::Allowance { left } => write!(f, "an allowance of {}", near(*left)),
            Self::KeyBalance { balance } => write!(f, "{} on the key", near(*balance)),
        }
    }
}
