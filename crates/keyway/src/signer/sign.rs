//! Signs transactions: with a key, nonce and block from the chain, or with given ones.

use super::Signer;
use super::choose::{Job, Purpose};
use super::cost::Prices;
use super::lane::{Counter, gap, room, stamp};
use super::pool::{KeyLease, Picked};
use crate::action::Intent;
use crate::client::Block;
use crate::error::{Error, PoolError};
use keyway_rules::Protocol;
use keyway_rules::Unsigned;
use near_crypto::{PublicKey, Signature};
use near_primitives::action::Action;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{SignedTransaction, Transaction, TransactionNonce};
use near_primitives::types::{AccountId, BlockHeight, Nonce, NonceIndex};

impl Signer {
    /// Signs without sending. Key, nonce and block are chosen as for [`Signer::execute`]; this signer does not use the nonce
    /// again.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, Signer, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let account = sandbox.create_account("alice.near").balance(10.near()).create()?;
    /// let alice = Signer::new(sandbox.client(), "alice.near", account.key_pair().clone())?;
    ///
    /// let signed = alice.sign(transfer(1.near()).to("near")).await?;
    /// assert_eq!(signed.transaction.signer_id(), "alice.near");
    /// assert_eq!(account.balance()?, 10.near(), "nothing was sent");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A transaction that is signed later has a higher nonce, even if another signer with the same key signs it. Send them in
    /// the order in which they were signed.
    ///
    /// # Errors
    /// If no key can sign this, or the chain cannot be queried.
    pub async fn sign(&self, intent: impl Into<Intent>) -> Result<SignedTransaction, Error> {
        let (receiver_id, actions) = intent.into().resolve(self.account_id())?;
        let job =
            Job { receiver_id: &receiver_id, actions: &actions, purpose: Purpose::Transaction };
        let lease = self.lease(&job).await?;
        let mut nonces = lease.slot.lane.lock().await;
        let (signed, _) = self.sign_next(&mut nonces, &lease, &job).await?;
        Ok(signed)
    }

