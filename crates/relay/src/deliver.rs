//! One transaction: signed, stored, sent, proved.

use crate::chain::View;
use crate::clock;
use crate::lanes::Lane;
use crate::relay::Relay;
use crate::store::{Signed, StoreError};
use crate::{Ending, Kind, Request, RequestId, Work};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use keyway::client::{Copies, Delivered, Patience};
use keyway::keys::KeyServiceError;
use keyway::outcome::Status;
use keyway::protocol::{SignedTransaction, TxExecutionError};
use keyway::{Error, NearToken, Outcome, Refusal, WaitUntil};
use keyway_rules::{Facts, Unsigned, check};
use near_primitives::transaction::TransactionNonce;
use std::time::Duration;

/// What is left of a lane after its transaction.
#[derive(Debug)]
pub(crate) enum After {
    /// The lane is free.
    Free(Lane),
    /// The lane is lost: it was leased again, or the store may hold bytes that this instance does not know of.
    Lost(Lane),
}

/// What became of a request on a lane.
#[derive(Debug)]
pub(crate) enum Came {
    /// It ended, or is in the hands of another instance.
    Done,
    /// It is queued, and nothing of it can run: try again.
    Again,
    /// It is queued, and this lane's key is gone: try another one.
    ByAnother,
    /// It is queued, and cannot be tried now.
    Later,
}

impl Relay {
    /// Signs and delivers a queued request on `lane`.
    pub(crate) async fn carry(&self, mut lane: Lane, request: &Request) -> (After, Came) {
        let signed = match self.sign(&lane, request).await {
            Ok((signed, transaction)) => (signed, transaction),
            Err(NotSigned::Never { kind, message }) => {
                let came = self.give_up(request, kind, &message).await;
                return (After::Free(lane), came);
            }
            Err(NotSigned::KeyGone) => {
                tracing::info!(request = %request.id, lane = %lane.id(), "the signer has this key no more");
                self.lanes.forget_key(lane.public_key());
                let came = match self.age_of(request) > LONGEST_WAIT {
                    true => self.give_up(request, "Relay.NotSigned", NO_KEY).await,
                    false => Came::ByAnother,
                };
                return (After::Free(lane), came);
            }
            Err(NotSigned::NotNow(why)) => {
                tracing::warn!(request = %request.id, %why, "a request could not be signed");
                let came = match self.age_of(request) > LONGEST_WAIT {
                    true => self.give_up(request, "Relay.NotSigned", &why).await,
                    false => Came::Later,
                };
                return (After::Free(lane), came);
            }
        };
        let (signed, transaction) = signed;
        match self.store.begin(&lane.fence, request.id, signed.clone()).await {
            Ok(true) => {}
            Ok(false) => return (After::Free(lane), Came::Done),
            Err(StoreError::Fenced { .. } | StoreError::LaneBusy(_)) => {
                return (After::Lost(lane), Came::Again);
            }
            Err(error) => {
                // The bytes may be stored. They are not sent: whoever leases the lane next does it.
                tracing::warn!(request = %request.id, %error, "the store did not confirm a signature");
                return (After::Lost(lane), Came::Later);
            }
        }
        lane.last_nonce = lane.last_nonce.max(signed.nonce);
        self.prove(lane, request.clone(), signed, transaction, Copies::None).await
    }

    /// Finds out what became of bytes that were found on a lane.
    pub(crate) async fn recover(&self, lane: Lane, id: RequestId, signed: Signed) -> (After, Came) {
        let request = match self.store.request(id).await {
            Ok(Some(request)) => request,
            Ok(None) | Err(_) => return (After::Lost(lane), Came::Later),
        };
        let Some(transaction) = signed.transaction() else {
            tracing::error!(request = %id, lane = %lane.id(), "the stored bytes are damaged");
            return (After::Lost(lane), Came::Later);
        };
        tracing::info!(request = %id, hash = %signed.hash, "proving what an earlier instance sent");
        self.prove(lane, request, signed, transaction, Copies::Perhaps).await
    }

