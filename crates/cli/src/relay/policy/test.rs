//! `relay policy test`: what becomes of the requests of a file.

use super::{read_cases, read_policy};
use crate::error::CliError;
use crate::tools::{Answer, table};
use clap::Args;
use keyway::keys::printable;
use keyway_relay::policy::cases::{Expect, Ran};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// Arguments of `relay policy test`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway relay policy test cases.json --policy policy.toml
      end with exit code 12 if a request is not allowed or refused as expected
  keyway relay policy test cases.json --policy policy.toml --json
      the same for a program

docs/relay-policy.md says what is in the files.")]
pub(super) struct TestArgs {
    /// The requests, and what should become of them (JSON)
    #[arg(value_name = "FILE")]
    cases: PathBuf,
    /// The policy
    #[arg(long, value_name = "FILE", default_value = "policy.toml")]
    policy: PathBuf,
}

impl TestArgs {
    /// Judges all requests.
    ///
    /// # Errors
    /// If a file cannot be read; [`CliError::Found`] if something else than expected became of a request.
    pub(super) fn run(&self, answer: Answer) -> Result<(), CliError> {
        let policy = read_policy(&self.policy)?;
        let cases = read_cases(&self.cases, "FILE")?.run(&policy);
        let lines: Vec<_> = cases.iter().map(Line::new).collect();
        let wrong = lines.iter().filter(|line| !line.right).count();
        let all = lines.len();
        answer.give(&Report { cases: lines })?;
        match wrong {
            0 => Ok(()),
            _ => Err(CliError::Found(format!("{wrong} of {all} cases did not end as expected"))),
        }
    }
}

#[derive(Serialize)]
struct Report {
    cases: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    name: String,
    right: bool,
    expected: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_by: Option<String>,
    became: &'static str,
    /// The rule that allows it, or the kind of the refusal.
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<String>,
}

impl Line {
    fn new(ran: &Ran) -> Self {
        let (became, by, refusal) = match &ran.verdict {
            Ok(grant) => ("allow", grant.rule.clone(), None),
            Err(refusal) => ("refuse", refusal.kind(), Some(refusal.to_string())),
        };
        let expected = match ran.expect {
            Expect::Allow => "allow",
            Expect::Refuse => "refuse",
        };
        let (name, expected_by) = (ran.name.clone(), ran.by.clone());
        Self { name, right: ran.is_right(), expected, expected_by, became, by, refusal }
    }

    /// What was expected, in words.
    fn wish(&self) -> String {
        let by = self.expected_by.as_ref().map(|by| format!(", {by}")).unwrap_or_default();
        format!("{}{by}", self.expected)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = table(["", "case", "became", "rule or refusal"]);
        for line in &self.cases {
            let mark = if line.right { "ok" } else { "WRONG" };
            table.add_row([mark, &line.name, line.became, &line.by]);
        }
        writeln!(f, "{}", table.trim_fmt())?;
        for line in self.cases.iter().filter(|line| !line.right) {
            let name = printable(&line.name);
            writeln!(f, "\n{name}: expected {}", printable(&line.wish()))?;
            match &line.refusal {
                Some(refusal) => writeln!(f, "  {refusal}")?,
                None => writeln!(f, "  allowed by rule `{}`", line.by)?,
            }
        }
        Ok(())
    }
}
