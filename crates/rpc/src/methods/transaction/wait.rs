//! Waits until a transaction has reached the level its caller asks for.

use super::context::{TxContext, invalid};
use super::outcome::{Progress, ceilings, outcome, progress, satisfies, with_receipts};
use super::text;
use crate::error::{internal, of_write, timed_out};
use crate::methods::reply::Reply;
use keyway_chain::{Chain, Checked};
use keyway_engine::StateError;
use keyway_node::{WriteError, run_blocking};
use near_jsonrpc_primitives::types::transactions::{
    RpcTransactionError, RpcTransactionResponse, RpcTransactionStatusRequest, TimeoutErrorCause,
};
use near_primitives::hash::CryptoHash;
use near_primitives::views::{
    FinalExecutionOutcomeView, FinalExecutionOutcomeViewEnum, TxExecutionStatus,
};
use std::sync::OnceLock;
use tokio::time::{Instant, timeout_at};

/// A request that waits for a transaction.
pub(super) struct Waiting<'a> {
    pub(super) context: TxContext<'a>,
    pub(super) deadline: Instant,
    pub(super) request: RpcTransactionStatusRequest,
    pub(super) receipts: Receipts,
    /// Whether this very request brought it into a block.
    pub(super) just_sent: bool,
}

/// Whether an answer has the receipts besides their outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Receipts {
    Shown,
    Hidden,
}

/// A transaction that is in no block, with its signature checked: at most once, however often the
/// chain is looked at.
type Unseen = OnceLock<Option<Checked>>;

/// The state of a transaction that has not reached the requested level.
enum Look {
    /// It is in no block yet.
    Unseen,
    /// It is in a block.
    Seen(Box<Seen>),
}

struct Seen {
    outcome: FinalExecutionOutcomeView,
    progress: Progress,
    /// The branch on which it was seen: see [`Chain::branch`].
    branch: u64,
}

impl Waiting<'_> {
    /// Answers when the transaction has reached the requested level or was refused, or at the deadline.
    pub(super) async fn answer(self) -> Reply {
        let (hash, _) = self.request.transaction_info.to_tx_hash_and_account();
        let node = self.context.node;
        let mut news = node.subscribe();
        let unseen = Unseen::default();
        let mut last = Look::Unseen;
        loop {
            let chain = node.snapshot();
            let look = || self.look(&chain, &hash, &unseen, &last);
            let found = match chain.has_in_memory(&hash) {
                true => {
                    let _turn = self.context.gate.turn().await;
                    look()
                }
                // It may wait for a disk or a network, and no other transaction for that.
                false => run_blocking(look),
            };
            match found {
                Ok(None) => {}
                Ok(Some(Err(look))) => last = look,
                Ok(Some(Ok(reply))) => return reply,
                Err(error) => return Err(internal(error)),
            }
            if !matches!(timeout_at(self.deadline, news.changed()).await, Ok(Ok(()))) {
                return Err(timed_out(chain.protocol().version, last.cause()));
            }
        }
    }

    /// The answer, if there is one yet, or the state of the transaction. None: nothing changed.
    fn look(
        &self,
        chain: &Chain,
        hash: &CryptoHash,
        unseen: &Unseen,
        last: &Look,
    ) -> Result<Option<Result<Reply, Look>>, StateError> {
        if let Look::Seen(seen) = last
            && seen.branch == chain.branch()
            && !seen.progress.may_change(chain)?
        {
            return Ok(None);
        }
        if let Some(seen) = Seen::of(chain, hash)? {
            let far_enough = satisfies(&seen.progress.reached, &self.request.wait_until);
            return Ok(Some(match far_enough {
                true => Ok(self.show(chain, hash, seen)),
                false => Err(Look::Seen(Box::new(seen))),
            }));
        }
        let requested_transaction_hash = *hash;
        let unknown = RpcTransactionError::UnknownTransaction { requested_transaction_hash };
        // A revert has abandoned its block.
        if self.just_sent || matches!(last, Look::Seen(_)) {
            return Ok(Some(Ok(Err(unknown.into()))));
        }
        if let Some(refused) = chain.refusal(hash) {
            return Ok(Some(Ok(Err(invalid(refused.clone())))));
        }
        if let Some(Err(refused)) = self.checked(unseen).map(|tx| chain.admit_checked(tx)) {
            return Ok(Some(Ok(Err(of_write(WriteError::from(refused))))));
        }
        if self.request.wait_until == TxExecutionStatus::None {
            return Ok(Some(Ok(Err(unknown.into()))));
        }
        Ok(Some(Err(Look::Unseen)))
    }

    /// The transaction, if the request holds it.
    fn checked<'a>(&self, unseen: &'a Unseen) -> Option<&'a Checked> {
        let signed = || self.request.transaction_info.to_signed_tx().cloned().map(Checked::new);
        unseen.get_or_init(signed).as_ref()
    }

    fn show(&self, chain: &Chain, hash: &CryptoHash, seen: Seen) -> Reply {
        let Seen { outcome, progress, .. } = seen;
        let asked = &self.request.wait_until;
        let told = self.context.young.told(hash, progress.reached, asked, self.just_sent);
        let ceilings = ceilings(chain, &outcome).map_err(internal)?;
        if self.receipts == Receipts::Hidden {
            return text::answer(&outcome, ceilings.as_ref(), None, &told);
        }
        let shown = with_receipts(chain, outcome).map_err(internal)?;
        text::answer(&shown.final_outcome, ceilings.as_ref(), Some(&shown.receipts), &told)
    }
}

impl Seen {
    /// The outcomes of the transaction so far, and how far its execution is.
    fn of(chain: &Chain, hash: &CryptoHash) -> Result<Option<Self>, StateError> {
        let Some(entry) = chain.transaction(hash)? else { return Ok(None) };
        let Some(outcome) = outcome(chain, entry)? else { return Ok(None) };
        let progress = progress(chain, &outcome)?;
        Ok(Some(Self { outcome, progress, branch: chain.branch() }))
    }
}

impl Look {
    /// Why the time ran out.
    fn cause(self) -> TimeoutErrorCause {
        match self {
            Look::Unseen => TimeoutErrorCause::NotObserved,
            Look::Seen(seen) => {
                let Seen { outcome, progress, .. } = *seen;
                let outcome = FinalExecutionOutcomeViewEnum::FinalExecutionOutcome(outcome);
                let status = RpcTransactionResponse {
                    final_execution_outcome: Some(outcome),
                    final_execution_status: progress.reached,
                };
                TimeoutErrorCause::Pending { status: Box::new(status) }
            }
        }
    }
}
