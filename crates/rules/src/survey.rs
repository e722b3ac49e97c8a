//! What every rule says of a transaction; a verdict stops at the first rule broken.

use crate::authorize::{Case, Check};
use crate::facts::Facts;
use crate::form::{FORM, FormCheck, SIGNATURE};
use crate::judge::{PRECONDITIONS, preconditions, rules_of_a_key};
use crate::rule::{Entry, Rule, RuleResult};
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::{SignedTransaction, Transaction};
use serde::Serialize;

/// Applies every rule for this kind of key, in the protocol's order: form, cost, account, key, and the
/// rules about the key.
///
/// The first failure is the refusal of [`check_form`](crate::check_form) or, after it, of
/// [`judge`](crate::judge); if there is none, both accept.
#[must_use]
pub fn survey(facts: &Facts<'_>, tx: &SignedTransaction) -> Vec<JudgedRule> {
    Survey::default().run(facts, tx, &[SIGNATURE])
}

/// As [`survey`], for a transaction that is not signed yet.
#[must_use]
pub fn survey_unsigned(facts: &Facts<'_>, tx: &SignedTransaction) -> Vec<JudgedRule> {
    Survey::default().run(facts, tx, &[])
}

/// One rule, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedRule {
    /// The rule.
    pub rule: Rule,
    /// What it says.
    pub verdict: RuleVerdict,
}

/// What one rule says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum RuleVerdict {
    /// The rule is kept.
    Pass,
    /// The rule is broken.
    Fail {
        /// The transaction's refusal, if this is the first rule broken.
        error: InvalidTxError,
    },
    /// The rule cannot be applied while another rule is broken.
    NotJudged {
        /// The broken rule that it depends on.
        until: Rule,
    },
}

#[derive(Default)]
struct Survey {
    judged: Vec<JudgedRule>,
}

impl Survey {
    fn run(
        mut self,
        facts: &Facts<'_>,
        tx: &SignedTransaction,
        signature: &[Entry<FormCheck>],
    ) -> Vec<JudgedRule> {
        for entry in FORM.iter().chain(signature) {
            self.ask(entry, |check| check(facts.protocol, tx));
        }
        self.judge(facts, &tx.transaction);
        self.judged
    }

    fn judge(&mut self, facts: &Facts<'_>, tx: &Transaction) {
        match preconditions(facts, tx) {
            Ok(payer) => {
                self.kept(PRECONDITIONS);
                self.ask_all(&payer.case(facts, tx), payer.rules(tx));
            }
            Err((broken, refusal)) => self.stop_at(broken, refusal, tx),
        }
    }

    fn ask_all(&mut self, case: &Case<'_>, rules: [&[Entry<Check>]; 2]) {
        for entry in rules.into_iter().flatten() {
            self.ask(entry, |check| check(case));
        }
    }

    /// The preconditions before `broken` are kept; the rules after it cannot be applied.
    fn stop_at(&mut self, broken: Rule, refusal: InvalidTxError, tx: &Transaction) {
        self.kept(PRECONDITIONS.into_iter().take_while(|&rule| rule != broken));
        self.judged
            .push(JudgedRule { rule: broken, verdict: RuleVerdict::Fail { error: refusal } });
        let unreached = PRECONDITIONS.into_iter().skip_while(|&rule| rule != broken).skip(1);
        let rules = rules_of_a_key(tx).into_iter().flatten().map(|entry| entry.rule);
        for rule in unreached.chain(rules) {
            self.judged
                .push(JudgedRule { rule, verdict: RuleVerdict::NotJudged { until: broken } });
        }
    }

    fn kept(&mut self, rules: impl IntoIterator<Item = Rule>) {
        let kept = rules.into_iter().map(|rule| JudgedRule { rule, verdict: RuleVerdict::Pass });
        self.judged.extend(kept);
    }

    fn ask<F>(&mut self, entry: &Entry<F>, check: impl FnOnce(&F) -> RuleResult) {
        let verdict = match self.blocked_by(entry.needs) {
            Some(until) => RuleVerdict::NotJudged { until },
            None => match check(&entry.check) {
                Ok(()) => RuleVerdict::Pass,
                Err(error) => RuleVerdict::Fail { error },
            },
        };
        self.judged.push(JudgedRule { rule: entry.rule, verdict });
    }

    /// The broken rule that keeps a rule that depends on `needs` from being judged.
    fn blocked_by(&self, needs: Option<Rule>) -> Option<Rule> {
        let needed = self.judged.iter().find(|judged| Some(judged.rule) == needs)?;
        match needed.verdict {
            RuleVerdict::Pass => None,
            RuleVerdict::Fail { .. } => Some(needed.rule),
            RuleVerdict::NotJudged { until } => Some(until),
        }
    }
}
