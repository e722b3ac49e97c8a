//! Transactions that share a block.
//!
//! A transaction seals several blocks, and sealing costs more than most transactions. Transactions
//! that wait at the same time therefore share blocks, and are executed as nearcore executes one block:
//! their calls interleave. One that cannot enter the shared block is executed alone after it, followed
//! by later ones of the same signer, so that one signer's transactions never overtake each other.

use crate::blocks::pace::Reason;
use crate::blocks::seal::Content;
use crate::chain::Chain;
use crate::inputs::applied::{Applied, Refused};
use crate::inputs::checked::Checked;
use crate::inputs::input::{Batch, Input};
use keyway_engine::{OnRefusal, StateError};
use keyway_rules::transaction_cost;
use near_primitives::errors::InvalidTxError;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::{Balance, Gas};
use std::collections::HashSet;

/// The results of transactions that waited at the same time.
#[derive(Debug)]
pub struct Included {
    /// The result of each, in the given order.
    pub results: Vec<Result<Applied, Refused>>,
    /// Inputs that have the same effect when they are applied at the same time.
    pub inputs: Vec<Input>,
}

/// Why none of a batch was included.
enum NotIncluded {
    /// All refusals that are known, in the order of the transactions. There is at least one.
    Refused(Vec<(CryptoHash, InvalidTxError)>),
    /// The state cannot be read.
    State(StateError),
}

impl Chain {
    /// Includes each of `transactions` as [`Input::transaction`] does, but in fewer blocks: those that
    /// fit into a block share it.
    pub fn include_batch(&mut self, transactions: Vec<Checked>, now_ns: u64) -> Included {
        let mut included = Included { results: Vec::new(), inputs: Vec::new() };
        let mut rest = transactions.into_iter().peekable();
        while let Some(first) = rest.next() {
            let (mut budget, mut group) = (BatchBudget::of(self), vec![first]);
            if group.iter().all(|first| self.has_room(&mut budget, first)) {
                while let Some(tx) = rest.next_if(|tx| self.has_room(&mut budget, tx)) {
                    group.push(tx);
                }
            }
            self.include_group(group, now_ns, &mut included);
        }
        included
    }

    /// As [`Chain::include_batch`] of one transaction if its blocks burn at most `gas` and compile no
    /// contract; none, and nothing is done, otherwise.
    pub fn include_if_short(&mut self, tx: Checked, gas: Gas, now_ns: u64) -> Option<Included> {
        self.give_up_after = Some(gas);
        let included = self.include_batch(vec![tx], now_ns);
        self.give_up_after = None;
        let is_long = included.results.contains(&Err(StateError::GivenUp.into()));
        (!is_long).then_some(included)
    }

    /// Includes the transactions of a batch in one block, all or none; `check` says whether a
    /// signature is right.
    pub(crate) fn apply_batch(
        &mut self,
        check: fn(SignedTransaction) -> Checked,
        batch: Batch,
        now_ns: u64,
    ) -> Result<Applied, Refused> {
        let Batch { transactions, finalize } = batch;
        let mut transactions: Vec<_> = transactions.into_iter().map(check).collect();
        match transactions.pop() {
            Some(only) if transactions.is_empty() && finalize => self.include_one(only, now_ns),
            last => {
                transactions.extend(last);
                match self.include_all(transactions, finalize, now_ns) {
                    Ok(()) => Ok(Applied::Sealed),
                    Err(why) => Err(self.remember(why)),
                }
            }
        }
    }

    /// Includes a transaction in a block of its own and seals blocks until it is final, unless it was
    /// included before.
    fn include_one(&mut self, tx: Checked, now_ns: u64) -> Result<Applied, Refused> {
        let hash = tx.hash();
        let Err(why) = self.include_all(vec![tx], true, now_ns) else {
            return Ok(Applied::Included(hash));
        };
        match &why {
            NotIncluded::Refused(refused)
                if matches!(refused[..], [(_, InvalidTxError::InvalidNonce { .. })])
                    && self.history.transaction(&hash)?.is_some() =>
            {
                Ok(Applied::Known(hash))
            }
            _ => Err(self.remember(why)),
        }
    }

