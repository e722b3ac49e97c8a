//! Before paying: what a request can cost at most, and whether it is certain to be refused or to fail.

use crate::budget::Day;
use crate::chain::{Chain, View};
use crate::config::Checks;
use crate::{Kind, Work};
use keyway::guard::{neighbours, outlook};
use keyway::protocol::{CryptoHash, PublicKey, Transaction};
use keyway::{AccountId, Cost, Error, NearToken, Refusal, format_near};
use keyway_rules::{
    Facts, Unsigned, check_delegate, check_form_unsigned, transaction_cost, with_blank_signature,
};
use near_primitives::errors::ActionErrorKind;
use near_primitives::transaction::TransactionNonce;
use near_primitives::views::ActionView;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A request that may be paid for, as far as the chain is concerned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    /// The most that it can cost, yoctoNEAR.
    pub(crate) most: NearToken,
    /// The chain's day, which its budgets are of.
    pub(crate) day: Day,
    /// The height that it was judged for.
    pub(crate) height: u64,
}

/// Why a request is not paid for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotPaid {
    /// The chain would refuse the relayer's transaction.
    #[error("the chain would refuse the relayer's transaction: {0}")]
    Refused(Refusal),
    /// The chain would refuse the delegate action.
    #[error("the chain would refuse the delegate action: {reason}")]
    Delegate {
        /// The protocol's name of the error.
        name: String,
        /// The error in words.
        reason: String,
    },
    /// An action is certain to fail.
    #[error("it would fail on {account_id}: {reason}")]
    Fails { account_id: AccountId, reason: String },
    /// The relayer's account does not have the money.
    #[error(
        "the relayer's account has {}, and this can cost {}; its operator must fund it",
        format_near(*.available), format_near(*.most)
    )]
    NoFunds { available: NearToken, most: NearToken },
    /// The chain could not be asked.
    #[error("the chain cannot be asked now: {0}")]
    Chain(#[from] Error),
}

/// Judges requests for one account.
#[derive(Debug)]
pub(crate) struct Judge {
    pub(crate) account_id: AccountId,
    /// One of the relayer's keys: the price depends on its kind alone.
    pub(crate) public_key: PublicKey,
    /// How many times the gas price may rise before the transaction is in a block.
    pub(crate) margin: u32,
    pub(crate) checks: Checks,
}

impl Judge {
    /// The form and the price of a request. It asks the chain for nothing of the caller's.
    pub(crate) async fn price(&self, chain: &Chain, work: &Work) -> Result<Judged, NotPaid> {
        let view = chain.view().await?;
        let transaction = self.transaction(work);
        let blank = with_blank_signature(transaction.clone());
        check_form_unsigned(&view.facts.protocol, &blank)
            .map_err(|refusal| NotPaid::Refused(refusal.into()))?;
        let most = self.most(&view, &transaction)?;
        let (day, height) = (Day::of_timestamp(view.block.timestamp_ns), view.facts.height);
        Ok(Judged { most, day, height })
    }

    /// Whether the chain would execute it, and the relayer can pay `most`.
    pub(crate) async fn judge(
        &self,
        chain: &Chain,
        work: &Work,
        most: NearToken,
    ) -> Result<(), NotPaid> {
        let view = chain.view().await?;
        match self.judge_at(chain, &view, work, most).await {
            // An account or a key may be newer than the block that was looked at.
            Err(NotPaid::Delegate { .. } | NotPaid::Fails { .. } | NotPaid::NoFunds { .. }) => {
                let newer = chain.view_after(&view).await?;
                self.judge_at(chain, &newer, work, most).await
            }
            judged => judged,
        }
    }

    async fn judge_at(
        &self,
        chain: &Chain,
        view: &View,
        work: &Work,
        most: NearToken,
    ) -> Result<(), NotPaid> {
        let available = view.account.available;
        if most > available {
            return Err(NotPaid::NoFunds { available, most });
        }
        if work.kind() == Kind::Delegate {
            self.judge_delegate(view, work).await?;
        }
        if self.checks.outlook {
            self.look_out(chain, view, work).await?;
        }
        if self.checks.simulate {
            self.simulate(view, work).await?;
        }
        Ok(())
    }

    /// The transaction, but for its key, nonce and base block.
    fn transaction(&self, work: &Work) -> Transaction {
        Unsigned {
            signer_id: self.account_id.clone(),
            public_key: self.public_key.clone(),
            nonce: TransactionNonce::from_nonce(1),
            receiver_id: work.receiver_id().clone(),
            block_hash: CryptoHash::default(),
            actions: work.actions().to_vec(),
        }
        .into_transaction()
    }

