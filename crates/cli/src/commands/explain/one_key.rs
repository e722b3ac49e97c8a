//! Every rule for one key.

use crate::tools::painted;
use anstyle::{AnsiColor, Style};
use keyway::guard::{Explanation, Failure, RuleVerdict};
use serde::Serialize;
use std::fmt;

/// An explanation.
#[derive(Serialize)]
pub(super) struct OneKey {
    accepted: bool,
    #[serde(flatten)]
    told: Explanation,
}

impl From<Explanation> for OneKey {
    fn from(told: Explanation) -> Self {
        Self { accepted: told.is_accepted(), told }
    }
}

impl OneKey {
    /// The verdict as one word, and the key.
    pub(super) fn verdict(&self) -> String {
        let (verdict, colour) = match (self.accepted, &self.told.will_fail) {
            (true, None) => ("accepted ", AnsiColor::Green),
            (true, Some(_)) => ("will fail", AnsiColor::Yellow),
            (false, _) => ("refused  ", AnsiColor::Red),
        };
        format!("{} {}", painted(verdict, colour), self.told.public_key)
    }

    /// A line for each broken rule.
    pub(super) fn reasons(&self) -> Vec<String> {
        let broken = self.told.rules.iter().filter(|judged| is_broken(&judged.verdict));
        broken.map(|judged| format!("{}: {}", judged.label(), judged.says())).collect()
    }

    /// A failure that is certain although the chain would accept the transaction.
    pub(super) fn will_fail(&self) -> Option<&Failure> {
        self.told.will_fail.as_ref()
    }

    /// Why the transaction cannot succeed, if it cannot.
    pub(super) fn problem(&self) -> Option<String> {
        match (&self.told.refusal, &self.told.will_fail) {
            (Some(_), _) => Some("the chain would refuse it".to_owned()),
            (None, Some(failure)) => {
                Some(format!("the chain takes it, and it will fail: {failure}"))
            }
            (None, None) => None,
        }
    }

    /// Whether the chain would accept it and no failure is certain.
    pub(super) fn may_succeed(&self) -> bool {
        self.told.may_succeed()
    }

    pub(super) fn is_accepted(&self) -> bool {
        self.accepted
    }
}

impl fmt::Display for OneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.told.to_string().lines() {
            let style = style(line);
            writeln!(f, "{style}{line}{style:#}")?;
        }
        Ok(())
    }
}

/// Green and red at the start of the important lines.
fn style(line: &str) -> Style {
    let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
    if line.starts_with("accepted:") {
        return colour(AnsiColor::Green).bold();
    }
    if line.starts_with("refused") {
        return colour(AnsiColor::Red).bold();
    }
    if line.starts_with("the chain takes it, and") || line.starts_with("accepted, and") {
        return colour(AnsiColor::Yellow).bold();
    }
    match line.trim_start().split(' ').next() {
        Some("FAIL") => colour(AnsiColor::Red),
        Some("?") => colour(AnsiColor::Yellow),
        Some("fix:") => colour(AnsiColor::Cyan),
        _ => Style::new(),
    }
}

fn is_broken(verdict: &RuleVerdict) -> bool {
    matches!(verdict, RuleVerdict::Fail { .. })
}
