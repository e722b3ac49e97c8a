//! How much a key may do.

use near_primitives::account::AccessKeyPermission;

/// How much harm a key could do, in rising order.
///
/// ```
/// use keyway_guard::KeyPower;
/// use near_primitives::account::{AccessKeyPermission, FunctionCallPermission};
///
/// let any_method = AccessKeyPermission::FunctionCall(FunctionCallPermission {
///     allowance: None,
///     receiver_id: "game.near".to_owned(),
///     method_names: Vec::new(),
/// });
/// assert_eq!(KeyPower::of(&any_method), KeyPower::AnyMethod);
/// assert!(KeyPower::of(&any_method) < KeyPower::of(&AccessKeyPermission::FullAccess));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyPower {
    /// Calls of the methods that it lists.
    SomeMethods,
    /// Calls of whatever one contract has.
    AnyMethod,
    /// A gas key for calls of the methods that it lists.
    GasKeySomeMethods,
    /// A gas key for calls of whatever one contract has.
    GasKeyAnyMethod,
    /// Everything, as long as the gas key can pay.
    GasKeyFullAccess,
    /// Everything.
    FullAccess,
}

impl KeyPower {
    /// The power of a key with `permission`.
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
