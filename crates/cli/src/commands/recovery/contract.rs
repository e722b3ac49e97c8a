//! What the recovery contract is asked.

use crate::error::{CliError, other_contract};
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
    /// The keys that may ask for recovery.
    pub(super) helpers: Vec<PublicKey>,
    /// How many helpers must ask for the same key.
    pub(super) threshold: u8,
    /// How long the owner can cancel, nanoseconds, as text.
    pub(super) delay_ns: String,
    /// What is asked for.
    pub(super) requests: Vec<Request>,
}

/// A key that helpers ask for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Request {
    /// The key that shall get full access.
    pub(super) new_public_key: PublicKey,
    /// The keys of who asks for it: `helpers` to the contract, which in our answers are all of them.
    #[serde(rename(serialize = "asked_by"))]
    pub(super) helpers: Vec<PublicKey>,
    /// From when on it can have it, nanoseconds since 1970, as text. None while too few ask.
    pub(super) ready_at_ns: Option<String>,
}

impl Request {
    /// What is left of the delay at `now_ns`, nanoseconds. None while it has not begun.
    pub(super) fn left_ns(&self, now_ns: u64) -> Option<u64> {
        let ready_at = self.ready_at_ns.as_ref()?;
        Some(ready_at.parse().unwrap_or(u64::MAX).saturating_sub(now_ns))
    }
}

impl State {
    /// Asks the chain.
    ///
    /// # Errors
    /// When there is no such account, or recovery is not installed on it.
    pub(super) async fn of(context: &Context, account: &AccountId) -> Result<Self, CliError> {
        let asked = context.client.view(account, "status").json().await;
        asked.map_err(other_contract(account, "recovery"))
    }
}
