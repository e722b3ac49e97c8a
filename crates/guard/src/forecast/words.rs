//! A forecast in lines.

use super::{Forecast, Precision, Source};
use crate::units::{gas, near};
use std::fmt;

impl fmt::Display for Forecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} of {}", self.public_key, self.source, near(self.funds))?;
        match self.largest_gas {
            Some(most) => writeln!(f, "largest gas now: {}", gas(most))?,
            None => writeln!(f, "largest gas now: none, the call is refused")?,
        }
        writeln!(f, "a call takes:    {}", self.price)?;
        let (most, least) = match self.precision {
            Precision::Exact => ("", ""),
            Precision::AtLeast => ("at most ", "at least "),
        };
        let spent = near(self.spent_per_call);
        writeln!(f, "and costs:       {most}{spent} when all refunds have come")?;
        match (self.calls_left, &self.ended_by) {
            (None, _) => writeln!(f, "calls left:      without end"),
            (Some(calls), None) => writeln!(f, "calls left:      {least}{calls}"),
            (Some(calls), Some(rule)) => {
                let rule = rule.name();
                writeln!(f, "calls left:      {least}{calls}, then the next breaks {rule}")?;
                writeln!(f, "left then:       {least}{}", near(self.left))
            }
        }
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
