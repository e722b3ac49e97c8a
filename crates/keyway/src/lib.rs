//! Access keys on NEAR: keys, signers, actions, and a chain in the test process.

pub mod action;
mod amount;
pub mod client;
pub mod error;
pub mod outcome;
#[cfg(feature = "sandbox")]
mod preflight;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod signer;
pub mod transport;

pub use action::{
    AllowedFunctions, FunctionNames, GasBudget, Intent, IntoPublicKey, Step,
    add_full_access_gas_key, add_full_access_key, add_function_call_gas_key, add_function_call_key,
    call, create_account, delete_account, delete_key, deploy, deploy_global_by_account,
    deploy_global_by_hash, fund_gas_key, init_deterministic_account, init_universal_account, stake,
    transfer, use_global_by_account, use_global_by_hash, withdraw_from_gas_key,
};
pub use amount::{GasLiteral, NearLiteral, exact_gas, exact_near, read_near};
pub use client::{BlockReference, Client, WaitUntil};
pub use error::{ArgumentError, Error, Failure, Refusal};
pub use outcome::Outcome;
#[cfg(feature = "sandbox")]
pub use preflight::{Estimate, Preflight};
#[cfg(feature = "sandbox")]
pub use sandbox::{Sandbox, SandboxAccount};
pub use signer::{ExecuteOptions, IntoKeyService, Offline, Signer};

pub use keyway_signer::{KeyPair, KeyService, KeyServiceError, MemoryKeys};
pub use near_crypto::{KeyType, PublicKey, Signature};
pub use near_primitives::account::{AccessKey, AccessKeyPermission};
pub use near_primitives::action::delegate::SignedDelegateAction;
pub use near_primitives::action::{Action, GlobalContractIdentifier};
pub use near_primitives::deterministic_account_id::{
    DeterministicAccountStateInit, DeterministicAccountStateInitV1,
};
pub use near_primitives::hash::CryptoHash;
pub use near_primitives::transaction::SignedTransaction;
pub use near_primitives::types::{AccountId, Balance as NearToken, Gas};
pub use near_primitives::universal_state_init::{UniversalStateInit, UniversalStateInitV1};