    /// Sends the same bytes until their fate is proved.
    async fn prove(
        &self,
        lane: Lane,
        request: Request,
        signed: Signed,
        transaction: SignedTransaction,
        mut copies: Copies,
    ) -> (After, Came) {
        let client = self.chain.client();
        let mut pause = FIRST_PAUSE;
        loop {
            let wait = WaitUntil::Executed;
            let delivered =
                client.deliver_with(&transaction, signed.base, copies, wait, PATIENCE).await;
            match delivered {
                Ok(Delivered::Outcome(outcome)) => {
                    let ending = ending(&outcome, &request.work);
                    let (burnt, cost) = (outcome.tokens_burnt(), ending.cost());
                    self.lately.note(lane.public_key(), burnt, cost, clock::now());
                    return self.end(lane, &request, ending).await;
                }
                Ok(Delivered::Never(error)) => return self.again(lane, &request, error).await,
                Ok(Delivered::Refused(error)) => {
                    if is_congestion(&error) {
                        return self.again(lane, &request, error).await;
                    }
                    let (kind, message) = (error.kind().to_owned(), error.to_string());
                    return self.end(lane, &request, Ending::Refused { kind, message }).await;
                }
                Ok(_) => {}
                Err(Error::Fate(_)) => copies = Copies::Perhaps,
                // It never reached a node, so nobody else has it.
                Err(error) => tracing::warn!(request = %request.id, %error, "no node took it"),
            }
            self.metrics.unproved.inc();
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Writes the end of a request. Repeats the write until the store took it, or the lane is lost.
    async fn end(&self, lane: Lane, request: &Request, ending: Ending) -> (After, Came) {
        let webhook = self.webhook_for(request, &ending);
        loop {
            let written =
                self.store.end(&lane.fence, request.id, ending.clone(), webhook.clone()).await;
            match written {
                Ok(ended) => {
                    self.note_end(&ended);
                    return (After::Free(lane), Came::Done);
                }
                Err(StoreError::Fenced { .. } | StoreError::NotOnLane(_)) => {
                    // Another instance proves it; or this write was repeated, and its first answer lost.
                    self.waiters.wake(request.id);
                    return (After::Lost(lane), Came::Done);
                }
                Err(error) => {
                    tracing::warn!(request = %request.id, %error, "an end is not stored yet");
                    tokio::time::sleep(STORE_PAUSE).await;
                }
            }
        }
    }

    /// Queues a request again, because its bytes can never run.
    async fn again(&self, mut lane: Lane, request: &Request, error: Error) -> (After, Came) {
        tracing::info!(request = %request.id, %error, "a signature can never run");
        if request.signatures >= MAX_SIGNATURES {
            let (kind, message) = (error.kind().to_owned(), error.to_string());
            return self.end(lane, request, Ending::Refused { kind, message }).await;
        }
        loop {
            match self.store.requeue(&lane.fence, request.id).await {
                Ok(()) => break,
                Err(StoreError::Fenced { .. } | StoreError::NotOnLane(_)) => {
                    return (After::Lost(lane), Came::Done);
                }
                Err(error) => {
                    tracing::warn!(request = %request.id, %error, "a request is not queued yet");
                    tokio::time::sleep(STORE_PAUSE).await;
                }
            }
        }
        self.metrics.signed_again.inc();
        self.chain.forget();
        match self.lanes.nonce_on_chain(lane.id()).await {
            Ok(nonce) => lane.last_nonce = lane.last_nonce.max(nonce),
            Err(error) => tracing::debug!(%error, "a nonce could not be read"),
        }
        (After::Free(lane), Came::Again)
    }

    /// Ends a queued request that cannot be sent.
    pub(crate) async fn give_up(&self, request: &Request, kind: &str, message: &str) -> Came {
        let ending = Ending::Refused { kind: kind.to_owned(), message: message.to_owned() };
        let webhook = self.webhook_for(request, &ending);
        match self.store.drop_queued(request.id, ending.clone(), webhook).await {
            Ok(now) => {
                match now.filter(|now| now.ending() == Some(&ending)) {
                    Some(ended) => self.note_end(&ended),
                    // It was cancelled, or another instance has it.
                    None => self.waiters.wake(request.id),
                }
                Came::Done
            }
            Err(error) => {
                tracing::warn!(request = %request.id, %error, "an end is not stored");
                Came::Later
            }
        }
    }

    /// The transaction for a request, judged by the rules at a final block.
    async fn sign(
        &self,
        lane: &Lane,
        request: &Request,
    ) -> Result<(Signed, SignedTransaction), NotSigned> {
        let view = self.chain.view().await.map_err(NotSigned::not_now)?;
        let key = view.own_key(lane.public_key()).await.map_err(NotSigned::not_now)?;
        let height = view.block.height;
        // The row's nonce is in the lane; an ordinary key's may be newer on the chain.
        let on_chain = match (lane.id().row, &key) {
            (None, Some(key)) => key.nonce,
            _ => 0,
        };
        let nonce = lane
            .next_nonce(on_chain, height)
            .ok_or_else(|| NotSigned::NotNow("the lane has no nonce left".to_owned()))?;
        let nonce = match lane.id().row {
            None => TransactionNonce::from_nonce(nonce),
            Some(row) => TransactionNonce::from_nonce_and_index(nonce, row),
        };
        let transaction = Unsigned {
            signer_id: lane.id().account_id.clone(),
            public_key: lane.public_key().clone(),
            nonce,
            receiver_id: request.work.receiver_id().clone(),
            block_hash: view.block.hash,
            actions: request.work.actions().to_vec(),
        }
        .into_transaction();
        let signed = self.signing.sign(transaction).await?;
        self.judge_own(&view, lane, key.as_ref(), &signed)?;
        Ok((Signed::new(&signed, height), signed))
    }

    /// The rules' verdict on our own transaction: a refusal here costs nothing.
    fn judge_own(
        &self,
        view: &View,
        lane: &Lane,
        key: Option<&keyway::protocol::AccessKey>,
        signed: &SignedTransaction,
    ) -> Result<(), NotSigned> {
        let account = view.account.record();
        let facts = Facts {
            protocol: &view.facts.protocol,
            gas_price: view.facts.gas_price,
            height: Some(view.facts.height),
            account: Some(&account),
            access_key: key,
            row_nonce: lane.id().row.map(|_| lane.last_nonce),
        };
        match check(&facts, signed).into_result() {
            Ok(_) => Ok(()),
            Err(refusal) => Err(match Refusal::from(refusal) {
                // Another key may be able to, or this one when it has money again.
                refusal @ (Refusal::AccessKey(_) | Refusal::GasKeyBalanceNotEnough { .. }) => {
                    NotSigned::NotNow(refusal.to_string())
                }
                refusal => NotSigned::Never { kind: refusal.kind(), message: refusal.to_string() },
            }),
        }
    }
}

/// Why a request was not signed.
enum NotSigned {
    /// The chain would refuse it, or the signer does.
    Never { kind: &'static str, message: String },
    /// The signer does not have the lane's key any more.
    KeyGone,
    /// Something is missing that may be there later.
    NotNow(String),
}

impl NotSigned {
    fn not_now(error: Error) -> Self {
        NotSigned::NotNow(error.to_string())
    }
}

impl From<KeyServiceError> for NotSigned {
    fn from(error: KeyServiceError) -> Self {
        match error {
            KeyServiceError::NoKey { .. } => NotSigned::KeyGone,
            KeyServiceError::Refused { .. } => {
                NotSigned::Never { kind: "Relay.Signer.Refused", message: error.to_string() }
            }
            error => NotSigned::NotNow(error.to_string()),
        }
    }
}

fn is_congestion(error: &Error) -> bool {
    matches!(error, Error::Refused(Refusal::ShardCongested { .. } | Refusal::ShardStuck { .. }))
}

/// How a transaction ended that was in a block.
fn ending(outcome: &Outcome, work: &Work) -> Ending {
    let (hash, gas_burnt) = (outcome.transaction_hash(), outcome.gas_burnt());
    let delegated = work.user().filter(|_| work.kind() == Kind::Delegate);
    let inner = delegated.and_then(|sender| outcome.delegated_failure(sender));
    let failure: Option<TxExecutionError> = match (outcome.status(), inner) {
        (Status::Failed(failure), _) => Some(TxExecutionError::clone(failure)),
        (_, inner) => inner.cloned(),
    };
    let cost = cost(outcome, work);
    match failure {
        None => {
            let value = BASE64_STANDARD.encode(outcome.value().unwrap_or_default());
            let value = if value.len() > LONGEST_VALUE { String::new() } else { value };
            Ending::Succeeded { hash, cost, gas_burnt, value }
        }
        Some(failure) => {
            let error = Error::from_execution(failure, outcome.clone());
            let (kind, message) = (error.kind().to_owned(), error.to_string());
            Ending::Failed { hash, cost, gas_burnt, kind, message }
        }
    }
}

/// What the relayer paid: all that was burnt, and the deposits unless they came back.
///
/// The deposits of a delegate action never come back: if it fails, they go to the account that signed it.
fn cost(outcome: &Outcome, work: &Work) -> NearToken {
    let deposits = keyway_rules::total_deposit(work.actions()).unwrap_or(NearToken::MAX);
    let came_back = work.kind() == Kind::Intent
        && outcome.receipts().next().is_some_and(|first| {
            matches!(first.status, keyway::outcome::ExecutionStatus::Failed(_))
        });
    let paid = if came_back { NearToken::ZERO } else { deposits };
    outcome.tokens_burnt().saturating_add(paid)
}

/// As the signer's: about ten seconds for each delivery.
const PATIENCE: Patience = Patience { rounds: 16, pause: Duration::from_millis(25) };
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// The pause before a write to the store is repeated.
const STORE_PAUSE: Duration = Duration::from_millis(500);
/// How long a request waits for a key that can sign it.
const LONGEST_WAIT: Duration = Duration::from_secs(120);
const NO_KEY: &str = "the signer did not have the keys that it listed";
/// How many transactions are signed for one request at most.
const MAX_SIGNATURES: u32 = 16;
/// The longest value that is kept, characters of base64.
const LONGEST_VALUE: usize = 16 << 10;
