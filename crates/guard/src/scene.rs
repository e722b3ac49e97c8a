//! A transaction with the facts that decide its verdict.

use crate::facts::{AccountFacts, ChainFacts, KeyFacts};
use keyway_rules::{
    Cost, Facts, JudgedRule, KeyCharge, Unsigned, Verdict, check, survey_unsigned,
    transaction_cost, with_blank_signature,
};
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::account::Account;
use near_primitives::action::{Action, FunctionCallAction};
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::{
    SignedTransaction, Transaction, TransactionNonce, TransactionV0,
};
use near_primitives::types::{BlockHeight, Gas, Nonce};

/// Parts can be changed, to see what the rules would say then.
#[derive(Clone, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) chain: &'a ChainFacts,
    /// The block that the transaction enters.
    pub(crate) height: BlockHeight,
    pub(crate) account: Option<Account>,
    pub(crate) key: Option<KeyFacts>,
    pub(crate) transaction: Transaction,
}

impl<'a> Scene<'a> {
    /// `account` is ignored unless it is the signer's.
    pub(crate) fn new(
        chain: &'a ChainFacts,
        account: Option<&AccountFacts>,
        transaction: &Transaction,
    ) -> Self {
        let signers = account.filter(|account| &account.account_id == transaction.signer_id());
        let handle = PublicKeyHandle::from(transaction.public_key());
        Self {
            chain,
            height: chain.height,
            account: signers.map(|account| account.account.clone()),
            key: signers.and_then(|account| account.key(&handle)).cloned(),
            transaction: transaction.clone(),
        }
    }

    /// What every rule says, except the one about the signature.
    pub(crate) fn survey(&self) -> Vec<JudgedRule> {
        survey_unsigned(&self.facts(), &self.unsigned())
    }

    /// The first rule broken.
    pub(crate) fn refusal(&self) -> Option<InvalidTxError> {
        self.verdict().into_result().err()
    }

    /// The verdict of all rules together.
    fn verdict(&self) -> Verdict {
        check(&self.facts(), &self.unsigned())
    }

    pub(crate) fn is_accepted(&self) -> bool {
        self.verdict().refusal().is_none()
    }

    /// None if it overflows.
    pub(crate) fn cost(&self) -> Option<Cost> {
        let ChainFacts { protocol, gas_price, .. } = self.chain;
        transaction_cost(&protocol.config, &self.transaction, *gas_price).ok()
    }

    /// The last nonce of the key, or of the nonce row that the transaction names.
    pub(crate) fn last_nonce(&self) -> Option<Nonce> {
        let key = self.key.as_ref()?;
        match self.transaction.nonce().nonce_index() {
            Some(index) => key.gas_key_nonces.get(usize::from(index)).copied(),
            None => Some(key.access_key.nonce),
        }
    }

    /// The scene after the transaction was charged and before refunds; none if it is refused.
    pub(crate) fn after_paying(mut self) -> Option<Self> {
        let charges = self.verdict().into_result().ok()?;
        self.account.as_mut()?.set_amount(charges.account_amount);
        charge(self.key.as_mut()?, &charges.key);
        Some(self)
    }

    pub(crate) fn facts(&self) -> Facts<'_> {
        let row = self.transaction.nonce().nonce_index();
        let key = self.key.as_ref();
        Facts {
            protocol: &self.chain.protocol,
            gas_price: self.chain.gas_price,
            height: Some(self.height),
            account: self.account.as_ref(),
            access_key: key.map(|key| &key.access_key),
            row_nonce: key.and_then(|key| {
                row.and_then(|index| key.gas_key_nonces.get(usize::from(index)).copied())
            }),
        }
    }

    fn unsigned(&self) -> SignedTransaction {
        with_blank_signature(self.transaction.clone())
    }
}

/// Changes of the transaction.
impl Scene<'_> {
    pub(crate) fn set_key(&mut self, public_key: PublicKey, key: KeyFacts) {
        match &mut self.transaction {
            Transaction::V0(tx) => tx.public_key = public_key,
            Transaction::V1(tx) => tx.public_key = public_key,
        }
        self.key = Some(key);
    }

    /// A nonce index makes it a transaction of version 1.
    pub(crate) fn set_nonce(&mut self, nonce: TransactionNonce) {
        match (&mut self.transaction, nonce) {
            (Transaction::V1(tx), _) => tx.nonce = nonce,
            (Transaction::V0(tx), TransactionNonce::Nonce { nonce }) => tx.nonce = nonce,
            (Transaction::V0(tx), TransactionNonce::GasKeyNonce { .. }) => {
                self.transaction = with_index(tx.clone(), nonce);
            }
        }
    }

    pub(crate) fn actions_mut(&mut self) -> &mut Vec<Action> {
        match &mut self.transaction {
            Transaction::V0(tx) => &mut tx.actions,
            Transaction::V1(tx) => &mut tx.actions,
        }
    }

    /// The call, if it is the only action.
    pub(crate) fn the_call_mut(&mut self) -> Option<&mut FunctionCallAction> {
        let mut calls = self.actions_mut().iter_mut().filter_map(|action| match action {
            Action::FunctionCall(call) => Some(&mut **call),
            _ => None,
        });
        let call = calls.next()?;
        calls.next().is_none().then_some(call)
    }

    /// All actions, if all are calls.
    pub(crate) fn calls(&self) -> Option<Vec<FunctionCallAction>> {
        let call = |action: &Action| match action {
            Action::FunctionCall(call) => Some((**call).clone()),
            _ => None,
        };
        self.transaction.actions().iter().map(call).collect()
    }

    /// The most gas, up to `limit`, with which the only call is accepted.
    pub(crate) fn largest_gas(&self, limit: Gas) -> Option<Gas> {
        let mut scene = self.clone();
        let mut accepts = |gas: u64| {
            let Some(call) = scene.the_call_mut() else { return false };
            call.gas = Gas::from_gas(gas);
            scene.is_accepted()
        };
        largest(limit.as_gas(), &mut accepts).filter(|&gas| gas > 0).map(Gas::from_gas)
    }
}

/// The largest number up to `limit` that is accepted, if all numbers below it are accepted too; none if
/// neither 0 nor 1 is.
pub(crate) fn largest(limit: u64, accepts: &mut dyn FnMut(u64) -> bool) -> Option<u64> {
    if accepts(limit) {
        return Some(limit);
    }
    let (mut accepted, mut refused) = (None, limit);
    while let Some(middle) = between(accepted, refused) {
        if accepts(middle) {
            accepted = Some(middle);
        } else {
            refused = middle;
        }
    }
    accepted
}

fn between(accepted: Option<u64>, refused: u64) -> Option<u64> {
    let lowest = accepted.map_or(0, |accepted| accepted.saturating_add(1));
    (lowest < refused).then(|| lowest + (refused - lowest) / 2)
}

/// Applies the charge to the key.
fn charge(key: &mut KeyFacts, charge: &KeyCharge) {
    charge.apply(&mut key.access_key);
    if let KeyCharge::GasKey { nonce_index, nonce, .. } = charge
        && let Some(row) = key.gas_key_nonces.get_mut(usize::from(*nonce_index))
    {
        *row = *nonce;
    }
}

fn with_index(tx: TransactionV0, nonce: TransactionNonce) -> Transaction {
    let TransactionV0 { signer_id, public_key, receiver_id, block_hash, actions, .. } = tx;
    Unsigned { signer_id, public_key, nonce, receiver_id, block_hash, actions }.into_transaction()
}