    /// Remembers the refusals for later queries. Returns the first as an error.
    fn remember(&mut self, why: NotIncluded) -> Refused {
        match why {
            NotIncluded::State(error) => error.into(),
            NotIncluded::Refused(refused) => {
                let first = refused.first().map(|(_, error)| error.clone());
                for (hash, error) in refused {
                    self.refusals.remember(hash, error);
                }
                first.expect("a batch that is refused has a refusal").into()
            }
        }
    }

    /// Includes transactions in one block, all or none. On an error the chain is unchanged.
    fn include_all(
        &mut self,
        transactions: Vec<Checked>,
        finalize: bool,
        now_ns: u64,
    ) -> Result<(), NotIncluded> {
        let broken = |tx: &Checked| self.first_broken_rule_of_form(tx).transpose();
        if transactions.iter().any(|tx| broken(tx).is_some()) {
            return Err(self.refusals_of(&transactions)?);
        }
        let hashes: Vec<_> = transactions.iter().map(Checked::hash).collect();
        let transactions = transactions.into_iter().map(Checked::into_inner).collect();
        let reason = if finalize { Reason::OnDemand } else { Reason::Requested };
        let refused = OnRefusal::LeaveOut;
        let content = Content { transactions, refused, reason, ..Content::default() };
        let mut next = self.clone();
        let left_out = next.seal(self.next_height(), content, now_ns)?;
        if !left_out.is_empty() {
            let refused = left_out.into_iter();
            let refused = refused.filter_map(|left| Some((hashes[left.index], left.refusal?)));
            return Err(NotIncluded::Refused(refused.collect()));
        }
        next.complete(finalize, now_ns)?;
        *self = next;
        Ok(())
    }

    /// The refusals of transactions, each judged by itself.
    fn refusals_of(&self, transactions: &[Checked]) -> Result<NotIncluded, StateError> {
        let mut refused = Vec::new();
        for tx in transactions {
            refused.extend(self.first_broken_rule(tx)?.map(|error| (tx.hash(), error)));
        }
        Ok(NotIncluded::Refused(refused))
    }

    /// Forgets earlier refusals of the head's transactions, and finalizes them if asked to.
    pub(crate) fn complete(&mut self, finalize: bool, now_ns: u64) -> Result<(), StateError> {
        let head = self.head.clone();
        head.transactions.iter().for_each(|tx| self.refusals.forget(tx.hash()));
        if finalize { self.finalize(now_ns) } else { Ok(()) }
    }

    /// Takes the room for `tx` from `budget`, if there is enough.
    pub(crate) fn has_room(&self, budget: &mut BatchBudget, tx: &Checked) -> bool {
        let rest =
            self.gas_of(tx.transaction()).and_then(|gas| budget.without(tx.transaction(), gas));
        rest.map(|rest| *budget = rest).is_some()
    }

    /// The most gas that `tx` can burn: fees and the gas of its calls, including delegated ones.
    fn gas_of(&self, tx: &SignedTransaction) -> Option<Gas> {
        let config = &self.spec.protocol.config;
        let cost = transaction_cost(config, &tx.transaction, Balance::ZERO).ok()?;
        cost.gas_burnt.checked_add(cost.gas_bought)
    }

    fn include_group(&mut self, group: Vec<Checked>, now_ns: u64, included: &mut Included) {
        // Those that cannot share are tried alone, which reports why, or that the state cannot be read.
        let transactions = self.share(&group, now_ns).unwrap_or_default();
        let mut shared: HashSet<_> = transactions.iter().map(SignedTransaction::get_hash).collect();
        if !transactions.is_empty() {
            included.inputs.push(Input::Batch(Batch { transactions, finalize: true }));
        }
        for tx in group {
            // A copy with a wrong signature has the same hash.
            let result = match tx.is_signed() && shared.remove(&tx.hash()) {
                true => Ok(Applied::Included(tx.hash())),
                false => self.include_alone(tx, now_ns, included),
            };
            included.results.push(result);
        }
    }