    /// Signs with the given key, nonce and block, without a request to the chain.
    ///
    /// # Errors
    /// If the intent is invalid, or the key is not here.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::protocol::CryptoHash;
    /// use keyway::{Client, KeyPair, NearLiteral, Offline, Signer, transfer};
    ///
    /// let key_pair = KeyPair::random_ed25519();
    /// let public_key = key_pair.public_key().clone();
    /// let alice = Signer::new(Client::local(), "alice.near", key_pair)?;
    /// let block_hash = CryptoHash::hash_bytes(b"a block's");
    /// let given = Offline { public_key, nonce: 8, nonce_index: None, block_hash };
    /// let signed = alice.sign_transaction(transfer(1.near()).to("bob.near"), given).await?;
    /// assert_eq!(signed.transaction.nonce().nonce(), 8);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn sign_transaction(
        &self,
        intent: impl Into<Intent>,
        given: Offline,
    ) -> Result<SignedTransaction, Error> {
        let (receiver_id, actions) = intent.into().resolve(self.account_id())?;
        let job =
            Job { receiver_id: &receiver_id, actions: &actions, purpose: Purpose::Transaction };
        self.sign_job(&job, given).await
    }

    /// Chooses a key and a lane for `job`.
    pub(super) async fn lease(&self, job: &Job<'_>) -> Result<KeyLease, Error> {
        let pool = &self.shared.pool;
        let (mut fresh, mut prices) = (false, None);
        for _ in 0..MAX_CHOICES {
            match pool.pick(self.account_id(), job, prices.as_ref(), fresh)? {
                Picked::Lease(lease) => return Ok(lease),
                Picked::AskPrices => prices = Some(self.prices().await?),
                Picked::AskTheChain => {
                    self.ask_for_keys().await?;
                    fresh = true;
                }
            }
        }
        // Others invalidated the list each time before it was used.
        let account_id = self.account_id().clone();
        Err(PoolError::KeepsChanging { account_id, choices: MAX_CHOICES }.into())
    }

    /// Signs `job` with the next nonce of the lease's lane, which is locked.
    pub(super) async fn sign_next(
        &self,
        nonces: &mut Counter,
        lease: &KeyLease,
        job: &Job<'_>,
    ) -> Result<(SignedTransaction, Block), Error> {
        let block = self.shared.recent.block(self.client()).await?;
        let nonce = self.next_nonce(nonces, lease, block.height).await?;
        let (public_key, nonce_index) = (lease.public_key.clone(), lease.slot.nonce_index);
        let given = Offline { public_key, nonce, nonce_index, block_hash: block.hash };
        Ok((self.sign_job(job, given).await?, block))
    }

    /// Signs a hash.
    pub(super) async fn sign_hash(
        &self,
        public_key: &PublicKey,
        hash: CryptoHash,
    ) -> Result<Signature, Error> {
        Ok(self.shared.keys.sign(self.account_id(), public_key, hash.as_ref()).await?)
    }

    /// The next nonce of a locked lane, on a chain at `height`.
    pub(super) async fn next_nonce(
        &self,
        nonces: &mut Counter,
        lease: &KeyLease,
        height: BlockHeight,
    ) -> Result<Nonce, Error> {
        if nonces.must_ask() {
            let on_chain = self.nonce_on_chain(lease).await?;
            nonces.observe(on_chain, gap(on_chain, room(on_chain, height), stamp()));
        }
        nonces.take().ok_or_else(|| self.no_more_nonces(lease))
    }

    async fn nonce_on_chain(&self, lease: &KeyLease) -> Result<Nonce, Error> {
        let (client, account_id) = (self.client(), self.account_id());
        let Some(index) = lease.slot.nonce_index else {
            return Ok(client.access_key(account_id, &lease.public_key).await?.nonce);
        };
        let nonces = client.gas_key_nonces(account_id, &lease.public_key).await?;
        nonces.get(usize::from(index)).copied().ok_or_else(|| self.no_more_nonces(lease))
    }

    fn no_more_nonces(&self, lease: &KeyLease) -> Error {
        let unusable = super::UnusableKey {
            public_key: lease.public_key.clone(),
            why: super::CannotSign::NoNonces,
        };
        let place = self.shared.keys.place();
        let account_id = self.account_id().clone();
        PoolError::NoUsableKey { account_id, place, unusable: vec![unusable] }.into()
    }

    async fn ask_for_keys(&self) -> Result<(), Error> {
        let own = self.shared.keys.public_keys(self.account_id()).await?;
        let on_chain = self.client().keys_of_account(self.account_id()).await?;
        self.shared.pool.learn(own, on_chain);
        Ok(())
    }

    async fn prices(&self) -> Result<Prices, Error> {
        let gas_price = self.shared.recent.gas_price(self.client()).await?;
        let spoken = self.client().known_protocol().await?;
        // The choice of a key must not fail if the chain is newer than this build.
        Ok(Prices { gas_price, protocol: Protocol::nearest(spoken.version, &spoken.chain_id) })
    }

    async fn sign_job(&self, job: &Job<'_>, given: Offline) -> Result<SignedTransaction, Error> {
        let transaction = self.transaction(job, given);
        let bytes =
            borsh::to_vec(&transaction).expect("invariant: a transaction is written to memory");
        let (account_id, public_key) = (self.account_id(), transaction.public_key());
        let keys = &self.shared.keys;
        let signature = keys.sign_transaction(account_id, public_key, &bytes).await?;
        Ok(SignedTransaction::new(signature, transaction))
    }

    pub(super) fn transaction(&self, job: &Job<'_>, given: Offline) -> Transaction {
        let (receiver_id, actions) = (job.receiver_id.clone(), job.actions.to_vec());
        given.transaction(self.account_id().clone(), receiver_id, actions)
    }
}

/// The key, nonce and block to sign a transaction with, without a request to the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offline {
    /// The key that signs.
    pub public_key: PublicKey,
    /// Above the last nonce of the key.
    pub nonce: Nonce,
    /// The nonce row of a gas key; none for an ordinary key.
    pub nonce_index: Option<NonceIndex>,
    /// A recent block of the chain that the transaction is for.
    pub block_hash: CryptoHash,
}

impl Offline {
    /// The transaction to sign.
    pub(crate) fn transaction(
        self,
        signer_id: AccountId,
        receiver_id: AccountId,
        actions: Vec<Action>,
    ) -> Transaction {
        let Offline { public_key, nonce, nonce_index, block_hash } = self;
        let nonce = match nonce_index {
            None => TransactionNonce::from_nonce(nonce),
            Some(index) => TransactionNonce::from_nonce_and_index(nonce, index),
        };
        Unsigned { signer_id, public_key, nonce, receiver_id, block_hash, actions }
            .into_transaction()
    }
}

/// How often the list of keys is read for one choice.
const MAX_CHOICES: u32 = 8;
