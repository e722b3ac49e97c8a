//! A library for NEAR access keys: adding, choosing and replacing keys, signing and sending transactions. It includes a
//! sandbox, a NEAR chain in the process of a test.
//!
//! # A chain in the test
//!
//! A [`Sandbox`] is a chain in this process, without ports, files or downloads. Here, Alice adds a key for an app. The key
//! may call two functions of one contract and spend 0.25 NEAR on gas. Anything else is refused.
//!
//! ```
//! use keyway::{GasBudget, KeyPair, NearLiteral, Sandbox, add_function_call_key, call};
//!
//! # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
//! let sandbox = Sandbox::new();
//! let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
//! sandbox.create_account("game.near").contract(wasm).create()?;
//!
//! let app_key = KeyPair::random_ed25519();
//! alice.execute(
//!     add_function_call_key(app_key.public_key(), "game.near")
//!         .functions(["play_move", "score"])
//!         .gas_budget(GasBudget::limit(250.millinear())),
//! )?;
//!
//! let app = alice.with_key(app_key);
//! let outcome = app.execute(call("game.near", "score").args_json("alice.near"))?;
//! assert_eq!(outcome.json::<u32>()?, 42);
//! let refused = app.execute(call("game.near", "withdraw")).unwrap_err();
//! assert_eq!(refused.kind(), "Refused.Signer.AccessKey.Function.NotAllowed");
//! # Ok::<(), keyway::Error>(())
//! ```
//!
//! Nothing is allowed by default. A key without functions or without a budget is an error, and so is an
//! empty list. To allow everything, write `any_function()` and `GasBudget::Unlimited`.
//!
//! There is a function for each action: [`transfer`], [`call`], [`create_account`], [`add_full_access_key`] and so on. For
//! several actions in one transaction, use an array or an [`Intent`]. Either all of them are executed, or none.
//!
//! ```
//! use keyway::{Intent, KeyPair, NearLiteral, Sandbox, add_full_access_key, create_account, transfer};
//!
//! let sandbox = Sandbox::new();
//! let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
//! let shop_key = KeyPair::random_ed25519();
//! alice.execute(
//!     Intent::to("shop.alice.near")
//!         .then(create_account())
//!         .then(transfer(2.near()))
//!         .then(add_full_access_key(shop_key.public_key())),
//! )?;
//! assert_eq!(sandbox.balance("shop.alice.near")?, 2.near());
//! # Ok::<(), keyway::Error>(())
//! ```
//!
//! A sandbox can do more than a network: [`Sandbox::snapshot`] and [`Sandbox::revert`] restore earlier states,
//! [`Sandbox::advance`] moves time, [`Sandbox::draft_block`] fills a block by hand, [`Sandbox::impersonate`] acts without a
//! key, and [`Sandbox::listen`] serves clients in other languages. A clone is a fork. Sandboxes share nothing, so thousands
//! of tests can run in one process.
//!
//! # The same over a network
//!
//! A [`Client`] queries a chain. A [`Signer`] acts as an account, with one key or several. Actions, outcomes and errors are
//! the same as above; requests are async. The chain below is a sandbox. Use `Client::testnet()` in the marked line, and
//! nothing else changes.
//!
//! ```
//! use keyway::{Client, GasBudget, KeyPair, NearLiteral, Sandbox, Signer};
//! use keyway::{add_function_call_key, call, transfer};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), keyway::Error> {
//! # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
//! # let (owner, sandbox) = (KeyPair::random_ed25519(), Sandbox::new());
//! # sandbox.create_account("alice.near").balance(100.near()).key_pair(owner.clone()).create()?;
//! # sandbox.create_account("game.near").contract(wasm).create()?;
//! let client: Client = sandbox.client(); // or Client::testnet()
//! let app_key = KeyPair::random_ed25519();
//! let alice = Signer::new(client.clone(), "alice.near", [owner, app_key.clone()])?;
//! alice
//!     .execute(
//!         add_function_call_key(app_key.public_key(), "game.near")
//!             .functions(["score"])
//!             .gas_budget(GasBudget::limit(250.millinear())),
//!     )
//!     .await?;
//!
//! // Each transaction is signed with the least powerful key that may do it.
//! let signed = alice.sign(call("game.near", "score")).await?;
//! assert_eq!(signed.transaction.public_key(), app_key.public_key());
//! assert_eq!(alice.send(&signed).await?.json::<u32>()?, 42);
//!
//! // Any number of tasks may share a signer: no two transactions get the same nonce.
//! let before = client.account("game.near").await?.total;
//! let pay = || alice.execute(transfer(1.near()).to("game.near"));
//! tokio::try_join!(pay(), pay(), pay())?;
//! let after = client.account("game.near").await?.total;
//! assert_eq!(after.checked_sub(before), Some(3.near()));
//!
//! // What would be refused, and what it would cost, is known before anything is sent.
//! let verdict = alice.check(transfer(1_000.near()).to("game.near")).await?;
//! assert_eq!(verdict.refusal.map(|why| why.kind()), Some("Refused.Signer.Budget.NotEnough"));
//! # Ok(())
//! # }
//! ```
//!
//! A signer signs again if a nonce is stale or a block has expired, but only if the first signature can never run. So
//! nothing runs twice, even if answers are lost.
//!
//! # Errors
//!
//! An [`Error`] says what happened to the transaction:
//!
//! | | the transaction was | and |
//! | --- | --- | --- |
//! | [`Error::Argument`] | invalid | never sent; the message names the argument and what it may be |
//! | [`Error::Refused`] | refused by the chain | it never runs and costs nothing |
//! | [`Error::Failed`] | executed, and failed | its gas is spent; the [`Outcome`] is in the error |
//!
//! ```
//! use keyway::{Error, NearLiteral, Refusal, Sandbox, transfer};
//!
//! let sandbox = Sandbox::new();
//! let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
//!
//! let written_wrong = alice.execute(transfer(1.near()).to("Bob"));
//! assert!(matches!(written_wrong, Err(Error::Argument(error)) if error.field() == "receiver"));
//!
//! match alice.execute(transfer(99.near()).to("near")) {
//!     Err(Error::Refused(Refusal::BalanceNotEnough { balance, cost, .. })) => {
//!         assert_eq!(balance, 10.near());
//!         assert!(cost > 99.near());
//!     }
//!     other => panic!("{other:?}"),
//! }
//!
//! let failed = alice.execute(transfer(1.near()).to("nobody.near")).unwrap_err();
//! assert_eq!(failed.kind(), "Failed.Executor.NotFound");
//! # Ok::<(), keyway::Error>(())
//! ```
//!
//! Each reason is a variant with its figures, and has a [`kind`](Error::kind), a name that does not change. [docs/errors.md]
//! lists them all. Over a network there are more errors: no key can sign ([`Error::Pool`]), or no node answers
//! ([`Error::Transport`]). Take care with [`Error::Fate`]: it is unknown whether the transaction will run, so do not sign
//! another one in its place.
//!
//! # Keys
//!
//! A [`KeyPair`] is random, or read from text. [`keys`] is the crate `keyway-signer`: seed phrases, key services (NEAR's key
//! files, encrypted files, the system's keychain, an environment variable), and signed messages. A signer accepts any key
//! service in an `Arc`.
//!
//! ```
//! use keyway::keys::{FileKeys, HdPath, SeedPhrase};
//! use keyway::{Client, Signer};
//! use std::sync::Arc;
//!
//! # let home = tempfile::tempdir()?;
//! # let home = home.path();
//! let key_pair = SeedPhrase::generate().key_pair(&HdPath::default());
//! let files = FileKeys::new(home, "testnet")?; // home: usually ~/.near-credentials
//! files.save(&"alice.testnet".parse()?, &key_pair)?;
//!
//! let alice = Signer::new(Client::testnet(), "alice.testnet", Arc::new(files))?;
//! assert_eq!(alice.account_id(), "alice.testnet");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Types of the protocol
//!
//! [`AccountId`], [`NearToken`] and [`Gas`] are at the root. The other types of NEAR's own crates, such as
//! [`PublicKey`](protocol::PublicKey) and [`CryptoHash`](protocol::CryptoHash), are in [`protocol`].
//!
//! # Features
//!
//! `sandbox`, on by default: the sandbox, which needs NEAR's contract VM. Programs that only query, check, sign and send can
//! do without it: `default-features = false`.
//!
//! `listen`, on by default: `Sandbox::listen`, which serves a sandbox over HTTP and needs an HTTP server. Tests that use the
//! sandbox only in their own process can do without it: `default-features = false, features = ["sandbox"]`.
//!
//! # More
//!
//! - [docs/errors.md]: every kind of error, with its names in near-api-ts and nearcore.
//! - [docs/near-api-ts.md]: for users of near-api-ts, how to write the same here.
//! - [examples]: short programs for each use of keys.
//!
//! [docs/errors.md]: https://github.com/keyway/keyway/blob/main/docs/errors.md
//! [docs/near-api-ts.md]: https://github.com/keyway/keyway/blob/main/docs/near-api-ts.md
//! [examples]: https://github.com/keyway/keyway/tree/main/crates/keyway/examples

