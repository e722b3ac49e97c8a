//! What must be there before the rules about keys can be asked: a price, an account, a key.

use super::{Admission, Terms};
use crate::authorize::rule::{Entry, Rule};
use crate::authorize::{Case, Check, ORDINARY, Signer, Verdict, authorize, bootstrap, gas_key};
use crate::cost::{Cost, transaction_cost};
use near_primitives::account::{AccessKey, Account};
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::Transaction;
use near_primitives::types::Nonce;

/// The rules of [`enter`], in their order. Each needs the one before.
pub(crate) const DOOR: [Rule; 3] = [Rule::Cost, Rule::Signer, Rule::Key];

/// What a transaction names, as far as it exists.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) account: Option<Account>,
    pub(crate) access_key: Option<AccessKey>,
    /// The nonce in the gas-key row that the transaction names, where it names one.
    pub(crate) gas_key_nonce: Option<Nonce>,
}

/// A transaction's signer, and what it costs.
#[derive(Clone, Debug)]
pub(crate) struct Entered {
    cost: Cost,
    account: Account,
    key: Key,
    gas_key_nonce: Option<Nonce>,
}

#[derive(Clone, Debug)]
enum Key {
    Held(AccessKey),
    /// Stands in for the key of a universal account that has none yet.
    StandIn(AccessKey),
}

/// Passes the door.
///
/// # Errors
/// The first rule broken, by name.
pub(crate) fn enter(
    named: Named,
    terms: &Terms<'_>,
    tx: &Transaction,
) -> Result<Entered, (Rule, InvalidTxError)> {
    let (cost, account) = payer(named.account, terms, tx)?;
    let key = match (named.access_key, bootstrap::key(&account, tx)) {
        (Some(held), _) => Key::Held(held),
        (None, Some(stand_in)) => Key::StandIn(stand_in),
        (None, None) => return Err((Rule::Key, gas_key::key_not_found(tx))),
    };
    Ok(Entered { cost, account, key, gas_key_nonce: named.gas_key_nonce })
}

/// What a transaction costs, and the account that pays.
pub(super) fn payer(
    account: Option<Account>,
    terms: &Terms<'_>,
    tx: &Transaction,
) -> Result<(Cost, Account), (Rule, InvalidTxError)> {
    let cost = transaction_cost(&terms.protocol.config, tx, terms.gas_price)
        .map_err(|_| (Rule::Cost, InvalidTxError::CostOverflow))?;
    let missing = || InvalidTxError::SignerDoesNotExist { signer_id: tx.signer_id().clone() };
    Ok((cost, account.ok_or_else(|| (Rule::Signer, missing()))?))
}

impl Entered {
    /// Applies the rules until one is broken.
    pub(super) fn judge(self, terms: &Terms<'_>, tx: &Transaction) -> Admission {
        let case = self.case(terms, tx);
        let verdict = match &self.key {
            Key::Held(_) => authorize(case.config, case.signer, tx, case.cost, case.height),
            Key::StandIn(_) => {
                bootstrap::authorize(&case).map_or_else(Verdict::Refused, Verdict::Accepted)
            }
        };
        let access_key = match self.key {
            Key::Held(access_key) => Some(access_key),
            Key::StandIn(_) => None,
        };
        Admission { cost: self.cost, account: self.account, access_key, verdict }
    }

    /// What the rules are applied to.
    pub(crate) fn case<'a>(&'a self, terms: &Terms<'a>, tx: &'a Transaction) -> Case<'a> {
        let (Key::Held(access_key) | Key::StandIn(access_key)) = &self.key;
        let signer =
            Signer { account: &self.account, access_key, gas_key_nonce: self.gas_key_nonce };
        let config = &terms.protocol.config;
        Case { config, signer, tx, cost: &self.cost, height: terms.height }
    }

    /// The rules that the transaction falls under.
    pub(crate) fn rules(&self, tx: &Transaction) -> [&'static [Entry<Check>]; 2] {
        match self.key {
            Key::StandIn(_) => [bootstrap::BOOTSTRAP, &[]],
            Key::Held(_) => rules_of_a_key(tx),
        }
    }
}

/// The rules for a transaction that a key of the account signs.
pub(crate) fn rules_of_a_key(tx: &Transaction) -> [&'static [Entry<Check>]; 2] {
    match tx.nonce().nonce_index() {
        Some(_) => [gas_key::KEY, gas_key::ACCOUNT],
        None => [ORDINARY, &[]],
    }
}
