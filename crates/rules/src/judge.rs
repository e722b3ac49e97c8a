//! The verdict on a transaction: the preconditions first, then the rules about its key.

use crate::authorize::{Case, Check, ORDINARY, authorize, bootstrap, gas_key};
use crate::cost::{Cost, transaction_cost};
use crate::facts::Facts;
use crate::form::check_form_unsigned;
use crate::rule::{Entry, Rule};
use crate::verdict::Verdict;
use near_primitives::account::{AccessKey, Account};
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::{SignedTransaction, Transaction};

/// Whether `tx` can enter a block, and what it costs. Applies every rule but those about its form, in
/// the protocol's order, up to the first one broken.
///
/// ```
/// use keyway_rules::{Facts, Protocol, Unsigned, Verdict, judge};
/// use near_crypto::{KeyType, PublicKey};
/// use near_primitives::account::{AccessKey, Account, AccountContract};
/// use near_primitives::transaction::TransactionNonce;
/// use near_primitives::types::Balance;
///
/// let protocol = Protocol::new(86, "mainnet")?;
/// let account = Account::new(Balance::from_near(5), Balance::ZERO, AccountContract::None, 182);
/// let access_key = AccessKey { nonce: 7, ..AccessKey::full_access() };
/// let facts = Facts {
///     protocol: &protocol,
///     gas_price: Balance::from_yoctonear(100_000_000),
///     height: Some(100),
///     account: Some(&account),
///     access_key: Some(&access_key),
///     row_nonce: None,
/// };
/// let transaction = |nonce| {
///     Unsigned {
///         signer_id: "alice.near".parse().expect("an account id"),
///         public_key: PublicKey::empty(KeyType::ED25519),
///         nonce: TransactionNonce::from_nonce(nonce),
///         receiver_id: "bob.near".parse().expect("an account id"),
///         block_hash: Default::default(),
///         actions: Vec::new(),
///     }
///     .into_transaction()
/// };
/// assert!(matches!(judge(&facts, &transaction(7)), Verdict::Refused(_)));
/// let charges = judge(&facts, &transaction(8)).into_result()?;
/// assert_eq!(charges.account_amount, account.amount().checked_sub(charges.cost.total).unwrap());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn judge(facts: &Facts<'_>, tx: &Transaction) -> Verdict {
    match preconditions(facts, tx) {
        Err((_, refusal)) => Verdict::Refused(refusal),
        Ok(signer) => {
            let case = signer.case(facts, tx);
            match &signer.key {
                Key::Held(_) => authorize(&case),
                Key::StandIn(_) => {
                    bootstrap::authorize(&case).map_or_else(Verdict::Refused, Verdict::Accepted)
                }
            }
        }
    }
}

/// Checks the form of `tx`, then calls [`judge`]. Together these are all rules for a transaction, except
/// its signature and the age of its base block.
#[must_use]
pub fn check(facts: &Facts<'_>, tx: &SignedTransaction) -> Verdict {
    match check_form_unsigned(facts.protocol, tx) {
        Ok(()) => judge(facts, &tx.transaction),
        Err(refusal) => Verdict::Refused(refusal),
    }
}

/// The rules of [`preconditions`], in order. Each depends on the one before.
pub(crate) const PRECONDITIONS: [Rule; 3] = [Rule::Cost, Rule::Signer, Rule::Key];

/// What the rules about keys need: the cost, the signer's account and its key.
#[derive(Clone, Debug)]
pub(crate) struct Payer<'a> {
    cost: Cost,
    account: &'a Account,
    key: Key<'a>,
}

#[derive(Clone, Debug)]
enum Key<'a> {
    Held(&'a AccessKey),
    /// Stands in for the key of a universal account that has no key yet.
    StandIn(AccessKey),
}

/// Checks the preconditions.
///
/// # Errors
/// The first rule broken, and the refusal.
pub(crate) fn preconditions<'a>(
    facts: &Facts<'a>,
    tx: &Transaction,
) -> Result<Payer<'a>, (Rule, InvalidTxError)> {
    let cost = transaction_cost(&facts.protocol.config, tx, facts.gas_price)
        .map_err(|_| (Rule::Cost, InvalidTxError::CostOverflow))?;
    let missing = || InvalidTxError::SignerDoesNotExist { signer_id: tx.signer_id().clone() };
    let account = facts.account.ok_or_else(|| (Rule::Signer, missing()))?;
    let key = match (facts.access_key, bootstrap::key(account, tx)) {
        (Some(held), _) => Key::Held(held),
        (None, Some(stand_in)) => Key::StandIn(stand_in),
        (None, None) => return Err((Rule::Key, gas_key::key_not_found(tx))),
    };
    Ok(Payer { cost, account, key })
}

impl Payer<'_> {
    /// The input of the rules about keys.
    pub(crate) fn case<'a>(&'a self, facts: &'a Facts<'a>, tx: &'a Transaction) -> Case<'a> {
        let access_key = match &self.key {
            Key::Held(held) => held,
            Key::StandIn(stand_in) => stand_in,
        };
        Case { facts, account: self.account, access_key, cost: &self.cost, tx }
    }

    /// The rules that apply.
    pub(crate) fn rules(&self, tx: &Transaction) -> [&'static [Entry<Check>]; 2] {
        match self.key {
            Key::StandIn(_) => [bootstrap::BOOTSTRAP, &[]],
            Key::Held(_) => rules_of_a_key(tx),
        }
    }
}

/// The rules for a transaction signed by a key that the account has.
pub(crate) fn rules_of_a_key(tx: &Transaction) -> [&'static [Entry<Check>]; 2] {
    match tx.nonce().nonce_index() {
        Some(_) => [gas_key::KEY, gas_key::ACCOUNT],
        None => [ORDINARY, &[]],
    }
}
