//! Actions that give an account its contract.

use super::limits;
use super::{Step, read};
use crate::error::{ArgumentError, Place};
use near_primitives::action::{
    Action, DeployContractAction, DeployGlobalContractAction, GlobalContractDeployMode,
    GlobalContractIdentifier, UseGlobalContractAction,
};
use near_primitives::hash::CryptoHash;

/// Gives the signer's account this contract, in WebAssembly (at most 4 MiB).
///
/// ```
/// # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
/// use keyway::{Sandbox, deploy};
///
/// let sandbox = Sandbox::new();
/// let game = sandbox.account("game.near").create()?;
/// game.execute(deploy(wasm))?;
/// assert_eq!(sandbox.view("game.near", "score").json::<u32>()?, 42);
/// # Ok::<(), keyway::Error>(())
/// ```
#[must_use]
pub fn deploy(code: impl Into<Vec<u8>>) -> Step {
    let code = code.into();
    let checked = read::at_most(Place::Deploy, "code", code.len(), limits().contract_bytes);
    Step::on_signer(checked.map(|()| Action::DeployContract(DeployContractAction { code })))
}

/// Makes this contract known to all accounts under its hash, for ever and unchanged.
///
/// The signer pays for its storage once, and the payment is burnt.
#[must_use]
pub fn deploy_global_by_hash(code: impl Into<Vec<u8>>) -> Step {
    Step::on_signer(deploy_global(code.into(), GlobalContractDeployMode::CodeHash))
}

/// Makes this contract known to all accounts under the signer's account id. The signer may change it
/// later, for all accounts that use it.
///
/// The signer pays for its storage, and the payment is burnt.
#[must_use]
pub fn deploy_global_by_account(code: impl Into<Vec<u8>>) -> Step {
    Step::on_signer(deploy_global(code.into(), GlobalContractDeployMode::AccountId))
}

/// Gives the signer's account the global contract with this hash.
///
/// ```
/// # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
/// use keyway::{CryptoHash, Sandbox, deploy_global_by_hash, use_global_by_hash};
///
/// let sandbox = Sandbox::new();
/// sandbox.root().execute(deploy_global_by_hash(wasm))?;
/// let game = sandbox.account("game.near").create()?;
/// game.execute(use_global_by_hash(CryptoHash::hash_bytes(wasm)))?;
/// assert_eq!(sandbox.view("game.near", "score").json::<u32>()?, 42);
/// # Ok::<(), keyway::Error>(())
/// ```
#[must_use]
pub fn use_global_by_hash(hash: CryptoHash) -> Step {
    Step::on_signer(Ok(use_global(GlobalContractIdentifier::CodeHash(hash))))
}

/// Gives the signer's account the global contract of `owner`, who may change it later.
///
/// ```
/// # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
/// use keyway::{Sandbox, deploy_global_by_account, use_global_by_account};
///
/// let sandbox = Sandbox::new();
/// sandbox.root().execute(deploy_global_by_account(wasm))?;
/// let game = sandbox.account("game.near").create()?;
/// game.execute(use_global_by_account("near"))?;
/// assert_eq!(sandbox.view("game.near", "score").json::<u32>()?, 42);
/// # Ok::<(), keyway::Error>(())
/// ```
#[must_use]
pub fn use_global_by_account(owner: impl AsRef<str>) -> Step {
    let owner = read::account_id(Place::UseGlobal, "owner", owner.as_ref());
    Step::on_signer(owner.map(|owner| use_global(GlobalContractIdentifier::AccountId(owner))))
}

fn deploy_global(
    code: Vec<u8>,
    deploy_mode: GlobalContractDeployMode,
) -> Result<Action, ArgumentError> {
    read::at_most(Place::DeployGlobal, "code", code.len(), limits().contract_bytes)?;
    let code = code.into();
    Ok(Action::DeployGlobalContract(DeployGlobalContractAction { code, deploy_mode }))
}

fn use_global(contract_identifier: GlobalContractIdentifier) -> Action {
    Action::UseGlobalContract(Box::new(UseGlobalContractAction { contract_identifier }))
}
