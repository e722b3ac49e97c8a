//! An explanation as text.

use super::{Explanation, Failure, Judged, Remedy, Repair};
use crate::units::{gas, near};
use crate::wrapped;
use keyway_rules::{Cost, Rule, RuleVerdict};
use near_primitives::errors::InvalidTxError;
use std::fmt;

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { signer_id, public_key, receiver_id, .. } = self;
        let way = format!("{signer_id} to {receiver_id}");
        match &self.will_fail {
            None if self.is_accepted() => writeln!(f, "accepted: {way}")?,
            None => writeln!(f, "refused: {way}")?,
            Some(failure) => writeln!(f, "{}\n  {way}", wrapped("", &headline(failure)))?,
        }
        writeln!(f, "  signed with {public_key}")?;
        for judged in &self.rules {
            writeln!(f, "{judged}")?;
        }
        if let Some(cost) = &self.cost {
            writeln!(f, "{}", wrapped("cost: ", &cost_words(cost)))?;
        }
        if self.carries_delegate && !self.looked_ahead {
            writeln!(f, "{}", wrapped("not judged: ", INNER))?;
        }
        match &self.remedies[..] {
            [] if self.is_accepted() => Ok(()),
            [] => writeln!(f, "nothing that this key or its account could do helps"),
            remedies => remedies.iter().try_for_each(|remedy| writeln!(f, "{}", fix(remedy))),
        }
    }
}

/// A line with a key is not wrapped, so that it can be copied as a whole.
fn fix(remedy: &Remedy) -> String {
    let names_key = |step: &Repair| matches!(step, Repair::SignWith { .. });
    match remedy.steps.iter().any(names_key) {
        true => format!("fix: {remedy}"),
        false => wrapped("fix: ", &remedy.to_string()),
    }
}

/// The first line for a transaction that is accepted and will fail.
fn headline(failure: &Failure) -> String {
    match failure.delegated {
        true => format!("accepted, and its delegate action will fail: {failure}"),
        false => format!("the chain takes it, and it will fail: {failure}"),
    }
}

/// Said of a delegate action: the chain takes it, and its gas, before it looks inside.
const INNER: &str = "the actions inside the delegate action, which are judged when they run";

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.label();
        let verdict = match self.verdict {
            RuleVerdict::Pass => "pass",
            RuleVerdict::Fail { .. } => "FAIL",
            RuleVerdict::NotJudged { .. } => "?",
        };
        match self.says().as_str() {
            "" => write!(f, "  {verdict:<4} {rule}"),
            says => f.write_str(&wrapped(&format!("  {verdict:<4} {rule:<WIDEST$}  "), says)),
        }
    }
}

/// The length of the longest label of a rule.
const WIDEST: usize = 16;

/// What a rule is called in texts.
pub(crate) fn label(rule: Rule) -> &'static str {
    match rule {
        Rule::Version => "protocol version",
        Rule::Signer => "signer exists",
        Rule::Key => "key exists",
        Rule::NonceKind => "kind of nonce",
        Rule::NonceRow => "nonce index",
        Rule::NonceBound => "nonce limit",
        Rule::GasKeyBalance => "gas key balance",
        Rule::StorageStake => "storage stake",
        Rule::OneCall => "one call only",
        Rule::NoDeposit => "no deposit",
        // One word each, the same as in JSON.
        other => other.name(),
    }
}

impl Judged {
    /// The name of the rule for people; programs use [`Rule::name`].
    #[must_use]
    pub fn label(&self) -> &'static str {
        label(self.rule)
    }

    /// What was compared or what is wrong; empty for a kept rule that compares nothing.
    #[must_use]
    pub fn says(&self) -> String {
        match (&self.verdict, &self.measure) {
            (RuleVerdict::NotJudged { until }, _) => {
                format!("not judged before: {}", label(*until))
            }
            (_, Some(measure)) => measure.to_string(),
            (RuleVerdict::Fail { error }, None) => why(self.rule, error),
            (RuleVerdict::Pass, None) => String::new(),
        }
    }
}

/// Why a rule that compares no values is broken.
fn why(rule: Rule, error: &InvalidTxError) -> String {
    let why = match rule {
        Rule::Actions => match error {
            InvalidTxError::ActionsValidation(error) => return error.to_string(),
            _ => "the actions are not well formed",
        },
        Rule::Version => "the protocol does not know this kind of transaction or key yet",
        Rule::Signature => "the signature is not this key's over this transaction",
        Rule::Cost => "the cost is larger than any amount",
        Rule::Signer => "the signer's account does not exist",
        Rule::Key => "the account has no such key",
        Rule::OneCall => "this key signs one call and nothing else",
        Rule::NoDeposit => "this key cannot attach a deposit",
        _ => return error.to_string(),
    };
    why.to_owned()
}

/// A cost as a sum of its parts.
pub(crate) fn cost_words(cost: &Cost) -> String {
    format!(
        "{} = {} deposit + {} for {} burnt + {} for {} bought",
        near(cost.total),
        near(cost.deposit),
        near(cost.burnt),
        gas(cost.gas_burnt),
        near(cost.bought),
        gas(cost.gas_bought)
    )
}

#[cfg(test)]
mod tests {
    use crate::explain::explain;
    use crate::tests::fixture::{alice, calls, chain, full, id, key};
    use crate::unsigned::unsigned;
    use near_crypto::{KeyType, Signature};
    use near_primitives::action::delegate::{DelegateAction, SignedDelegateAction};
    use near_primitives::action::{Action, TransferAction};
    use near_primitives::types::Balance;

    #[test]
    fn that_the_chain_accepts_a_delegate_says_nothing_of_what_is_inside() {
        let transfer = Action::Transfer(TransferAction { deposit: Balance::from_near(1) });
        let app = calls("app", "game.near", &["play"], Some(250));
        // A function-call key signed a transfer in a delegate action: accepted, and refused when it runs.
        let delegate_action = DelegateAction {
            sender_id: id("bob.near"),
            receiver_id: id("carol.near"),
            actions: vec![transfer.clone().try_into().unwrap()],
            nonce: app.access_key.nonce + 1,
            max_block_height: u64::MAX,
            public_key: key("app"),
        };
        let signature = Signature::empty(KeyType::ED25519);
        let delegate = SignedDelegateAction { delegate_action, signature };
        let relayer = alice(vec![full("relayer")]);
        let explained = |action| {
            let (from, to) = (&relayer.account_id, id("bob.near"));
            let transaction =
                unsigned(from, &key("relayer"), relayer.keys.first(), &to, vec![action]);
            explain(&chain(), Some(&relayer), &transaction)
        };
        let explanation = explained(Action::Delegate(Box::new(delegate)));
        assert!(explanation.is_accepted() && explanation.carries_delegate, "{explanation}");
        let said = explanation.to_string();
        assert!(said.contains("\nnot judged: the actions inside the delegate action"), "{said}");
        let explanation = explained(transfer);
        assert!(!explanation.carries_delegate);
        assert!(!explanation.to_string().contains("not judged"), "{explanation}");
    }
}
