//! Delivers one signed transaction and waits for its outcome: makes the requests that [`Delivery`] decides on.

mod proof;
mod question;
mod table;

pub(crate) use table::{RefusalKind, Step as DeliveryStep};

use super::waiting::Wait;
use super::{BlockReference, Client, Patience, WaitUntil};
use crate::error::{AccessKeyRefusal, Error, QueryError, Refusal, UnknownFate};
use crate::outcome::Outcome;
use crate::transport::Deadline;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::{BlockHeight, Nonce};
use question::RpcOutcome;
use table::{Asked, Delivery, LookupResult, Proof, Sent, Step};

/// A signed transaction that is being delivered.
#[derive(Debug)]
pub(crate) struct Submission {
    client: Client,
    transaction: SignedTransaction,
    wait: WaitUntil,
    /// The height of its base block, if known.
    base: Option<BlockHeight>,
    delivery: Delivery,
    patience: Patience,
    /// The endpoint whose answer "unknown transaction" counts.
    confirming: Option<ConfirmingEndpoint>,
    /// The last answer that was an error.
    last_error: Option<Error>,
    /// How many troubles there were at the last pause.
    paused_after: u32,
    /// Whether the outcome was asked for before.
    asked: bool,
    call: Wait,
}

/// The endpoint whose answer "unknown transaction" counts, because a node that is behind does not know what ran elsewhere.
#[derive(Clone, Copy, Debug)]
enum ConfirmingEndpoint {
    /// The endpoint that accepted the bytes.
    Endpoint(usize),
    /// An endpoint with this block, which proved that the bytes can never run.
    HasBlock(CryptoHash),
}

/// The result of a delivery.
#[derive(Debug)]
pub(crate) enum End {
    /// It is in a block.
    Outcome(Box<Outcome>),
    /// It will never be in a block. Signed again without the cause of this refusal, it may be.
    SignAgain(RefusalKind, Error),
    /// It will never be in a block, and another signature would be refused, too.
    Refused(Error),
}

impl Submission {
    pub(crate) fn new(
        client: &Client,
        transaction: SignedTransaction,
        base: Option<BlockHeight>,
        wait: WaitUntil,
        patience: Patience,
    ) -> Self {
        let call = client.begin();
        Submission {
            client: client.during(&call),
            call,
            transaction,
            wait,
            base,
            delivery: Delivery::new(patience.rounds),
            patience,
            confirming: None,
            last_error: None,
            paused_after: 0,
            asked: false,
        }
    }

    /// The transaction, as it is sent.
    pub(crate) fn transaction(&self) -> &SignedTransaction {
        &self.transaction
    }

    /// Sends the transaction to a node, without waiting for the outcome.
    pub(crate) async fn send(&mut self) -> Step {
        let sent = match self.client.hand_over(&self.transaction).await {
            RpcOutcome::Nothing { endpoint, repeated, .. } => {
                self.confirming.get_or_insert(ConfirmingEndpoint::Endpoint(endpoint));
                Sent::Taken { repeated }
            }
            // A copy was there before.
            RpcOutcome::Outcome(_) => Sent::Taken { repeated: true },
            RpcOutcome::Refused { refusal, repeated } => {
                Sent::Refused { kind: self.refused(refusal), repeated }
            }
            RpcOutcome::Invalid { error, repeated } => {
                self.note(error);
                Sent::Refused { kind: RefusalKind::Lasting, repeated }
            }
            RpcOutcome::Unclear { error } => {
                self.note(error);
                Sent::Unclear
            }
            RpcOutcome::Lost { error, may_have_arrived } => {
                self.note(error);
                Sent::Lost { may_have_arrived }
            }
            RpcOutcome::Shut { error } => {
                self.note(error);
                Sent::Shut
            }
        };
        self.delivery.sent(sent)
    }

    /// The same, when others may have sent the bytes, or may still send them.
    pub(crate) fn resumed(self) -> Self {
        Submission { delivery: self.delivery.resumed(), ..self }
    }

    /// Continues from `step` until the transaction has ended or can never run.
    ///
    /// # Errors
    /// The chain's refusal, the error that no node answers, or [`UnknownFate`].
    pub(crate) async fn finish(self, step: Step) -> Result<End, Error> {
        match self.until_proved(step).await? {
            End::Refused(refusal) => Err(refusal),
            end => Ok(end),
        }
    }

    /// The same, with a refusal as an end.
    ///
    /// # Errors
    /// The error that no node answers, or [`UnknownFate`].
    pub(crate) async fn until_proved(mut self, mut step: Step) -> Result<End, Error> {
        loop {
            if self.is_out_of_time() {
                step = self.delivery.out_of_time();
            } else {
                self.pause().await;
            }
            step = match step {
                Step::Send => self.send().await,
                Step::Ask => match self.ask().await {
                    Ok(outcome) => return Ok(End::Outcome(outcome)),
                    Err(asked) => self.delivery.asked(asked),
                },
                Step::Prove(kind) => {
                    let proof = self.prove(kind).await;
                    self.delivery.proved(kind, proof)
                }
                Step::LookUp => {
                    let looked = self.look_up().await;
                    self.delivery.looked(looked)
                }
                Step::SignAgain(kind) => return Ok(End::SignAgain(kind, self.last_answer())),
                Step::Refused => return Ok(End::Refused(self.last_answer())),
                Step::Unreachable => return Err(self.last_answer()),
                Step::UnknownFate => {
                    let hash = self.transaction.get_hash();
                    return Err(UnknownFate { hash, cause: Box::new(self.last_answer()) }.into());
                }
            };
        }
    }

