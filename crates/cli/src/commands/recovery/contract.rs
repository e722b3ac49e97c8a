//! Queries to the recovery contract.

use crate::error::{CliError, other_contract};
use keyway::action::FunctionCall;
use keyway::protocol::PublicKey;
use keyway::{AccountId, Client, NearToken, call};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The contract that is installed.
pub(super) const WASM: &[u8] = include_bytes!("../../../../../contracts/wasm/recovery.wasm");

/// A call that only the owner can make: it attaches 1 yoctoNEAR, which needs a full-access key.
pub(super) fn owners(account: &AccountId, method: &str, args: &Value) -> FunctionCall {
    call(account, method).args_json(args).deposit(NearToken::from_yoctonear(1))
}

/// The contract's status.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct State {
    /// The keys that may request a recovery.
    pub(super) helpers: Vec<PublicKey>,
    /// How many helpers must request the same key.
    pub(super) threshold: u8,
    /// How long the owner can cancel: nanoseconds, as text.
    pub(super) delay_ns: String,
    /// The current requests.
    pub(super) requests: Vec<Request>,
}

/// A key that helpers request.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Request {
    /// The key that is to get full access.
    pub(super) new_public_key: PublicKey,
    /// The keys of the helpers that request it. The contract calls this field `helpers`, which in
    /// our answers means all helpers.
    #[serde(rename(serialize = "asked_by"))]
    pub(super) helpers: Vec<PublicKey>,
    /// When it can get full access: nanoseconds since 1970, as text. `None` while too few helpers
    /// request it.
    pub(super) ready_at_ns: Option<String>,
}

impl Request {
    /// The rest of the delay at `now_ns`, in nanoseconds. `None` if it has not started.
    pub(super) fn left_ns(&self, now_ns: u64) -> Option<u64> {
        let ready_at = self.ready_at_ns.as_ref()?;
        Some(ready_at.parse().unwrap_or(u64::MAX).saturating_sub(now_ns))
    }
}

impl State {
    /// Queries the chain.
    ///
    /// # Errors
    /// If the account does not exist, or recovery is not installed on it.
    pub(super) async fn of(client: &Client, account: &AccountId) -> Result<Self, CliError> {
        let asked = client.view(account, "status").json().await;
        asked.map_err(other_contract(account, "recovery"))
    }
}
