//! An explanation in lines.

use super::{Explanation, Judged, Price, Ruling};
use crate::units::{gas, near};
use keyway_engine::Rule;
use near_primitives::errors::InvalidTxError;
use std::fmt;

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { signer_id, public_key, receiver_id, .. } = self;
        let verdict = if self.is_accepted() { "accepted" } else { "refused" };
        writeln!(f, "{verdict}: {signer_id} to {receiver_id}, signed with {public_key}")?;
        for judged in &self.rules {
            writeln!(f, "  {judged}")?;
        }
        if let Some(cost) = &self.cost {
            writeln!(f, "cost: {cost}")?;
        }
        match &self.remedies[..] {
            [] if self.is_accepted() => Ok(()),
            [] => writeln!(f, "nothing that this key or its account could do mends it"),
            remedies => remedies.iter().try_for_each(|remedy| writeln!(f, "mend: {remedy}")),
        }
    }
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.rule.name();
        let verdict = match self.ruling {
            Ruling::Pass => "pass",
            Ruling::Fail { .. } => "FAIL",
            Ruling::NotJudged { .. } => "?",
        };
        match self.says().as_str() {
            "" => write!(f, "{verdict:<4} {rule}"),
            says => write!(f, "{verdict:<4} {rule:<WIDEST$} {says}"),
        }
    }
}

/// The length of the longest name of a rule.
const WIDEST: usize = 15;

impl Judged {
    /// What was compared or what is wrong, in words; empty for a rule kept that compares nothing.
    #[must_use]
    pub fn says(&self) -> String {
        match (&self.ruling, &self.measure) {
            (Ruling::NotJudged { until }, _) => format!("not judged before {}", until.name()),
            (_, Some(measure)) => measure.to_string(),
            (Ruling::Fail { error }, None) => why(self.rule, error),
            (Ruling::Pass, None) => String::new(),
        }
    }
}

/// A rule broken that compares no numbers.
fn why(rule: Rule, error: &InvalidTxError) -> String {
    let why = match rule {
        Rule::Actions => match error {
            InvalidTxError::ActionsValidation(error) => return error.to_string(),
            _ => "the actions are of unsound form",
        },
        Rule::Version => "the protocol does not know this kind of transaction or key yet",
        Rule::Signature => "the signature is not this key's over this transaction",
        Rule::Cost => "the cost is beyond all numbers",
        Rule::Signer => "the signer's account does not exist",
        Rule::Key => "the account has no such key",
        Rule::OneCall => "this key signs one call and nothing else",
        Rule::NoDeposit => "this key cannot attach a deposit",
        _ => return error.to_string(),
    };
    why.to_owned()
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} = {} deposit + {} for {} burnt + {} for {} bought",
            near(self.total),
            near(self.deposit),
            near(self.burnt),
            gas(self.gas_burnt),
            near(self.bought),
            gas(self.gas_bought)
        )
    }
}