    async fn ask(&mut self) -> Result<Box<Outcome>, Asked> {
        let again = std::mem::replace(&mut self.asked, true);
        match self.client.ask_after(&self.transaction, self.wait, again).await {
            RpcOutcome::Outcome(outcome) => Ok(outcome),
            RpcOutcome::Nothing { error, .. } => {
                self.note(error);
                Err(Asked::Nothing)
            }
            RpcOutcome::Refused { refusal, .. } => Err(Asked::Refused(self.refused(refusal))),
            RpcOutcome::Invalid { error, .. } => {
                self.note(error);
                Err(Asked::Refused(RefusalKind::Lasting))
            }
            RpcOutcome::Unclear { error } => {
                self.note(error);
                Err(Asked::Unclear)
            }
            RpcOutcome::Lost { error, .. } | RpcOutcome::Shut { error } => {
                self.note(error);
                Err(Asked::Lost)
            }
        }
    }

    async fn look_up(&self) -> LookupResult {
        let signer_id = self.transaction.transaction.signer_id();
        // Before the look-up, never after: this endpoint knows everything that ran up to that block.
        let confirming = match self.confirming {
            Some(ConfirmingEndpoint::HasBlock(hash)) => self.client.endpoint_with(hash).await,
            Some(ConfirmingEndpoint::Endpoint(endpoint)) => Some(endpoint),
            // No endpoint accepted the bytes, so none can confirm; the delivery stays in doubt.
            None => None,
        };
        match self.client.is_known(self.transaction.get_hash(), signer_id).await {
            Some((true, _)) => LookupResult::Known,
            Some((false, _)) if self.confirming.is_none() => LookupResult::Unknown,
            Some((false, endpoint)) if confirming == Some(endpoint) => LookupResult::Unknown,
            _ => LookupResult::Lost,
        }
    }

    /// Finds out from a final block whether the transaction can run in any later one.
    async fn prove(&mut self, kind: RefusalKind) -> Proof {
        let proof = match (kind, self.base) {
            (RefusalKind::Expired, Some(base)) => self.prove_by_age(base).await,
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

    /// Handles a final block that was replaced: the chain was reverted, and the block is not on it any more.
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

    /// Notes that the look-up after a proof counts only from an endpoint with its block.
    fn proved_by(&mut self, block: CryptoHash, proof: Proof) -> Proof {
        if proof == Proof::Never {
            self.confirming = Some(ConfirmingEndpoint::HasBlock(block));
        }
        proof
    }

    /// The last nonce of the transaction's key or nonce row; none if that does not exist.
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

    /// Notes a refusal.
    fn refused(&mut self, refusal: Refusal) -> RefusalKind {
        let kind = match (kind_of(&refusal), self.base) {
            // Without that block's height nothing can be proved.
            (RefusalKind::Expired, None) => RefusalKind::Lasting,
            (kind, _) => kind,
        };
        self.last_error = Some(refusal.into());
        kind
    }

    /// Notes an error. A node's timeout or a missing transaction does not replace an earlier answer.
    fn note(&mut self, error: Error) {
        let says_little = matches!(
            error,
            Error::Query(QueryError::Timeout(_) | QueryError::UnknownTransaction { .. })
        );
        if !says_little || self.last_error.is_none() {
            self.last_error = Some(error);
        }
    }

    fn is_out_of_time(&self) -> bool {
        self.call.deadline().is_some_and(Deadline::is_over)
    }

    fn last_answer(&mut self) -> Error {
        let hash = self.transaction.get_hash();
        self.last_error.take().unwrap_or_else(|| QueryError::UnknownTransaction { hash }.into())
    }

    /// Pauses after each trouble, up to the time limit.
    async fn pause(&mut self) {
        let troubles = self.delivery.troubles();
        if troubles > self.paused_after {
            let pause = self.patience.pause_after(troubles);
            match self.call.deadline() {
                None => pause.await,
                Some(deadline) => {
                    let _cut_short = tokio::time::timeout_at(deadline.at, pause).await;
                }
            }
            self.paused_after = troubles;
        }
    }
}

/// The cause of a refusal.
fn kind_of(refusal: &Refusal) -> RefusalKind {
    match refusal {
        Refusal::NonceInvalid { .. } => RefusalKind::Nonce,
        Refusal::BlockExpired => RefusalKind::Expired,
        Refusal::AccessKey(AccessKeyRefusal::NotFound { .. }) => RefusalKind::KeyGone,
        Refusal::AccessKey(AccessKeyRefusal::GasBudgetNotEnough { .. })
        | Refusal::GasKeyBalanceNotEnough { .. } => RefusalKind::Budget,
        Refusal::ShardCongested { .. } | Refusal::ShardStuck { .. } => RefusalKind::Congestion,
        _ => RefusalKind::Lasting,
    }
}