    /// The most that it can cost: all gas that is bought and every deposit, at a gas price that has risen by the margin.
    fn most(&self, view: &View, transaction: &Transaction) -> Result<NearToken, NotPaid> {
        let overflow = || {
            NotPaid::Refused(Refusal::from(near_primitives::errors::InvalidTxError::CostOverflow))
        };
        let price =
            view.facts.gas_price.checked_mul(u128::from(self.margin)).ok_or_else(overflow)?;
        let cost = transaction_cost(&view.facts.protocol.config, transaction, price);
        let Cost { total, .. } = cost.map_err(|_| overflow())?;
        Ok(total)
    }

    /// The rules about delegate actions: signature, age, key, nonce and permission of the one who signed.
    async fn judge_delegate(&self, view: &View, work: &Work) -> Result<(), NotPaid> {
        let Some(signed) = work.signed_delegate() else { return Ok(()) };
        let inner = signed.delegate_action();
        let row = inner.nonce().nonce_index();
        let (access_key, row_nonce) =
            view.newest_key(inner.sender_id(), inner.public_key(), row).await?;
        let height = view.facts.height;
        let facts = Facts {
            protocol: &view.facts.protocol,
            gas_price: view.facts.gas_price,
            height: Some(height),
            account: None,
            access_key: access_key.as_ref(),
            row_nonce,
        };
        let paced = view.heights_follow_time.then_some(height);
        check_delegate(&facts, paced, inner.sender_id(), signed).map_err(|error| refused(&error))
    }

    /// What is certain to fail: a missing account, a method that the contract does not have.
    async fn look_out(&self, chain: &Chain, view: &View, work: &Work) -> Result<(), NotPaid> {
        let transaction = match work.signed_delegate() {
            None => self.transaction(work),
            Some(signed) => {
                let inner = signed.delegate_action();
                Unsigned {
                    signer_id: inner.sender_id().clone(),
                    public_key: inner.public_key().clone(),
                    nonce: TransactionNonce::from_nonce(1),
                    receiver_id: inner.receiver_id().clone(),
                    block_hash: CryptoHash::default(),
                    actions: inner.get_actions(),
                }
                .into_transaction()
            }
        };
        let mut known = BTreeMap::new();
        for (account_id, wanted) in neighbours(&transaction) {
            let neighbour = chain.neighbour(view, &account_id, &wanted).await?;
            known.insert(account_id, neighbour);
        }
        match outlook(&view.facts, &transaction, &known) {
            None => Ok(()),
            Some(failure) => {
                Err(NotPaid::Fails { account_id: failure.account_id, reason: failure.reason })
            }
        }
    }

    /// Runs the actions on a copy of the chain, if the node can do that.
    async fn simulate(&self, view: &View, work: &Work) -> Result<(), NotPaid> {
        let (signer_id, receiver_id, actions) = match work.signed_delegate() {
            None => (self.account_id.clone(), work.receiver_id().clone(), work.actions().to_vec()),
            Some(signed) => {
                let inner = signed.delegate_action();
                (inner.sender_id().clone(), inner.receiver_id().clone(), inner.get_actions())
            }
        };
        let actions: Vec<ActionView> = actions.into_iter().map(ActionView::from).collect();
        let params = json!({"actions": {
            "signer_id": signer_id, "receiver_id": receiver_id, "actions": actions,
        }});
        let trace: Value = match view.client.request("keyway_trace_call", params).await {
            Ok(trace) => trace,
            Err(Error::Query(keyway::error::QueryError::Other { name, .. }))
                if name == "METHOD_NOT_FOUND" =>
            {
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        match trace.pointer("/status/failed") {
            None => Ok(()),
            Some(error) => {
                Err(NotPaid::Fails { account_id: receiver_id, reason: in_words(&trace, error) })
            }
        }
    }
}

/// Why a simulation failed: what the contract said, or else the chain's error.
fn in_words(trace: &Value, error: &Value) -> String {
    let frames = trace["frames"].as_array().into_iter().flatten();
    let mut said = frames.filter_map(|frame| frame.pointer("/result/failed/panic")?.as_str());
    let text = said.next().map_or_else(|| error.to_string(), str::to_owned);
    let short: String = text.chars().take(LONGEST_REASON).collect();
    keyway::keys::printable(&short).to_string()
}

/// The longest reason of a simulation, characters.
const LONGEST_REASON: usize = 400;

fn refused(error: &ActionErrorKind) -> NotPaid {
    let name = format!("{error:?}");
    let name = name.split([' ', '(', '{']).next().unwrap_or_default().to_owned();
    NotPaid::Delegate { name, reason: error.to_string() }
}
