//! Access keys for NEAR: which key may do what with an account, signing and sending. And a whole chain
//! in the process of a test, which accepts and refuses as the network does.
//!
//! # A chain in the test
//!
//! A [`Sandbox`] is a chain in this process: no port, no files, no download, no waiting. Here Alice gives an
//! app a key. The key may call two functions of one contract, and spend 0.25 NEAR on gas. Anything else
//! is refused.
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
//! Each action has a function: [`transfer`], [`call`], [`create_account`], [`add_full_access_key`]
//! and so on. Several in one transaction are an array, or an [`Intent`]. All of them run, or none.
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
//! A sandbox has more than a network: [`Sandbox::snapshot`] and [`Sandbox::revert`],
//! [`Sandbox::advance`] for time, [`Sandbox::draft_block`] for blocks filled by hand,
//! [`Sandbox::impersonate`] to act without a key, [`Sandbox::listen`] for clients in other languages.
//! A clone is a fork. A thousand of them in one process share nothing.
//!
//! # The same over a network
//!
//! A [`Client`] asks a chain. A [`Signer`] acts as an account, with one key or with several. Actions,
//! outcomes and errors are the same as above; what is asked or sent is awaited. The chain below is a
//! sandbox. With `Client::testnet()` in the marked line nothing else changes.
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
//! A signer repairs a stale nonce and an expired block by signing anew, but only when the first
//! signature can never run. So nothing runs twice, also when answers get lost on the way.
//!
//! # What goes wrong
//!
//! An [`Error`] says what became of the transaction:
//!
//! | | it was | and |
//! | --- | --- | --- |
//! | [`Error::Argument`] | invalid | never sent; the message names the field and what it may be |
//! | [`Error::Refused`] | refused by the chain | it never runs, and costs nothing |
//! | [`Error::Failed`] | run, and failed | its gas is paid; the [`Outcome`] is in the error |
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
//! Each reason is a variant with its figures, and has a [`kind`](Error::kind): a name that stays. All
//! are listed in [docs/errors.md]. Over a network more can go wrong: no key may do it
//! ([`Error::Pool`]), no node answers ([`Error::Transport`]). And [`Error::Fate`] needs care: it
//! is unknown whether the transaction runs, so sign nothing in its place.
//!
//! # Keys
//!
//! [`KeyPair`]s are random, or read from text. [`keys`] is the crate `keyway-signer`: seed phrases, the
//! places that hold keys (NEAR's key files, encrypted files, the system's keychain, an environment
//! variable), and signed messages. A signer takes any of these places in an `Arc`.
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
//! # Features
//!
//! `sandbox`, on by default: the chain in the process. It brings NEAR's contract VM. A program that
//! only signs, sends and checks does without: `default-features = false`.
//!
//! `listen`, on by default: `Sandbox::listen`, which serves a sandbox over HTTP to other programs. It
//! brings an HTTP server. Tests that ask the sandbox in their own process do without:
//! `default-features = false, features = ["sandbox"]`.
//!
//! # More
//!
//! - [docs/errors.md]: every kind of error, with its name in near-api-ts and in nearcore.
//! - [docs/near-api-ts.md]: how to write here what you know from there.
//! - [examples]: short programs, one for each use of keys.
//!
//! [docs/errors.md]: https://github.com/keyway/keyway/blob/main/docs/errors.md
//! [docs/near-api-ts.md]: https://github.com/keyway/keyway/blob/main/docs/near-api-ts.md
//! [examples]: https://github.com/keyway/keyway/tree/main/crates/keyway/examples

#![cfg_attr(
    not(feature = "sandbox"),
    allow(rustdoc::broken_intra_doc_links, reason = "the page speaks of the sandbox all the same")
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
mod limits;
pub mod outcome;
mod preflight;
pub mod protocol;
pub mod rotation;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod signer;
pub mod transport;

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
pub use keyway_rules::Cost;
pub use outcome::Outcome;
pub use preflight::Preflight;
#[cfg(feature = "sandbox")]
pub use sandbox::{Sandbox, SandboxAccount};
pub use signer::{ExecuteOptions, IntoKeyService, Offline, PendingTransaction, Signer, Waited};

/// Analyses of access keys: why a key can or cannot sign, what is wrong with an account's keys, what a key can still do.
#[doc(inline)]
pub use keyway_guard as guard;
/// Key pairs, seed phrases, the places that hold secret keys, and signed messages.
#[doc(inline)]
pub use keyway_signer as keys;
pub use keyway_signer::{KeyPair, KeyService, KeyServiceError, MemoryKeys};
pub use near_primitives::types::{AccountId, Balance as NearToken, Gas};
