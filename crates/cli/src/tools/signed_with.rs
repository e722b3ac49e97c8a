//! Which key signed, in words.

use super::context::Context;
use keyway::keys::printable;
use keyway::{AccessKeyPermission, AccountId, PublicKey};
use near_crypto::PublicKeyHandle;
use std::fmt;

/// A key, and what the chain lets it do where that is known.
#[derive(Clone, Debug)]
pub(crate) struct SignedWith {
    public_key: PublicKeyHandle,
    permission: Option<AccessKeyPermission>,
}

impl SignedWith {
    /// Asks the chain what the key may do. A key that is gone, or a chain that does not answer, is no
    /// error here.
    pub(crate) async fn of(context: &Context, account: &AccountId, key: &PublicKey) -> Self {
        let found = context.client.access_key(account, key).await;
        Self { public_key: key.into(), permission: found.ok().map(|key| key.permission) }
    }
}

impl fmt::Display for SignedWith {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.public_key)?;
        match &self.permission {
            None => Ok(()),
            Some(AccessKeyPermission::FullAccess) => f.write_str(" (full-access key)"),
            Some(AccessKeyPermission::GasKeyFullAccess(_)) => f.write_str(" (full-access gas key)"),
            Some(AccessKeyPermission::FunctionCall(calls)) => {
                write!(f, " (function-call key for {})", printable(&calls.receiver_id))
            }
            Some(AccessKeyPermission::GasKeyFunctionCall(_, calls)) => {
                write!(f, " (gas key for {})", printable(&calls.receiver_id))
            }
        }
    }
}
