//! Signing: with a key, a nonce and a block from the chain, or with those that are given.

use super::Signer;
use super::choose::{Job, Purpose};
use super::clock::stamp;
use super::cost::Prices;
use super::lane::{Counter, gap, room};
use super::offline::Offline;
use super::pool::{Picked, Seat};
use crate::action::Intent;
use crate::client::Block;
use crate::error::{Error, PoolError};
use keyway_rules::Protocol;
use near_crypto::{PublicKey, Signature};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{SignedTransaction, Transaction};
use near_primitives::types::{BlockHeight, Nonce};

impl Signer {
    /// Signs without sending. Key, nonce and block are chosen as for [`Signer::execute`]; the nonce
    /// is used up for this signer.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, Signer, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let account = sandbox.account("alice.near").balance(10.near()).create()?;
    /// let alice = Signer::new(sandbox.client(), "alice.near", account.key_pair().clone())?;
    ///
    /// let signed = alice.sign(transfer(1.near()).to("near")).await?;
    /// assert_eq!(signed.transaction.signer_id(), "alice.near");
    /// assert_eq!(account.balance()?, 10.near(), "nothing was sent");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// What was signed first has the lower nonce, also when another signer signs next with the same
    /// key: send it first.
    ///
    /// # Errors
    /// When no key may do this, or the chain cannot be asked.
    pub async fn sign(&self, intent: impl Into<Intent>) -> Result<SignedTransaction, Error> {
        let (receiver_id, actions) = intent.into().resolve(self.account_id())?;
        let job =
            Job { receiver_id: &receiver_id, actions: &actions, purpose: Purpose::Transaction };
        let seat = self.seat(&job).await?;
        let mut turn = seat.place.lane.turn().await;
        let (signed, _) = self.sign_in_turn(&mut turn, &seat, &job).await?;
        Ok(signed)
    }

    /// Signs with what is given, and asks no chain.
    ///
    /// # Errors
    /// When the intent is wrong, or the key is not here.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{Client, CryptoHash, KeyPair, NearLiteral, Offline, Signer, transfer};
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
    pub(super) async fn seat(&self, job: &Job<'_>) -> Result<Seat, Error> {
        let pool = &self.shared.pool;
        let (mut fresh, mut prices) = (false, None);
        for _ in 0..MAX_CHOICES {
            match pool.pick(self.account_id(), job, prices.as_ref(), fresh)? {
                Picked::Seat(seat) => return Ok(seat),
                Picked::AskPrices => prices = Some(self.prices().await?),
                Picked::AskTheChain => {
                    self.ask_for_keys().await?;
                    fresh = true;
                }
            }
        }
        // The list was thrown away by others each time before it was used.
        let account_id = self.account_id().clone();
        Err(PoolError::KeepsChanging { account_id, choices: MAX_CHOICES }.into())
    }

    /// Signs `job` with the next nonce of the seat's lane.
    pub(super) async fn sign_in_turn(
        &self,
        turn: &mut Counter,
        seat: &Seat,
        job: &Job<'_>,
    ) -> Result<(SignedTransaction, Block), Error> {
        let block = self.shared.recent.block(self.client()).await?;
        let nonce = self.next_nonce(turn, seat, block.height).await?;
        let (public_key, nonce_index) = (seat.public_key.clone(), seat.place.nonce_index);
        let given = Offline { public_key, nonce, nonce_index, block_hash: block.hash };
        Ok((self.sign_job(job, given).await?, block))
    }

    /// Signs a hash with a key.
    pub(super) async fn sign_hash(
        &self,
        public_key: &PublicKey,
        hash: CryptoHash,
    ) -> Result<Signature, Error> {
        Ok(self.shared.keys.sign(self.account_id(), public_key, hash.as_ref()).await?)
    }

    /// The next nonce of a lane whose turn it is, on a chain that has come to `height`.
    pub(super) async fn next_nonce(
        &self,
        turn: &mut Counter,
        seat: &Seat,
        height: BlockHeight,
    ) -> Result<Nonce, Error> {
        if turn.must_ask() {
            let on_chain = self.nonce_on_chain(seat).await?;
            turn.hear(on_chain, gap(on_chain, room(on_chain, height), stamp()));
        }
        turn.take().ok_or_else(|| self.no_more_nonces(seat))
    }

    async fn nonce_on_chain(&self, seat: &Seat) -> Result<Nonce, Error> {
        let (client, account_id) = (self.client(), self.account_id());
        let Some(index) = seat.place.nonce_index else {
            return Ok(client.access_key(account_id, &seat.public_key).await?.nonce);
        };
        let nonces = client.gas_key_nonces(account_id, &seat.public_key).await?;
        nonces.get(usize::from(index)).copied().ok_or_else(|| self.no_more_nonces(seat))
    }

    fn no_more_nonces(&self, seat: &Seat) -> Error {
        let unfit =
            super::UnfitKey { public_key: seat.public_key.clone(), why: super::Unfit::NoNonces };
        let place = self.shared.keys.place();
        let account_id = self.account_id().clone();
        PoolError::NoFitKey { account_id, place, unfit: vec![unfit] }.into()
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
        // The choice of a key must not fail when the chain is newer than this build.
        Ok(Prices { gas_price, protocol: Protocol::nearest(spoken.version, &spoken.chain_id) })
    }

    async fn sign_job(&self, job: &Job<'_>, given: Offline) -> Result<SignedTransaction, Error> {
        let transaction = self.transaction(job, given);
        let (hash, _) = transaction.get_hash_and_size();
        let signature = self.sign_hash(transaction.public_key(), hash).await?;
        Ok(SignedTransaction::new(signature, transaction))
    }

    pub(super) fn transaction(&self, job: &Job<'_>, given: Offline) -> Transaction {
        let (receiver_id, actions) = (job.receiver_id.clone(), job.actions.to_vec());
        given.transaction(self.account_id().clone(), receiver_id, actions)
    }
}

/// How often the list of keys is asked for before one choice.
const MAX_CHOICES: u32 = 8;
