//! The lines about an executed transaction and the key that signed it.

use super::context::Context;
use keyway::guard::quoted;
use keyway::protocol::{AccessKeyPermission, CryptoHash, PublicKey};
use keyway::{AccountId, Outcome};
use near_crypto::PublicKeyHandle;
use serde::Serialize;
use std::fmt;

/// An executed transaction.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sent {
    transaction: CryptoHash,
    /// In gas units.
    gas_burnt: u64,
    /// On a fork, the most that it would have burnt on the network, in gas units.
    #[serde(skip_serializing_if = "Option::is_none")]
    gas_burnt_at_most: Option<u64>,
    /// In yoctoNEAR.
    tokens_burnt: String,
    #[serde(skip)]
    words: String,
}

impl From<&Outcome> for Sent {
    fn from(outcome: &Outcome) -> Self {
        let (gas, tokens) = (outcome.gas_burnt(), outcome.tokens_burnt());
        let hash = outcome.transaction_hash();
        Self {
            transaction: hash,
            gas_burnt: gas.as_gas(),
            gas_burnt_at_most: outcome.gas_band().map(|band| band.high.as_gas()),
            tokens_burnt: tokens.as_yoctonear().to_string(),
            words: outcome.bill(),
        }
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// A key, with its permission on the chain if known.
#[derive(Clone, Debug)]
pub(crate) struct SignedWith {
    public_key: PublicKeyHandle,
    permission: Option<AccessKeyPermission>,
}

impl SignedWith {
    /// Queries the key's permission. A deleted key or a chain that does not answer is not an error
    /// here.
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
                write!(f, " (function-call key for {})", quoted(&calls.receiver_id))
            }
            Some(AccessKeyPermission::GasKeyFunctionCall(_, calls)) => {
                write!(f, " (gas key for {})", quoted(&calls.receiver_id))
            }
        }
    }
}
