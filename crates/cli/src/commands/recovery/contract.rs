//! What the recovery contract is asked.

use crate::error::CliError;
use crate::tools::Context;
use keyway::action::FunctionCall;
use keyway::{AccountId, NearToken, PublicKey, call};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The contract that is installed.
pub(super) const WASM: &[u8] = include_bytes!("../../../../../contracts/wasm/recovery.wasm");

/// A call that only the owner can make: with a yoctoNEAR, which needs a full-access key.
pub(super) fn owners(account: &AccountId, method: &str, args: &Value) -> FunctionCall {
    call(account, method).args_json(args).deposit(NearToken::from_yoctonear(1))
}

/// What the contract tells of itself.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct State {
    /// The keys that may start recovery.
    pub(super) helpers: Vec<PublicKey>,
    /// How long the owner can cancel, nanoseconds, as text.
    pub(super) delay_ns: String,
    /// What is under way.
    pub(super) pending: Option<Pending>,
}

/// A recovery that is under way.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Pending {
    /// The key that started it.
    pub(super) helper: PublicKey,
    /// The key that gets full access.
    pub(super) new_public_key: PublicKey,
    /// From when on, nanoseconds since 1970, as text.
    pub(super) ready_at_ns: String,
}

impl Pending {
    /// What is left of the delay at `now_ns`, nanoseconds.
    pub(super) fn left_ns(&self, now_ns: u64) -> u64 {
        self.ready_at_ns.parse().unwrap_or(u64::MAX).saturating_sub(now_ns)
    }
}

impl State {
    /// Asks the chain.
    ///
    /// # Errors
    /// When there is no such account, or recovery is not installed on it.
    pub(super) async fn of(context: &Context, account: &AccountId) -> Result<Self, CliError> {
        Ok(context.client.view(account, "status").json().await?)
    }
}
