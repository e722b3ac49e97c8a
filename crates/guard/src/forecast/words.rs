//! A forecast in lines.

use super::{Forecast, Source};
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
        writeln!(f, "and costs:       {} when all refunds have come", near(self.spent_per_call))?;
        match (self.calls_left, &self.ended_by) {
            (None, _) => writeln!(f, "calls left:      without end"),
            (Some(calls), None) => writeln!(f, "calls left:      {calls}"),
            (Some(calls), Some(rule)) => {
                writeln!(f, "calls left:      {calls}, then {} is refused", rule.name())?;
                writeln!(f, "left then:       {}", near(self.left))
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