    /// Includes in one block those of `group` that can share it, in one application; returns them.
    fn share(
        &mut self,
        group: &[Checked],
        now_ns: u64,
    ) -> Result<Vec<SignedTransaction>, StateError> {
        let transactions = self.can_share(group);
        // A single transaction is included alone.
        if transactions.len() < 2 {
            return Ok(Vec::new());
        }
        let (refused, reason) = (OnRefusal::LeaveOutSigner, Reason::OnDemand);
        let content = Content { transactions, refused, reason, ..Content::default() };
        let mut next = self.clone();
        next.seal(self.next_height(), content, now_ns)?;
        if next.head.hash() == self.head.hash() {
            return Ok(Vec::new());
        }
        let shared = next.head.transactions.clone();
        next.complete(true, now_ns)?;
        *self = next;
        Ok(shared)
    }

    /// Those that may share a block as far as can be told without account and key: no copies, and none
    /// after a transaction of the same signer that cannot.
    pub(crate) fn can_share(&self, group: &[Checked]) -> Vec<SignedTransaction> {
        let (mut seen, mut waiting) = (HashSet::new(), HashSet::new());
        let mut sharing = Vec::new();
        // An unsigned transaction can name any signer, so it must not delay that signer's others.
        for checked in group.iter().filter(|tx| tx.is_signed()) {
            let tx = checked.transaction();
            if !matches!(self.first_broken_rule_of_form(checked), Ok(None)) {
                waiting.insert(tx.transaction.signer_id());
            }
            if !waiting.contains(tx.transaction.signer_id()) && seen.insert(tx.hash()) {
                sharing.push(tx.clone());
            }
        }
        sharing
    }

    fn include_alone(
        &mut self,
        tx: Checked,
        now_ns: u64,
        included: &mut Included,
    ) -> Result<Applied, Refused> {
        let input = Input::transaction(tx.transaction().clone());
        let result = self.include_one(tx, now_ns);
        if result.as_ref().is_ok_and(Applied::changed) {
            included.inputs.push(input);
        }
        result
    }
}

impl From<StateError> for NotIncluded {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

/// What may still share a block: so little gas that the price of gas does not rise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchBudget {
    transactions: usize,
    bytes: u64,
    gas: Gas,
}

impl BatchBudget {
    pub(crate) fn of(chain: &Chain) -> Self {
        // All of it may burn in one block, and the price rises above half of the limit.
        let gas = Gas::from_gas(chain.spec.genesis.gas_limit.as_gas() / 2);
        Self { transactions: MAX_TRANSACTIONS, bytes: MAX_BYTES, gas }
    }

    fn without(self, tx: &SignedTransaction, gas: Gas) -> Option<Self> {
        Some(Self {
            transactions: self.transactions.checked_sub(1)?,
            bytes: self.bytes.checked_sub(tx.get_size())?,
            gas: self.gas.checked_sub(gas)?,
        })
    }
}

/// How many transactions share a block at most.
const MAX_TRANSACTIONS: usize = 128;

