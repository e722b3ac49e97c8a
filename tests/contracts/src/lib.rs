//! The example contracts, as they are committed, for the tests of their rules.

use keyway::{Error, Intent, NearToken, Sandbox, SandboxAccount, call, deploy};
use serde_json::Value;

/// Scores that an app keeps in the player's name.
pub const GAME: &[u8] = include_bytes!("../../../contracts/wasm/game.wasm");

/// Links worth NEAR.
pub const DROP: &[u8] = include_bytes!("../../../contracts/wasm/drop.wasm");

/// A way back into an account whose keys are lost.
pub const RECOVERY: &[u8] = include_bytes!("../../../contracts/wasm/recovery.wasm");

/// Puts a contract on an account and begins it, in one transaction.
///
/// # Errors
/// As [`SandboxAccount::execute`].
pub fn install(
    account: &SandboxAccount,
    wasm: &[u8],
    args: &Value,
    deposit: NearToken,
) -> Result<(), Error> {
    let new = call(account.id(), "new").args_json(args).deposit(deposit);
    account.execute(Intent::on_self().then(deploy(wasm)).then(new)).map(drop)
}

/// What a view without side conditions returns.
///
/// # Errors
/// As [`keyway::sandbox::SandboxView::json`].
pub fn view(sandbox: &Sandbox, contract: &str, method: &str, args: &Value) -> Result<Value, Error> {
    sandbox.view(contract, method).args_json(args).json()
}
