//! Takes one signed transaction to the chain and waits for its end: the requests around
//! [`Delivery`], which decides.

mod proof;
mod question;
mod table;

pub(crate) use table::Flaw;

use super::waiting::Wait;
use super::{BlockReference, Client, Patience, WaitUntil};
use crate::error::{AccessKeyRefusal, Error, QueryError, Refusal, UnknownFate};
use crate::outcome::Outcome;
use crate::transport::Deadline;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::{BlockHeight, Nonce};
use question::Heard;
use table::{Asked, Delivery, Looked, Proof, Sent, Step};

/// A signed transaction on its way.
#[derive(Debug)]
pub(crate) struct Courier<'a> {
    client: Client,
    transaction: &'a SignedTransaction,
    wait: WaitUntil,
    /// The height of the block that it names, where that is known.
    base: Option<BlockHeight>,
    delivery: Delivery,
    patience: Patience,
    /// Who may say that the hash is unknown.
    witness: Option<Witness>,
    /// What was heard last.
    heard: Option<Error>,
    /// The troubles that were rested after.
    rested: u32,
    call: Wait,
}

/// Whose "unknown" counts: a node that is behind does not know what ran elsewhere.
#[derive(Clone, Copy, Debug)]
enum Witness {
    /// The endpoint that took the bytes.
    Endpoint(usize),
    /// An endpoint that has this block, the one that proved that the bytes can never run.
    HasBlock(CryptoHash),
}

/// How it ended.
#[derive(Debug)]
pub(crate) enum End {
    /// It is in a block.
    Outcome(Box<Outcome>),
    /// It never will be; without the flaw another one may.
    SignAgain(Flaw, Error),
}

impl<'a> Courier<'a> {
    pub(crate) fn new(
        client: &Client,
        transaction: &'a SignedTransaction,
        base: Option<BlockHeight>,
        wait: WaitUntil,
        patience: Patience,
    ) -> Self {
        let call = client.begin();
        Courier {
            client: client.during(&call),
            call,
            transaction,
            wait,
            base,
            delivery: Delivery::new(patience.rounds),
            patience,
            witness: None,
            heard: None,
            rested: 0,
        }
    }

    /// Gives the transaction to a node, without waiting for it.
    pub(crate) async fn send(&mut self) -> Step {
        let sent = match self.client.hand_over(self.transaction).await {
            Heard::Nothing { endpoint, repeated, .. } => {
                self.witness.get_or_insert(Witness::Endpoint(endpoint));
                Sent::Taken { repeated }
            }
            // A copy was there before.
            Heard::Outcome(_) => Sent::Taken { repeated: true },
            Heard::Refused { refusal, repeated } => {
                Sent::Refused { flaw: self.refused(refusal), repeated }
            }
            Heard::Rejected { error, repeated } => {
                self.hear(error);
                Sent::Refused { flaw: Flaw::Lasting, repeated }
            }
            Heard::Unclear { error } => {
                self.hear(error);
                Sent::Unclear
            }
            Heard::Lost { error, may_have_arrived } => {
                self.hear(error);
                Sent::Lost { may_have_arrived }
            }
            Heard::Shut { error } => {
                self.hear(error);
                Sent::Shut
            }
        };
        self.delivery.sent(sent)
    }

    /// Goes on from `step` until the transaction has ended or never will run.
    ///
    /// # Errors
    /// The chain's refusal, the lack of any node, or [`UnknownFate`].
    pub(crate) async fn finish(mut self, mut step: Step) -> Result<End, Error> {
        loop {
            if self.is_out_of_time() {
                step = self.delivery.out_of_time();
            } else {
                self.rest().await;
            }
            step = match step {
                Step::Send => self.send().await,
                Step::Ask => match self.ask().await {
                    Ok(outcome) => return Ok(End::Outcome(outcome)),
                    Err(asked) => self.delivery.asked(asked),
                },
                Step::Prove(flaw) => {
                    let proof = self.prove(flaw).await;
                    self.delivery.proved(flaw, proof)
                }
                Step::LookUp => {
                    let looked = self.look_up().await;
                    self.delivery.looked(looked)
                }
                Step::SignAgain(flaw) => return Ok(End::SignAgain(flaw, self.last())),
                Step::Refused | Step::Unreachable => return Err(self.last()),
                Step::UnknownFate => {
                    let hash = self.transaction.get_hash();
                    return Err(UnknownFate { hash, cause: Box::new(self.last()) }.into());
                }
            };
        }
    }

    async fn ask(&mut self) -> Result<Box<Outcome>, Asked> {
        match self.client.ask_after(self.transaction, self.wait).await {
            Heard::Outcome(outcome) => Ok(outcome),
            Heard::Nothing { error, .. } => {
                self.hear(error);
                Err(Asked::Nothing)
            }
            Heard::Refused { refusal, .. } => Err(Asked::Refused(self.refused(refusal))),
            Heard::Rejected { error, .. } => {
                self.hear(error);
                Err(Asked::Refused(Flaw::Lasting))
            }
            Heard::Unclear { error } => {
                self.hear(error);
                Err(Asked::Unclear)
            }
            Heard::Lost { error, .. } | Heard::Shut { error } => {
                self.hear(error);
                Err(Asked::Lost)
            }
        }
    }