/// How many bytes they have at most.
const MAX_BYTES: u64 = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::seal::tests::APPLICATIONS;
    use crate::tests::chain::{Drive, NOW, chain, id, signed, signer, transfer};
    use near_primitives::action::delegate::{
        DelegateAction, NonDelegateAction, SignedDelegateAction,
    };
    use near_primitives::errors::InvalidTxError;
    use near_primitives::transaction::{Action, FunctionCallAction, TransferAction};

    fn checked(nonces: impl IntoIterator<Item = u64>, base: CryptoHash) -> Vec<Checked> {
        nonces.into_iter().map(|nonce| Checked::new(transfer(nonce, base))).collect()
    }

    #[test]
    fn what_arrives_together_shares_a_block_and_is_final() {
        let mut chain = chain();
        let base = *chain.head().hash();
        let all = checked(1..=5, base);
        let together = chain.include_batch(all.clone(), NOW);
        assert!(
            together
                .results
                .iter()
                .zip(&all)
                .all(|(result, tx)| { *result == Ok(Applied::Included(tx.hash())) })
        );
        assert_eq!(together.inputs.len(), 1);
        for tx in &all {
            let outcome = chain.outcome(&tx.hash()).unwrap().unwrap();
            assert_eq!(outcome.block.height(), 1);
            let receipt = chain.outcome(&outcome.outcome.outcome.receipt_ids[0]).unwrap().unwrap();
            assert!(chain.is_final(&receipt.block));
        }
    }

    #[test]
    fn the_accounts_are_then_as_if_each_had_come_alone() {
        let (mut together, mut alone) = (chain(), chain());
        let base = *alone.head().hash();
        together.include_batch(checked(1..=5, base), NOW);
        for nonce in 1..=5 {
            alone.submit(transfer(nonce, base), NOW).unwrap();
        }
        assert_eq!(together.head().state.root(), alone.head().state.root());
        assert_eq!(together.head().height() * 5, alone.head().height());
    }

    #[test]
    fn who_is_refused_keeps_nobody_out() {
        let mut chain = chain();
        let base = *chain.head().hash();
        let mut all = checked([2, 1, 3, 3], base);
        let mut unsigned = transfer(9, base);
        unsigned.signature = near_crypto::Signature::empty(near_crypto::KeyType::ED25519);
        all.push(Checked::new(unsigned));
        let Included { results, inputs } = chain.include_batch(all.clone(), NOW);
        let invalid = |error: InvalidTxError| Err(Refused::from(error));
        let late = InvalidTxError::InvalidNonce { tx_nonce: 1, ak_nonce: 2 };
        assert_eq!(results[0], Ok(Applied::Included(all[0].hash())));
        assert_eq!(results[1], invalid(late));
        assert_eq!(results[2], Ok(Applied::Included(all[2].hash())));
        assert_eq!(results[3], Ok(Applied::Known(all[2].hash())));
        assert_eq!(results[4], invalid(InvalidTxError::InvalidSignature));
        assert_eq!(inputs.len(), 2);
    }

    fn pay(from: &str, to: &str, (nonce, near): (u64, u128), base: CryptoHash) -> Checked {
        let deposit = Balance::from_near(near);
        let transfer = Action::Transfer(TransferAction { deposit });
        Checked::new(signed(from, to, nonce, base, transfer))
    }

    #[test]
    fn who_waits_for_money_is_not_overtaken_by_its_own() {
        let mut chain = chain();
        let base = *chain.head().hash();
        let all = vec![
            pay("near", "alice.near", (1, 500), base),
            pay("alice.near", "near", (1, 1_200), base),
            pay("alice.near", "near", (2, 1), base),
            pay("near", "test.near", (2, 1), base),
        ];
        let Included { results, inputs } = chain.include_batch(all.clone(), NOW);
        let included = all.iter().map(|tx| Ok(Applied::Included(tx.hash())));
        assert_eq!(results, included.collect::<Vec<_>>());
        assert_eq!(inputs.len(), 3);
        assert_eq!(chain.outcome(&all[3].hash()).unwrap().unwrap().block.height(), 1);
    }

    #[test]
    fn one_that_the_others_leave_nothing_for_sends_nobody_else_away() {
        let mut chain = chain();
        let base = *chain.head().hash();
        let mut all = vec![
            pay("alice.near", "near", (1, 600), base),
            pay("alice.near", "near", (2, 600), base),
            pay("alice.near", "near", (3, 1), base),
        ];
        all.extend((1..=5).map(|nonce| pay("near", "test.near", (nonce, 1), base)));
        let Included { results, inputs } = chain.include_batch(all.clone(), NOW);
        let Err(Refused::Transaction(error)) = &results[1] else { panic!("{results:?}") };
        assert!(matches!(**error, InvalidTxError::NotEnoughBalance { .. }), "{error:?}");
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 7);
        assert!(matches!(&inputs[0], Input::Batch(shared) if shared.transactions.len() == 6));
        assert_eq!(inputs.len(), 2);
    }

    /// Refused transactions pay nothing, so they must not make others slower either.
    #[test]
    fn a_sender_who_promises_more_than_it_has_makes_nobody_slower() {
        let mut chain = chain();
        let base = *chain.head().hash();
        let mut all: Vec<_> =
            (1..=60).map(|nonce| pay("near", "alice.near", (nonce, 1), base)).collect();
        // Each could be paid alone; together they cannot.
        all.insert(0, pay("alice.near", "near", (1, 900), base));
        all.insert(30, pay("alice.near", "near", (2, 900), base));
        all.push(pay("alice.near", "near", (3, 1), base));
        let applications = || APPLICATIONS.get();
        let before = applications();
        let results = chain.include_batch(all, NOW).results;
        assert_eq!(results.iter().filter(|result| result.is_err()).count(), 1);
        // The shared block and what makes it final; the last one alone, in as many.
        assert_eq!(applications() - before, usize::try_from(chain.head().height()).unwrap() + 1);
    }

    /// A call of `near` by alice that is given 100 Tgas.
    fn call() -> Action {
        let gas = Gas::from_teragas(100);
        let (method_name, args) = ("main".to_owned(), Vec::new());
        let call = FunctionCallAction { method_name, args, gas, deposit: Balance::ZERO };
        Action::FunctionCall(Box::new(call))
    }

    /// The same by way of a delegate action.
    fn delegated(nonce: u64) -> Action {
        let alice = signer("alice.near");
        let delegate_action = DelegateAction {
            sender_id: id("alice.near"),
            receiver_id: id("near"),
            actions: vec![NonDelegateAction::try_from(call()).unwrap()],
            nonce,
            max_block_height: 1_000,
            public_key: alice.public_key(),
        };
        Action::Delegate(Box::new(SignedDelegateAction::sign(&alice, delegate_action)))
    }

    /// How many transactions of 100 Tgas each share a block. The block has 1,000.
    #[track_caller]
    fn check_shared(action: impl Fn(u64) -> Action, expected: &[usize]) {
        let mut chain = chain();
        let base = *chain.head().hash();
        let tx = |nonce| Checked::new(signed("near", "alice.near", nonce, base, action(nonce)));
        let Included { inputs, .. } = chain.include_batch((1..=8).map(tx).collect(), NOW);
        let shared = inputs.iter().map(|input| match input {
            Input::Batch(batch) => batch.transactions.len(),
            _ => 1,
        });
        assert_eq!(shared.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn gas_and_fees_of_those_who_share_stay_below_half_a_block() {
        check_shared(|_| call(), &[4, 4]);
        check_shared(delegated, &[4, 4]);
    }

    /// A transaction that was sent twice, or with a second signature, was in its batch's input as often,
    /// so no replay accepted that input again.
    #[test]
    fn copies_that_wait_together_are_journaled_once() {
        let mut first = chain();
        let base = *first.head().hash();
        let mut unsigned = transfer(2, base);
        unsigned.signature = near_crypto::Signature::empty(near_crypto::KeyType::ED25519);
        let mut all = checked([1], base);
        all.push(Checked::new(unsigned));
        all.extend(checked([2, 2, 3], base));
        let Included { results, inputs } = first.include_batch(all.clone(), NOW);
        let (two, three) = (all[2].hash(), all[4].hash());
        let invalid = Err(InvalidTxError::InvalidSignature.into());
        let included = |hash| Ok(Applied::Included(hash));
        let known = Ok(Applied::Known(two));
        let expected = [included(all[0].hash()), invalid, included(two), known, included(three)];
        assert_eq!(results, expected);
        let [Input::Batch(batch)] = &inputs[..] else { panic!("{inputs:?}") };
        assert_eq!(batch.transactions.len(), 3);
        let mut again = chain();
        again.apply(inputs[0].clone(), NOW).unwrap();
        assert_eq!(again.head().hash(), first.head().hash());
    }

    #[test]
    fn the_inputs_give_the_same_chain_again() {
        let mut first = chain();
        let base = *first.head().hash();
        let all = checked((1..=150).chain([7]), base);
        let Included { results, inputs } = first.include_batch(all, NOW);
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 151);
        assert_eq!(inputs.len(), 2);
        let mut again = chain();
        for input in inputs {
            again.apply(input, NOW).unwrap();
        }
        assert_eq!(again.head().hash(), first.head().hash());
    }
}
