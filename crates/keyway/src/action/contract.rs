//! Actions that deploy contracts.

use super::limits;
use super::{Step, read};
use crate::amount::shortened;
use crate::error::{ArgumentError, ArgumentProblem, ArgumentSite};
use near_primitives::action::{
    Action, DeployContractAction, DeployGlobalContractAction, GlobalContractDeployMode,
    GlobalContractIdentifier, UseGlobalContractAction,
};
use near_primitives::hash::CryptoHash;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Deploys this contract, in WebAssembly (at most 4 MiB), to the signer's account.
///
/// ```
/// # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
/// use keyway::{Sandbox, deploy};
///
/// let sandbox = Sandbox::new();
/// let game = sandbox.create_account("game.near").create()?;
/// game.execute(deploy(wasm))?;
/// assert_eq!(sandbox.view("game.near", "score").json::<u32>()?, 42);
/// # Ok::<(), keyway::Error>(())
/// ```
#[must_use]
pub fn deploy(code: impl Into<Vec<u8>>) -> Step {
    let code = code.into();
    let checked = read::at_most(ArgumentSite::Deploy, "code", code.len(), limits().contract_bytes);
    Step::on_signer(checked.map(|()| Action::DeployContract(DeployContractAction { code })))
}

/// Deploys the contract in this file to the signer's account. If the file cannot be read, using the step returns the error.
///
/// ```
/// use keyway::{Sandbox, deploy_file};
///
/// let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm");
/// let sandbox = Sandbox::new();
/// let game = sandbox.create_account("game.near").create()?;
/// game.execute(deploy_file(path))?;
/// assert_eq!(sandbox.view("game.near", "score").json::<u32>()?, 42);
/// let error = game.execute(deploy_file("no such file")).unwrap_err();
/// assert!(error.to_string().contains("no such file"));
/// # Ok::<(), keyway::Error>(())
/// ```
#[must_use]
pub fn deploy_file(path: impl AsRef<Path>) -> Step {
    let code = read_wasm(ArgumentSite::Deploy, path.as_ref());
    Step::on_signer(code.map(|code| Action::DeployContract(DeployContractAction { code })))
}

/// The contract in this file, if it is not larger than the protocol's limit.
pub(crate) fn read_wasm(site: ArgumentSite, path: &Path) -> Result<Vec<u8>, ArgumentError> {
    let unreadable = |error: io::Error| {
        let got = shortened(&path.display().to_string());
        let problem = ArgumentProblem::NotUsable { got, why: error.to_string() };
        ArgumentError::new(site, "code", problem)
    };
    let mut code = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(limits().contract_bytes.saturating_add(1))
        .read_to_end(&mut code)
        .map_err(unreadable)?;
    read::at_most(site, "code", code.len(), limits().contract_bytes)?;
    Ok(code)
}

/// Publishes this contract under its hash, for all accounts. It can never be changed.
///
/// The signer pays for its storage once, and the payment is burnt.
#[must_use]
pub fn deploy_global_by_hash(code: impl Into<Vec<u8>>) -> Step {
    Step::on_signer(deploy_global(code.into(), GlobalContractDeployMode::CodeHash))
}

/// Publishes this contract under the signer's account id, for all accounts. The signer can replace it later, and does so
/// for all accounts that use it.
///
/// The signer pays for its storage, and the payment is burnt.
#[must_use]
pub fn deploy_global_by_account(code: impl Into<Vec<u8>>) -> Step {
    Step::on_signer(deploy_global(code.into(), GlobalContractDeployMode::AccountId))
}

/// Makes the signer's account use the global contract with this hash.
///
/// ```
/// # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
/// use keyway::protocol::CryptoHash;
/// use keyway::{Sandbox, deploy_global_by_hash, use_global_by_hash};
///
/// let sandbox = Sandbox::new();
/// sandbox.root().execute(deploy_global_by_hash(wasm))?;
/// let game = sandbox.create_account("game.near").create()?;
/// game.execute(use_global_by_hash(CryptoHash::hash_bytes(wasm)))?;
/// assert_eq!(sandbox.view("game.near", "score").json::<u32>()?, 42);
/// # Ok::<(), keyway::Error>(())
/// ```
#[must_use]
pub fn use_global_by_hash(hash: CryptoHash) -> Step {
    Step::on_signer(Ok(use_global(GlobalContractIdentifier::CodeHash(hash))))
}

/// Makes the signer's account use the global contract of `owner`, who can replace it later.
///
/// ```
/// # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
/// use keyway::{Sandbox, deploy_global_by_account, use_global_by_account};
///
/// let sandbox = Sandbox::new();
/// sandbox.root().execute(deploy_global_by_account(wasm))?;
/// let game = sandbox.create_account("game.near").create()?;
/// game.execute(use_global_by_account("near"))?;
/// assert_eq!(sandbox.view("game.near", "score").json::<u32>()?, 42);
/// # Ok::<(), keyway::Error>(())
/// ```
#[must_use]
pub fn use_global_by_account(owner: impl AsRef<str>) -> Step {
    let owner = read::account_id(ArgumentSite::UseGlobal, "owner", owner.as_ref());
    Step::on_signer(owner.map(|owner| use_global(GlobalContractIdentifier::AccountId(owner))))
}

fn deploy_global(
    code: Vec<u8>,
    deploy_mode: GlobalContractDeployMode,
) -> Result<Action, ArgumentError> {
    read::at_most(ArgumentSite::DeployGlobal, "code", code.len(), limits().contract_bytes)?;
    let code = code.into();
    Ok(Action::DeployGlobalContract(DeployGlobalContractAction { code, deploy_mode }))
}

fn use_global(contract_identifier: GlobalContractIdentifier) -> Action {
    Action::UseGlobalContract(Box::new(UseGlobalContractAction { contract_identifier }))
}
