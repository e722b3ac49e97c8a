//! A forecast as text.

use super::{Forecast, Precision, Source};
use crate::explain::{cost_words, label};
use crate::units::{gas, near};
use crate::wrapped;
use keyway_rules::Rule;
use std::fmt;

impl fmt::Display for Forecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.public_key)?;
        writeln!(f, "paid from:       {}, {}", self.source, near(self.funds))?;
        match self.largest_gas {
            Some(most) => writeln!(f, "largest gas now: {}", gas(most))?,
            None => writeln!(f, "largest gas now: none, the call is refused")?,
        }
        writeln!(f, "{}", wrapped("a call takes:    ", &cost_words(&self.price)))?;
        let (most, least) = match self.precision {
            Precision::Exact => ("", ""),
            Precision::AtLeast => ("at most ", "at least "),
        };
        let spent = near(self.spent_per_call);
        writeln!(f, "and costs:       {most}{spent} when all refunds have come")?;
        match (self.calls_left, self.end()) {
            (None, _) => writeln!(f, "calls left:      no limit"),
            (Some(calls), None) => writeln!(f, "calls left:      {least}{calls}"),
            (Some(0), Some(end)) => {
                writeln!(f, "{}", wrapped("calls left:      ", &format!("none: {end}")))
            }
            (Some(calls), Some(end)) => {
                writeln!(f, "calls left:      {least}{calls}; then {end}")?;
                writeln!(f, "left then:       {least}{}", near(self.left))
            }
        }
    }
}

impl Forecast {
    /// Why the next call is refused when none is left; `None` if there is no end.
    #[must_use]
    pub fn end(&self) -> Option<String> {
        let rule = self.ended_by?;
        let (next, relayer) = match self.calls_left {
            Some(0) => ("one", "; a relayer could pay for it"),
            _ => ("another", ""),
        };
        Some(match rule {
            Rule::Allowance => format!("the allowance does not cover {next}{relayer}"),
            Rule::Balance => format!("the account's balance does not cover {next}{relayer}"),
            Rule::GasKeyBalance => format!("the gas key's balance does not cover {next}{relayer}"),
            Rule::StorageStake => "what is left is held for the account's storage".to_owned(),
            other => format!("the next is refused: {}", label(other)),
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allowance => "an allowance",
            Self::Account => "the account's balance",
            Self::GasKey => "a gas key's balance",
        })
    }
}
