//! `relay policy explain`: a policy in words, or one request rule by rule.

use super::{read_cases, read_policy};
use crate::error::CliError;
use crate::tools::Answer;
use clap::Args;
use keyway::format_near;
use keyway_relay::policy::Examined;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// Arguments of `relay policy explain`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway relay policy explain --policy policy.toml
      the whole policy in words
  keyway relay policy explain --policy policy.toml --cases all.json --case move
      what each rule says of the request `move`")]
pub(super) struct ExplainArgs {
    /// The policy
    #[arg(long, value_name = "FILE", default_value = "policy.toml")]
    policy: PathBuf,
    /// A file of requests, as for `policy test`
    #[arg(long, value_name = "FILE", requires = "case")]
    cases: Option<PathBuf>,
    /// The name of one of them
    #[arg(long, value_name = "NAME", requires = "cases")]
    case: Option<String>,
}

impl ExplainArgs {
    /// Explains the policy or the request.
    ///
    /// # Errors
    /// If a file cannot be read, or there is no such request.
    pub(super) fn run(&self, answer: Answer) -> Result<(), CliError> {
        let policy = read_policy(&self.policy)?;
        let (Some(cases), Some(case)) = (&self.cases, &self.case) else {
            return answer.give(&Words { policy: policy.in_words() });
        };
        let examined = read_cases(cases, "--cases")?
            .examine(case, &policy)
            .map_err(|error| CliError::Value { flag: "--case", why: error.to_string() })?;
        answer.give(&Judged::new(&examined))
    }
}

#[derive(Serialize)]
struct Words {
    policy: String,
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.policy)
    }
}

#[derive(Serialize)]
struct Judged {
    rules: Vec<RuleLine>,
    allowed: bool,
    verdict: String,
}

#[derive(Serialize)]
struct RuleLine {
    rule: String,
    allows: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why_not: Option<String>,
}

impl Judged {
    fn new(examined: &Examined<'_>) -> Self {
        let rules = examined.rules.iter().map(|verdict| RuleLine {
            rule: verdict.rule.to_owned(),
            allows: verdict.broken.is_none(),
            why_not: verdict.broken.as_ref().map(ToString::to_string),
        });
        let (allowed, verdict) = match &examined.verdict {
            Ok(grant) => {
                let (rule, cost) = (&grant.rule, format_near(grant.cost));
                (true, format!("allowed by rule `{rule}`; {cost} would be reserved"))
            }
            Err(refusal) => (false, refusal.to_string()),
        };
        Self { rules: rules.collect(), allowed, verdict }
    }
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for RuleLine { rule, why_not, .. } in &self.rules {
            match why_not {
                None => writeln!(f, "rule `{rule}` allows it")?,
                Some(why) => writeln!(f, "rule `{rule}` does not: {why}")?,
            }
        }
        writeln!(f, "{}", self.verdict)
    }
}