#![cfg_attr(
    not(feature = "sandbox"),
    allow(rustdoc::broken_intra_doc_links, reason = "the page also describes the sandbox")
)]

pub mod action;
mod amount;
pub mod blocking;
pub mod client;
mod clock;
pub mod doctor;
pub mod error;
mod foresight;
mod format;
mod gas_text;
mod limits;
pub mod outcome;
mod preflight;
pub mod protocol;
pub mod remote_keys;
pub mod rotation;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod signer;
pub mod trace;
pub mod transport;
pub mod unique_json;

pub use action::{
    AllowedFunctions, FunctionNames, GasBudget, Intent, IntoGasBudget, IntoPublicKey, Step,
    add_full_access_gas_key, add_full_access_key, add_function_call_gas_key, add_function_call_key,
    call, create_account, delete_account, delete_key, deploy, deploy_file,
    deploy_global_by_account, deploy_global_by_hash, fund_gas_key, init_deterministic_account,
    init_universal_account, stake, transfer, use_global_by_account, use_global_by_hash,
    withdraw_from_gas_key,
};
pub use amount::{GasLiteral, IntoGas, IntoNearToken, NearLiteral, parse_near};
pub use client::{BlockReference, Client, WaitUntil};
pub use error::{ArgumentError, Error, Failure, Refusal};
pub use foresight::Foreseen;
pub use format::{format_gas, format_near};
pub use gas_text::parse_gas;
pub use keyway_rules::Cost;
pub use outcome::Outcome;
pub use preflight::Preflight;
pub use remote_keys::RemoteKeys;
#[cfg(feature = "sandbox")]
pub use sandbox::{Sandbox, SandboxAccount};
pub use signer::{ExecuteOptions, IntoKeyService, Offline, PendingTransaction, Signer, Waited};

/// Analyses of access keys: why a key can or cannot sign, what is wrong with an account's keys, what a key can still do.
#[doc(inline)]
pub use keyway_guard as guard;
/// Key pairs, seed phrases, key services and signed messages.
#[doc(inline)]
pub use keyway_signer as keys;
pub use keyway_signer::{KeyPair, KeyService, KeyServiceError, MemoryKeys};
pub use near_primitives::types::{AccountId, Balance as NearToken, Gas};