    async fn look_up(&self) -> Looked {
        let signer_id = self.transaction.transaction.signer_id();
        // Before the look-up, never after: what ran until that block, this endpoint knows.
        let witness = match self.witness {
            Some(Witness::HasBlock(hash)) => self.client.endpoint_with(hash).await,
            Some(Witness::Endpoint(endpoint)) => Some(endpoint),
            // Nobody took the bytes: whatever "unknown" is worth, the delivery stays in doubt.
            None => None,
        };
        match self.client.is_known(self.transaction.get_hash(), signer_id).await {
            Some((true, _)) => Looked::Known,
            Some((false, _)) if self.witness.is_none() => Looked::Unknown,
            Some((false, endpoint)) if witness == Some(endpoint) => Looked::Unknown,
            _ => Looked::Lost,
        }
    }

    /// Asks a final block whether the transaction can run in any later one.
    async fn prove(&mut self, flaw: Flaw) -> Proof {
        let proof = match (flaw, self.base) {
            (Flaw::Expired, Some(base)) => self.prove_by_age(base).await,
            _ => self.prove_by_nonce().await,
        };
        proof.unwrap_or_else(|error| {
            tracing::debug!(%error, "a final block could not be asked");
            Proof::Lost
        })
    }

    async fn prove_by_age(&mut self, base: BlockHeight) -> Result<Proof, Error> {
        let period = self.client.known_protocol().await?.transaction_validity_period;
        let last = self.client.at(BlockReference::Final).block().await?;
        let proof = match proof::by_age(last.height, base, period) {
            Proof::NotYet => self.prove_by_another_past(base).await?,
            proof => proof,
        };
        Ok(self.proved_by(last.hash, proof))
    }

    /// A final block that was replaced is none of this chain's any more: it was put back in time.
    async fn prove_by_another_past(&self, base: BlockHeight) -> Result<Proof, Error> {
        let named = *self.transaction.transaction.block_hash();
        Ok(match self.client.at(base).block().await {
            Ok(block) if block.hash != named => Proof::Never,
            _ => Proof::NotYet,
        })
    }

    async fn prove_by_nonce(&mut self) -> Result<Proof, Error> {
        let last = self.client.at(BlockReference::Final).block().await?;
        let used = self.key_nonce(&self.client.at(last.hash)).await?;
        let proof =
            proof::by_nonce(last.height, used, self.transaction.transaction.nonce().nonce());
        Ok(self.proved_by(last.hash, proof))
    }

    /// The look-up that follows a proof is for those who have its block.
    fn proved_by(&mut self, block: CryptoHash, proof: Proof) -> Proof {
        if proof == Proof::Never {
            self.witness = Some(Witness::HasBlock(block));
        }
        proof
    }

    /// The last nonce of the transaction's key, or of its row; none when that is gone.
    async fn key_nonce(&self, client: &Client) -> Result<Option<Nonce>, Error> {
        let transaction = &self.transaction.transaction;
        let (signer_id, public_key) = (transaction.signer_id(), transaction.public_key());
        let asked = match transaction.nonce().nonce_index() {
            None => client.access_key(signer_id, public_key).await.map(|key| Some(key.nonce)),
            Some(index) => client
                .gas_key_nonces(signer_id, public_key)
                .await
                .map(|nonces| nonces.get(usize::from(index)).copied()),
        };
        match asked {
            Err(Error::Query(
                QueryError::UnknownAccessKey { .. }
                | QueryError::UnknownGasKey { .. }
                | QueryError::UnknownAccount { .. },
            )) => Ok(None),
            asked => asked,
        }
    }

    /// Takes note of a refusal.
    fn refused(&mut self, refusal: Refusal) -> Flaw {
        let flaw = match (flaw(&refusal), self.base) {
            // Without that block's height nothing can be proved.
            (Flaw::Expired, None) => Flaw::Lasting,
            (flaw, _) => flaw,
        };
        self.heard = Some(refusal.into());
        flaw
    }

    /// Takes note of an error. That a node stopped waiting, or saw nothing, says less than what was
    /// heard before.
    fn hear(&mut self, error: Error) {
        let says_little = matches!(
            error,
            Error::Query(QueryError::Timeout(_) | QueryError::UnknownTransaction { .. })
        );
        if !says_little || self.heard.is_none() {
            self.heard = Some(error);
        }
    }

    fn is_out_of_time(&self) -> bool {
        self.call.deadline().is_some_and(Deadline::is_over)
    }

    fn last(&mut self) -> Error {
        let hash = self.transaction.get_hash();
        self.heard.take().unwrap_or_else(|| QueryError::UnknownTransaction { hash }.into())
    }

    /// Pauses after each trouble, not beyond the end.
    async fn rest(&mut self) {
        let troubles = self.delivery.troubles();
        if troubles > self.rested {
            let pause = self.patience.pause_after(troubles);
            match self.call.deadline() {
                None => pause.await,
                Some(deadline) => {
                    let _cut_short = tokio::time::timeout_at(deadline.at, pause).await;
                }
            }
            self.rested = troubles;
        }
    }
}

/// What a refusal is about.
fn flaw(refusal: &Refusal) -> Flaw {
    match refusal {
        Refusal::NonceInvalid { .. } => Flaw::Nonce,
        Refusal::BlockExpired => Flaw::Expired,
        Refusal::AccessKey(AccessKeyRefusal::NotFound { .. }) => Flaw::KeyGone,
        Refusal::AccessKey(AccessKeyRefusal::GasBudgetNotEnough { .. })
        | Refusal::GasKeyBalanceNotEnough { .. } => Flaw::Budget,
        Refusal::ShardCongested { .. } | Refusal::ShardStuck { .. } => Flaw::Congestion,
        _ => Flaw::Lasting,
    }
}
