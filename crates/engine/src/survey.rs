//! What every rule says of a transaction, where a verdict stops at the first one broken.

use crate::admit::{DOOR, Named, Terms, enter, rules_of_a_key};
use crate::authorize::rule::{Entry, Rule, Ruling};
use crate::authorize::{Case, Check};
use crate::form::{FORM, FormCheck, SIGNATURE};
use crate::protocol::Protocol;
use near_primitives::account::{AccessKey, Account};
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::{SignedTransaction, Transaction};
use near_primitives::types::{Balance, BlockHeight, Nonce};

/// Asks every rule that applies, in the protocol's order: form, price, account, key, and the rules
/// for a key of that kind.
///
/// The first failure is what [`check_form`](crate::check_form) and, after it,
/// [`check_state`](crate::check_state) answer; without one both accept.
#[must_use]
pub fn survey(question: &Question<'_>, tx: &SignedTransaction) -> Vec<Finding> {
    Survey::default().run(question, tx, &[SIGNATURE])
}

/// As [`survey`], for a transaction whose signature is to come.
#[must_use]
pub fn survey_unsigned(question: &Question<'_>, tx: &SignedTransaction) -> Vec<Finding> {
    Survey::default().run(question, tx, &[])
}

/// What the rules are asked about: the moment, and what exists of what the transaction names.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Rules and prices in force.
    pub protocol: &'a Protocol,
    /// Of the block that the transaction enters, yoctoNEAR per gas.
    pub gas_price: Balance,
    /// That block; without it the nonce's upper bound is not checked.
    pub height: Option<BlockHeight>,
    /// The signer's account.
    pub account: Option<&'a Account>,
    /// The signing key.
    pub access_key: Option<&'a AccessKey>,
    /// The nonce in the gas-key row that the transaction names, where it names one.
    pub gas_key_nonce: Option<Nonce>,
}

/// What one rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// Its answer.
    pub answer: Answer,
}

/// A rule's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is kept.
    Pass,
    /// It is broken.
    Fail(InvalidTxError),
    /// It cannot say before another rule is kept.
    NotJudged {
        /// The broken rule in its way.
        until: Rule,
    },
}

#[derive(Default)]
struct Survey {
    findings: Vec<Finding>,
}

impl Survey {
    fn run(
        mut self,
        question: &Question<'_>,
        tx: &SignedTransaction,
        signature: &[Entry<FormCheck>],
    ) -> Vec<Finding> {
        for entry in FORM.iter().chain(signature) {
            self.ask(entry, |check| check(question.protocol, tx));
        }
        self.pass_the_door(question, &tx.transaction);
        self.findings
    }

    fn pass_the_door(&mut self, question: &Question<'_>, tx: &Transaction) {
        let &Question { protocol, gas_price, height, .. } = question;
        let terms = Terms { protocol, gas_price, height };
        let named = Named {
            account: question.account.cloned(),
            access_key: question.access_key.cloned(),
            gas_key_nonce: question.gas_key_nonce,
        };
        match enter(named, &terms, tx) {
            Ok(entered) => {
                self.findings.extend(DOOR.map(|rule| Finding { rule, answer: Answer::Pass }));
                self.ask_all(&entered.case(&terms, tx), entered.rules(tx));
            }
            Err((until, refusal)) => self.stop_at(until, refusal, tx),
        }
    }

    fn ask_all(&mut self, case: &Case<'_>, rules: [&[Entry<Check>]; 2]) {
        for entry in rules.into_iter().flatten() {
            self.ask(entry, |check| check(case));
        }
    }

    /// The door's rules before `until` are kept; what comes after it cannot be judged.
    fn stop_at(&mut self, until: Rule, refusal: InvalidTxError, tx: &Transaction) {
        let passed = DOOR.into_iter().take_while(|&rule| rule != until);
        self.findings.extend(passed.map(|rule| Finding { rule, answer: Answer::Pass }));
        self.findings.push(Finding { rule: until, answer: Answer::Fail(refusal) });
        let unreached = DOOR.into_iter().skip_while(|&rule| rule != until).skip(1);
        let rules = rules_of_a_key(tx).into_iter().flatten().map(|entry| entry.rule);
        for rule in unreached.chain(rules) {
            self.findings.push(Finding { rule, answer: Answer::NotJudged { until } });
        }
    }

    fn ask<F>(&mut self, entry: &Entry<F>, check: impl FnOnce(&F) -> Ruling) {
        let answer = match self.in_the_way(entry.needs) {
            Some(until) => Answer::NotJudged { until },
            None => check(&entry.check).map_or_else(Answer::Fail, |()| Answer::Pass),
        };
        self.findings.push(Finding { rule: entry.rule, answer });
    }

    /// The broken rule without which a rule that needs `needs` cannot say anything.
    fn in_the_way(&self, needs: Option<Rule>) -> Option<Rule> {
        let needed = self.findings.iter().find(|finding| Some(finding.rule) == needs)?;
        match needed.answer {
            Answer::Pass => None,
            Answer::Fail(_) => Some(needed.rule),
            Answer::NotJudged { until } => Some(until),
        }
    }
}
