//! Gas keys: access keys with their own balance for gas, and several nonces.

use super::function_call_key::{FunctionCallKey, Scope};
use super::limits;
use super::{Intent, IntoPublicKey, Step, key, read};
use crate::amount::IntoNearToken;
use crate::error::{ArgumentError, ArgumentProblem, ArgumentSite};
use near_primitives::account::AccessKey;
use near_primitives::action::{Action, TransferToGasKeyAction, WithdrawFromGasKeyAction};
use near_primitives::types::NonceIndex;

/// Adds a full-access gas key with `nonces` nonces (1 to 1024): as many transactions can be pending independently of each
/// other.
///
/// A new gas key has no balance: see [`fund_gas_key`].
///
/// ```
/// use keyway::{Intent, NearLiteral, add_full_access_gas_key, fund_gas_key};
/// # let key = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";
/// let intent = Intent::from([add_full_access_gas_key(key, 16), fund_gas_key(key, 1.near())]);
/// assert!(intent.resolve(&"alice.near".parse()?).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn add_full_access_gas_key(public_key: impl IntoPublicKey, nonces: NonceIndex) -> Step {
    let site = ArgumentSite::AddFullAccessGasKey;
    Step::on_signer(
        checked(site, nonces).and_then(|nonces| {
            key::add_key(site, public_key, AccessKey::gas_key_full_access(nonces))
        }),
    )
}

/// Adds a gas key that may call functions of one contract and do nothing else, with `nonces` nonces (1 to 1024). The
/// functions are required.
///
/// ```
/// use keyway::{Intent, add_function_call_gas_key};
/// # let app_key = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";
/// let key = add_function_call_gas_key(app_key, "game.near", 16).functions(["play_move"]);
/// assert!(Intent::from(key).resolve(&"alice.near".parse()?).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn add_function_call_gas_key(
    public_key: impl IntoPublicKey,
    contract: impl AsRef<str>,
    nonces: NonceIndex,
) -> FunctionCallGasKey {
    let scope = Scope::new(ArgumentSite::AddFunctionCallGasKey, public_key, contract.as_ref());
    FunctionCallKey { scope, gas: OwnBalance { nonces } }
}

/// Moves NEAR from the signer's account to the balance of its gas key.
#[must_use]
pub fn fund_gas_key(public_key: impl IntoPublicKey, amount: impl IntoNearToken) -> Step {
    let public_key = read::public_key(ArgumentSite::FundGasKey, public_key);
    Step::on_signer(public_key.and_then(|public_key| {
        let deposit = amount.into_near_token()?;
        Ok(Action::TransferToGasKey(Box::new(TransferToGasKeyAction { public_key, deposit })))
    }))
}

/// Moves NEAR from the balance of a gas key back to its account.
///
/// Withdraw before deleting the key: its balance is burnt, and with more than 1 NEAR it cannot be deleted.
///
/// ```
/// use keyway::{KeyPair, NearLiteral, Sandbox};
/// use keyway::{add_full_access_gas_key, delete_key, fund_gas_key, withdraw_from_gas_key};
///
/// let sandbox = Sandbox::new();
/// let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
/// let gas_key = KeyPair::random_ed25519();
/// let key = gas_key.public_key();
/// alice.execute([add_full_access_gas_key(key, 16), fund_gas_key(key, 5.near())])?;
/// assert!(alice.balance()? < 5.near());
/// alice.execute([withdraw_from_gas_key(key, 5.near()), delete_key(key)])?;
/// assert!(alice.balance()? > 9.near());
/// # Ok::<(), keyway::Error>(())
/// ```
#[must_use]
pub fn withdraw_from_gas_key(public_key: impl IntoPublicKey, amount: impl IntoNearToken) -> Step {
    let public_key = read::public_key(ArgumentSite::WithdrawFromGasKey, public_key);
    Step::on_signer(public_key.and_then(|public_key| {
        let amount = amount.into_near_token()?;
        Ok(Action::WithdrawFromGasKey(Box::new(WithdrawFromGasKeyAction { public_key, amount })))
    }))
}

/// Builds a gas key for calls; see [`add_function_call_gas_key`].
pub type FunctionCallGasKey = FunctionCallKey<OwnBalance>;

/// The key's own balance pays for gas; with this many nonces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnBalance {
    nonces: NonceIndex,
}

impl FunctionCallGasKey {
    fn action(self) -> Result<Action, ArgumentError> {
        let site = ArgumentSite::AddFunctionCallGasKey;
        let nonces = checked(site, self.gas.nonces)?;
        let (public_key, permission) = self.scope.permission()?;
        key::add_key(site, public_key, AccessKey::gas_key_function_call(nonces, permission))
    }
}

impl From<FunctionCallGasKey> for Step {
    fn from(key: FunctionCallGasKey) -> Self {
        Self::on_signer(key.action())
    }
}

impl From<FunctionCallGasKey> for Intent {
    fn from(key: FunctionCallGasKey) -> Self {
        Self::from([key])
    }
}

fn checked(site: ArgumentSite, nonces: NonceIndex) -> Result<NonceIndex, ArgumentError> {
    if (1..=limits().gas_key_nonces).contains(&nonces) {
        return Ok(nonces);
    }
    let (got, most) = (nonces.into(), limits().gas_key_nonces.into());
    let problem = ArgumentProblem::OutOfRange { got, least: 1, most };
    Err(ArgumentError::new(site, "nonces", problem))
}
