//! An account of a sandbox, with a key.

use super::Sandbox;
use super::act::Act;
use super::call::SandboxCall;
use super::core::Core;
use super::questions;
use crate::action::{self, Intent};
use crate::error::{Error, Refusal, SandboxError};
use crate::outcome::Outcome;
use crate::signer::Offline;
use keyway_chain::Chain;
use keyway_node::may_be_short;
use keyway_signer::{Curve, KeyPair};
use keyway_state::{StateError, read};
use near_crypto::PublicKey;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::{AccountId, Balance as NearToken, Nonce, NonceIndex};
use std::path::Path;
use std::sync::Arc;

/// An account of a sandbox and one of its keys.
#[derive(Clone, Debug)]
pub struct SandboxAccount {
    core: Core,
    account_id: AccountId,
    key_pair: KeyPair,
}

impl SandboxAccount {
    pub(super) fn new(core: Core, account_id: AccountId, key_pair: KeyPair) -> Self {
        Self { core, account_id, key_pair }
    }

    /// Its account id.
    #[must_use]
    pub fn id(&self) -> &AccountId {
        &self.account_id
    }

    /// The key that it signs with.
    #[must_use]
    pub fn key_pair(&self) -> &KeyPair {
        &self.key_pair
    }

    /// The public key that it signs with.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        self.key_pair.public_key()
    }

    /// The same account, signing with another key. A gas key signs with its first nonce row.
    ///
    /// ```
    /// use keyway::{GasBudget, KeyPair, NearLiteral, Sandbox, add_function_call_key, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").create()?;
    /// let app_key = KeyPair::random_ed25519();
    /// alice.execute(
    ///     add_function_call_key(app_key.public_key(), "game.near")
    ///         .functions(["play_move"])
    ///         .gas_budget(GasBudget::limit(250.millinear())),
    /// )?;
    /// let refused = alice.with_key(app_key).execute(transfer(1.near()).to("near")).unwrap_err();
    /// assert!(refused.kind().starts_with("Refused.Signer.AccessKey"), "{}", refused.kind());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    #[must_use]
    pub fn with_key(&self, key_pair: KeyPair) -> Self {
        Self { key_pair, ..self.clone() }
    }

    /// The same account on another sandbox, such as a fork.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    /// let other = sandbox.clone();
    /// alice.on(&other).execute(transfer(1.near()).to("near"))?;
    /// assert!(other.balance("alice.near")? < 9.near());
    /// assert_eq!(alice.balance()?, 10.near());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    #[must_use]
    pub fn on(&self, sandbox: &Sandbox) -> Self {
        Self { core: sandbox.core.clone(), ..self.clone() }
    }

    /// Signs a transaction, and runs it with all its receipts.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    /// alice.execute(transfer(1.near()).to("near"))?;
    /// let refused = alice.execute(transfer(99.near()).to("near")).unwrap_err();
    /// assert_eq!(refused.kind(), "Refused.Signer.Budget.NotEnough");
    /// let failed = alice.execute(transfer(1.near()).to("nobody.near")).unwrap_err();
    /// assert_eq!(failed.kind(), "Failed.Executor.NotFound");
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] for invalid arguments, [`Error::Refused`] if the chain refuses the transaction, [`Error::Failed`]
    /// if it fails.
    pub fn execute(&self, intent: impl Into<Intent>) -> Result<Outcome, Error> {
        let intent = intent.into();
        let _handles = self.core.lock_handles();
        let mut lost = 0;
        loop {
            let transaction = self.sign_next(&intent, lost)?;
            match self.core.include_signed(transaction) {
                // A client of the service does not take the lock, and used the nonce first.
                Err(Error::Refused(Refusal::NonceInvalid { .. })) if lost < MAX_LOST => lost += 1,
                result => return result,
            }
        }
    }

    /// As [`SandboxAccount::execute`] if that is short, so that it may be done on a thread that must not wait; none, and
    /// nothing is done, if it is not.
    ///
    /// It is short if the transaction has few actions, deploys nothing, calls only contracts that are compiled and burns at
    /// most 3 Tgas with all that comes of it; and if the chain is in memory, is no fork, and is doing nothing else. That
    /// mostly takes a tenth of a millisecond, and some milliseconds if a contract only computes.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").create()?;
    /// let outcome = alice.execute_if_short(transfer(1.near()).to("near")).expect("a transfer is short")?;
    /// assert!(outcome.is_success());
    /// assert!(alice.execute_if_short(keyway::deploy(*b"\0asm\x01\0\0\0")).is_none());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`SandboxAccount::execute`], inside.
    pub fn execute_if_short(&self, intent: impl Into<Intent>) -> Option<Result<Outcome, Error>> {
        let intent = intent.into();
        let (_, actions) = intent.resolve(&self.account_id).ok()?;
        let chain = self.core.chain();
        if !may_be_short(&actions) || self.signs_slowly() || chain.forked_from().is_some() {
            return None;
        }
        let _handles = self.core.try_lock_handles()?;
        let transaction = self.sign_next(&intent, 0).ok()?;
        match self.core.include_signed_if_short(transaction) {
            // A client of the service used the nonce first.
            Some(Err(Error::Refused(Refusal::NonceInvalid { .. }))) => None,
            result => result,
        }
    }

    /// Post-quantum signatures take as long as a block.
    fn signs_slowly(&self) -> bool {
        self.key_pair.curve() == Curve::MlDsa65
    }

    /// The result of [`SandboxAccount::execute`], without changing anything.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    /// assert!(alice.simulate(transfer(1.near()).to("near"))?.is_success());
    /// assert_eq!(alice.balance()?, 10.near());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`SandboxAccount::execute`].
    pub fn simulate(&self, intent: impl Into<Intent>) -> Result<Outcome, Error> {
        Self { core: self.core.fork(), ..self.clone() }.execute(intent)
    }

    /// Builds a call of a contract: `alice.call("game.near", "play_move").execute()?`.
    ///
    /// ```
    /// # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
    /// use keyway::{GasLiteral, Sandbox};
    ///
    /// let sandbox = Sandbox::new();
    /// sandbox.create_account("game.near").contract(wasm).create()?;
    /// let alice = sandbox.create_account("alice.near").create()?;
    /// let call = alice.call("game.near", "score").args_json(&[1, 2]).gas(50.tgas());
    /// assert_eq!(call.execute()?.json::<u32>()?, 42);
    /// # Ok::<(), keyway::Error>(())
    /// ```
    pub fn call(&self, contract: impl AsRef<str>, method: impl Into<String>) -> SandboxCall {
        SandboxCall::new(Arc::new(self.clone()), action::call(contract, method))
    }

    /// Deploys a contract to the account.
    ///
    /// ```
    /// # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
    /// let sandbox = keyway::Sandbox::new();
    /// let game = sandbox.create_account("game.near").create()?;
    /// game.deploy(wasm)?;
    /// assert_eq!(sandbox.view("game.near", "score").json::<u32>()?, 42);
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`SandboxAccount::execute`].
    pub fn deploy(&self, wasm: impl Into<Vec<u8>>) -> Result<Outcome, Error> {
        self.execute(action::deploy(wasm))
    }

    /// Deploys the contract in this file to the account.
    ///
    /// # Errors
    /// As [`SandboxAccount::execute`]; [`Error::Argument`] if the file cannot be read.
    pub fn deploy_file(&self, path: impl AsRef<Path>) -> Result<Outcome, Error> {
        self.execute(action::deploy_file(path))
    }

    /// Its total balance, staked or not.
    ///
    /// # Errors
    /// [`QueryError::UnknownAccount`](crate::error::QueryError::UnknownAccount) if it does not exist any more.
    pub fn balance(&self) -> Result<NearToken, Error> {
        questions::balance(&self.core, self.account_id.as_str())
    }

    /// Signs a transaction with the key's next nonce, and does not send it.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let signed = sandbox.root().sign(transfer(1.near()).to("test.near"))?;
    /// assert_eq!(signed.transaction.receiver_id(), "test.near");
    /// assert_eq!(sandbox.outcome(&signed.get_hash()), None);
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] for invalid arguments.
    pub fn sign(&self, intent: impl Into<Intent>) -> Result<SignedTransaction, Error> {
        self.sign_next(&intent.into(), 0)
    }

    /// Signs with a nonce that leaves this many free, for other transactions.
    fn sign_next(&self, intent: &Intent, free: Nonce) -> Result<SignedTransaction, Error> {
        let next = self.next(&self.core.chain())?;
        let nonce = next.nonce.saturating_add(free);
        self.sign_with(intent, Offline { nonce, ..next })
    }

    pub(super) fn sign_with(
        &self,
        intent: &Intent,
        given: Offline,
    ) -> Result<SignedTransaction, Error> {
        let (receiver_id, actions) = intent.resolve(&self.account_id)?;
        let transaction = given.transaction(self.account_id.clone(), receiver_id, actions);
        let (hash, _) = transaction.get_hash_and_size();
        Ok(SignedTransaction::new(self.key_pair.sign_hash(&hash), transaction))
    }

    /// The nonce and base block for the next transaction. A gas key signs with its first nonce row.
    pub(super) fn next(&self, chain: &Chain) -> Result<Offline, Error> {
        let (used, nonce_index) =
            self.used(chain).map_err(|error| SandboxError::Chain(error.to_string()))?;
        Ok(Offline {
            public_key: self.public_key().clone(),
            nonce: used.saturating_add(1),
            nonce_index,
            block_hash: *chain.head().hash(),
        })
    }

    /// The last nonce; 0 for a key that the account does not have, which the chain then reports.
    fn used(&self, chain: &Chain) -> Result<(Nonce, Option<NonceIndex>), StateError> {
        let (state, id, public_key) = (&chain.head().state, &self.account_id, self.public_key());
        let key = read::access_key(state, id, public_key)?;
        if key.as_ref().is_none_or(|key| key.gas_key_info().is_none()) {
            return Ok((key.map_or(0, |key| key.nonce), None));
        }
        let row = read::gas_key_nonce(state, id, public_key, FIRST_ROW)?;
        Ok((row.unwrap_or(0), Some(FIRST_ROW)))
    }
}

impl Act for SandboxAccount {
    fn act(&self, intent: Intent) -> Result<Outcome, Error> {
        self.execute(intent)
    }

    fn pretend(&self, intent: Intent) -> Result<Outcome, Error> {
        self.simulate(intent)
    }
}

/// The nonce row that gas keys sign with.
const FIRST_ROW: NonceIndex = 0;

/// How often a nonce may be used by others first before the refusal is returned.
const MAX_LOST: Nonce = 16;
