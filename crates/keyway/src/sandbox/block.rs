//! Blocks that are filled by hand.

use super::Sandbox;
use super::account::SandboxAccount;
use super::core::Core;
use crate::action::Intent;
use crate::error::Error;
use keyway_chain::Input;
use near_crypto::PublicKey;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::{AccountId, Nonce};
use std::collections::HashMap;

/// Collects transactions for a block until it is sealed. Dropping it does nothing.
#[derive(Debug)]
#[must_use = "nothing is in a block before `seal`"]
pub struct BlockDraft {
    core: Core,
    transactions: Vec<SignedTransaction>,
    /// The nonces used by transactions of this block.
    nonces: HashMap<(AccountId, PublicKey), Nonce>,
}

impl Sandbox {
    /// Begins a block that is filled and sealed by hand. Its receipts run in later blocks, such as those of
    /// [`Sandbox::seal_block`].
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    /// let bob = sandbox.create_account("bob.near").balance(10.near()).create()?;
    /// let mut block = sandbox.draft_block();
    /// let hash = block.add(&alice, transfer(1.near()).to("bob.near"))?;
    /// block.add(&bob, transfer(2.near()).to("alice.near"))?;
    /// block.seal()?;
    /// assert!(!sandbox.outcome(&hash).is_some_and(|outcome| outcome.is_success()));
    /// sandbox.seal_block()?;
    /// assert!(sandbox.outcome(&hash).is_some_and(|outcome| outcome.is_success()));
    /// # Ok::<(), keyway::Error>(())
    /// ```
    pub fn draft_block(&self) -> BlockDraft {
        BlockDraft { core: self.core.clone(), transactions: Vec::new(), nonces: HashMap::new() }
    }
}

impl BlockDraft {
    /// Adds a transaction, signed by `account`. Returns its hash.
    ///
    /// # Errors
    /// [`Error::Argument`] for invalid arguments.
    pub fn add(
        &mut self,
        account: &SandboxAccount,
        intent: impl Into<Intent>,
    ) -> Result<CryptoHash, Error> {
        let chain = self.core.chain();
        let name = (account.id().clone(), account.public_key().clone());
        let mut next = account.next(&chain)?;
        if let Some(used) = self.nonces.get(&name) {
            next.nonce = used.saturating_add(1);
        }
        let nonce = next.nonce;
        let transaction = account.sign_with(&intent.into(), next)?;
        self.nonces.insert(name, nonce);
        Ok(self.add_signed(transaction))
    }

    /// Adds a signed transaction. Returns its hash.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let signed = sandbox.root().sign(transfer(1.near()).to("test.near"))?;
    /// let mut block = sandbox.draft_block();
    /// let hash = block.add_signed(signed);
    /// block.seal()?;
    /// assert!(sandbox.outcome(&hash).is_some());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    pub fn add_signed(&mut self, transaction: SignedTransaction) -> CryptoHash {
        let hash = transaction.get_hash();
        self.transactions.push(transaction);
        hash
    }

    /// Seals the block.
    ///
    /// # Errors
    /// [`Error::Refused`] if the chain refuses one of the transactions; then none is in a block.
    pub fn seal(self) -> Result<(), Error> {
        self.core.apply(Input::block(self.transactions)).map(drop)
    }
}
