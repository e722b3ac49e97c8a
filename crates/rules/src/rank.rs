//! The order of keys by power.

use near_primitives::account::AccessKeyPermission;

/// How much a key could do, from least to most.
///
/// ```
/// use keyway_rules::KeyRank;
/// use near_primitives::account::{AccessKeyPermission, FunctionCallPermission};
///
/// let any_method = AccessKeyPermission::FunctionCall(FunctionCallPermission {
///     allowance: None,
///     receiver_id: "game.near".to_owned(),
///     method_names: Vec::new(),
/// });
/// assert_eq!(KeyRank::of(&any_method), KeyRank::AnyMethod);
/// assert!(KeyRank::of(&any_method) < KeyRank::of(&AccessKeyPermission::FullAccess));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyRank {
    /// Calls of the methods that it lists.
    SomeMethods,
    /// Calls of any method of one contract.
    AnyMethod,
    /// A gas key for calls of the methods that it lists.
    GasKeySomeMethods,
    /// A gas key for calls of any method of one contract.
    GasKeyAnyMethod,
    /// A gas key for everything, as long as its balance pays.
    GasKeyFullAccess,
    /// Everything.
    FullAccess,
}

impl KeyRank {
    /// The rank of a key with `permission`.
    #[must_use]
    pub fn of(permission: &AccessKeyPermission) -> Self {
        match permission {
            AccessKeyPermission::FunctionCall(call) if !call.method_names.is_empty() => {
                Self::SomeMethods
            }
            AccessKeyPermission::FunctionCall(_) => Self::AnyMethod,
            AccessKeyPermission::GasKeyFunctionCall(_, call) if !call.method_names.is_empty() => {
                Self::GasKeySomeMethods
            }
            AccessKeyPermission::GasKeyFunctionCall(..) => Self::GasKeyAnyMethod,
            AccessKeyPermission::GasKeyFullAccess(_) => Self::GasKeyFullAccess,
            AccessKeyPermission::FullAccess => Self::FullAccess,
        }
    }
}
